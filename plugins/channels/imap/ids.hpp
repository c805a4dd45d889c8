// What a message is called, so that all its copies are one and no other message takes its place. Pure; any thread.
#pragma once

#include "people.hpp"

#include <gmime/gmime.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace patchbay::imap {

// The first `length` bytes of its SHA-256, in hexadecimal.
[[nodiscard]] std::string hex_digest(std::string_view bytes, std::size_t length);

enum class WrittenBy : std::uint8_t {
  anybody,
  business  // as far as one can tell: nobody else may call a message so
};

// The external id of a message that has this Message-ID.
//
// What the business wrote needs to be found by its Message-ID alone, since receipts tell no more. Of anybody else's the
// header is in it, too: whoever knows the id of a message cannot put another in its place, and programs that give
// several messages one id by mistake lose none. `bytes` count where there is no Message-ID; empty: then there is none.
[[nodiscard]] std::string external_id_of(GMimeMessage* message, WrittenBy by, std::string_view bytes);
[[nodiscard]] std::string external_id_of_own(std::string_view message_id);

}  // namespace patchbay::imap
