// The people of an interaction or fact: each participant resolved to a persona and its contact, contacts kept up to
// date, and their changes published.
//
// [the committer's thread] One object serves one attempt at one submission.
#pragma once

#include "contact/json.hpp"
#include "identity/directory.hpp"
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
  People(store::Writer& writer, identity::Directory& directory, const OwnAddresses& own, Publisher& publisher,
         TimePoint at);

  // In the participants' order. Contact events go out before anything that mentions the contact. `from` is a digest of
  // where the participants stand, the same whenever they are told again.
  Result<std::vector<contact::SeenParticipant>> resolve(const std::vector<IncomingParticipant>& participants,
                                                        std::string_view region, const Digest16& from);

  // Whom an interaction is with: the first person who wrote it, or whom the business wrote to. Null: nobody.
  [[nodiscard]] static const store::Persona* counterpart(store::Direction direction,
                                                         const std::vector<contact::SeenParticipant>& participants);

  // Takes the steps that were decided, in the store, and keeps what they changed to be published.
  Status move(std::span<const identity::Move> moves);

  // The contact as resolve() and move() left it.
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
    std::vector<store::ContactId> merged{};
    nlohmann::json evidence{};  // of a merge
    store::ContactId from{};    // of a split
    std::vector<store::PersonaId> personas{};
  };

  Result<store::Persona> person(const IncomingParticipant& participant, std::string_view region, const Digest16& from);
  Result<store::Persona> business(const IncomingParticipant& participant, std::string_view region);
  // `changed` is the first of the changes that the persona itself brought.
  Status update_contact(const store::Persona& persona, const identity::Resolution& resolution, store::Role role,
                        std::size_t changed);
  Status merge(const identity::Move& move, std::size_t changed);
  Status split(const identity::Move& move, std::size_t changed);
  // Puts the contact, one revision on where anybody knows it, and keeps the change; one of the same contact since
  // `changed` says it already.
  Status put_changed(store::Contact contact, std::size_t changed);
  [[nodiscard]] Change* change_of(store::ContactId contact, std::size_t since);

  store::Writer& writer_;
  identity::Directory& directory_;
  const OwnAddresses& own_;
  Publisher& publisher_;
  TimePoint at_;
  std::vector<Change> changes_;
};

}  // namespace patchbay::intake
