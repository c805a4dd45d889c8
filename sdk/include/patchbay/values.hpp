// What passes between a plugin and the host, as owned C++ values: interactions, facts, notices, HTTP messages.
//
// Plain data; the meaning of each member stands in abi.h under the same name. Any thread.
#pragma once

#include <patchbay/bytes.hpp>
#include <patchbay/errors.hpp>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patchbay {

using Json = nlohmann::json;

enum class Kind : std::int32_t {
  message = PB_KIND_MESSAGE,
  letter = PB_KIND_LETTER,
  review = PB_KIND_REVIEW,
  comment = PB_KIND_COMMENT,
  call = PB_KIND_CALL
};
enum class Direction : std::int32_t { inbound = PB_INBOUND, outbound = PB_OUTBOUND };
enum class Visibility : std::int32_t { private_ = PB_PRIVATE, group = PB_GROUP, public_ = PB_PUBLIC };
enum class Precision : std::int32_t {
  microsecond = PB_PRECISION_MICROSECOND,
  second = PB_PRECISION_SECOND,
  minute = PB_PRECISION_MINUTE,
  day = PB_PRECISION_DAY
};
enum class Role : std::int32_t {
  author = PB_ROLE_AUTHOR,
  recipient = PB_ROLE_RECIPIENT,
  copy = PB_ROLE_COPY,
  on_behalf_of = PB_ROLE_ON_BEHALF_OF,
  mentioned = PB_ROLE_MENTIONED,
  agent = PB_ROLE_AGENT
};
enum class Party : std::uint32_t { person = 0, business = PB_PARTICIPANT_BUSINESS };
enum class Trust : std::uint32_t { attested = 0, claimed = PB_IDENTIFIER_CLAIMED };
enum class FactKind : std::int32_t {
  edit = PB_FACT_EDIT,
  deletion = PB_FACT_DELETION,
  reaction = PB_FACT_REACTION,
  receipt = PB_FACT_RECEIPT
};
enum class Receipt : std::int32_t {
  none = PB_RECEIPT_NONE,
  sent = PB_RECEIPT_SENT,
  delivered = PB_RECEIPT_DELIVERED,
  read = PB_RECEIPT_READ,
  failed = PB_RECEIPT_FAILED
};
enum class Severity : std::int32_t {
  information = PB_SEVERITY_INFORMATION,
  warning = PB_SEVERITY_WARNING,
  alert = PB_SEVERITY_ALERT
};
enum class ConsentState : std::int32_t {
  unknown = PB_CONSENT_UNKNOWN,
  granted = PB_CONSENT_GRANTED,
  withdrawn = PB_CONSENT_WITHDRAWN
};
enum class Verdict : std::int32_t {
  transient = PB_VERDICT_TRANSIENT,
  delivered = PB_VERDICT_DELIVERED,
  permanent = PB_VERDICT_PERMANENT,
  gone = PB_VERDICT_GONE
};

struct Identifier {
  std::string kind;
  std::string value;
  std::string scope;
  Trust trust = Trust::attested;
};

struct Participant {
  Role role = Role::author;
  std::vector<Identifier> identifiers;  // one persona
  Party party = Party::person;          // business: the channel's own number, mailbox or page
};

struct Attachment {
  std::string name;
  std::string media_type;
  std::string data;          // the content, or
  std::uint64_t handle = 0;  // content that the host has already, or
  std::string reference;     // where the channel can fetch it
  std::string sha256;        // 32 bytes, or empty
};

struct Interaction {
  Kind kind = Kind::message;
  Direction direction = Direction::inbound;
  Visibility visibility = Visibility::private_;
  bool historical = false;
  bool possible_duplicate = false;
  Precision precision = Precision::second;
  TimePoint occurred_at{};
  std::string account;
  std::string region;
  std::string external_id;
  std::string conversation;
  std::string in_reply_to;
  std::string language;
  std::string subject;
  std::string text;
  Json content = Json::object();
  std::vector<Participant> participants;
  std::vector<Attachment> attachments;
  std::string original;
  std::string original_type;
};

