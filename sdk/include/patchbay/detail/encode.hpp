// Owned C++ values as the structs of abi.h.
//
// An Encoder lives for one call over the border: what it returns points into the values given to it and into its own
// memory, so both must outlive the call. Text is never copied; only arrays and JSON are made anew. One thread at a
// time. Throws std::bad_alloc only: text in JSON that is no UTF-8 is replaced, not refused.
#pragma once

#include <patchbay/values.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <forward_list>
#include <limits>
#include <memory_resource>
#include <new>

namespace patchbay::detail {

template <class Struct>
[[nodiscard]] Struct sized() noexcept {
  Struct made{};
  made.size = sizeof(Struct);
  return made;
}

// As far as the ABI can say it: 0 to 49 days.
[[nodiscard]] inline std::uint32_t milliseconds(std::chrono::milliseconds from) noexcept {
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(from.count(), 0, std::numeric_limits<std::uint32_t>::max()));
}
[[nodiscard]] inline std::int64_t microseconds(TimePoint at) noexcept { return at.time_since_epoch().count(); }

[[nodiscard]] inline pb_error encode(const Error& error) noexcept {
  auto to = sized<pb_error>();
  to.code = error.code;
  to.until_us = microseconds(error.until);
  to.pointer = bytes(error.pointer);
  to.reason = bytes(error.reason);
  to.remedy = bytes(error.remedy);
  return to;
}

class Encoder {
 public:
  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  [[nodiscard]] pb_batch batch(pb_token token, const Batch& from) {
    auto to = sized<pb_batch>();
    to.token = token;
    to.interactions = list<pb_interaction>(from.interactions, [this](const auto& value) { return interaction(value); });
    to.facts = list<pb_fact>(from.facts, [this](const auto& value) { return fact(value); });
    to.notices = list<pb_notice>(from.notices, [this](const auto& value) { return notice(value); });
    to.consents = list<pb_consent>(from.consents, [this](const auto& value) { return consent(value); });
    to.quarantines = list<pb_quarantine>(from.quarantines, [](const auto& value) { return quarantine(value); });
    to.states = list<pb_state>(from.states, [](const auto& entry) {
      auto state = sized<pb_state>();
      state.key = bytes(entry.first);
      state.value = bytes(entry.second);
      return state;
    });
    if (from.answers != 0) to.answers = one(response(from.answers, from.answer));
    return to;
  }

  [[nodiscard]] pb_http_response response(pb_request id, const HttpResponse& from) {
    auto to = sized<pb_http_response>();
    to.status = from.status;
    to.id = id;
    to.headers = headers(from.headers);
    to.body = bytes(from.body);
    return to;
  }

  [[nodiscard]] pb_http_call call(pb_token token, const HttpCall& from) {
    auto to = sized<pb_http_call>();
    if (from.keep_body == KeepBody::as_attachment) to.flags |= PB_HTTP_TO_ATTACHMENT;
    if (from.repeat == Repeat::never) to.flags |= PB_HTTP_ONCE;
    to.token = token;
    to.timeout_ms = static_cast<std::uint32_t>(from.timeout.count());
    to.max_body = from.max_body;
    to.method = bytes(from.method);
    to.url = bytes(from.url);
    to.headers = headers(from.headers);
    to.secret_headers = list<pb_secret_header>(from.secret_headers, [](const SecretHeader& value) {
      auto header = sized<pb_secret_header>();
      header.secret = value.secret;
      header.name = bytes(value.name);
      header.prefix = bytes(value.prefix);
      return header;
    });
    to.body = bytes(from.body);
    return to;
  }

  [[nodiscard]] pb_list errors(const std::vector<Error>& from) {
    return list<pb_error>(from, [](const Error& error) { return encode(error); });
  }

  [[nodiscard]] pb_list participants(const std::vector<Participant>& from) {
    return list<pb_participant>(from, [this](const Participant& value) { return participant(value); });
  }

  [[nodiscard]] pb_list attachments(const std::vector<Attachment>& from) {
    return list<pb_attachment>(from, [](const Attachment& value) {
      auto to = sized<pb_attachment>();
      to.handle = value.handle;
      to.name = bytes(value.name);
      to.media_type = bytes(value.media_type);
      to.data = bytes(value.data);
      to.reference = bytes(value.reference);
      to.sha256 = bytes(value.sha256);
      return to;
    });
  }

  [[nodiscard]] pb_list headers(const std::vector<Header>& from) {
    return list<pb_header>(from, [](const Header& value) {
      auto to = sized<pb_header>();
      to.name = bytes(value.name);
      to.value = bytes(value.value);
      return to;
    });
  }

  [[nodiscard]] static pb_quarantine quarantine(const Original& from) noexcept {
    auto to = sized<pb_quarantine>();
    to.original = bytes(from.bytes);
    to.media_type = bytes(from.media_type);
    to.reason = bytes(from.reason);
    to.remedy = bytes(from.remedy);
    return to;
  }

