#include "pdu.hpp"

#include <patchbay/errors.hpp>

#include <algorithm>
#include <utility>

namespace patchbay::sms {

namespace {

constexpr std::size_t header_length = 16;

void put(std::string& to, std::uint32_t number, std::size_t length) {
  for (std::size_t i = length; i-- > 0;) to += static_cast<char>(number >> (8 * i));
}

std::uint32_t number_of(std::string_view bytes) {
  std::uint32_t number = 0;
  for (const char byte : bytes) number = number << 8U | static_cast<unsigned char>(byte);
  return number;
}

// What is left of a PDU's body.
class Body {
 public:
  Body(std::string_view bytes, const Pdu& pdu) : left_(bytes), pdu_(pdu) {}

  [[nodiscard]] bool is_at_end() const { return left_.empty(); }
  [[nodiscard]] std::string_view left() const { return left_; }

  [[nodiscard]] std::string_view take(std::size_t length, std::string_view what) {
    if (length > left_.size()) fail(what, std::to_string(length) + " octets", std::to_string(left_.size()));
    const std::string_view taken = left_.substr(0, length);
    left_.remove_prefix(length);
    return taken;
  }

  [[nodiscard]] std::string_view take_c_octets(std::string_view what) {
    const std::size_t end = left_.find('\0');
    if (end == std::string_view::npos) {
      // Careless peers leave the last NUL out.
      if (is_response(pdu_.command)) return std::exchange(left_, {});
      fail(what, "a NUL behind it", "the end of the PDU");
    }
    const std::string_view taken = left_.substr(0, end);
    left_.remove_prefix(end + 1);
    return taken;
  }

  // Behind the last field whose octets are all there.
  [[nodiscard]] std::string_view take_since(std::string_view begin) const {
    return begin.substr(0, begin.size() - left_.size());
  }

 private:
  [[noreturn]] void fail(std::string_view what, const std::string& expected, const std::string& got) const {
    throw permanent("decoding " + name_of(pdu_.command) + ": " + std::string(what) + ": expected " + expected +
                    ", got " + got);
  }

  std::string_view left_;
  const Pdu& pdu_;
};

void skip_destinations(Body& body) {
  const std::uint32_t count = number_of(body.take(1, "number_of_dests"));
  for (std::uint32_t i = 0; i < count; ++i) {
    // 1: an address with its type and plan, 2: the name of a distribution list.
    if (number_of(body.take(1, "dest_flag")) == 1) static_cast<void>(body.take(2, "dest_addr_ton"));
    static_cast<void>(body.take_c_octets("destination_addr"));
  }
}

void skip_failures(Body& body) {
  const std::uint32_t count = number_of(body.take(1, "no_unsuccess"));
  for (std::uint32_t i = 0; i < count; ++i) {
    static_cast<void>(body.take(2, "dest_addr_ton"));
    static_cast<void>(body.take_c_octets("destination_addr"));
    static_cast<void>(body.take(4, "error_status_code"));
  }
}

void read_field(Body& body, const Field& field, Pdu& pdu) {
  const auto which = static_cast<Text>(field.which);
  const std::string_view begin = body.left();
  switch (field.kind) {
    case Field::Kind::octet:
      pdu[static_cast<Octet>(field.which)] = static_cast<std::uint8_t>(number_of(body.take(1, field.name)));
      return;
    case Field::Kind::c_octets:
      pdu[which] = body.take_c_octets(field.name);
      return;
    case Field::Kind::message:
      pdu[which] = body.take(number_of(body.take(1, "sm_length")), field.name);
      return;
    case Field::Kind::destinations:
      skip_destinations(body);
      break;
    case Field::Kind::failures:
      skip_failures(body);
  }
  pdu[which] = body.take_since(begin);
}

void write_field(std::string& to, const Field& field, const Pdu& pdu) {
  if (field.kind == Field::Kind::octet) return put(to, pdu[static_cast<Octet>(field.which)], 1);
  const std::string& value = pdu[static_cast<Text>(field.which)];
  const bool is_raw = field.kind == Field::Kind::destinations || field.kind == Field::Kind::failures;
  if (!is_raw && value.size() > field.most)
    throw permanent("encoding " + name_of(pdu.command) + ": " + std::string(field.name) + " has " +
                        std::to_string(value.size()) + " octets, and " + std::to_string(field.most) + " fit",
                    field.kind == Field::Kind::message ? "send it as message_payload, or in segments" : "shorten it");
  if (field.kind == Field::Kind::message) put(to, static_cast<std::uint32_t>(value.size()), 1);
  if (field.kind == Field::Kind::c_octets && value.find('\0') != std::string::npos)
    throw permanent("encoding " + name_of(pdu.command) + ": " + std::string(field.name) +
                    " holds a NUL, which ends it");
  to += value;
  if (field.kind == Field::Kind::c_octets) to += '\0';
}

}  // namespace

const std::string* Pdu::find(Tag tag) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const Parameter& each) { return each.tag == static_cast<std::uint16_t>(tag); });
  return found == parameters.end() ? nullptr : &found->value;
}

