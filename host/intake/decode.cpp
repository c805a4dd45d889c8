#include <patchbay/bytes.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/utf8.hpp"
#include "intake/submission.hpp"

namespace patchbay::intake {
namespace {

// How deep brackets stand in each other, outside of strings.
std::size_t nesting_of(std::string_view json) {
  std::size_t depth = 0, deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char letter = json[i];
    if (letter == '"') in_string = !in_string;
    if (in_string) {
      if (letter == '\\') ++i;
    } else if (letter == '{' || letter == '[') {
      deepest = std::max(deepest, ++depth);
    } else if ((letter == '}' || letter == ']') && depth != 0) {
      --depth;
    }
  }
  return deepest;
}

// Says where in the batch a mistake is, and stops at the first: a batch is the work of a program, not of a person.
class Decoder {
 public:
  Result<Submission> decode(const pb_batch& batch) {
    Submission submission{.token = batch.token};
    const std::size_t elements = std::size_t{batch.interactions.count} + batch.facts.count + batch.notices.count +
                                 batch.consents.count + batch.quarantines.count + batch.states.count;
    if (elements > most_elements)
      return failure(ErrorCode::invalid,
                     "reading a batch: expected at most " + std::to_string(most_elements) + " elements, got " +
                         std::to_string(elements),
                     "submit it in smaller batches");
    every<pb_interaction>("interactions", batch.interactions,
                          [&](const auto& from) { submission.interactions.push_back(interaction(from)); });
    every<pb_fact>("facts", batch.facts, [&](const auto& from) { submission.facts.push_back(fact(from)); });
    every<pb_notice>("notices", batch.notices, [&](const auto& from) { submission.notices.push_back(notice(from)); });
    every<pb_consent>("consents", batch.consents,
                      [&](const auto& from) { submission.consents.push_back(consent(from)); });
    every<pb_quarantine>("quarantines", batch.quarantines,
                         [&](const auto& from) { submission.quarantines.push_back(quarantine(from)); });
    every<pb_state>("states", batch.states, [&](const auto& from) {
      submission.states.emplace_back(required("key", from.key, longest_identifier),
                                     bytes("value", from.value, longest_state));
    });
    if (batch.answers.count > 1) refuse("answers", "at most one", std::to_string(batch.answers.count));
    every<pb_http_response>("answers", batch.answers, [&](const auto& from) { submission.answer = answer(from); });
    if (error_) return failure(std::move(*error_));
    return submission;
  }

 private:
  template <class Struct, class Visit>
  void every(std::string_view name, pb_list list, Visit&& visit) {
    if (error_) return;  // also where the count itself was refused: there may be nothing behind it
    // A list that cannot be walked must not be taken for an empty one.
    if (list.count != 0 && (!list.first || list.stride < sizeof(Struct::size)))
      return refuse(name, "elements with a size",
                    list.first ? "a stride of " + std::to_string(list.stride) : "no address");
    std::size_t index = 0;
    const std::size_t length = place_.size();
    each<Struct>(list, [&](const Struct& element) {
      place_.append("/").append(name).append("/").append(std::to_string(index++));
      if (!error_) visit(element);
      place_.resize(length);
    });
  }

  void refuse(std::string_view member, std::string_view expected, std::string_view got) {
    if (error_) return;
    error_ = Error{ErrorCode::invalid,
                   "reading a batch at " + place_ + "/" + std::string(member) + ": expected " + std::string(expected) +
                       ", got " + std::string(got),
                   "this is a mistake in the plugin; tell its author"};
  }

