#include "outbound/request.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace patchbay::outbound {
namespace {

using nlohmann::json;

constexpr int deepest = 64;  // objects and lists in each other: writing them out recurses
constexpr std::size_t longest_word = 4096;

tl::unexpected<Error> wrong(std::string_view place, const std::string& expected, std::string remedy) {
  return failure(
      ErrorCode::invalid,
      "reading the request" + (place.empty() ? std::string() : " at " + std::string(place)) + ": expected " + expected,
      std::move(remedy));
}

Result<json> parse_object(std::string_view body) {
  bool too_deep = false;
  json read = json::parse(
      body,
      [&too_deep](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > deepest;
        return !too_deep;  // what is left out is not kept, so that nothing deep is ever built
      },
      false);
  if (too_deep)
    return wrong("", "JSON of at most " + std::to_string(deepest) + " levels, got a deeper one", "flatten it");
  if (!read.is_object()) return wrong("", "a JSON object in UTF-8", "docs/api.md shows one");
  return read;
}

class Fields {
 public:
  Fields(const json& object, std::string place) : object_(object), place_(std::move(place)) {}

  [[nodiscard]] bool has(const char* name) const { return object_.contains(name); }
  [[nodiscard]] Result<std::string> text(const char* name, std::size_t longest = longest_word) const {
    const auto found = object_.find(name);
    if (found == object_.end()) return std::string();
    if (!found->is_string()) return wrong(place_ + "/" + name, "text", "write it in quotes");
    const auto& value = found->get_ref<const std::string&>();
    if (value.size() > longest)
      return wrong(place_ + "/" + name,
                   "at most " + std::to_string(longest) + " bytes, got " + std::to_string(value.size()), "shorten it");
    return value;
  }
  [[nodiscard]] Result<std::string> required(const char* name) const {
    std::string value = PATCHBAY_TRY(text(name));
    if (value.empty()) return wrong(place_ + "/" + name, "text, got nothing", "docs/api.md shows an example");
    return value;
  }
  template <std::size_t N>
  [[nodiscard]] Status only(const std::array<std::string_view, N>& known) const {
    for (const auto& [key, value] : object_.items())
      if (std::find(known.begin(), known.end(), key) == known.end())
        return wrong(place_ + "/" + key.substr(0, 80), "nothing: no such member is known",
                     "correct its spelling, or leave it out");
    return {};
  }

 private:
  const json& object_;
  std::string place_;
};

Result<store::Identifier> read_identifier(const json& value) {
  if (!value.is_object()) return wrong("/to", "an object with kind and value", "name one identifier of the recipient");
  const Fields fields(value, "/to");
  PATCHBAY_CHECK(fields.only(std::array<std::string_view, 3>{"kind", "value", "scope"}));
  return store::Identifier{PATCHBAY_TRY(fields.required("kind")),
                           PATCHBAY_TRY(fields.required("value")),
                           PATCHBAY_TRY(fields.text("scope")),
                           store::Trust::attested,
                           {}};
}

Status read_target(const json& object, const Fields& fields, Request& request) {
  if (fields.has("in_reply_to")) {
    for (const char* name : {"channel", "account", "to"})
      if (fields.has(name))
        return wrong(std::string("/") + name, "nothing: an answer goes where it came from", "leave it out");
    const std::string id = PATCHBAY_TRY(fields.required("in_reply_to"));
    const auto number = store::number_of(id, "interaction");
    if (!number)
      return wrong("/in_reply_to", "interaction_ and a number, got " + id.substr(0, 80),
                   "see `patchbay interaction list`");
    request.in_reply_to = store::InteractionId{*number};
    return {};
  }
  request.channel = PATCHBAY_TRY(fields.required("channel"));
  request.account = PATCHBAY_TRY(fields.text("account"));
  if (!fields.has("to"))
    return wrong("/to", "an object with kind and value, got nothing",
                 "name the recipient, or what is answered in in_reply_to");
  request.to = PATCHBAY_TRY(read_identifier(object.at("to")));
  return {};
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= longest_key &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

Result<Request> parse_request(std::string_view key, std::string_view body) {
  if (!is_key(key))
    return failure(
        ErrorCode::invalid,
        "reading the request: expected an Idempotency-Key of 1 to 255 printable ASCII characters, none of them a blank",
        "send one of your own with each message, and the same again when you repeat the request");
  const json object = PATCHBAY_TRY(parse_object(body));
  const Fields fields(object, "");
  PATCHBAY_CHECK(fields.only(std::array<std::string_view, 9>{"in_reply_to", "channel", "account", "to", "subject",
                                                             "text", "content", "category", "force"}));
  Request request{.key = std::string(key),
                  .in_reply_to = {},
                  .channel = {},
                  .account = {},
                  .to = {},
                  .category = {},
                  .subject = {},
                  .text = {}};
  PATCHBAY_CHECK(read_target(object, fields, request));
  request.subject = PATCHBAY_TRY(fields.text("subject"));
  request.text = PATCHBAY_TRY(fields.text("text", longest_text));
  request.category = PATCHBAY_TRY(fields.text("category"));
  if (request.category.empty()) request.category = request.in_reply_to ? category_of_answers : category_of_news;
  if (const auto content = object.find("content"); content != object.end()) {
    if (!content->is_object()) return wrong("/content", "a JSON object", "docs/channels says what each channel takes");
    request.content = content->dump();
    if (request.content.size() > longest_text)
      return wrong("/content", "at most " + std::to_string(longest_text) + " bytes", "shorten it");
  }
  if (const auto force = object.find("force"); force != object.end()) {
    if (!force->is_boolean()) return wrong("/force", "true or false", "leave it out where nothing is to be overridden");
    request.forced = force->get<bool>();
  }
  if (request.text.empty() && request.content == "{}")
    return wrong("/text", "text, got nothing", "write what is to be sent");
  // Spelt in one way, whatever the order of its members and the space between them.
  request.digest = digest_of({"outbound", object.dump()});
  return request;
}

}  // namespace patchbay::outbound
