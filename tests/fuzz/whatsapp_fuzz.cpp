// Any bytes as a webhook body: nothing crashes, what is handed over keeps the contract, and what is quarantined can be
// replayed without losing or making anything.
#include "mapping.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace patchbay;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Batch& batch) {
  for (const Interaction& interaction : batch.interactions) {
    require(!interaction.external_id.empty() && !interaction.account.empty());
    for (const Attachment& attachment : interaction.attachments)
      require(attachment.sha256.empty() || attachment.sha256.size() == 32);
    for (const Participant& participant : interaction.participants) {
      require(!participant.identifiers.empty());
      for (const Identifier& identifier : participant.identifiers) require(!identifier.value.empty());
    }
    (void)interaction.content.dump();
  }
  for (const Fact& fact : batch.facts) {
    require(!fact.target.empty() && !fact.external_id.empty() && !fact.account.empty());
    require((fact.kind == FactKind::receipt) == (fact.receipt != Receipt::none));
    (void)fact.content.dump();
  }
  for (const Notice& notice : batch.notices)
    require(!notice.kind.empty() && !notice.text.empty() && notice.content.is_object());
  for (const Consent& consent : batch.consents)
    require(!consent.category.empty() && !consent.participant.identifiers.empty());
  require(batch.quarantines.size() <= 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const whatsapp::Numbers numbers{"1029", {{"310000000000001", {"it", "IT", "Rossi Milano"}}}};
  const TimePoint now{std::chrono::seconds{1'800'000'000}};
  const Batch batch = whatsapp::map_body(numbers, {reinterpret_cast<const char*>(data), size}, now);
  check(batch);
  for (const Original& original : batch.quarantines) {
    require(!original.reason.empty() && !original.remedy.empty());
    // What was taken is not in the original: a replay by the same version takes nothing and rejects the same.
    const Batch again = whatsapp::map_body(numbers, original.bytes, now);
    require(again.interactions.empty() && again.facts.empty() && again.consents.empty());
    require(again.quarantines.size() == 1);
  }
  return 0;
}
