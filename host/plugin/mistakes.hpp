// Several mistakes in one document, gathered so that a person sees all of them at once. A plain value.
#pragma once

#include "base/result.hpp"

#include <string>
#include <utility>
#include <vector>

namespace patchbay::plugin {

struct Mistake {
  std::string pointer;  // RFC 6901, of the place; empty where there is none
  std::string reason;
  std::string remedy;  // may be empty
};

// "at /name: expected text, got 42; at /kind: ..." A single mistake keeps its remedy apart; of several, each has its
// own in brackets.
[[nodiscard]] inline Error joined(ErrorCode code, std::vector<Mistake> mistakes) {
  const auto text = [](const Mistake& mistake) {
    return mistake.pointer.empty() ? mistake.reason : "at " + mistake.pointer + ": " + mistake.reason;
  };
  if (mistakes.size() == 1) return {code, text(mistakes.front()), std::move(mistakes.front().remedy)};
  Error error{code, {}, {}};
  for (const Mistake& mistake : mistakes) {
    if (!error.reason.empty()) error.reason += "; ";
    error.reason += text(mistake);
    if (!mistake.remedy.empty()) error.reason += " (" + mistake.remedy + ")";
  }
  return error;
}

}  // namespace patchbay::plugin