  // Nothing to say is no bytes at all, which the reader takes for {}.
  [[nodiscard]] pb_bytes json(const Json& from) {
    if (from.empty()) return {};
    texts_.push_front(from.dump(-1, ' ', false, Json::error_handler_t::replace));
    return bytes(texts_.front());
  }

  // An array of To in this encoder's memory, made from each of `from`.
  template <class To, class Values, class Make>
  [[nodiscard]] pb_list list(const Values& from, Make&& make) {
    if (from.empty()) return {nullptr, 0, sizeof(To)};
    auto* const to = static_cast<To*>(memory_.allocate(sizeof(To) * from.size(), alignof(To)));
    To* at = to;
    for (const auto& value : from) ::new (static_cast<void*>(at++)) To(make(value));
    return {to, static_cast<std::uint32_t>(from.size()), sizeof(To)};
  }

  template <class Struct>
  [[nodiscard]] pb_list one(const Struct& element) {
    return list<Struct>(std::array<Struct, 1>{element}, [](const Struct& value) { return value; });
  }

 private:
  [[nodiscard]] pb_participant participant(const Participant& from) {
    auto to = sized<pb_participant>();
    to.role = static_cast<std::int32_t>(from.role);
    to.flags = static_cast<std::uint32_t>(from.party);
    to.identifiers = list<pb_identifier>(from.identifiers, [](const Identifier& value) {
      auto identifier = sized<pb_identifier>();
      identifier.flags = static_cast<std::uint32_t>(value.trust);
      identifier.kind = bytes(value.kind);
      identifier.value = bytes(value.value);
      identifier.scope = bytes(value.scope);
      return identifier;
    });
    return to;
  }

  [[nodiscard]] pb_interaction interaction(const Interaction& from) {
    auto to = sized<pb_interaction>();
    to.kind = static_cast<std::int32_t>(from.kind);
    to.direction = static_cast<std::int32_t>(from.direction);
    to.visibility = static_cast<std::int32_t>(from.visibility);
    if (from.historical) to.flags |= PB_INTERACTION_HISTORICAL;
    if (from.possible_duplicate) to.flags |= PB_INTERACTION_POSSIBLE_DUPLICATE;
    to.precision = static_cast<std::int32_t>(from.precision);
    to.occurred_us = microseconds(from.occurred_at);
    to.account = bytes(from.account);
    to.region = bytes(from.region);
    to.external_id = bytes(from.external_id);
    to.conversation = bytes(from.conversation);
    to.in_reply_to = bytes(from.in_reply_to);
    to.language = bytes(from.language);
    to.subject = bytes(from.subject);
    to.text = bytes(from.text);
    to.content = json(from.content);
    to.participants = participants(from.participants);
    to.attachments = attachments(from.attachments);
    to.original = bytes(from.original);
    to.original_type = bytes(from.original_type);
    return to;
  }

  [[nodiscard]] pb_fact fact(const Fact& from) {
    auto to = sized<pb_fact>();
    to.kind = static_cast<std::int32_t>(from.kind);
    to.receipt = static_cast<std::int32_t>(from.receipt);
    to.precision = static_cast<std::int32_t>(from.precision);
    to.occurred_us = microseconds(from.occurred_at);
    to.account = bytes(from.account);
    to.region = bytes(from.region);
    to.target = bytes(from.target);
    to.external_id = bytes(from.external_id);
    to.text = bytes(from.text);
    to.content = json(from.content);
    to.participants = participants(from.participants);
    to.original = bytes(from.original);
    to.original_type = bytes(from.original_type);
    return to;
  }

  [[nodiscard]] pb_notice notice(const Notice& from) {
    auto to = sized<pb_notice>();
    to.severity = static_cast<std::int32_t>(from.severity);
    to.occurred_us = microseconds(from.occurred_at);
    to.account = bytes(from.account);
    to.external_id = bytes(from.external_id);
    to.kind = bytes(from.kind);
    to.text = bytes(from.text);
    to.content = json(from.content);
    return to;
  }

  [[nodiscard]] pb_consent consent(const Consent& from) {
    auto to = sized<pb_consent>();
    to.state = static_cast<std::int32_t>(from.state);
    to.occurred_us = microseconds(from.occurred_at);
    to.account = bytes(from.account);
    to.region = bytes(from.region);
    to.category = bytes(from.category);
    to.participants = one(participant(from.participant));
    to.content = json(from.content);
    return to;
  }

  std::array<std::byte, 4096> room_;  // enough for a webhook with one message
  std::pmr::monotonic_buffer_resource memory_{room_.data(), room_.size()};
  std::forward_list<std::string> texts_;
};

}  // namespace patchbay::detail
