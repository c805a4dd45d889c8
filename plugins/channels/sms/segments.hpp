// A text as the PDUs that carry it: the smallest coding that has all of its characters, cut where it does not fit into
// one message (3GPP TS 23.038, 23.040), never between an escape and its character or between two surrogates.
//
// Pure; any thread.
#pragma once

#include "coding.hpp"
#include "pdu.hpp"
#include "user_data_header.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace patchbay::sms {

// How the parts of a long message are told apart.
enum class Splitting : std::uint8_t {
  header_8_bits,  // in the user data header, with a reference of one octet or of two
  header_16_bits,
  sar,      // in the parameters sar_*: the SMSC makes the header
  payload,  // not at all: the SMSC splits what is in message_payload
};

struct SendingRules {
  Splitting splitting = Splitting::header_8_bits;
  // National alphabets that phones on this link have, tried in their order where the default one does not do. They cost
  // a header.
  std::vector<Alphabet> alphabets;
  // What the SMSC calls the default alphabet and UCS-2.
  std::uint8_t gsm_data_coding = 0x00;
  std::uint8_t ucs2_data_coding = 0x08;
};

// `message` with everything but its text, for each part. `reference` is the message's own, another for the next one to
// the same number. Throws Failure (PB_PERMANENT) where more than 255 parts would be needed, or a header reaches beyond
// a message.
[[nodiscard]] std::vector<Pdu> segments_of(const Pdu& message, std::string_view text, const SendingRules& rules,
                                           std::uint16_t reference);

}  // namespace patchbay::sms
