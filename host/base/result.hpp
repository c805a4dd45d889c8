// Expected failures are values: Result<T> is a T or an Error, Status is "done" or an Error.
//
// An Error is built bottom up: the place that fails says what it found and what to do, each caller adds what it was
// doing ("loading settings: reading /etc/patchbay.yaml: no such file; ..."). Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace patchbay {

enum class ErrorCode : std::uint8_t {
  invalid,  // the caller's input is wrong and stays wrong
  not_found,
  conflict,     // would contradict what is there
  unavailable,  // worth another try: busy, full, not connected
  denied,
  corrupt,   // stored data is damaged
  internal,  // a bug of ours
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string reason;  // gerund chain, no full stop
  std::string remedy;  // what a person can do, may be empty

  // "doing: reason"
  [[nodiscard]] Error while_doing(std::string_view doing) && {
    reason = std::string(doing) + ": " + reason;
    return std::move(*this);
  }
  // "reason; remedy"
  [[nodiscard]] std::string text() const { return remedy.empty() ? reason : reason + "; " + remedy; }
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = tl::expected<void, Error>;

[[nodiscard]] inline tl::unexpected<Error> failure(ErrorCode code, std::string reason, std::string remedy = {}) {
  return tl::unexpected<Error>(Error{code, std::move(reason), std::move(remedy)});
}
[[nodiscard]] inline tl::unexpected<Error> failure(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace patchbay

// Leaves the function with the Error of a Result or Status that has one; TRY else yields its value, CHECK nothing
// (clang warns of a value that is dropped). TRY is a GNU statement expression, which GCC and clang both know. It must
// not stand in a braced list: both compilers forget to destroy what was made of the list before it.
#define PATCHBAY_TRY(expression)                                                          \
  __extension__({                                                                         \
    auto&& patchbay_result = (expression);                                                \
    if (!patchbay_result) return ::patchbay::failure(std::move(patchbay_result.error())); \
    std::move(*patchbay_result);                                                          \
  })
#define PATCHBAY_CHECK(expression)                                                        \
  do {                                                                                    \
    auto&& patchbay_result = (expression);                                                \
    if (!patchbay_result) return ::patchbay::failure(std::move(patchbay_result.error())); \
  } while (false)
