#include "outbound/acceptance.hpp"

#include "identity/normalise.hpp"

#include <algorithm>
#include <tuple>

namespace patchbay::outbound {
namespace {

using store::Role;

// Whose address it goes to: whoever wrote what is answered, or whom the business wrote to.
std::optional<std::size_t> counterpart(const store::InteractionDetails& answered) {
  const Role role = answered.interaction.direction == store::Direction::inbound ? Role::author : Role::recipient;
  for (std::size_t i = 0; i < answered.personas.size(); ++i)
    if (answered.interaction.participants[i].role == role && answered.personas[i].contact != store::the_business)
      return i;
  return std::nullopt;
}

Status address_answer(store::Outbound& drafted, const store::InteractionDetails& answered) {
  const store::Interaction& interaction = answered.interaction;
  const std::string id = store::public_id(interaction.id);
  if (interaction.visibility != store::Visibility::private_)
    return failure(ErrorCode::invalid,
                   "answering " + id + ": it is " + std::string(store::name_of(interaction.visibility)) +
                       ", and only what is private can be answered",
                   "write to the person on their own, with channel, account and to");
  const auto whom = counterpart(answered);
  if (!whom)
    return failure(ErrorCode::invalid, "answering " + id + ": nobody but the business takes part in it",
                   "write to the person on their own, with channel, account and to");
  drafted.answers = interaction.id;
  drafted.account = interaction.account;
  drafted.in_reply_to = interaction.external_id;
  drafted.conversation = interaction.conversation;
  drafted.thread = answered.thread;
  drafted.recipient = answered.personas[*whom].identifiers;
  for (const store::Persona& persona : answered.personas)
    if (persona.contact == store::the_business) {
      drafted.participants.push_back({Role::author, persona.id});
      break;
    }
  drafted.participants.push_back({Role::recipient, answered.personas[*whom].id});
  return {};
}

// What goes to one address goes in order. See queue.hpp for which address that is.
Digest16 lane_of(const store::Outbound& drafted) {
  const auto rank = [](const store::Identifier& identifier) {
    return std::tuple(identifier.trust != store::Trust::attested || identifier.normal.empty(), identifier.scope.empty(),
                      std::string_view(identifier.kind), std::string_view(identifier.scope),
                      std::string_view(identifier.normal.empty() ? identifier.value : identifier.normal));
  };
  const auto first = std::min_element(drafted.recipient.begin(), drafted.recipient.end(),
                                      [&](const auto& one, const auto& other) { return rank(one) < rank(other); });
  return digest_of({"lane", std::to_string(store::number(drafted.channel)), first->kind, first->scope,
                    first->normal.empty() ? first->value : first->normal});
}

}  // namespace

Result<store::Outbound> draft(const Request& request, const Sender& sender,
                              const std::optional<store::InteractionDetails>& answered) {
  store::Outbound drafted;
  drafted.channel = sender.id;
  drafted.channel_name = sender.name;
  drafted.key = request.key;
  drafted.request = request.digest;
  drafted.forced = request.forced;
  drafted.category = request.category;
  drafted.subject = request.subject;
  drafted.text = request.text;
  drafted.content = request.content;
  if (answered) {
    PATCHBAY_CHECK(address_answer(drafted, *answered));
  } else {
    drafted.account = request.account;
    drafted.recipient = {*request.to};
    store::Identifier& to = drafted.recipient.front();
    auto normal = identity::normal_form(to.kind, to.value, sender.region);
    if (!normal)
      return failure(ErrorCode::invalid,
                     "reading the recipient: " + to.value + " is no " + to.kind + " that can be read",
                     "write a phone number as +48601234567, an e-mail address as name@example.org");
    to.normal = std::move(*normal);
  }
  drafted.lane = lane_of(drafted);
  return drafted;
}

Result<std::optional<store::Outbound>> accepted_before(store::Writer& writer, const Request& request) {
  auto known = PATCHBAY_TRY(writer.find_outbound(request.key));
  if (known && known->request != request.digest)
    return failure(
        ErrorCode::conflict,
        "accepting a message: the Idempotency-Key was used for another request, " + store::public_id(known->id),
        "send a new key with each new message");
  return known;
}

Result<store::Outbound> accept(store::Writer& writer, const Sender& sender, store::Outbound drafted, TimePoint now) {
  drafted.accepted_at = drafted.changed_at = drafted.due = now;
  if (auto refusal = PATCHBAY_TRY(judge(writer, sender, drafted, now))) {
    drafted.state = store::OutboundState::refused;
    drafted.reason = std::move(refusal->reason);
    drafted.remedy = std::move(refusal->remedy);
  }
  drafted.id = PATCHBAY_TRY(writer.add_outbound(drafted));
  return drafted;
}

bool refused_at_once(const store::Outbound& outbound) {
  return outbound.state == store::OutboundState::refused && outbound.changed_at == outbound.accepted_at;
}

}  // namespace patchbay::outbound
