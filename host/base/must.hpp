// For the tests: what cannot fail there is taken, and a failure ends the test with its text.
#pragma once

#include "base/result.hpp"

#include <stdexcept>
#include <utility>

namespace patchbay {

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}
inline void check(const Status& status) {
  if (!status) throw std::runtime_error(status.error().text());
}

}  // namespace patchbay
