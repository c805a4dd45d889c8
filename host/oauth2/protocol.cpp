#include "oauth2/protocol.hpp"

#include "base/digest.hpp"
#include "base/signature.hpp"
#include "oauth2/form.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace patchbay::oauth2 {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::size_t longest_token = 16 * 1024;  // Microsoft's reach 4 KiB
constexpr std::size_t longest_read = 2000, longest_shown = 500, longest_url = 2000, longest_user_code = 64;
constexpr std::chrono::seconds usual_interval = 5s, longest_interval = 60s;  // RFC 8628, section 3.5
constexpr std::chrono::seconds longest_wait = 1h, longest_life = std::chrono::hours{24 * 366};

bool is_visible(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

// For a person's terminal: what a stranger wrote must not steer it.
std::string shown(std::string_view text) {
  std::string to;
  for (const char c : text.substr(0, longest_read)) to += c >= ' ' && c < 0x7f ? c : '?';
  return to;
}

std::string text_of(const json& object, const char* key, std::size_t longest) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return {};
  const std::string& text = found->get_ref<const std::string&>();
  return text.size() <= longest && is_visible(text) ? text : std::string();
}

// Some servers write numbers as text.
std::optional<std::chrono::seconds> seconds_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  double number = -1;
  if (found->is_number()) number = found->get<double>();
  if (found->is_string() && found->get_ref<const std::string&>().size() < 10)
    number = json::parse(found->get_ref<const std::string&>(), nullptr, false).is_number()
                 ? json::parse(found->get_ref<const std::string&>()).get<double>()
                 : -1;
  if (!(number >= 0)) return std::nullopt;
  return std::chrono::seconds{static_cast<std::int64_t>(std::min(number, 1e9))};
}

// What the standards' error codes mean for us and for the operator. RFC 6749, 4.1.2.1 and 5.2; RFC 8628, 3.5;
// OpenID Connect Core 1.0, 3.1.2.6.
struct Known {
  std::string_view code;
  Refusal why;
  const char* remedy;
};
constexpr std::array<Known, 15> known_codes{{
    {"authorization_pending", Refusal::pending, ""},
    {"slow_down", Refusal::slow_down, ""},
    {"access_denied", Refusal::denied, "the consent was refused; authorize it anew, and allow what is asked for"},
    {"expired_token", Refusal::denied, "nobody consented in time; authorize it anew"},
    {"invalid_grant", Refusal::gone, "the consent was withdrawn, ran out, or was used elsewhere"},
    {"interaction_required", Refusal::gone, "the provider wants to ask the person again"},
    {"consent_required", Refusal::gone, "the provider wants to ask the person again"},
    {"login_required", Refusal::gone, "the provider wants the person to sign in again"},
    {"invalid_client", Refusal::client, "correct oauth2.client_id and oauth2.client_secret in the settings"},
    {"unauthorized_client", Refusal::client, "let the client use this flow, where it is registered at the provider"},
    {"unsupported_grant_type", Refusal::client, "the provider does not know this flow; write another oauth2.flow"},
    {"unsupported_response_type", Refusal::client, "the provider does not know this flow; write another oauth2.flow"},
    {"invalid_scope", Refusal::client, "correct oauth2.scopes in the settings"},
    {"temporarily_unavailable", Refusal::unavailable, "it is tried again by itself"},
    {"server_error", Refusal::unavailable, "it is tried again by itself"},
}};

Refused refused(std::string_view code, std::string_view description) {
  std::string reason = "the authorisation server answered " + (code.empty() ? "an error" : shown(code));
  if (!description.empty()) reason += " (" + shown(description) + ")";
  const auto* known = std::ranges::find(known_codes, code, &Known::code);
  if (known == known_codes.end())
    return {Refusal::client,
            {ErrorCode::denied, std::move(reason), "see what it means in the provider's documentation"}};
  const ErrorCode error = known->why == Refusal::unavailable ? ErrorCode::unavailable : ErrorCode::denied;
  return {known->why, {error, std::move(reason), known->remedy}};
}

tl::unexpected<Refused> nonsense(std::string_view what) {
  return tl::unexpected(Refused{Refusal::client,
                                {ErrorCode::denied, "the authorisation server's answer " + std::string(what),
                                 "see whether the addresses below oauth2 in the settings are right"}});
}

