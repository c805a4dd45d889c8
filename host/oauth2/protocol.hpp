// What is said to an authorisation server, and what it answers: the protocol core, without sockets and clocks.
//
// RFC 6749 (section 4.1 with RFC 7636 and RFC 8252, 4.4, 5, 6), RFC 8628, RFC 6750. Pure; any thread. Answers are
// hostile: what is kept of them is bounded, tokens can stand in a header, and what a person is shown is printable
// ASCII.
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::oauth2 {

// A POST of a form.
struct Request {
  std::string url, body;
  std::string authorization;  // value of the header; empty = none
};

[[nodiscard]] Request device_request(const config::OAuth2& settings);
[[nodiscard]] Request device_token_request(const config::OAuth2& settings, std::string_view device_code);
[[nodiscard]] Request code_request(const config::OAuth2& settings, std::string_view code, std::string_view redirect_url,
                                   std::string_view verifier);
[[nodiscard]] Request refresh_request(const config::OAuth2& settings, std::string_view refresh_token);
[[nodiscard]] Request client_credentials_request(const config::OAuth2& settings);

struct Tokens {
  std::string access_token;
  std::optional<std::chrono::seconds> lasts;  // nothing = the server does not say
  std::string refresh_token;                  // empty: the former one stays
};

// What a person is to enter where.
struct DeviceCodes {
  std::string device_code, user_code, verification_url, verification_url_complete;
  std::chrono::seconds lasts{}, interval{};
};

enum class Refusal : std::uint8_t {
  pending,      // ask again
  slow_down,    // and less often
  denied,       // a person said no, or took too long
  gone,         // the consent that there was does not hold any more
  client,       // the settings or the client's registration are wrong
  unavailable,  // worth another try
};

struct Refused {
  Refusal why = Refusal::unavailable;
  Error error;  // without what was done, which the caller knows
};

// A server may repeat in its words what it was sent: that must reach no log. What stays is cut to a line.
[[nodiscard]] Error without_secrets(Error error, std::initializer_list<std::string_view> secrets);

[[nodiscard]] tl::expected<Tokens, Refused> read_tokens(std::uint32_t status, std::string_view body);
[[nodiscard]] tl::expected<DeviceCodes, Refused> read_device_codes(std::uint32_t status, std::string_view body);

// ---- The browser's way ----

// RFC 7636, section 4.1 and 4.2. A verifier has 256 bits of randomness; so has a state.
[[nodiscard]] std::string random_word(const Random& random);
[[nodiscard]] std::string challenge_of(std::string_view verifier);

[[nodiscard]] std::string authorization_url(const config::OAuth2& settings, std::string_view redirect_url,
                                            std::string_view state, std::string_view challenge);
// The code in what the browser brought back, if it is the answer to what was asked under `state`.
[[nodiscard]] tl::expected<std::string, Refused> read_redirect(std::string_view query, std::string_view state);

// "http://127.0.0.1:PORT/", also [::1] (RFC 8252, section 7.3), and localhost, which some providers insist on (8.3).
[[nodiscard]] bool is_loopback_redirect(std::string_view url);

}  // namespace patchbay::oauth2
