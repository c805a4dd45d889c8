#include "sasl.hpp"

#include <algorithm>

namespace patchbay::imap {

std::optional<Mechanism> mechanism_for(Proof proof, const Capabilities& offered) {
  if (proof == Proof::token) {
    if (offered.contains("AUTH=XOAUTH2")) return Mechanism::xoauth2;
    if (offered.contains("AUTH=OAUTHBEARER")) return Mechanism::oauthbearer;
    return std::nullopt;
  }
  if (offered.contains("AUTH=PLAIN")) return Mechanism::plain;
  if (!offered.contains("LOGINDISABLED")) return Mechanism::login_command;
  return std::nullopt;
}

std::string_view name_of(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::plain:
      return "PLAIN";
    case Mechanism::login_command:
      return "LOGIN";
    case Mechanism::xoauth2:
      return "XOAUTH2";
    case Mechanism::oauthbearer:
      return "OAUTHBEARER";
  }
  return {};
}

std::string first_message(Mechanism mechanism, const Credentials& credentials, std::string_view host,
                          std::uint16_t port) {
  std::string message;
  switch (mechanism) {
    case Mechanism::plain:
      message.append(1, '\0').append(credentials.user).append(1, '\0').append(credentials.secret);
      break;
    case Mechanism::login_command:
      break;
    case Mechanism::xoauth2:
      message = "user=" + credentials.user + "\x01" + "auth=Bearer " + credentials.secret + "\x01\x01";
      break;
    case Mechanism::oauthbearer: {
      // RFC 5801, section 4: a comma and an equals sign in the name are written by their codes.
      std::string user;
      for (const char letter : credentials.user)
        user += letter == ',' ? "=2C" : letter == '=' ? "=3D" : std::string(1, letter);
      message = "n,a=" + user + ",\x01host=" + std::string(host) + "\x01port=" + std::to_string(port) + "\x01" +
                "auth=Bearer " + credentials.secret + "\x01\x01";
      break;
    }
  }
  return base64(message);
}

std::string_view after_refusal(Mechanism mechanism) { return mechanism == Mechanism::oauthbearer ? "AQ==" : ""; }

std::string base64(std::string_view bytes) {
  static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string to;
  to.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = (group << 8U) | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    for (std::size_t i = 0; i < 4; ++i) to += i <= count ? letters[(group >> (18 - 6 * i)) & 0x3FU] : '=';
  }
  return to;
}

}  // namespace patchbay::imap