  std::string bytes(std::string_view member, pb_bytes from, std::size_t longest = longest_text) {
    if (from.length > longest) {
      refuse(member, "at most " + std::to_string(longest) + " bytes", std::to_string(from.length));
      return {};
    }
    if (from.length != 0 && !from.data) {
      refuse(member, std::to_string(from.length) + " bytes", "no address");
      return {};
    }
    return std::string(view(from));
  }
  // Text is UTF-8 from here on, whatever the channel said it was.
  std::string text(std::string_view member, pb_bytes from, std::size_t longest = longest_text) {
    std::string given = bytes(member, from, longest);
    return is_utf8(given) ? given : as_utf8(given);
  }
  std::string required(std::string_view member, pb_bytes from, std::size_t longest) {
    if (from.length == 0) refuse(member, "text", "nothing");
    return text(member, from, longest);
  }
  // A JSON object; an absent one is the empty object.
  std::string object(std::string_view member, pb_bytes from) {
    if (from.length == 0) return "{}";
    std::string json = text(member, from);
    if (nesting_of(json) > deepest_json) {
      refuse(member, "JSON at most " + std::to_string(deepest_json) + " levels deep", std::to_string(nesting_of(json)));
      return {};
    }
    const std::size_t start = json.find_first_not_of(" \t\r\n");
    if (start != std::string::npos && json[start] == '{' && nlohmann::json::accept(json)) return json;
    const nlohmann::json read = nlohmann::json::parse(json, nullptr, false);
    if (!read.is_object())
      refuse(member, "a JSON object", read.is_discarded() ? "text that is no JSON" : read.type_name());
    return json;
  }
  // Rule 6 of the ABI: an enumerator that we do not know is read as the zero of its enumeration.
  template <class Enum>
  static Enum enumerator(std::int32_t from, Enum last) {
    return from < 0 || from > static_cast<std::int32_t>(last) ? Enum{} : static_cast<Enum>(from);
  }
  static TimePoint time(std::int64_t microseconds) { return TimePoint{Duration{microseconds}}; }

  std::vector<IncomingParticipant> participants(pb_list from) {
    std::vector<IncomingParticipant> all;
    if (from.count > most_participants) {
      refuse("participants", "at most " + std::to_string(most_participants), std::to_string(from.count));
      return all;
    }
    every<pb_participant>("participants", from, [&](const pb_participant& each) { all.push_back(participant(each)); });
    return all;
  }
  IncomingParticipant participant(const pb_participant& from) {
    IncomingParticipant to{.role = enumerator(from.role, store::Role::agent)};
    if ((from.flags & PB_PARTICIPANT_BUSINESS) != 0) to.party = Party::business;
    if (from.identifiers.count == 0 || from.identifiers.count > most_identifiers)
      refuse("identifiers", "1 to " + std::to_string(most_identifiers), std::to_string(from.identifiers.count));
    every<pb_identifier>("identifiers", from.identifiers, [&](const pb_identifier& each) {
      to.identifiers.push_back(
          {.kind = required("kind", each.kind, longest_identifier),
           .value = required("value", each.value, longest_identifier),
           .scope = text("scope", each.scope, longest_identifier),
           .trust = (each.flags & PB_IDENTIFIER_CLAIMED) != 0 ? store::Trust::claimed : store::Trust::attested,
           .normal = {}});
    });
    return to;
  }

  std::optional<store::Original> original(pb_bytes from, pb_bytes media_type) {
    if (from.length == 0) return std::nullopt;
    return store::Original{bytes("original", from), text("original_type", media_type, longest_identifier)};
  }

  IncomingInteraction interaction(const pb_interaction& from) {
    IncomingInteraction to;
    store::Interaction& with = to.interaction;
    with.kind = enumerator(from.kind, store::Kind::call);
    with.direction = enumerator(from.direction, store::Direction::outbound);
    with.visibility = enumerator(from.visibility, store::Visibility::public_);
    with.historical = (from.flags & PB_INTERACTION_HISTORICAL) != 0;
    with.possible_duplicate = (from.flags & PB_INTERACTION_POSSIBLE_DUPLICATE) != 0;
    with.precision = enumerator(from.precision, store::Precision::day);
    with.occurred_at = time(from.occurred_us);
    with.account = text("account", from.account, longest_identifier);
    with.external_id = text("external_id", from.external_id, longest_identifier);
    with.in_reply_to = text("in_reply_to", from.in_reply_to, longest_identifier);
    with.language = text("language", from.language, longest_identifier);
    with.subject = text("subject", from.subject);
    with.text = text("text", from.text);
    with.content = object("content", from.content);
    with.original = original(from.original, from.original_type);
    to.region = text("region", from.region, longest_identifier);
    to.thread = text("conversation", from.conversation, longest_identifier);
    to.participants = participants(from.participants);
    if (to.participants.empty()) refuse("participants", "at least one", "none");
    every<pb_attachment>("attachments", from.attachments, [&](const pb_attachment& each) {
      with.attachments.push_back(attachment(each));
      to.attachment_handles.push_back(each.handle);
    });
    return to;
  }

