// The structs of abi.h, as the other side wrote them, as C++ values.
//
// Every struct is read by the size that its writer gave, so a shorter or a longer one is fine, and an enumerator that
// is not known here becomes its enum's zero. What comes out as string_view is borrowed for the call. Any thread.
// JSON that is none throws a Failure (PB_BUG), since the other side promised it.
#pragma once

#include <patchbay/values.hpp>

#include <optional>

namespace patchbay::detail {

[[nodiscard]] inline std::string text(pb_bytes from) { return std::string(view(from)); }
[[nodiscard]] inline TimePoint time(std::int64_t us) noexcept { return TimePoint{std::chrono::microseconds{us}}; }

// An enumerator between zero and `last`, else the enum's zero.
template <class Enum>
[[nodiscard]] Enum enumerator(std::int32_t value, Enum last) noexcept {
  return value >= 0 && value <= static_cast<std::int32_t>(last) ? static_cast<Enum>(value) : Enum{};
}

[[nodiscard]] inline Json json_object(pb_bytes from, std::string_view what) {
  if (from.length == 0) return Json::object();
  Json parsed = Json::parse(view(from), nullptr, false);
  if (!parsed.is_object())
    throw Failure(
        Error{PB_BUG, "reading " + std::string(what) + ": expected a JSON object, got something else", {}, {}, {}});
  return parsed;
}

[[nodiscard]] inline Error decode_error(const pb_error& from) {
  return {from.code, text(from.reason), text(from.remedy), text(from.pointer), time(from.until_us)};
}

// The first of a list of errors, if any. The lists of abi.h that end an operation hold at most one.
[[nodiscard]] inline std::optional<Error> first_error(pb_list from) {
  std::optional<Error> first;
  each<pb_error>(from, [&](const pb_error& error) {
    if (!first) first = decode_error(error);
  });
  return first;
}

[[nodiscard]] inline std::vector<Header> headers(pb_list from) {
  std::vector<Header> to;
  to.reserve(from.count);
  each<pb_header>(from, [&](const pb_header& header) { to.push_back({text(header.name), text(header.value)}); });
  return to;
}

[[nodiscard]] inline std::vector<Participant> participants(pb_list from) {
  std::vector<Participant> to;
  each<pb_participant>(from, [&](const pb_participant& participant) {
    Participant made{enumerator(participant.role, Role::agent), {}};
    if ((participant.flags & PB_PARTICIPANT_BUSINESS) != 0) made.party = Party::business;
    each<pb_identifier>(participant.identifiers, [&](const pb_identifier& identifier) {
      made.identifiers.push_back({text(identifier.kind), text(identifier.value), text(identifier.scope),
                                  (identifier.flags & PB_IDENTIFIER_CLAIMED) != 0 ? Trust::claimed : Trust::attested});
    });
    to.push_back(std::move(made));
  });
  return to;
}

[[nodiscard]] inline std::vector<Attachment> attachments(pb_list from) {
  std::vector<Attachment> to;
  each<pb_attachment>(from, [&](const pb_attachment& attachment) {
    to.push_back({text(attachment.name), text(attachment.media_type), text(attachment.data), attachment.handle,
                  text(attachment.reference), text(attachment.sha256)});
  });
  return to;
}

[[nodiscard]] inline Completion decode(const pb_completion* from) {
  const auto read_here = read<pb_completion>(from);
  return {read_here.token, first_error(read_here.errors), read_here.accepted, read_here.duplicates, read_here.edits,
          read_here.parked};
}

[[nodiscard]] inline HttpRequest decode(const pb_http_request* from) {
  const auto request = read<pb_http_request>(from);
  HttpRequest to;
  to.id = request.id;
  to.received_at = time(request.received_us);
  to.method = view(request.method);
  to.path = view(request.path);
  to.query = view(request.query);
  to.peer = view(request.peer);
  to.body = view(request.body);
  to.headers.reserve(request.headers.count);
  each<pb_header>(request.headers,
                  [&](const pb_header& header) { to.headers.emplace_back(view(header.name), view(header.value)); });
  return to;
}

[[nodiscard]] inline HttpResult decode(const pb_http_result* from) {
  const auto result = read<pb_http_result>(from);
  return {result.status, headers(result.headers), text(result.body), result.attachment, first_error(result.errors)};
}

[[nodiscard]] inline Outbound decode(const pb_outbound* from) {
  const auto outbound = read<pb_outbound>(from);
  Outbound to;
  to.token = outbound.token;
  to.id = text(outbound.id);
  to.account = text(outbound.account);
  to.in_reply_to = text(outbound.in_reply_to);
  to.conversation = text(outbound.conversation);
  to.recipients = participants(outbound.recipients);
  to.subject = text(outbound.subject);
  to.text = text(outbound.text);
  to.content = json_object(outbound.content, "the content of an outgoing message");
  to.attachments = attachments(outbound.attachments);
  return to;
}

[[nodiscard]] inline Original decode(const pb_quarantine* from) {
  const auto original = read<pb_quarantine>(from);
  return {text(original.original), text(original.media_type), text(original.reason), text(original.remedy)};
}

[[nodiscard]] inline Event decode(const pb_event* from) {
  const auto event = read<pb_event>(from);
  return {event.token,      event.attempt,       time(event.attempted_us), view(event.id),
          view(event.type), view(event.contact), view(event.payload)};
}

}  // namespace patchbay::detail
