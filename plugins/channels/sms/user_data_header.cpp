#include "user_data_header.hpp"

#include <patchbay/errors.hpp>

#include <utility>

namespace patchbay::sms {

namespace {

// Information element identifiers (3GPP TS 23.040, section 9.2.3.24).
constexpr std::uint8_t concatenated_8_bits = 0x00, concatenated_16_bits = 0x08;
constexpr std::uint8_t single_shift = 0x24, locking_shift = 0x25;

std::uint8_t octet(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes.at(at)); }

std::optional<Language> language_of(const HeaderElement& element) {
  if (element.value.size() != 1) return std::nullopt;
  const std::uint8_t number = octet(element.value, 0);
  return number < languages ? std::optional(static_cast<Language>(number)) : std::nullopt;
}

}  // namespace

WithHeader read_header(std::string_view message) {
  const auto whole = [](std::string_view& from, std::size_t length) {
    if (length > from.size())
      throw permanent("reading the user data header: expected " + std::to_string(length) + " octets more, got " +
                      std::to_string(from.size()));
    const std::string_view taken = from.substr(0, length);
    from.remove_prefix(length);
    return taken;
  };
  WithHeader read;
  read.content = message;
  std::string_view header = whole(read.content, octet(whole(read.content, 1), 0));
  while (!header.empty()) {
    const std::uint8_t id = octet(whole(header, 1), 0);
    // A lone octet at the end is filling.
    if (header.empty()) break;
    const std::string_view value = whole(header, octet(whole(header, 1), 0));
    read.header.push_back({id, std::string(value)});
  }
  return read;
}

std::string write_header(const UserDataHeader& header) {
  std::string bytes;
  for (const HeaderElement& element : header) {
    bytes += static_cast<char>(element.id);
    bytes += static_cast<char>(element.value.size());
    bytes += element.value;
  }
  return std::string(1, static_cast<char>(bytes.size())) + bytes;
}

bool is_concatenation(const HeaderElement& element) {
  return element.id == concatenated_8_bits || element.id == concatenated_16_bits;
}

std::optional<Part> part_of(const UserDataHeader& header) {
  std::optional<Part> part;
  for (const HeaderElement& element : header) {
    const std::string& value = element.value;
    const std::size_t width = element.id == concatenated_16_bits ? 2 : 1;
    if (!is_concatenation(element) || value.size() != width + 2) continue;
    const auto high = static_cast<std::uint16_t>(width == 2 ? octet(value, 0) << 8 : 0);
    const Part read{static_cast<std::uint16_t>(high | octet(value, width - 1)), octet(value, width),
                    octet(value, width + 1)};
    if (read.number >= 1 && read.number <= read.total) part = read;
  }
  return part;
}

Alphabet alphabet_of(const UserDataHeader& header) {
  Alphabet alphabet;
  for (const HeaderElement& element : header) {
    if (element.id != single_shift && element.id != locking_shift) continue;
    if (const auto language = language_of(element))
      (element.id == single_shift ? alphabet.single : alphabet.locking) = *language;
  }
  return alphabet;
}

HeaderElement element_of(const Part& part, ReferenceWidth width) {
  const auto low = static_cast<char>(part.reference);
  const auto total = static_cast<char>(part.total), number = static_cast<char>(part.number);
  if (width == ReferenceWidth::eight_bits) return {concatenated_8_bits, {low, total, number}};
  return {concatenated_16_bits, {static_cast<char>(part.reference >> 8U), low, total, number}};
}

UserDataHeader elements_of(Alphabet alphabet) {
  UserDataHeader elements;
  if (alphabet.single != Language::none)
    elements.push_back({single_shift, std::string(1, static_cast<char>(alphabet.single))});
  if (alphabet.locking != Language::none)
    elements.push_back({locking_shift, std::string(1, static_cast<char>(alphabet.locking))});
  return elements;
}

}  // namespace patchbay::sms
