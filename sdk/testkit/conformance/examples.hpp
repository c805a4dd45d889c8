// check.json in a plugin's folder: what the plugin's world says in a check. Every part may be absent.
//
//   {"settings": {...},                     complete settings with made-up secrets, where the schema's examples do not
//                                           fit together; "${folder}" in a text is a folder for the check alone
//    "requests": [{"method", "path", "query", "headers": {NAME: TEXT}, "body": TEXT or JSON}],
//                                           to the endpoint, each one that the plugin takes
//    "answers": [{"method", "url", "status", "headers", "body"}],
//                                           of the service behind the plugin: the first whose url the call begins with
//    "outbound": [{"account", "to": {"kind", "value", "scope"}, "text", "in_reply_to", "conversation", "content"}]}
//
// Pure; a mistake throws std::invalid_argument with its place.
#pragma once

#include <patchbay/testkit/fake_host.hpp>

#include <string>
#include <vector>

namespace patchbay::conformance {

struct Answer {
  std::string method, url;
  HttpResult result;
};

struct Examples {
  std::vector<testkit::Request> requests;
  std::vector<Answer> answers;
  std::vector<Outbound> outbound;
};

[[nodiscard]] Examples read_examples(const Json& from);

}  // namespace patchbay::conformance
