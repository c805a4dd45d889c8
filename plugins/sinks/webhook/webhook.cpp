#include "webhook.hpp"

#include "excerpt.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace patchbay::webhook {
namespace {

constexpr std::string_view scheme = "standard-webhooks";

// What this sink or the HTTP client writes itself; a second value of these would break the delivery or its proof.
constexpr std::array<std::string_view, 11> reserved{
    "connection", "content-encoding",  "content-length", "content-type", "expect",           "host",
    "te",         "transfer-encoding", "upgrade",        "user-agent",   "proxy-connection",
};

std::string lower_case(std::string text) {
  // Header names are ASCII.
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

bool is_reserved(const std::string& name) {
  return name.starts_with("webhook-") || std::ranges::find(reserved, name) != reserved.end();
}

// The settings must name a key that the host can sign with; only the host sees what it is.
std::optional<Error> mistake_of_key(const Host& host, pb_secret key, const std::string& pointer, std::size_t number) {
  try {
    (void)host.sign(key, scheme, "");
    return std::nullopt;
  } catch (const Failure& failure) {
    if (failure.code() != PB_INVALID_SETTINGS) throw;
    return Error{PB_INVALID_SETTINGS,
                 "reading key " + std::to_string(number) + " of the webhook: it is no key of Standard Webhooks",
                 "write whsec_ and 24 to 64 random bytes in base64 (signs v1), or whsk_ and an Ed25519 private key in "
                 "base64 (signs v1a); `echo whsec_$(openssl rand -base64 32)` makes one",
                 pointer,
                 {}};
  }
}

std::optional<Error> mistake_of_header(const std::string& name, const std::string& pointer) {
  if (!is_reserved(lower_case(name))) return std::nullopt;
  return Error{PB_INVALID_SETTINGS,
               "reading the headers of the webhook: " + name + " is set by the gateway itself",
               "remove it, or choose another name",
               pointer,
               {}};
}

}  // namespace

Webhook::Webhook(Host& host, const Settings& settings)
    : host_(host), url_(settings.text("/url")), timeout_(settings.number("/timeout", 20)) {
  std::vector<Error> mistakes;
  for (std::size_t index = 0; index < settings.at("/keys").size(); ++index) {
    const std::string pointer = "/keys/" + std::to_string(index);
    keys_.push_back(settings.secret(pointer));
    if (auto mistake = mistake_of_key(host, keys_.back(), pointer, index + 1)) mistakes.push_back(std::move(*mistake));
  }
  // An event that nobody can check must not leave the house, whatever the schema came to allow.
  if (keys_.empty()) {
    mistakes.push_back({PB_INVALID_SETTINGS,
                        "reading the keys of the webhook: there is none",
                        "`echo whsec_$(openssl rand -base64 32)` makes one; give it to the receiver, too",
                        "/keys",
                        {}});
  }
  for (const auto& header : settings.at("/headers").items()) {
    const std::string pointer = "/headers/" + escape_pointer(header.key());
    headers_.push_back({header.key(), "", settings.secret(pointer)});
    if (auto mistake = mistake_of_header(header.key(), pointer)) mistakes.push_back(std::move(*mistake));
  }
  if (!mistakes.empty()) throw Failure(std::move(mistakes));
}

HttpCall Webhook::render(const Event& event) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(event.attempted_at).time_since_epoch().count();
  const std::string id(event.id);
  const std::string timestamp = std::to_string(seconds);

  std::string signed_text;
  signed_text.reserve(id.size() + timestamp.size() + event.payload.size() + 2);
  signed_text.append(id).append(".").append(timestamp).append(".").append(event.payload);
  std::string signatures;
  for (const pb_secret key : keys_) {
    if (!signatures.empty()) signatures += ' ';
    signatures += host_.sign(key, scheme, signed_text);
  }

  HttpCall call;
  call.method = "POST";
  call.url = url_;
  call.headers = {{"content-type", "application/cloudevents+json; charset=utf-8"},
                  {"user-agent", "Patchbay/" PATCHBAY_PLUGIN_VERSION},
                  {"webhook-id", id},
                  {"webhook-timestamp", timestamp},
                  {"webhook-signature", std::move(signatures)}};
  call.secret_headers = headers_;
  call.body = std::string(event.payload);
  call.timeout = timeout_;
  return call;
}

Judgement Webhook::judge(const Event&, const HttpResult& result) {
  Judgement judgement = judge_by_status(result);
  if (judgement.verdict == Verdict::delivered || result.status == 0) return judgement;
  if (result.status >= 300 && result.status < 400) {
    judgement.reason += ": redirects are not followed";
    if (const std::string_view to = result.header("location"); !to.empty())
      judgement.reason += "; it points to " + excerpt(to);
    return judgement;
  }
  if (const std::string said = excerpt(result.body); !said.empty()) judgement.reason += ": " + said;
  return judgement;
}

}  // namespace patchbay::webhook
