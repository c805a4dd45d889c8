// Delivery receipts: what an SMSC says of a message that it took, in parameters (SMPP 3.4, sections 5.3.2.12 and
// 5.3.2.35) or in a text that no standard binds (appendix B).
//
// Pure; any thread. Read as the SMSCs in use write them: fields missing, in any case, cut, or with other words.
#pragma once

#include "pdu.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::sms {

// SMPP 5.0, table 4-60.
enum class MessageState : std::uint8_t {
  scheduled,
  enroute,
  delivered,
  expired,
  deleted,
  undeliverable,
  accepted,
  unknown,
  rejected,
  skipped,
};
[[nodiscard]] std::string_view name_of(MessageState state);
// Whether no other one comes after it.
[[nodiscard]] bool is_final(MessageState state);

struct Receipt {
  std::string message_id;  // as it is written
  MessageState state = MessageState::unknown;
  std::string error;  // as it is written: "000", "21b"; of network_error_code, "3:0027"
  std::string done;   // the date as it is written, ten to fourteen digits
  bool is_intermediate = false;
};

// The message type of esm_class says a receipt, whatever other bits there are (SMPP 3.4, section 5.2.12).
[[nodiscard]] bool says_receipt(std::uint8_t esm_class);

// The parameters before the text. Nothing where neither names a message or a state.
[[nodiscard]] std::optional<Receipt> receipt_of(const Pdu& pdu, std::string_view text);
[[nodiscard]] std::optional<Receipt> receipt_of_text(std::string_view text);

// How an SMSC writes the ids of messages: often in another base in receipts than in its answers.
enum class IdForm : std::uint8_t { opaque, decimal, hexadecimal };

// What the ids of one message have in common. An id that is no number is compared as it is written.
[[nodiscard]] std::string comparable_id(std::string_view id, IdForm form);

}  // namespace patchbay::sms
