// The people of an interaction or fact: each participant resolved to a persona and its contact, contacts kept up to
// date, and their changes published.
//
// [the committer's thread] One object serves one attempt at one submission.
#pragma once

#include "contact/json.hpp"
#include "identity/resolver.hpp"
#include "intake/own_addresses.hpp"
#include "intake/publisher.hpp"
#include "intake/submission.hpp"
#include "store/store.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace patchbay::intake {

class People {
 public:
  People(store::Writer& writer, identity::Resolver& resolver, const OwnAddresses& own, Publisher& publisher,
         TimePoint at);

  // In the participants' order. Contact events go out before anything that mentions the contact; `cause` is the
  // interaction that brought the news, where it has its id already.
  Result<std::vector<contact::SeenParticipant>> resolve(const std::vector<IncomingParticipant>& participants,
                                                        std::string_view region);

  // Whom an interaction is with: the first person who wrote it, or whom the business wrote to.
  [[nodiscard]] static store::ContactId counterpart(store::Direction direction,
                                                    const std::vector<contact::SeenParticipant>& participants);

  // The contact itself, or the one that resolve() merged it into. Until the changes are published.
  [[nodiscard]] store::ContactId living(store::ContactId id) const;

  // Publishes a contact that was only mentioned so far and is a customer now.
  Status announce(store::Contact& contact, store::InteractionId cause);

  // Tells destinations that are about to hear of these contacts, and never did, who they are. Not of those who were
  // only mentioned so far.
  Status introduce(std::span<const store::ContactId> contacts, store::InteractionId cause);

  // Publishes what resolve() changed, once the interaction that caused it has its id.
  Status publish_changes(std::optional<store::InteractionId> cause);

 private:
  struct Change {
    store::EventType type{};
    store::Contact contact;
    std::vector<store::ContactId> merged;
    std::string evidence;
  };

  Result<store::Persona> person(const IncomingParticipant& participant, std::string_view region);
  Result<store::Persona> business(const IncomingParticipant& participant, std::string_view region);
  Status update_contact(const identity::Resolution& resolution, store::Role role);

  store::Writer& writer_;
  identity::Resolver& resolver_;
  const OwnAddresses& own_;
  Publisher& publisher_;
  TimePoint at_;
  std::vector<Change> changes_;
};

}  // namespace patchbay::intake
