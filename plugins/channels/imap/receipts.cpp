#include "receipts.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace patchbay::imap {

namespace {

Receipt receipt_of(std::string_view action) {
  static constexpr std::array<std::pair<std::string_view, Receipt>, 4> receipts{{{"accepted", Receipt::sent},
                                                                                 {"delivered", Receipt::delivered},
                                                                                 {"displayed", Receipt::read},
                                                                                 {"failed", Receipt::failed}}};
  for (const auto& [name, receipt] : receipts)
    if (name == action) return receipt;
  return Receipt::none;  // delayed, relayed: nothing has come of it yet
}

}  // namespace

Reported reported(const std::vector<RecipientReport>& reports, const std::string& target, const Interaction& by) {
  Reported to;
  for (const RecipientReport& one : reports) {
    Json said = {{"recipient", one.recipient}, {"action", one.action}};
    if (!one.status.empty()) said["status"] = one.status;
    if (!one.diagnostic.empty()) said["diagnostic"] = one.diagnostic;
    to.list.push_back(said);
    const Receipt receipt = receipt_of(one.action);
    if (receipt == Receipt::none || target.empty()) continue;
    Fact fact;
    fact.kind = FactKind::receipt;
    fact.receipt = receipt;
    fact.precision = by.precision;
    fact.occurred_at = by.occurred_at;
    fact.account = by.account;
    fact.target = target;
    fact.external_id = by.external_id + "#" + std::to_string(to.list.size());
    fact.content = std::move(said);
    to.facts.push_back(std::move(fact));
  }
  return to;
}

}  // namespace patchbay::imap
