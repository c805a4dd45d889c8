// Writes one submission into the open transaction: dedupe, people, conversation, interaction, facts, events,
// deliveries.
//
// [the committer's thread] Keeps nothing between calls, so that a submission may be recorded again after a roll-back.
// An error means that nothing of the submission counts and the transaction must be rolled back.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "identity/resolver.hpp"
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

struct Recorded {
  Counts counts;
  std::vector<Step> steps;                            // for the dispatcher, once all this is durable
  std::optional<store::InteractionId> interaction{};  // of record_sent
};

// How long a fact waits for its interaction before it becomes one of its own.
inline constexpr Duration longest_parking = std::chrono::hours{24 * 30};

class Recorder {
 public:
  // `random` fills with randomness: what has no id of its own gets one. All references outlive the recorder.
  Recorder(identity::Resolver& resolver, const Routes& routes, const OwnAddresses& own, std::string store_id,
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

 private:
  class Transcript;

  identity::Resolver& resolver_;
  const Routes& routes_;
  const OwnAddresses& own_;
  std::string store_id_;
  Random random_;
};

}  // namespace patchbay::intake
