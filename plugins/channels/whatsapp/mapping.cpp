#include "mapping_parts.hpp"

#include <set>

namespace patchbay::whatsapp {

namespace {

using MapElement = MaybeProblem (*)(Context&, const Json&, const std::string&);

MaybeProblem map_any_status(Context& context, const Json& status, const std::string& pointer) {
  return text_at(status, "type") == "call" || context.change.field == "calls"
             ? map_call_status(context, status, pointer)
             : map_status(context, status, pointer);
}

// Which list of a value holds what. The list decides, not the change's field: Meta sends the same lists under several
// fields ("messages", "standby", "history"), and will add more.
struct ElementList {
  std::string_view name;
  MapElement map;
};
constexpr ElementList element_lists[] = {
    {"messages", map_message}, {"message_echoes", map_echo},         {"statuses", map_any_status},
    {"calls", map_call},       {"user_preferences", map_preference},
};

// A message that is part of a synchronised past comes in a plain list when it was too large for its chunk.
MaybeProblem map_past(Context& context, const Json& message, const std::string& pointer) {
  static const Json no_thread = Json::object();
  return map_past_message(context, message, no_thread, pointer);
}

// Says once for each number that the settings do not know it. Its id makes one notice of all bodies.
void note_unknown_number(Context& context, std::set<std::string>& noted) {
  if (context.numbers.by_id.contains(context.number_id) || !noted.insert(context.number_id).second) return;
  Notice notice;
  notice.severity = Severity::warning;
  notice.occurred_at = context.now;
  notice.account = context.account;
  notice.external_id = "unknown_number:" + context.number_id;
  notice.kind = "unknown_number";
  notice.text = "Messages come over the number with the id " + context.number_id +
                ", which the settings do not name; add it under numbers.";
  notice.content["phone_number_id"] = context.number_id;
  notice.content["display_phone_number"] = context.display_number;
  context.batch.notices.push_back(std::move(notice));
}

class BodyMapper {
 public:
  BodyMapper(const Numbers& numbers, TimePoint now, Rejected& rejected, Batch& batch)
      : numbers_(numbers), now_(now), rejected_(rejected), batch_(batch) {}

  void map(const Change& change) {
    Context context = context_of(numbers_, change, now_, batch_);
    const std::size_t interactions_before = batch_.interactions.size();
    mapped_ = 0;
    bool has_lists = false;
    for (const ElementList& list : element_lists) has_lists |= map_list(context, list);
    has_lists |= map_history_list(context);

    const Json* errors = list_member(*change.value, "errors");
    if (errors != nullptr && !errors->empty()) {
      // Beside one element they are that element's; beside none or many they can be nobody's but the channel's.
      const bool of_one = mapped_ == 1 && batch_.interactions.size() == interactions_before + 1 &&
                          !batch_.interactions.back().content.contains("errors");
      if (of_one)
        batch_.interactions.back().content["errors"] = *errors;
      else
        map_errors_notice(context, *errors);
    } else if (!has_lists) {
      map_account_notice(context);
    }
  }

 private:
  // Whether the value has that list at all, well-formed or not.
  bool map_list(Context& context, const ElementList& list) {
    const Json* elements = member(*context.change.value, list.name);
    if (elements == nullptr) return false;
    const std::string pointer = context.change.pointer + "/value/" + std::string(list.name);
    if (!elements->is_array()) {
      reject_change(context, {pointer, "a list", describe(elements)});
      return true;
    }
    if (!elements->empty() && !names_number(context)) return true;
    const bool past = context.change.field == "history" && list.name == "messages";
    for (std::size_t i = 0; i < elements->size(); ++i) {
      const Json& element = (*elements)[i];
      const MaybeProblem problem = (past ? map_past : list.map)(context, element, pointer + "/" + std::to_string(i));
      if (problem)
        rejected_.add(context.change, list.name, element, *problem);
      else
        ++mapped_;
    }
    return true;
  }

  bool map_history_list(Context& context) {
    const Json* chunks = member(*context.change.value, "history");
    if (chunks == nullptr) return false;
    const std::string pointer = context.change.pointer + "/value/history";
    if (!chunks->is_array()) {
      reject_change(context, {pointer, "a list", describe(chunks)});
      return true;
    }
    if (!chunks->empty() && !names_number(context)) return true;
    for (std::size_t i = 0; i < chunks->size(); ++i)
      map_history(context, (*chunks)[i], pointer + "/" + std::to_string(i), rejected_);
    return true;
  }

  // An interaction's id is unique within its number, so that one without a number cannot be told apart.
  bool names_number(Context& context) {
    if (!context.number_id.empty()) {
      note_unknown_number(context, noted_numbers_);
      return true;
    }
    const Json* metadata = object_member(*context.change.value, "metadata");
    const Json* found = metadata == nullptr ? nullptr : member(*metadata, "phone_number_id");
    reject_change(context, {context.change.pointer + "/value/metadata/phone_number_id", "text", describe(found)});
    return false;
  }

  // Once for each change, however many of its lists are wrong.
  void reject_change(const Context& context, const Problem& problem) {
    if (rejected_change_ == context.change.value) return;
    rejected_change_ = context.change.value;
    Json change = Json::object();
    change["field"] = context.change.field;
    change["value"] = *context.change.value;
    rejected_.add(*context.change.entry, change, problem);
  }

  const Numbers& numbers_;
  TimePoint now_;
  Rejected& rejected_;
  Batch& batch_;
  std::set<std::string> noted_numbers_;
  std::size_t mapped_ = 0;
  const Json* rejected_change_ = nullptr;
};

Original whole(std::string_view body, Unreadable unreadable) {
  return {std::string(body), "application/json", std::move(unreadable.reason), std::move(unreadable.remedy)};
}

}  // namespace

Numbers read_numbers(const Settings& settings) {
  Numbers numbers;
  numbers.portfolio = settings.text("/portfolio");
  const Json& configured = settings.at("/numbers");
  if (configured.is_null()) return numbers;
  if (!configured.is_object())
    throw invalid_settings("/numbers", "reading /numbers: expected names with numbers below them",
                           "write numbers: {shop: {id: \"111\", region: IT}}");
  for (const auto& [key, number] : configured.items()) {
    const std::string id = text_at(number, "id");
    if (id.empty())
      throw invalid_settings("/numbers/" + key + "/id", "reading /numbers/" + key + "/id: expected a phone number id",
                             "copy it from the app's WhatsApp settings");
    const auto [at, added] = numbers.by_id.emplace(id, Number{key, text_at(number, "region"), text_at(number, "name")});
    if (!added)
      throw invalid_settings(
          "/numbers/" + key + "/id",
          "reading /numbers/" + key + "/id: expected an id of its own, found that of " + at->second.key,
          "give each number once");
  }
  return numbers;
}

Batch map_body(const Numbers& numbers, std::string_view body, TimePoint now) {
  Batch batch;
  ParsedBody parsed = parse_envelope(body);
  if (!parsed.envelope) {
    batch.quarantines.push_back(whole(body, std::move(parsed.unreadable)));
    return batch;
  }
  Envelope& envelope = *parsed.envelope;
  BodyMapper mapper(numbers, now, envelope.rejected, batch);
  for (const Change& change : envelope.changes) mapper.map(change);
  if (!envelope.rejected.empty()) batch.quarantines.push_back(envelope.rejected.original());
  return batch;
}

}  // namespace patchbay::whatsapp
