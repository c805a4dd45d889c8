#include "sending_end.hpp"

#include "envelope.hpp"
#include "refusal.hpp"

#include <algorithm>
#include <charconv>

namespace patchbay::whatsapp {

namespace {

using std::chrono::seconds;

constexpr long long longest_wait_s = 24 * 60 * 60;
constexpr long long unknown_object = 33;  // subcode of 100: no such id, or none that the token may see

Json parse(std::string_view text) {
  if (text.size() > largest_answer || nesting(text, deepest_nesting + 1) > deepest_nesting) return {};
  Json document = Json::parse(text, nullptr, false);
  return document.is_discarded() ? Json() : document;
}

long long whole_number_at(const Json& object, std::string_view key, long long otherwise) {
  const Json* value = member(object, key);
  return value != nullptr && value->is_number_integer() ? value->get<long long>() : otherwise;
}

// Many servers call an error `error`, and give its code: those of what stands between prove nothing.
bool is_of_the_graph_api(const Json& error) {
  const Json* code = member(error, "code");
  return code != nullptr && code->is_number_integer() &&
         (!text_at(error, "fbtrace_id").empty() || !text_at(error, "type").empty());
}

// What Meta wrote, fit for one line of a log.
std::string shown(std::string text) {
  constexpr std::size_t longest = 300;
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

std::optional<long long> whole_number(std::string_view text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// Retry-After in seconds (RFC 9110, section 10.2.3), else what Meta's usage header estimates, in minutes: a member of
// each element of each list in it.
std::optional<seconds> asked_wait(const HttpResult& result) {
  if (const auto told = whole_number(result.header("retry-after"))) return seconds{std::min(*told, longest_wait_s)};
  long long longest = 0;
  const Json usage = parse(result.header("x-business-use-case-usage"));
  if (!usage.is_object()) return std::nullopt;
  for (const Json& cases : usage) {
    if (!cases.is_array()) continue;
    for (const Json& one : cases)
      longest = std::max(longest, whole_number_at(one, "estimated_time_to_regain_access", 0));
  }
  if (longest <= 0) return std::nullopt;
  return seconds{std::min(longest, longest_wait_s / 60) * 60};
}

SendingEnd failed(pb_code code, std::string reason, std::string_view remedy) {
  return {{}, Error{code, "sending: " + std::move(reason), std::string(remedy), {}, {}}};
}

SendingEnd uncertain(const std::string& reason) {
  return failed(PB_TIMEOUT, "it is not known whether WhatsApp took it: " + reason,
                "a receipt of the message settles it; ask the person before it is sent again");
}

SendingEnd limited(const HttpResult& result, std::string reason, std::string_view remedy, seconds wait, TimePoint now) {
  SendingEnd end = failed(PB_RATE_LIMITED, std::move(reason), remedy);
  end.error->until = now + std::max(asked_wait(result).value_or(wait), seconds{1});
  return end;
}

// A code that Meta's reference does not have yet.
Refusal judged_by(const HttpResult& result, const Json& error) {
  if (true_at(error, "is_transient") || result.status >= 500) return {PB_TRANSIENT, "it is tried again by itself"};
  if (result.status == 429) return {PB_RATE_LIMITED, "it goes on by itself", seconds{60}};
  if (result.status == 401 || result.status == 403)
    return {PB_AUTH_FAILED, "look at the access token and at the account's state in WhatsApp Manager"};
  return {PB_PERMANENT, "look the code up in Meta's reference of error codes"};
}

std::string reason_of(const HttpResult& result, const Json& error, long long code, long long subcode) {
  std::string reason = "WhatsApp refused it with error " + std::to_string(code);
  if (subcode != 0) reason += "/" + std::to_string(subcode);
  reason += " (HTTP " + std::to_string(result.status) + ")";
  if (const std::string message = shown(text_at(error, "message")); !message.empty()) reason += ": " + message;
  const Json* data = object_member(error, "error_data");
  const std::string details = data == nullptr ? "" : shown(text_at(*data, "details"));
  if (!details.empty()) reason += ": " + details;
  if (const std::string trace = shown(text_at(error, "fbtrace_id")); !trace.empty()) reason += " [" + trace + "]";
  return reason;
}

SendingEnd refused(const HttpResult& result, const Json& error, std::string_view number, TimePoint now) {
  const long long code = whole_number_at(error, "code", -1);
  const long long subcode = whole_number_at(error, "error_subcode", 0);
  const std::string reason = reason_of(result, error, code, subcode);
  Refusal refusal = refusal_of(code).value_or(judged_by(result, error));
  if (code == 100 && subcode == unknown_object)
    refusal = {PB_INVALID_SETTINGS,
               "correct the phone number id in the settings, or give the token's system user access to the number"};
  if (refusal.code == PB_RATE_LIMITED) return limited(result, reason, refusal.remedy, refusal.wait, now);
  SendingEnd end = failed(refusal.code, reason, refusal.remedy);
  if (refusal.code == PB_INVALID_SETTINGS) end.error->pointer = std::string(number);
  return end;
}

// Answers that the Cloud API did not write: of something between it and us, or of another server altogether.
SendingEnd judge_status(const HttpResult& result, TimePoint now) {
  const std::string found =
      "the answer is HTTP " + std::to_string(result.status) + " without a body that WhatsApp documents";
  constexpr std::string_view check_api = "look at the setting `api`, and at what stands between the gateway and it";
  switch (result.status) {
    case 401:
    case 403:
    case 407:
      return failed(PB_AUTH_FAILED, found, check_api);
    case 408:
    case 425:
    case 421:
      return failed(PB_TRANSIENT, found, check_api);
    case 429:
      return limited(result, found, check_api, seconds{60}, now);
    case 503:
      if (asked_wait(result)) return limited(result, found, check_api, seconds{60}, now);
      return failed(PB_TRANSIENT, found, check_api);
    default:
      break;
  }
  if (result.status < 300 || result.status >= 500) return uncertain(found);
  SendingEnd end = failed(PB_INVALID_SETTINGS, found, check_api);
  end.error->pointer = "/api";
  return end;
}

}  // namespace

SendingEnd end_of_sending(const HttpResult& result, std::string_view number, TimePoint now) {
  if (result.error) {
    if (result.error->code == PB_NOT_CONNECTED)
      return failed(PB_NOT_CONNECTED, "reaching the Graph API: " + shown(result.error->reason), result.error->remedy);
    return uncertain(shown(result.error->reason));
  }
  const Json answer = parse(result.body);
  const Json* error = object_member(answer, "error");
  if (error != nullptr && is_of_the_graph_api(*error)) return refused(result, *error, number, now);
  const Json* messages = list_member(answer, "messages");
  if (result.status >= 200 && result.status < 300 && messages != nullptr && !messages->empty()) {
    std::string id = text_at(messages->front(), "id");
    if (!id.empty()) return {std::move(id), std::nullopt};
  }
  return judge_status(result, now);
}

}  // namespace patchbay::whatsapp
