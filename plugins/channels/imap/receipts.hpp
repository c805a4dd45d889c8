// What mail systems report about messages of the business, as facts of those. Pure; any thread.
#pragma once

#include "people.hpp"
#include "report.hpp"

#include <patchbay/values.hpp>

#include <vector>

namespace patchbay::imap {

struct Reported {
  Json list = Json::array();  // as it stands in the content of the interaction that reports it
  std::vector<Fact> facts;
};
// `target` is the external id of the message that it is about; empty: not known, and there are no facts then.
[[nodiscard]] Reported reported(const std::vector<RecipientReport>& reports, const std::string& target,
                                const Interaction& by);

}  // namespace patchbay::imap
