// Which members of each struct cross between the host and a worker: the one place that both ends take them from.
//
// A table names each member once, in any order that stays the same within a build; frame_codec.hpp refuses to compile
// one that lacks a member. Structs of the ABI are what a plugin hands to the host, those of messages.hpp what the host
// hands to a plugin, and the rest is between host and worker alone. Plain values; any thread.
#pragma once

#include "plugin/frame_codec.hpp"
#include "plugin/messages.hpp"

namespace patchbay::plugin {

// ---- Between host and worker ----

// The first frame to a worker: what it is to load, and how it is to be confined before that.
struct Setup {
  std::string version;  // of the host; both must be of one build
  std::string name;     // the channel or destination, for people; of a shared one the plugin
  std::uint32_t host_process = 0;
  bool strict = false;  // rather not run than be confined less
  std::uint64_t memory_bytes = 0;
  std::uint64_t cpu_seconds = 0;   // 0 = no limit
  std::uint64_t call_seconds = 0;  // the same
  std::vector<std::string> readable, writable;
  // Of the manifest, what loading and opening look at.
  std::string plugin, plugin_version, library;
  bool is_sink = false, endpoint = false;
  bool streams = false;  // it may hold many connections
  bool shared = false;   // with other instances of the plugin, none of which may hold up another
  std::vector<std::string> capabilities;
};

// The worker's first frame.
struct Ready {
  std::vector<std::string> not_enforced;  // of the confinement: a sentence each
  std::vector<std::string> offered;       // the plugin's extensions
};

// How something ended that the host asked for. Code 0 = well, else one more than the ErrorCode.
struct Outcome {
  std::uint8_t code = 0;
  std::string reason, remedy;
};

struct Opening {
  std::string name, settings, region;
  std::uint32_t credit = 0;
};

struct LogLine {
  std::int32_t level = 0;
  std::string text;
};

struct Metric {
  std::string name;
  double value = 0;
};

// A question of the plugin that waits for its answer. `about` is a secret or an attachment where there is one.
struct Question {
  std::uint64_t about = 0;
  std::string scheme, text, signature;
};

struct Answer {
  pb_code code = PB_OK;
  std::uint64_t handle = 0;
  std::string text;
};

template <>
struct FieldTable<Setup> {
  static constexpr std::tuple members{
      &Setup::version,        &Setup::name,         &Setup::host_process, &Setup::strict,   &Setup::memory_bytes,
      &Setup::cpu_seconds,    &Setup::call_seconds, &Setup::readable,     &Setup::writable, &Setup::plugin,
      &Setup::plugin_version, &Setup::library,      &Setup::is_sink,      &Setup::endpoint, &Setup::streams,
      &Setup::shared,         &Setup::capabilities};
};
template <>
struct FieldTable<Ready> {
  static constexpr std::tuple members{&Ready::not_enforced, &Ready::offered};
};
template <>
struct FieldTable<Outcome> {
  static constexpr std::tuple members{&Outcome::code, &Outcome::reason, &Outcome::remedy};
};
template <>
struct FieldTable<Opening> {
  static constexpr std::tuple members{&Opening::name, &Opening::settings, &Opening::region, &Opening::credit};
};
template <>
struct FieldTable<LogLine> {
  static constexpr std::tuple members{&LogLine::level, &LogLine::text};
};
template <>
struct FieldTable<Metric> {
  static constexpr std::tuple members{&Metric::name, &Metric::value};
};
template <>
struct FieldTable<Question> {
  static constexpr std::tuple members{&Question::about, &Question::scheme, &Question::text, &Question::signature};
};
template <>
struct FieldTable<Answer> {
  static constexpr std::tuple members{&Answer::code, &Answer::handle, &Answer::text};
};

// ---- To a plugin (messages.hpp) ----

template <>
struct FieldTable<Failure> {
  static constexpr std::tuple members{&Failure::code, &Failure::until_us, &Failure::pointer, &Failure::reason,
                                      &Failure::remedy};
};
template <>
struct FieldTable<Completion> {
  static constexpr std::tuple members{&Completion::token,      &Completion::errors, &Completion::accepted,
                                      &Completion::duplicates, &Completion::edits,  &Completion::parked};
};
template <>
struct FieldTable<HttpRequest> {
  static constexpr std::tuple members{&HttpRequest::id,      &HttpRequest::received_us, &HttpRequest::method,
                                      &HttpRequest::path,    &HttpRequest::query,       &HttpRequest::peer,
                                      &HttpRequest::headers, &HttpRequest::body};
};
template <>
struct FieldTable<HttpResult> {
  static constexpr std::tuple members{&HttpResult::token,  &HttpResult::status,  &HttpResult::attachment,
                                      &HttpResult::errors, &HttpResult::headers, &HttpResult::body};
};
template <>
struct FieldTable<AccessResult> {
  static constexpr std::tuple members{&AccessResult::token, &AccessResult::expires_us, &AccessResult::errors,
                                      &AccessResult::access_token};
};
template <>
struct FieldTable<StreamResult> {
  static constexpr std::tuple members{&StreamResult::token, &StreamResult::errors, &StreamResult::peer};
};
template <>
struct FieldTable<Event> {
  static constexpr std::tuple members{&Event::token, &Event::attempt, &Event::attempted_us, &Event::id,
                                      &Event::type,  &Event::contact, &Event::payload};
};
template <>
struct FieldTable<Original> {
  static constexpr std::tuple members{&Original::token, &Original::bytes, &Original::media_type, &Original::reason,
                                      &Original::remedy};
};
template <>
struct FieldTable<Participant::Identifier> {
  using Of = Participant::Identifier;
  static constexpr std::tuple members{&Of::flags, &Of::kind, &Of::value, &Of::scope};
};
template <>
struct FieldTable<Participant> {
  static constexpr std::tuple members{&Participant::role, &Participant::identifiers};
};
template <>
struct FieldTable<Outbound> {
  static constexpr std::tuple members{&Outbound::token,       &Outbound::id,           &Outbound::account,
                                      &Outbound::in_reply_to, &Outbound::conversation, &Outbound::subject,
                                      &Outbound::text,        &Outbound::content,      &Outbound::recipients};
};

// ---- From a plugin (abi.h) ----

template <>
struct FieldTable<pb_error> {
  static constexpr std::tuple members{&pb_error::code, &pb_error::until_us, &pb_error::pointer, &pb_error::reason,
                                      &pb_error::remedy};
};
template <>
struct FieldTable<pb_identifier> {
  static constexpr std::tuple members{&pb_identifier::flags, &pb_identifier::kind, &pb_identifier::value,
                                      &pb_identifier::scope};
};
template <>
struct FieldTable<pb_participant> {
  static constexpr std::tuple members{&pb_participant::role, &pb_participant::flags, &pb_participant::reserved,
                                      list_of<pb_identifier>(&pb_participant::identifiers)};
};
template <>
struct FieldTable<pb_attachment> {
  static constexpr std::tuple members{&pb_attachment::flags,      &pb_attachment::handle, &pb_attachment::name,
                                      &pb_attachment::media_type, &pb_attachment::data,   &pb_attachment::reference,
                                      &pb_attachment::sha256};
};
template <>
struct FieldTable<pb_interaction> {
  using Of = pb_interaction;
  static constexpr std::tuple members{&Of::kind,         &Of::direction,
                                      &Of::visibility,   &Of::flags,
                                      &Of::precision,    &Of::occurred_us,
                                      &Of::account,      &Of::region,
                                      &Of::external_id,  &Of::conversation,
                                      &Of::in_reply_to,  &Of::language,
                                      &Of::subject,      &Of::text,
                                      &Of::content,      list_of<pb_participant>(&Of::participants),
                                      &Of::original,     list_of<pb_attachment>(&Of::attachments),
                                      &Of::original_type};
};
template <>
struct FieldTable<pb_fact> {
  using Of = pb_fact;
  static constexpr std::tuple members{&Of::kind,         &Of::receipt,     &Of::precision,
                                      &Of::occurred_us,  &Of::account,     &Of::region,
                                      &Of::target,       &Of::external_id, &Of::text,
                                      &Of::content,      &Of::original,    list_of<pb_participant>(&Of::participants),
                                      &Of::original_type};
};
template <>
struct FieldTable<pb_notice> {
  using Of = pb_notice;
  static constexpr std::tuple members{&Of::severity, &Of::occurred_us, &Of::account, &Of::external_id,
                                      &Of::kind,     &Of::text,        &Of::content};
};
template <>
struct FieldTable<pb_consent> {
  using Of = pb_consent;
  static constexpr std::tuple members{&Of::state,
                                      &Of::occurred_us,
                                      &Of::account,
                                      &Of::region,
                                      &Of::category,
                                      &Of::content,
                                      list_of<pb_participant>(&Of::participants)};
};
template <>
struct FieldTable<pb_quarantine> {
  using Of = pb_quarantine;
  static constexpr std::tuple members{&Of::flags, &Of::original, &Of::media_type, &Of::reason, &Of::remedy};
};
template <>
struct FieldTable<pb_state> {
  static constexpr std::tuple members{&pb_state::flags, &pb_state::key, &pb_state::value};
};
template <>
struct FieldTable<pb_header> {
  static constexpr std::tuple members{&pb_header::flags, &pb_header::name, &pb_header::value};
};
template <>
struct FieldTable<pb_http_response> {
  using Of = pb_http_response;
  static constexpr std::tuple members{&Of::status, &Of::id, list_of<pb_header>(&Of::headers), &Of::body};
};
template <>
struct FieldTable<pb_batch> {
  using Of = pb_batch;
  static constexpr std::tuple members{&Of::flags,
                                      &Of::token,
                                      list_of<pb_interaction>(&Of::interactions),
                                      list_of<pb_fact>(&Of::facts),
                                      list_of<pb_notice>(&Of::notices),
                                      list_of<pb_consent>(&Of::consents),
                                      list_of<pb_quarantine>(&Of::quarantines),
                                      list_of<pb_state>(&Of::states),
                                      list_of<pb_http_response>(&Of::answers)};
};
template <>
struct FieldTable<pb_secret_header> {
  using Of = pb_secret_header;
  static constexpr std::tuple members{&Of::flags, &Of::secret, &Of::name, &Of::prefix};
};
template <>
struct FieldTable<pb_http_call> {
  using Of = pb_http_call;
  static constexpr std::tuple members{&Of::flags,
                                      &Of::token,
                                      &Of::timeout_ms,
                                      &Of::reserved,
                                      &Of::max_body,
                                      &Of::method,
                                      &Of::url,
                                      list_of<pb_header>(&Of::headers),
                                      list_of<pb_secret_header>(&Of::secret_headers),
                                      &Of::body};
};
template <>
struct FieldTable<pb_access_call> {
  using Of = pb_access_call;
  static constexpr std::tuple members{&Of::flags, &Of::token, &Of::secret, &Of::refused};
};
template <>
struct FieldTable<pb_stream_call> {
  using Of = pb_stream_call;
  static constexpr std::tuple members{&Of::flags, &Of::token, &Of::timeout_ms, &Of::port, &Of::host};
};
template <>
struct FieldTable<pb_sent> {
  using Of = pb_sent;
  static constexpr std::tuple members{&Of::flags, &Of::token, &Of::external_id, &Of::occurred_us,
                                      list_of<pb_error>(&Of::errors)};
};
template <>
struct FieldTable<pb_rendered> {
  using Of = pb_rendered;
  static constexpr std::tuple members{&Of::flags, &Of::token, list_of<pb_http_call>(&Of::calls),
                                      list_of<pb_error>(&Of::errors)};
};
template <>
struct FieldTable<pb_judged> {
  using Of = pb_judged;
  static constexpr std::tuple members{&Of::verdict, &Of::token, &Of::not_before_us, &Of::reason};
};

}  // namespace patchbay::plugin
