#include "mapping_parts.hpp"

namespace patchbay::whatsapp {

namespace {

// One thread of a chunk with the chunk around it.
Json chunk_with(const Json& chunk, Json thread) {
  static constexpr std::string_view threads[] = {"threads", "errors"};
  Json copy = without(chunk, threads);
  copy["threads"] = Json::array();
  copy["threads"].push_back(std::move(thread));
  return copy;
}

// One message of a chunk with thread and chunk around it, so that it can be replayed by itself.
Json chunk_with(const Json& chunk, const Json& thread, const Json& message) {
  static constexpr std::string_view messages[] = {"messages"};
  Json copy = without(thread, messages);
  copy["messages"] = Json::array();
  copy["messages"].push_back(message);
  return chunk_with(chunk, std::move(copy));
}

void map_thread(Context& context, const Json& chunk, const Json& thread, const std::string& pointer,
                Rejected& rejected) {
  const Json* messages = member(thread, "messages");
  if (messages == nullptr || !messages->is_array()) {
    rejected.add(context.change, "history", chunk_with(chunk, thread),
                 {pointer + "/messages", "a list", describe(messages)});
    return;
  }
  for (std::size_t i = 0; i < messages->size(); ++i) {
    const Json& message = (*messages)[i];
    if (const MaybeProblem problem =
            map_past_message(context, message, thread, pointer + "/messages/" + std::to_string(i)))
      rejected.add(context.change, "history", chunk_with(chunk, thread, message), *problem);
  }
}

}  // namespace

void map_history(Context& context, const Json& history, const std::string& pointer, Rejected& rejected) {
  if (!history.is_object()) {
    rejected.add(context.change, "history", history, {pointer, "an object", describe(&history)});
    return;
  }
  if (const Json* errors = list_member(history, "errors")) {
    // Most often: the business chose not to share its past.
    Json content = Json::object();
    content["errors"] = *errors;
    context.batch.notices.push_back(notice_of(context, "history", Severity::warning,
                                              "WhatsApp did not hand over the past messages of a number.", content));
  }
  const Json* threads = member(history, "threads");
  if (threads == nullptr) return;
  if (!threads->is_array()) {
    rejected.add(context.change, "history", history, {pointer + "/threads", "a list", describe(threads)});
    return;
  }
  for (std::size_t i = 0; i < threads->size(); ++i)
    map_thread(context, history, (*threads)[i], pointer + "/threads/" + std::to_string(i), rejected);
}

}  // namespace patchbay::whatsapp
