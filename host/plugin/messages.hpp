// What goes to and comes from an instance, owned: the same for an instance in this process and for one in a worker.
//
// The meaning of each member stands in abi.h under the same name. Plain values; any thread.
#pragma once

#include <patchbay/abi.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace patchbay::plugin {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  pb_request id = 0;
  std::int64_t received_us = 0;
  std::string method, path, query, peer;
  Headers headers;
  std::string body;
};

struct HttpResponse {
  std::uint32_t status = 0;
  Headers headers;
  std::string body;
};

struct Failure {
  pb_code code = PB_OK;
  std::int64_t until_us = 0;
  std::string pointer, reason, remedy;
};

struct Completion {
  pb_token token = 0;
  std::vector<Failure> errors;
  std::uint32_t accepted = 0, duplicates = 0, edits = 0, parked = 0;
};

struct HttpResult {
  pb_token token = 0;
  std::uint32_t status = 0;
  std::uint64_t attachment = 0;
  std::vector<Failure> errors;
  Headers headers;
  std::string body;
};

struct AccessResult {
  pb_token token = 0;
  std::int64_t expires_us = 0;
  std::vector<Failure> errors;
  std::string access_token;
};

struct StreamResult {  // the descriptor goes beside it
  pb_token token = 0;
  std::vector<Failure> errors;
  std::string peer;
};

struct Event {
  pb_token token = 0;
  std::uint32_t attempt = 1;
  std::int64_t attempted_us = 0;
  std::string id, type, contact;
  std::shared_ptr<const std::string> payload;
};

struct Original {
  pb_token token = 0;
  std::string bytes, media_type, reason, remedy;
};

struct Participant {
  std::int32_t role = 0;
  struct Identifier {
    std::uint32_t flags = 0;
    std::string kind, value, scope;
  };
  std::vector<Identifier> identifiers;
};

struct Outbound {
  pb_token token = 0;
  std::string id, account, in_reply_to, conversation, subject, text, content;
  std::vector<Participant> recipients;
};

}  // namespace patchbay::plugin
