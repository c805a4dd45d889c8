#include "outbound/rules.hpp"

#include "identity/normalise.hpp"
#include "outbound/request.hpp"

#include <algorithm>
#include <vector>

namespace patchbay::outbound {
namespace {

constexpr std::string_view every_category = "all";

// Everybody who has one of the recipient's identifiers: the same person under another display name, for one.
Result<std::vector<store::PersonaId>> personas_of(store::Writer& writer, const store::Outbound& outbound) {
  std::vector<store::PersonaId> personas = PATCHBAY_TRY(writer.personas_with(outbound.recipient));
  for (const store::Participant& participant : outbound.participants)
    if (participant.role == store::Role::recipient) personas.push_back(participant.persona);
  std::sort(personas.begin(), personas.end());
  personas.erase(std::unique(personas.begin(), personas.end()), personas.end());
  return personas;
}

Result<std::optional<Refusal>> by_consent(store::Writer& writer, const Sender& sender, const store::Outbound& outbound,
                                          const std::vector<store::PersonaId>& personas) {
  std::optional<store::Consent> latest;
  for (store::Consent& consent : PATCHBAY_TRY(writer.consents(sender.id, personas)))
    if (consent.state != store::ConsentState::unknown &&
        (consent.category == outbound.category || consent.category == every_category))
      latest = std::move(consent);
  if (!latest || latest->state != store::ConsentState::withdrawn) return std::optional<Refusal>{};
  const std::string reason = "they withdrew their consent to " + latest->category + " on " + sender.name + " at " +
                             rfc3339(latest->occurred_at);
  if (outbound.category == category_of_news)
    return std::optional<Refusal>{
        {reason, "an objection to marketing cannot be overridden; if this is none, name its category"}};
  if (outbound.forced) return std::optional<Refusal>{};
  return std::optional<Refusal>{{reason, "ask them on another way, or send it with force where you may"}};
}

Result<std::optional<Refusal>> by_list(store::Writer& writer, const Sender& sender, const store::Outbound& outbound) {
  if (outbound.forced) return std::optional<Refusal>{};
  for (store::Identifier identifier : outbound.recipient) {
    // What somebody merely claims has no normal form in the store, and is held up like the rest.
    if (identifier.normal.empty())
      identifier.normal = identity::normal_form(identifier.kind, identifier.value, sender.region).value_or("");
    if (const auto suppressed = PATCHBAY_TRY(writer.find_suppression(identifier)))
      return std::optional<Refusal>{{identifier.kind + " " + identifier.value + " is on the suppression list since " +
                                         rfc3339(suppressed->added_at) +
                                         (suppressed->reason.empty() ? "" : ": " + suppressed->reason),
                                     "take it off with `patchbay outbound allow`, or send it with force"}};
  }
  return std::optional<Refusal>{};
}

Result<std::optional<Refusal>> by_window(store::Writer& writer, const Sender& sender, store::Outbound& outbound,
                                         const std::vector<store::PersonaId>& personas, TimePoint now) {
  if (sender.window == Duration::zero()) return std::optional<Refusal>{};
  const auto last = PATCHBAY_TRY(writer.last_inbound(sender.id, outbound.account, personas, now - sender.window));
  if (last) {
    if (!outbound.conversation) outbound.conversation = last->conversation;
    return std::optional<Refusal>{};
  }
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(sender.window).count();
  const std::string length =
      hours > 0 ? std::to_string(hours) + " h"
                : std::to_string(std::chrono::duration_cast<std::chrono::seconds>(sender.window).count()) + " s";
  return std::optional<Refusal>{
      {"the window of " + sender.name + " is closed: they wrote nothing to " +
           (outbound.account.empty() ? std::string("an account without a name") : "the account " + outbound.account) +
           " within the last " + length,
       sender.window_remedy}};
}

}  // namespace

Result<std::optional<Refusal>> judge(store::Writer& writer, const Sender& sender, store::Outbound& outbound,
                                     TimePoint now) {
  const std::vector<store::PersonaId> personas = PATCHBAY_TRY(personas_of(writer, outbound));
  if (auto refusal = PATCHBAY_TRY(by_consent(writer, sender, outbound, personas))) return refusal;
  if (auto refusal = PATCHBAY_TRY(by_list(writer, sender, outbound))) return refusal;
  return by_window(writer, sender, outbound, personas, now);
}

}  // namespace patchbay::outbound
