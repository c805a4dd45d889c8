#include "receipt.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace patchbay::sms {

namespace {

// The message types of esm_class (SMPP 3.4, section 5.2.12).
constexpr std::uint8_t delivery_receipt = 0x04, delivery_acknowledgement = 0x08, intermediate = 0x20;

constexpr std::array<std::string_view, 10> states{"scheduled",     "enroute",  "delivered", "expired",  "deleted",
                                                  "undeliverable", "accepted", "unknown",   "rejected", "skipped"};

// Appendix B of SMPP 3.4, and what is written besides.
constexpr std::array<std::pair<std::string_view, MessageState>, 17> words{{
    {"scheduled", MessageState::scheduled},
    {"enroute", MessageState::enroute},
    {"delivrd", MessageState::delivered},
    {"delivered", MessageState::delivered},
    {"expired", MessageState::expired},
    {"deleted", MessageState::deleted},
    {"undeliv", MessageState::undeliverable},
    {"failed", MessageState::undeliverable},
    {"acceptd", MessageState::accepted},
    {"accepted", MessageState::accepted},
    {"acked", MessageState::accepted},
    {"buffred", MessageState::accepted},
    {"bufferd", MessageState::accepted},
    {"unknown", MessageState::unknown},
    {"rejectd", MessageState::rejected},
    {"rejected", MessageState::rejected},
    {"skipped", MessageState::skipped},
}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
  return result;
}

// What stands behind the first `key` that begins a word, up to the next space.
std::optional<std::string> value_of(std::string_view text, std::string_view lowered, std::string_view key) {
  for (std::size_t at = lowered.find(key); at != std::string_view::npos; at = lowered.find(key, at + 1)) {
    if (at > 0 && lowered[at - 1] != ' ') continue;
    std::string_view value = text.substr(at + key.size());
    value = value.substr(0, value.find_first_of(std::string_view(" \t\r\n\0", 5)));
    return std::string(value);
  }
  return std::nullopt;
}

std::optional<MessageState> state_of(std::string_view word) {
  const auto* const found =
      std::find_if(words.begin(), words.end(), [&](const auto& each) { return each.first == word; });
  return found == words.end() ? std::nullopt : std::optional(found->second);
}

bool is_decimal(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}
bool is_hexadecimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// A decimal number of any length in hexadecimal.
std::string hexadecimal(std::string_view decimal) {
  std::string digits;  // the least first
  for (const char c : decimal) {
    unsigned carry = static_cast<unsigned>(c - '0');
    for (char& digit : digits) {
      const unsigned sum = static_cast<unsigned char>(digit) * 10U + carry;
      digit = static_cast<char>(sum % 16);
      carry = sum / 16;
    }
    if (carry != 0) digits += static_cast<char>(carry);
  }
  std::string text;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit)
    text += "0123456789abcdef"[static_cast<unsigned char>(*digit)];
  return text;
}

std::string without_zeros(std::string_view digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return std::string(first == std::string_view::npos ? "0" : digits.substr(first));
}

std::string text_of_network_error(const std::string& value) {
  // The type of the network, and its code in two octets (SMPP 3.4, section 5.3.2.31).
  if (value.size() != 3) return {};
  std::array<char, 16> text{};
  const auto octet = [&](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(value[at])); };
  std::snprintf(text.data(), text.size(), "%u:%04x", octet(0), octet(1) << 8U | octet(2));
  return text.data();
}

}  // namespace

std::string_view name_of(MessageState state) { return states.at(static_cast<std::size_t>(state)); }

bool is_final(MessageState state) {
  switch (state) {
    case MessageState::delivered:
    case MessageState::expired:
    case MessageState::deleted:
    case MessageState::undeliverable:
    case MessageState::rejected:
    case MessageState::skipped:
      return true;
    case MessageState::scheduled:
    case MessageState::enroute:
    case MessageState::accepted:
    case MessageState::unknown:
      break;
  }
  return false;
}

bool says_receipt(std::uint8_t esm_class) {
  return (esm_class & (delivery_receipt | delivery_acknowledgement | intermediate)) != 0;
}

std::optional<Receipt> receipt_of_text(std::string_view text) {
  // What was sent may be quoted at the end, and name anything.
  std::string lowered = lower(text);
  if (const std::size_t quoted = lowered.find("text:"); quoted != std::string::npos) {
    lowered.resize(quoted);
    text = text.substr(0, quoted);
  }
  const auto id = value_of(text, lowered, "id:");
  const auto word = value_of(text, lowered, "stat:");
  if (!id || !word) return std::nullopt;
  Receipt receipt;
  receipt.message_id = *id;
  receipt.state = state_of(lower(*word)).value_or(MessageState::unknown);
  receipt.error = value_of(text, lowered, "err:").value_or(std::string());
  receipt.done = value_of(text, lowered, "done date:").value_or(std::string());
  return receipt;
}

std::optional<Receipt> receipt_of(const Pdu& pdu, std::string_view text) {
  std::optional<Receipt> receipt = receipt_of_text(text);
  const std::string* id = pdu.find(Tag::receipted_message_id);
  const auto state = pdu.number(Tag::message_state);
  if (id != nullptr || (state && receipt)) {
    if (!receipt) receipt.emplace();
    if (id != nullptr) receipt->message_id = id->substr(0, id->find('\0'));
    if (state && *state < states.size()) receipt->state = static_cast<MessageState>(*state);
    if (const std::string* error = pdu.find(Tag::network_error_code))
      if (std::string written = text_of_network_error(*error); !written.empty()) receipt->error = std::move(written);
  }
  if (receipt) receipt->is_intermediate = (pdu[Octet::esm_class] & intermediate) != 0;
  return receipt;
}

std::string comparable_id(std::string_view id, IdForm form) {
  const std::string lowered = lower(id);
  if (form == IdForm::decimal && is_decimal(lowered)) return without_zeros(hexadecimal(lowered));
  if (form == IdForm::hexadecimal && is_hexadecimal(lowered)) return without_zeros(lowered);
  return std::string(id);
}

}  // namespace patchbay::sms
