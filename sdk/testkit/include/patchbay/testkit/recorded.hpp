// What a plugin hands to its host, as owned C++ values: the host's half of detail/decode.hpp.
//
// Any thread; nothing is kept. Content that is no JSON object throws a Failure, which contract.hpp finds first.
#pragma once

#include <patchbay/detail/decode.hpp>

namespace patchbay::testkit {

[[nodiscard]] inline HttpResponse recorded(const pb_http_response& from) {
  return {from.status, patchbay::detail::headers(from.headers), patchbay::detail::text(from.body)};
}

[[nodiscard]] inline HttpCall recorded(const pb_http_call& from) {
  using patchbay::detail::text;
  HttpCall to;
  to.method = text(from.method);
  to.url = text(from.url);
  to.headers = patchbay::detail::headers(from.headers);
  each<pb_secret_header>(from.secret_headers, [&](const pb_secret_header& header) {
    to.secret_headers.push_back({text(header.name), text(header.prefix), header.secret});
  });
  to.body = text(from.body);
  to.timeout = std::chrono::milliseconds{from.timeout_ms};
  to.max_body = from.max_body;
  if ((from.flags & PB_HTTP_TO_ATTACHMENT) != 0) to.keep_body = KeepBody::as_attachment;
  if ((from.flags & PB_HTTP_ONCE) != 0) to.repeat = Repeat::never;
  return to;
}

[[nodiscard]] inline Interaction recorded(const pb_interaction& from) {
  using namespace patchbay::detail;
  Interaction to;
  to.kind = enumerator(from.kind, Kind::call);
  to.direction = enumerator(from.direction, Direction::outbound);
  to.visibility = enumerator(from.visibility, Visibility::public_);
  to.historical = (from.flags & PB_INTERACTION_HISTORICAL) != 0;
  to.possible_duplicate = (from.flags & PB_INTERACTION_POSSIBLE_DUPLICATE) != 0;
  to.precision = enumerator(from.precision, Precision::day);
  to.occurred_at = patchbay::detail::time(from.occurred_us);
  to.account = text(from.account);
  to.region = text(from.region);
  to.external_id = text(from.external_id);
  to.conversation = text(from.conversation);
  to.in_reply_to = text(from.in_reply_to);
  to.language = text(from.language);
  to.subject = text(from.subject);
  to.text = text(from.text);
  to.content = json_object(from.content, "the content of an interaction");
  to.participants = participants(from.participants);
  to.attachments = attachments(from.attachments);
  to.original = text(from.original);
  to.original_type = text(from.original_type);
  return to;
}

[[nodiscard]] inline Fact recorded(const pb_fact& from) {
  using namespace patchbay::detail;
  Fact to;
  to.kind = enumerator(from.kind, FactKind::receipt);
  to.receipt = enumerator(from.receipt, Receipt::failed);
  to.precision = enumerator(from.precision, Precision::day);
  to.occurred_at = patchbay::detail::time(from.occurred_us);
  to.account = text(from.account);
  to.region = text(from.region);
  to.target = text(from.target);
  to.external_id = text(from.external_id);
  to.text = text(from.text);
  to.content = json_object(from.content, "the content of a fact");
  to.participants = participants(from.participants);
  to.original = text(from.original);
  to.original_type = text(from.original_type);
  return to;
}

[[nodiscard]] inline Notice recorded(const pb_notice& from) {
  using namespace patchbay::detail;
  return {enumerator(from.severity, Severity::alert),
          patchbay::detail::time(from.occurred_us),
          text(from.account),
          text(from.external_id),
          text(from.kind),
          text(from.text),
          json_object(from.content, "the content of a notice")};
}

[[nodiscard]] inline Consent recorded(const pb_consent& from) {
  using namespace patchbay::detail;
  Consent to{enumerator(from.state, ConsentState::withdrawn),
             patchbay::detail::time(from.occurred_us),
             text(from.account),
             text(from.region),
             text(from.category),
             {},
             json_object(from.content, "the content of a consent")};
  std::vector<Participant> who = participants(from.participants);
  if (!who.empty()) to.participant = std::move(who.front());
  return to;
}

[[nodiscard]] inline Batch recorded(const pb_batch& from) {
  using patchbay::detail::text;
  Batch to;
  each<pb_interaction>(from.interactions, [&](const auto& value) { to.interactions.push_back(recorded(value)); });
  each<pb_fact>(from.facts, [&](const auto& value) { to.facts.push_back(recorded(value)); });
  each<pb_notice>(from.notices, [&](const auto& value) { to.notices.push_back(recorded(value)); });
  each<pb_consent>(from.consents, [&](const auto& value) { to.consents.push_back(recorded(value)); });
  each<pb_quarantine>(from.quarantines,
                      [&](const auto& value) { to.quarantines.push_back(patchbay::detail::decode(&value)); });
  each<pb_state>(from.states, [&](const auto& state) { to.states.emplace_back(text(state.key), text(state.value)); });
  each<pb_http_response>(from.answers, [&](const auto& response) {
    to.answers = response.id;
    to.answer = recorded(response);
  });
  return to;
}

}  // namespace patchbay::testkit
