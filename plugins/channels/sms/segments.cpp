#include "segments.hpp"

#include <patchbay/errors.hpp>
#include <patchbay/unicode.hpp>

#include <string>
#include <utility>

namespace patchbay::sms {

namespace {

constexpr std::size_t octets_of_a_message = 140;
constexpr std::size_t most_parts = 255;

struct Coded {
  Coding coding = Coding::ucs2;
  Alphabet alphabet;
  std::vector<std::string> characters;  // the octets of each: what is not to be torn apart
};

std::optional<Coded> coded(std::string_view text, Coding coding, Alphabet alphabet = {}) {
  Coded result{coding, alphabet, {}};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t character = next_point(text, at);
    if (coding == Coding::gsm) {
      result.characters.push_back(septets_of(character, alphabet));
    } else {
      std::string valid(text.substr(begin, at - begin));
      if (character == replacement_character) append_utf8(valid = {}, character);
      result.characters.push_back(octets_of(valid, coding).value_or(std::string()));
    }
    if (result.characters.back().empty()) return std::nullopt;
  }
  return result;
}

Coded smallest(std::string_view text, const SendingRules& rules) {
  if (auto plain = coded(text, Coding::gsm)) return std::move(*plain);
  for (const Alphabet alphabet : rules.alphabets)
    if (auto national = coded(text, Coding::gsm, alphabet)) return std::move(*national);
  return coded(text, Coding::ucs2).value_or(Coded());
}

// How many octets of text fit beside a header of that length: septets stand one to an octet here, and packed in the
// air.
std::size_t room_beside(std::size_t header, Coding coding) {
  if (header >= octets_of_a_message)
    throw permanent("splitting a message: its header has " + std::to_string(header) + " octets, and 139 fit");
  const std::size_t octets = octets_of_a_message - header;
  return coding == Coding::gsm ? octets * 8 / 7 : octets / 2 * 2;
}

std::vector<std::string> cut(const std::vector<std::string>& characters, std::size_t room) {
  std::vector<std::string> parts(1);
  for (const std::string& character : characters) {
    if (parts.back().size() + character.size() > room) parts.emplace_back();
    parts.back() += character;
  }
  return parts;
}

}  // namespace

std::vector<Pdu> segments_of(const Pdu& message, std::string_view text, const SendingRules& rules,
                             std::uint16_t reference) {
  const Coded content = smallest(text, rules);
  Pdu whole = message;
  whole[Octet::data_coding] = content.coding == Coding::gsm ? rules.gsm_data_coding : rules.ucs2_data_coding;

  UserDataHeader header = elements_of(content.alphabet);
  const auto written = [](const UserDataHeader& elements) {
    return elements.empty() ? std::string() : write_header(elements);
  };
  const auto fill = [&](Pdu pdu, const UserDataHeader& elements, const std::string& octets) {
    if (!elements.empty()) pdu[Octet::esm_class] |= esm_user_data_header;
    pdu[Text::short_message] = written(elements) + octets;
    return pdu;
  };

  const std::vector<std::string> in_one = cut(content.characters, room_beside(written(header).size(), content.coding));
  if (in_one.size() == 1) return {fill(std::move(whole), header, in_one.front())};

  if (rules.splitting == Splitting::payload) {
    std::string all = written(header);
    for (const std::string& character : content.characters) all += character;
    if (!header.empty()) whole[Octet::esm_class] |= esm_user_data_header;
    whole.add(Tag::message_payload, std::move(all));
    return {std::move(whole)};
  }

  const ReferenceWidth width =
      rules.splitting == Splitting::header_16_bits ? ReferenceWidth::sixteen_bits : ReferenceWidth::eight_bits;
  // The SMSC needs room for the header that it makes of the parameters.
  UserDataHeader longest = header;
  longest.push_back(element_of({}, width));
  const std::vector<std::string> parts = cut(content.characters, room_beside(written(longest).size(), content.coding));
  if (parts.size() > most_parts)
    throw permanent("splitting a message: it needs " + std::to_string(parts.size()) + " parts, and 255 are possible",
                    "shorten it");

  std::vector<Pdu> segments;
  for (const std::string& octets : parts) {
    const Part part{reference, static_cast<std::uint8_t>(parts.size()), static_cast<std::uint8_t>(segments.size() + 1)};
    if (rules.splitting == Splitting::sar) {
      Pdu segment = fill(whole, header, octets);
      segment.add(Tag::sar_msg_ref_num, part.reference, 2);
      segment.add(Tag::sar_total_segments, part.total, 1);
      segment.add(Tag::sar_segment_seqnum, part.number, 1);
      segments.push_back(std::move(segment));
    } else {
      UserDataHeader elements{element_of(part, width)};
      elements.insert(elements.end(), header.begin(), header.end());
      segments.push_back(fill(whole, elements, octets));
    }
  }
  return segments;
}

}  // namespace patchbay::sms
