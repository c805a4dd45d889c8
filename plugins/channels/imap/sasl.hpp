// How a client proves who it is: the messages of SASL's PLAIN (RFC 4616), OAUTHBEARER (RFC 7628) and of XOAUTH2
// (Google's and Microsoft's own), and which of them a server can be asked for. Pure; any thread. What is returned is
// secret.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace patchbay::imap {

using Capabilities = std::set<std::string, std::less<>>;  // in upper case

enum class Proof : std::uint8_t { password, token };

struct Credentials {
  std::string user;
  Proof proof = Proof::password;
  std::string secret;  // the password, or an OAuth 2.0 access token
};

enum class Mechanism : std::uint8_t { plain, login_command, xoauth2, oauthbearer };

// The best that the server offers for such a proof, or nothing.
[[nodiscard]] std::optional<Mechanism> mechanism_for(Proof proof, const Capabilities& offered);
[[nodiscard]] std::string_view name_of(Mechanism mechanism);

// The client's first message, in base64.
[[nodiscard]] std::string first_message(Mechanism mechanism, const Credentials& credentials, std::string_view host,
                                        std::uint16_t port);
// What a server that gives the reason of its refusal waits for before it refuses.
[[nodiscard]] std::string_view after_refusal(Mechanism mechanism);

[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace patchbay::imap
