// Writes one submission into the open transaction: dedupe, people, conversation, interaction, facts, events,
// deliveries.
//
// [the committer's thread] Keeps nothing between calls, so that a submission may be recorded again after a roll-back.
// An error means that nothing of the submission counts and the transaction must be rolled back.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "identity/directory.hpp"
#include "intake/own_addresses.hpp"
#include "intake/people.hpp"
#include "intake/publisher.hpp"
#include "intake/routes.hpp"
#include "intake/submission.hpp"
#include "store/store.hpp"

#include <functional>
#include <string>
#include <vector>

namespace patchbay::intake {

// The channel that a submission comes from.
struct Source {
  store::ChannelId id{};
  std::string name;
  std::string connector;
  std::string region{};  // of the business: where numbers are read when a plugin names none
};

struct Counts {
  std::uint32_t accepted = 0, duplicates = 0, edits = 0, parked = 0, quarantined = 0;
};

// What the business sent through a channel, as the provider took it.
struct Sending {
  store::Outbound outbound;
  std::string external_id;  // the provider's, or empty
  TimePoint occurred_at{};
};

enum class Correct : std::uint8_t {
  merge,         // the contacts are one
  split,         // the personas are one contact, apart from the others of the one that they are of
  undo,          // all that was decided about the personas no longer counts
  same,          // two personas are one person, and whoever else is of their contacts
  not_the_same,  // two personas are two
};

// It holds against all evidence until it is undone.
struct Correction {
  Correct what = Correct::merge;
  std::vector<store::ContactId> contacts{};  // to merge
  std::vector<store::PersonaId> personas{};  // what all others are about
};

// So many pairs of personas may one correction be about.
inline constexpr std::size_t most_corrected_pairs = 2000;

struct Recorded {
  Counts counts;
  std::vector<Step> steps;                            // for the dispatcher, once all this is durable
  std::optional<store::InteractionId> interaction{};  // of record_sent
  std::vector<store::ContactId> contacts{};           // of correct: whose they are now, each once
};

// How long a fact waits for its interaction before it becomes one of its own.
inline constexpr Duration longest_parking = std::chrono::hours{24 * 30};

class Recorder {
 public:
  // `random` fills with randomness: what has no id of its own gets one. All references outlive the recorder.
  Recorder(identity::Directory& directory, const Routes& routes, const OwnAddresses& own, std::string store_id,
           Random random);

  [[nodiscard]] Result<Recorded> record(store::Writer& writer, const Source& source, const Submission& submission,
                                        TimePoint received_at);
  // Makes an interaction of what was sent, and applies the receipts that were faster. One that came in before, by
  // another way and under the same external id, is that interaction.
  [[nodiscard]] Result<Recorded> record_sent(store::Writer& writer, const Source& source, const Sending& sending,
                                             TimePoint received_at);
  // Turns up to `limit` facts, also of channels that are not among the sources any more, that have waited too long into
  // interactions that say so.
  [[nodiscard]] Result<Recorded> release_parked(store::Writer& writer, const std::vector<Source>& sources,
                                                TimePoint now, std::size_t limit);
  // Writes some of what the directory decided and could not write at once.
  [[nodiscard]] Result<Recorded> catch_up(store::Writer& writer, TimePoint now);
  // An operator's word about who is who: `invalid` where it makes no sense, `not_found` where nobody is meant.
  [[nodiscard]] Result<Recorded> correct(store::Writer& writer, const Correction& correction, TimePoint now);

 private:
  class Transcript;
  [[nodiscard]] Result<Recorded> move(store::Writer& writer, Result<std::vector<identity::Move>> moves, TimePoint now);

  identity::Directory& directory_;
  const Routes& routes_;
  const OwnAddresses& own_;
  std::string store_id_;
  Random random_;
};

}  // namespace patchbay::intake
