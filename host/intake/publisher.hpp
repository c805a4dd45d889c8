// Turns what was decided into events and deliveries, in the transaction that decided it.
//
// [the committer's thread] One Publisher serves one attempt at one submission; its steps are handed to the dispatcher
// after the commit, in order, or thrown away with a roll-back.
#pragma once

#include "intake/routes.hpp"
#include "store/store.hpp"

#include <nlohmann/json.hpp>
#include <string_view>
#include <variant>
#include <vector>

namespace patchbay::intake {

// Two lanes become one: what follows waits for what went before in both.
struct LaneJoin {
  store::ContactId from{}, into{};
};

// One lane becomes two: what follows in either waits for what went before in the one.
struct LaneSplit {
  store::ContactId from{}, into{};
  store::EventId at{};  // the first event that knows it
};

using Step = std::variant<store::OpenDelivery, LaneJoin, LaneSplit>;

// What the next events are about.
enum class About : std::uint8_t { news, backfill };
[[nodiscard]] constexpr About about(bool historical) { return historical ? About::backfill : About::news; }

class Publisher {
 public:
  // Without a channel (0), news goes to those who were told of the contact before.
  Publisher(store::Writer& writer, const Routes& routes, std::string_view store_id, store::ChannelId channel,
            TimePoint at);

  // Backfilled interactions, and what follows from them, go only where a route includes them.
  void publish_for(About about) { historical_ = about == About::backfill; }

  // To the destinations of the channel.
  Status publish(store::EventType type, store::ContactId contact, std::optional<store::InteractionId> interaction,
                 std::string_view subject, const nlohmann::json& data);
  // The same where the data is JSON text already.
  Status publish(store::EventType type, store::ContactId contact, std::optional<store::InteractionId> interaction,
                 std::string_view subject, std::string_view data);
  // News of the contact itself: also to every destination that was ever told of it, whatever channel it was told of by
  // and also where the news is backfilled, since what it holds would be wrong without.
  Status publish_news_of(store::ContactId contact, store::EventType type,
                         std::optional<store::InteractionId> interaction, std::string_view subject,
                         std::string_view data);
  // Destinations that the next event goes to and that were never told of this contact.
  [[nodiscard]] Result<std::vector<store::DestinationId>> strangers_to(store::ContactId contact);
  Status publish_to(const std::vector<store::DestinationId>& destinations, store::EventType type,
                    store::ContactId contact, std::optional<store::InteractionId> interaction, std::string_view subject,
                    std::string_view data);
  void join(store::ContactId from, store::ContactId into) { steps_.emplace_back(LaneJoin{from, into}); }
  void split(store::ContactId from, store::ContactId into) {
    steps_.emplace_back(LaneSplit{from, into, store::EventId{store::number(writer_.last_event()) + 1}});
  }

  [[nodiscard]] std::vector<Step> take_steps() { return std::move(steps_); }

 private:
  void address_targets();
  [[nodiscard]] bool is_routed(store::DestinationId destination) const;

  store::Writer& writer_;
  const Routes& routes_;
  const std::vector<Target>* targets_ = nullptr;
  std::vector<store::DestinationId> recipients_;  // of the event that is being published
  std::string_view store_id_;
  store::ChannelId channel_;
  TimePoint at_;
  bool historical_ = false;
  std::vector<Step> steps_;
};

}  // namespace patchbay::intake
