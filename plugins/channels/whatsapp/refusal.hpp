// What the errors of Meta's Graph and Cloud API mean to somebody who wants to send, by their code.
//
// Pure. The table follows Meta's references of error codes; a code that is not in it is judged by what else the answer
// says (sending_end.cpp). An account that may not send at all is PB_AUTH_FAILED as well: nothing is wrong with the
// message, and the operator has to do something before it can go.
#pragma once

#include <patchbay/errors.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace patchbay::whatsapp {

struct Refusal {
  pb_code code = PB_PERMANENT;
  std::string_view remedy;
  std::chrono::seconds wait{0};  // with PB_RATE_LIMITED, where the answer does not say how long
};

[[nodiscard]] std::optional<Refusal> refusal_of(long long code);

}  // namespace patchbay::whatsapp