struct Fact {
  FactKind kind = FactKind::edit;
  Receipt receipt = Receipt::none;
  Precision precision = Precision::second;
  TimePoint occurred_at{};
  std::string account;
  std::string region;
  std::string target;
  std::string external_id;
  std::string text;
  Json content = Json::object();
  std::vector<Participant> participants;
  std::string original;
  std::string original_type;
};

struct Notice {
  Severity severity = Severity::information;
  TimePoint occurred_at{};
  std::string account;
  std::string external_id;
  std::string kind;
  std::string text;
  Json content = Json::object();
};

struct Consent {
  ConsentState state = ConsentState::unknown;
  TimePoint occurred_at{};
  std::string account;
  std::string region;
  std::string category;
  Participant participant;
  Json content = Json::object();
};

struct Original {
  std::string bytes;
  std::string media_type;
  std::string reason;
  std::string remedy;
};

struct Header {
  std::string name;
  std::string value;
};

// Borrowed: valid only inside receive().
struct HttpRequest {
  pb_request id = 0;
  TimePoint received_at{};
  std::string_view method, path, query, peer, body;
  std::vector<std::pair<std::string_view, std::string_view>> headers;

  // The first header of that (lower case) name, or empty.
  [[nodiscard]] std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return {};
  }
};

struct HttpResponse {
  std::uint32_t status = 200;
  std::vector<Header> headers;
  std::string body;
};

enum class KeepBody : std::uint8_t { in_result, as_attachment };
// Whether the host may repeat a request whose connection was lost before any answer.
enum class Repeat : std::uint8_t { when_lost, never };

struct SecretHeader {
  std::string name;
  std::string prefix;
  pb_secret secret = 0;
};

struct HttpCall {
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers;
  std::vector<SecretHeader> secret_headers;
  std::string body;
  std::chrono::milliseconds timeout{0};  // 0 = the host's default
  std::uint64_t max_body = 0;            // 0 = the host's default
  KeepBody keep_body = KeepBody::in_result;
  Repeat repeat = Repeat::when_lost;
};

struct HttpResult {
  std::uint32_t status = 0;  // 0: no answer, see error
  std::vector<Header> headers;
  std::string body;
  std::uint64_t attachment = 0;
  std::optional<Error> error;

  // The first header of that (lower case) name, or empty.
  [[nodiscard]] std::string_view header(std::string_view name) const {
    for (const Header& header : headers)
      if (header.name == name) return header.value;
    return {};
  }
};

// What becomes durable together.
struct Batch {
  std::vector<Interaction> interactions;
  std::vector<Fact> facts;
  std::vector<Notice> notices;
  std::vector<Consent> consents;
  std::vector<Original> quarantines;
  std::vector<std::pair<std::string, std::string>> states;  // key, value; an empty value removes the entry
  pb_request answers = 0;                                   // the request that `answer` is for, or 0
  HttpResponse answer;

  void cursor(std::string value) { states.emplace_back("cursor", std::move(value)); }
};

struct Completion {
  pb_token token = 0;
  std::optional<Error> error;  // nothing = the batch is durable
  std::uint32_t accepted = 0, duplicates = 0, edits = 0, parked = 0;
};

struct Outbound {
  pb_token token = 0;
  std::string id, account, in_reply_to, conversation;
  std::vector<Participant> recipients;
  std::string subject, text;
  Json content = Json::object();
  std::vector<Attachment> attachments;
};

struct Event {
  pb_token token = 0;
  std::uint32_t attempt = 1;
  TimePoint attempted_at{};
  std::string_view id, type, contact, payload;  // borrowed for the call
};

struct Judgement {
  Verdict verdict = Verdict::transient;
  TimePoint not_before{};  // the receiver's own wish
  std::string reason;
};

// The end of a Host::access.
struct Access {
  std::string token;    // empty where there is an error
  TimePoint expires{};  // 1970 = not known
  std::optional<Error> error;
};

}  // namespace patchbay
