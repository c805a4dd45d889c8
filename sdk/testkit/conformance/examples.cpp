#include "conformance/examples.hpp"

#include <stdexcept>

namespace patchbay::conformance {
namespace {

[[noreturn]] void mistake(const std::string& place, const std::string& expected) {
  throw std::invalid_argument("check.json: at " + place + ": expected " + expected);
}

std::string text(const Json& from, const char* key, const std::string& place, std::string otherwise = {}) {
  const auto found = from.find(key);
  if (found == from.end()) return otherwise;
  if (!found->is_string()) mistake(place + "/" + key, "text");
  return found->get<std::string>();
}

std::string body(const Json& from) {
  const auto found = from.find("body");
  if (found == from.end()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::vector<Header> headers(const Json& from, const std::string& place) {
  std::vector<Header> all;
  const auto found = from.find("headers");
  if (found == from.end()) return all;
  if (!found->is_object()) mistake(place + "/headers", "an object");
  for (const auto& [name, value] : found->items())
    all.push_back({name, text(*found, name.c_str(), place + "/headers")});
  return all;
}

template <class Read>
void each_of(const Json& from, const char* key, Read&& read) {
  const auto found = from.find(key);
  if (found == from.end()) return;
  if (!found->is_array()) mistake(std::string("/") + key, "a list");
  for (std::size_t i = 0; i < found->size(); ++i) {
    const std::string place = std::string("/") + key + "/" + std::to_string(i);
    if (!(*found)[i].is_object()) mistake(place, "an object");
    read((*found)[i], place);
  }
}

}  // namespace

Examples read_examples(const Json& from) {
  if (!from.is_object()) mistake("the top", "an object");
  for (const auto& [key, value] : from.items())
    if (key != "settings" && key != "requests" && key != "answers" && key != "outbound")
      mistake("/" + key, "settings, requests, answers or outbound");
  Examples to;
  each_of(from, "requests", [&](const Json& one, const std::string& place) {
    to.requests.push_back({.method = text(one, "method", place, "POST"),
                           .path = text(one, "path", place),
                           .query = text(one, "query", place),
                           .headers = headers(one, place),
                           .body = body(one)});
  });
  each_of(from, "answers", [&](const Json& one, const std::string& place) {
    Answer answer{text(one, "method", place), text(one, "url", place), {}};
    const auto status = one.find("status");
    if (status != one.end() && !status->is_number_unsigned()) mistake(place + "/status", "a number");
    answer.result.status = status == one.end() ? 200 : status->get<std::uint32_t>();
    answer.result.headers = headers(one, place);
    answer.result.body = body(one);
    to.answers.push_back(std::move(answer));
  });
  each_of(from, "outbound", [&](const Json& one, const std::string& place) {
    Outbound outbound;
    outbound.id = "outbound-" + std::to_string(to.outbound.size() + 1);
    outbound.account = text(one, "account", place);
    outbound.in_reply_to = text(one, "in_reply_to", place);
    outbound.conversation = text(one, "conversation", place);
    outbound.text = text(one, "text", place);
    outbound.content = one.value("content", Json::object());
    const auto recipient = one.find("to");
    if (recipient == one.end() || !recipient->is_object()) mistake(place + "/to", "an object with kind and value");
    outbound.recipients = {{Role::recipient,
                            {{text(*recipient, "kind", place + "/to"), text(*recipient, "value", place + "/to"),
                              text(*recipient, "scope", place + "/to"), Trust::attested}}}};
    to.outbound.push_back(std::move(outbound));
  });
  return to;
}

}  // namespace patchbay::conformance