  store::Attachment attachment(const pb_attachment& from) {
    store::Attachment to{.name = text("name", from.name, longest_identifier),
                         .media_type = text("media_type", from.media_type, longest_identifier),
                         .reference = text("reference", from.reference),
                         .size = from.data.length,
                         .sha256 = {},
                         .data = bytes("data", from.data)};
    if (from.sha256.length != 0 && from.sha256.length != sizeof(Digest32))
      refuse("sha256", "32 bytes", std::to_string(from.sha256.length));
    else if (from.sha256.length != 0)
      std::memcpy(to.sha256.emplace().data(), from.sha256.data, sizeof(Digest32));
    return to;
  }

  IncomingFact fact(const pb_fact& from) {
    IncomingFact to;
    to.fact.kind = enumerator(from.kind, store::FactKind::receipt);
    to.fact.receipt = enumerator(from.receipt, store::Receipt::failed);
    to.fact.precision = enumerator(from.precision, store::Precision::day);
    to.fact.occurred_at = time(from.occurred_us);
    to.fact.text = text("text", from.text);
    to.fact.content = object("content", from.content);
    to.fact.original = original(from.original, from.original_type);
    to.account = text("account", from.account, longest_identifier);
    to.region = text("region", from.region, longest_identifier);
    to.target = required("target", from.target, longest_identifier);
    to.external_id = text("external_id", from.external_id, longest_identifier);
    to.participants = participants(from.participants);
    return to;
  }

  IncomingNotice notice(const pb_notice& from) {
    IncomingNotice to;
    to.notice.severity = enumerator(from.severity, store::Severity::alert);
    to.notice.occurred_at = time(from.occurred_us);
    to.notice.account = text("account", from.account, longest_identifier);
    to.notice.kind = required("kind", from.kind, longest_identifier);
    to.notice.text = text("text", from.text);
    to.notice.content = object("content", from.content);
    to.external_id = text("external_id", from.external_id, longest_identifier);
    return to;
  }

  IncomingConsent consent(const pb_consent& from) {
    IncomingConsent to;
    to.consent.state = enumerator(from.state, store::ConsentState::withdrawn);
    to.consent.occurred_at = time(from.occurred_us);
    to.account = text("account", from.account, longest_identifier);
    to.consent.category = required("category", from.category, longest_identifier);
    to.consent.content = object("content", from.content);
    to.region = text("region", from.region, longest_identifier);
    std::vector<IncomingParticipant> who = participants(from.participants);
    if (who.size() != 1)
      refuse("participants", "exactly one", std::to_string(who.size()));
    else
      to.participant = std::move(who.front());
    return to;
  }

  store::Quarantine quarantine(const pb_quarantine& from) {
    store::Quarantine to;
    to.reason = required("reason", from.reason, longest_text);
    to.remedy = text("remedy", from.remedy);
    to.original = {bytes("original", from.original), text("media_type", from.media_type, longest_identifier)};
    return to;
  }

  Answer answer(const pb_http_response& from) {
    Answer to{.request = from.id, .status = from.status, .headers = {}, .body = bytes("body", from.body)};
    if (from.status < 200 || from.status > 599) refuse("status", "200 to 599", std::to_string(from.status));
    every<pb_header>("headers", from.headers, [&](const pb_header& each) {
      to.headers.emplace_back(required("name", each.name, longest_identifier),
                              text("value", each.value, longest_identifier));
    });
    return to;
  }

  std::string place_;
  std::optional<Error> error_;
};

}  // namespace

Result<Submission> decode(const pb_batch& batch) { return Decoder().decode(batch); }

}  // namespace patchbay::intake
