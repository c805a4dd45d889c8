// The protocol data units of SMPP 3.3, 3.4 and 5.0: their fields as the specifications order them (SMPP 3.4, section 4;
// SMPP 5.0, section 4), and their optional parameters (TLVs) as they came.
//
// Sans-IO and pure: bytes in, PDUs out, whatever pieces the bytes come in. One thread at a time.
//
// A peer is not trusted, and many are careless: a PDU whose body is not what its command says still comes, with
// `trouble` and the fields before it, since it must be answered. Unknown commands and unknown parameters are kept. Only
// a length that cannot be ends it: nobody knows then where the next PDU begins.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::sms {

enum class Command : std::uint32_t {
  bind_receiver = 0x00000001,
  bind_transmitter = 0x00000002,
  query_sm = 0x00000003,
  submit_sm = 0x00000004,
  deliver_sm = 0x00000005,
  unbind = 0x00000006,
  replace_sm = 0x00000007,
  cancel_sm = 0x00000008,
  bind_transceiver = 0x00000009,
  outbind = 0x0000000B,
  enquire_link = 0x00000015,
  submit_multi = 0x00000021,
  alert_notification = 0x00000102,
  data_sm = 0x00000103,
  broadcast_sm = 0x00000111,
  query_broadcast_sm = 0x00000112,
  cancel_broadcast_sm = 0x00000113,
  generic_nack = 0x80000000,
};

inline constexpr std::uint32_t response_bit = 0x80000000;
[[nodiscard]] constexpr bool is_response(Command command) {
  return (static_cast<std::uint32_t>(command) & response_bit) != 0;
}
[[nodiscard]] constexpr Command response_to(Command command) {
  return static_cast<Command>(static_cast<std::uint32_t>(command) | response_bit);
}
[[nodiscard]] std::string name_of(Command command);  // "submit_sm_resp"; "0x00010201" for one that is not known

// The values of command_status that somebody acts upon (SMPP 3.4, table 5-2); others are kept as they are.
enum class CommandStatus : std::uint32_t {
  ok = 0x00,
  invalid_message_length = 0x01,
  invalid_command_length = 0x02,
  invalid_command = 0x03,
  wrong_bind_status = 0x04,
  already_bound = 0x05,
  system_error = 0x08,
  invalid_source = 0x0A,
  invalid_destination = 0x0B,
  bind_failed = 0x0D,
  invalid_password = 0x0E,
  invalid_system_id = 0x0F,
  queue_full = 0x14,
  invalid_esm_class = 0x43,
  submit_failed = 0x45,
  invalid_system_type = 0x53,
  throttled = 0x58,
  temporary_application_error = 0x64,
  permanent_application_error = 0x65,
  invalid_parameter_value = 0xC4,
};
[[nodiscard]] std::string name_of(CommandStatus status);  // "ESME_RTHROTTLED"; "0x00000440" for others

// Fields that hold text or octets.
enum class Text : std::uint8_t {
  system_id,
  password,
  system_type,
  address_range,
  service_type,
  source_addr,
  destination_addr,
  destinations,  // of submit_multi, as they are written: number_of_dests and what follows it
  esme_addr,
  schedule_delivery_time,
  validity_period,
  short_message,
  message_id,
  final_date,
  failures,  // of submit_multi_resp, as they are written: no_unsuccess and what follows it
};
inline constexpr std::size_t text_fields = 15;

// Fields of one octet.
enum class Octet : std::uint8_t {
  interface_version,
  addr_ton,
  addr_npi,
  source_addr_ton,
  source_addr_npi,
  dest_addr_ton,
  dest_addr_npi,
  esme_addr_ton,
  esme_addr_npi,
  esm_class,
  protocol_id,
  priority_flag,
  registered_delivery,
  replace_if_present_flag,
  data_coding,
  sm_default_msg_id,
  message_state,
  error_code,
};
inline constexpr std::size_t octet_fields = 18;

// The optional parameters that somebody reads here (SMPP 3.4, section 5.3.2).
enum class Tag : std::uint16_t {
  dest_addr_subunit = 0x0005,
  receipted_message_id = 0x001E,
  user_message_reference = 0x0204,
  sar_msg_ref_num = 0x020C,
  language_indicator = 0x020D,
  sar_total_segments = 0x020E,
  sar_segment_seqnum = 0x020F,
  sc_interface_version = 0x0210,
  network_error_code = 0x0423,
  message_payload = 0x0424,
  delivery_failure_reason = 0x0425,
  message_state = 0x0427,
  congestion_state = 0x0428,
};

struct Parameter {
  std::uint16_t tag = 0;
  std::string value;
};

struct Pdu {
  Command command = Command::generic_nack;
  std::uint32_t status = 0;  // a CommandStatus, or what the peer made up
  std::uint32_t sequence = 0;
  std::vector<Parameter> parameters;
  std::string rest;     // of an unknown command, or behind a trouble: the octets that were not read
  std::string trouble;  // "decoding deliver_sm: ..."; empty = none

  [[nodiscard]] const std::string& operator[](Text field) const { return texts_[static_cast<std::size_t>(field)]; }
  [[nodiscard]] std::string& operator[](Text field) { return texts_[static_cast<std::size_t>(field)]; }
  [[nodiscard]] std::uint8_t operator[](Octet field) const { return octets_[static_cast<std::size_t>(field)]; }
  [[nodiscard]] std::uint8_t& operator[](Octet field) { return octets_[static_cast<std::size_t>(field)]; }

  // The first of that tag, or null.
  [[nodiscard]] const std::string* find(Tag tag) const;
  // Its big-endian number, where it is one of one to four octets.
  [[nodiscard]] std::optional<std::uint32_t> number(Tag tag) const;
  void add(Tag tag, std::string value) { parameters.push_back({static_cast<std::uint16_t>(tag), std::move(value)}); }
  void add(Tag tag, std::uint32_t value, std::size_t length);  // big-endian, of that many octets

 private:
  std::array<std::string, text_fields> texts_;
  std::array<std::uint8_t, octet_fields> octets_{};
};

// A field, and how many octets it may have in a PDU of ours, its NUL not counted.
struct Field {
  enum class Kind : std::uint8_t { c_octets, octet, message, destinations, failures };
  Kind kind = Kind::octet;
  std::uint8_t which = 0;  // a Text or an Octet
  std::uint8_t most = 1;
  std::string_view name;
};
// Of a command, in their order; nothing for an unknown one.
[[nodiscard]] std::optional<std::span<const Field>> fields_of(Command command);

// Throws Failure (PB_PERMANENT), naming the field, where one does not fit.
[[nodiscard]] std::string encode(const Pdu& pdu);
// One whole PDU, its header of 16 octets at least.
[[nodiscard]] Pdu decode(std::string_view bytes);

class PduReader {
 public:
  explicit PduReader(std::size_t longest = std::size_t{128} << 10U) : longest_(longest) {}

  void add(std::string_view bytes) { buffer_.append(bytes); }
  // The next whole PDU, or nothing: more is needed, or error() says why there will be none.
  [[nodiscard]] std::optional<Pdu> take();
  // "reading a PDU: expected a length of 16 to 131072 octets, got 4": answer generic_nack and end the connection.
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] bool is_between() const { return begin_ == buffer_.size(); }

 private:
  const std::size_t longest_;
  std::string buffer_;
  std::size_t begin_ = 0;  // what is before it has been taken
  std::string error_;
};

}  // namespace patchbay::sms