std::optional<std::uint32_t> Pdu::number(Tag tag) const {
  const std::string* value = find(tag);
  if (value == nullptr || value->empty() || value->size() > 4) return std::nullopt;
  return number_of(*value);
}

void Pdu::add(Tag tag, std::uint32_t value, std::size_t length) {
  std::string bytes;
  put(bytes, value, length);
  add(tag, std::move(bytes));
}

std::string encode(const Pdu& pdu) {
  std::string body;
  // An error has no body (SMPP 3.4, sections 4.1.2 and 4.4.2).
  if (!is_response(pdu.command) || pdu.status == 0) {
    for (const Field& field : fields_of(pdu.command).value_or(std::span<const Field>())) write_field(body, field, pdu);
    for (const Parameter& parameter : pdu.parameters) {
      if (parameter.value.size() > 0xFFFF)
        throw permanent("encoding " + name_of(pdu.command) + ": the optional parameter " +
                        std::to_string(parameter.tag) + " has " + std::to_string(parameter.value.size()) +
                        " octets, and 65535 fit");
      put(body, parameter.tag, 2);
      put(body, static_cast<std::uint32_t>(parameter.value.size()), 2);
      body += parameter.value;
    }
  }
  std::string bytes;
  bytes.reserve(header_length + body.size());
  put(bytes, static_cast<std::uint32_t>(header_length + body.size()), 4);
  put(bytes, static_cast<std::uint32_t>(pdu.command), 4);
  put(bytes, pdu.status, 4);
  put(bytes, pdu.sequence, 4);
  return bytes + body;
}

Pdu decode(std::string_view bytes) {
  Pdu pdu;
  pdu.command = static_cast<Command>(number_of(bytes.substr(4, 4)));
  pdu.status = number_of(bytes.substr(8, 4));
  pdu.sequence = number_of(bytes.substr(12, 4));
  const auto fields = fields_of(pdu.command);
  if (!fields) {
    pdu.rest = bytes.substr(header_length);
    return pdu;
  }
  Body body(bytes.substr(header_length), pdu);
  std::string_view unread = body.left();
  try {
    for (const Field& field : *fields) {
      // Many answer without a body, also where all went well.
      if (is_response(pdu.command) && body.is_at_end()) break;
      read_field(body, field, pdu);
      unread = body.left();
    }
    while (!body.is_at_end()) {
      Parameter parameter;
      parameter.tag = static_cast<std::uint16_t>(number_of(body.take(2, "an optional parameter")));
      parameter.value = body.take(number_of(body.take(2, "an optional parameter")), "an optional parameter");
      pdu.parameters.push_back(std::move(parameter));
      unread = body.left();
    }
  } catch (const Failure& failure) {
    pdu.trouble = failure.what();
    pdu.rest = unread;
  }
  return pdu;
}

std::optional<Pdu> PduReader::take() {
  const std::string_view there = std::string_view(buffer_).substr(begin_);
  if (!error_.empty() || there.size() < 4) return std::nullopt;
  const std::size_t length = number_of(there.substr(0, 4));
  if (length < header_length || length > longest_) {
    error_ = "reading a PDU: expected a length of " + std::to_string(header_length) + " to " +
             std::to_string(longest_) + " octets, got " + std::to_string(length);
    return std::nullopt;
  }
  if (there.size() < length) {
    // What was taken goes when there is much of it, so that each byte is moved a few times at most.
    if (begin_ > there.size()) buffer_.erase(0, std::exchange(begin_, 0));
    return std::nullopt;
  }
  Pdu pdu = decode(there.substr(0, length));
  begin_ += length;
  if (begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = 0;
  }
  return pdu;
}

}  // namespace patchbay::sms