// The object of a good answer.
tl::expected<json, Refused> object_of(std::uint32_t status, std::string_view body) {
  json said = json::parse(body, nullptr, false);
  if (said.is_object())
    if (const auto code = said.find("error"); code != said.end() && code->is_string()) {
      const auto description = said.find("error_description");
      const bool is_told = description != said.end() && description->is_string();
      return tl::unexpected(refused(code->get_ref<const std::string&>(),
                                    is_told ? description->get_ref<const std::string&>() : std::string()));
    }
  if (status >= 500 || status == 429)
    return tl::unexpected(
        Refused{Refusal::unavailable,
                {ErrorCode::unavailable, "the authorisation server answered with the status " + std::to_string(status),
                 "it is tried again by itself"}});
  if (status < 200 || status >= 300) return nonsense("has the status " + std::to_string(status) + " and no reason");
  if (!said.is_object()) return nonsense("is no JSON object");
  return said;
}

enum class ClientId : std::uint8_t { where_needed, always };

Request request_of(const config::OAuth2& settings, const std::string& url, Form form,
                   ClientId client_id = ClientId::where_needed) {
  Request request{.url = url, .body = {}, .authorization = {}};
  const bool is_public = settings.client_secret.empty();
  if (is_public || settings.client_authentication == config::ClientAuthentication::body ||
      client_id == ClientId::always)
    form.emplace_back("client_id", settings.client_id);
  if (!is_public && settings.client_authentication == config::ClientAuthentication::body)
    form.emplace_back("client_secret", settings.client_secret);
  else if (!is_public)  // both are form-encoded first (RFC 6749, section 2.3.1)
    request.authorization = "Basic " + base64(encoded(settings.client_id) + ":" + encoded(settings.client_secret));
  request.body = encoded(form);
  return request;
}

std::string scope_of(const config::OAuth2& settings) {
  std::string scope;
  for (const std::string& one : settings.scopes) scope += (scope.empty() ? "" : " ") + one;
  return scope;
}

void add_scope(const config::OAuth2& settings, Form& form) {
  if (!settings.scopes.empty()) form.emplace_back("scope", scope_of(settings));
}

std::string base64url(std::string_view bytes) {  // RFC 4648, section 5, without padding
  std::string text = base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

}  // namespace

// Some servers do not let clients authenticate there, and all know one by its id.
Request device_request(const config::OAuth2& settings) {
  Form form;
  add_scope(settings, form);
  return request_of(settings, settings.device_url, std::move(form), ClientId::always);
}

