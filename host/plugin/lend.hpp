// The messages as the structs of the ABI: `lend(message, call)` calls `call(const pb_...&)` with pointers into the
// message, which hold for that call. Allocates only the lists. Any thread.
#pragma once

#include "plugin/messages.hpp"

#include <patchbay/bytes.hpp>

#include <utility>
#include <vector>

namespace patchbay::plugin {

[[nodiscard]] inline std::vector<pb_header> lent(const Headers& headers) {
  std::vector<pb_header> all;
  all.reserve(headers.size());
  for (const auto& [name, value] : headers) all.push_back({sizeof(pb_header), 0, bytes(name), bytes(value)});
  return all;
}

[[nodiscard]] inline std::vector<pb_error> lent(const std::vector<Failure>& failures) {
  std::vector<pb_error> all;
  all.reserve(failures.size());
  for (const Failure& failure : failures)
    all.push_back({sizeof(pb_error), failure.code, failure.until_us, bytes(failure.pointer), bytes(failure.reason),
                   bytes(failure.remedy)});
  return all;
}

template <class Call>
void lend(const Completion& completion, Call&& call) {
  const auto errors = lent(completion.errors);
  call(pb_completion{sizeof(pb_completion), 0, completion.token, list(errors), completion.accepted,
                     completion.duplicates, completion.edits, completion.parked});
}

template <class Call>
void lend(const HttpRequest& request, Call&& call) {
  const auto headers = lent(request.headers);
  call(pb_http_request{sizeof(pb_http_request), 0, request.id, request.received_us, bytes(request.method),
                       bytes(request.path), bytes(request.query), bytes(request.peer), list(headers),
                       bytes(request.body)});
}

template <class Call>
void lend(const HttpResult& result, Call&& call) {
  const auto errors = lent(result.errors);
  const auto headers = lent(result.headers);
  call(pb_http_result{sizeof(pb_http_result), result.status, result.token, result.attachment, list(errors),
                      list(headers), bytes(result.body)});
}

template <class Call>
void lend(const AccessResult& result, Call&& call) {
  const auto errors = lent(result.errors);
  call(pb_access_result{sizeof(pb_access_result), 0, result.token, result.expires_us, list(errors),
                        bytes(result.access_token)});
}

template <class Call>
void lend(const StreamResult& result, int descriptor, Call&& call) {
  const auto errors = lent(result.errors);
  call(pb_stream_result{sizeof(pb_stream_result), descriptor, result.token, list(errors), bytes(result.peer)});
}

template <class Call>
void lend(const Event& event, Call&& call) {
  call(pb_event{sizeof(pb_event), event.attempt, event.token, event.attempted_us, bytes(event.id), bytes(event.type),
                bytes(event.contact), event.payload ? bytes(*event.payload) : pb_bytes{}});
}

template <class Call>
void lend(const Original& original, Call&& call) {
  call(pb_quarantine{sizeof(pb_quarantine), 0, bytes(original.bytes), bytes(original.media_type),
                     bytes(original.reason), bytes(original.remedy)});
}

template <class Call>
void lend(const Outbound& outbound, Call&& call) {
  std::vector<std::vector<pb_identifier>> identifiers;
  std::vector<pb_participant> recipients;
  identifiers.reserve(outbound.recipients.size());
  for (const Participant& participant : outbound.recipients) {
    auto& own = identifiers.emplace_back();
    for (const Participant::Identifier& identifier : participant.identifiers)
      own.push_back({sizeof(pb_identifier), identifier.flags, bytes(identifier.kind), bytes(identifier.value),
                     bytes(identifier.scope)});
    recipients.push_back({.size = sizeof(pb_participant), .role = participant.role, .identifiers = list(own)});
  }
  pb_outbound value{};
  value.size = sizeof value;
  value.token = outbound.token;
  value.id = bytes(outbound.id);
  value.account = bytes(outbound.account);
  value.in_reply_to = bytes(outbound.in_reply_to);
  value.conversation = bytes(outbound.conversation);
  value.recipients = list(recipients);
  value.subject = bytes(outbound.subject);
  value.text = bytes(outbound.text);
  value.content = bytes(outbound.content);
  value.attachments = {nullptr, 0, sizeof(pb_attachment)};
  call(static_cast<const pb_outbound&>(value));
}

}  // namespace patchbay::plugin