Request device_token_request(const config::OAuth2& settings, std::string_view device_code) {
  return request_of(
      settings, settings.token_url,
      {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"}, {"device_code", std::string(device_code)}});
}

Request code_request(const config::OAuth2& settings, std::string_view code, std::string_view redirect_url,
                     std::string_view verifier) {
  return request_of(settings, settings.token_url,
                    {{"grant_type", "authorization_code"},
                     {"code", std::string(code)},
                     {"redirect_uri", std::string(redirect_url)},
                     {"code_verifier", std::string(verifier)}});
}

Request refresh_request(const config::OAuth2& settings, std::string_view refresh_token) {
  return request_of(settings, settings.token_url,
                    {{"grant_type", "refresh_token"}, {"refresh_token", std::string(refresh_token)}});
}

Request client_credentials_request(const config::OAuth2& settings) {
  Form form{{"grant_type", "client_credentials"}};
  add_scope(settings, form);
  return request_of(settings, settings.token_url, std::move(form));
}

Error without_secrets(Error error, std::initializer_list<std::string_view> secrets) {
  for (const std::string_view secret : secrets)
    for (std::size_t at = 0; !secret.empty() && (at = error.reason.find(secret, at)) != std::string::npos;)
      error.reason.replace(at, secret.size(), "...");
  if (error.reason.size() > longest_shown) error.reason = error.reason.substr(0, longest_shown) + "...";
  return error;
}

tl::expected<Tokens, Refused> read_tokens(std::uint32_t status, std::string_view body) {
  const auto said = object_of(status, body);
  if (!said) return tl::unexpected(said.error());
  Tokens tokens{.access_token = text_of(*said, "access_token", longest_token),
                .lasts = seconds_of(*said, "expires_in"),
                .refresh_token = text_of(*said, "refresh_token", longest_token)};
  if (tokens.access_token.empty()) return nonsense("holds no access token that could be used");
  if (const auto type = said->find("token_type"); type != said->end()) {  // RFC 6749, section 7.1
    std::string word = type->is_string() ? type->get<std::string>() : std::string();
    std::ranges::transform(word, word.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    if (word != "bearer") return nonsense("holds a token of another type than Bearer");
  }
  if (tokens.lasts) tokens.lasts = std::min(*tokens.lasts, longest_life);
  return tokens;
}

tl::expected<DeviceCodes, Refused> read_device_codes(std::uint32_t status, std::string_view body) {
  const auto said = object_of(status, body);
  if (!said) return tl::unexpected(said.error());
  DeviceCodes codes{.device_code = text_of(*said, "device_code", longest_token),
                    .user_code = text_of(*said, "user_code", longest_user_code),
                    .verification_url = text_of(*said, "verification_uri", longest_url),
                    .verification_url_complete = text_of(*said, "verification_uri_complete", longest_url),
                    .lasts = seconds_of(*said, "expires_in").value_or(0s),
                    .interval = seconds_of(*said, "interval").value_or(usual_interval)};
  if (codes.verification_url.empty())
    codes.verification_url = text_of(*said, "verification_url", longest_url);  // Google
  if (codes.device_code.empty() || codes.user_code.empty() || codes.verification_url.empty() || codes.lasts <= 0s)
    return nonsense("lacks a code, or the address at which it is entered");
  codes.lasts = std::min(codes.lasts, longest_wait);
  codes.interval = std::min(codes.interval, longest_interval);
  return codes;
}

std::string random_word(const Random& random) {
  std::array<std::uint8_t, 32> bytes{};
  random(bytes);
  return base64url(bytes_of(bytes));
}

std::string challenge_of(std::string_view verifier) { return base64url(bytes_of(sha256(verifier))); }

std::string authorization_url(const config::OAuth2& settings, std::string_view redirect_url, std::string_view state,
                              std::string_view challenge) {
  Form form{{"response_type", "code"},
            {"client_id", settings.client_id},
            {"redirect_uri", std::string(redirect_url)},
            {"state", std::string(state)},
            {"code_challenge", std::string(challenge)},
            {"code_challenge_method", "S256"}};
  add_scope(settings, form);
  form.insert(form.end(), settings.parameters.begin(), settings.parameters.end());
  const bool has_query = settings.authorization_url.find('?') != std::string::npos;
  return settings.authorization_url + (has_query ? "&" : "?") + encoded(form);
}

tl::expected<std::string, Refused> read_redirect(std::string_view query, std::string_view state) {
  if (query.size() > 2 * longest_token) return nonsense("is too long");
  const auto form = decoded(query);
  if (!form) return nonsense("in the browser's address cannot be read");
  const std::string_view answered = value_of(*form, "state");
  if (answered.size() != state.size() || CRYPTO_memcmp(answered.data(), state.data(), state.size()) != 0)
    return tl::unexpected(Refused{Refusal::denied,
                                  {ErrorCode::denied, "the browser brought an answer to another question",
                                   "open the address that was printed last"}});
  if (const std::string_view code = value_of(*form, "error"); !code.empty())
    return tl::unexpected(refused(code, value_of(*form, "error_description")));
  std::string code(value_of(*form, "code"));
  if (code.empty() || code.size() > longest_token) return nonsense("in the browser's address holds no code");
  return code;
}

bool is_loopback_redirect(std::string_view url) {
  for (const std::string_view start : {"http://127.0.0.1:", "http://[::1]:", "http://localhost:"}) {
    if (!url.starts_with(start)) continue;
    url.remove_prefix(start.size());
    const std::string_view port = url.substr(0, url.find('/'));
    return !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string_view::npos &&
           url.size() < 100 && is_visible(url);
  }
  return false;
}

}  // namespace patchbay::oauth2
