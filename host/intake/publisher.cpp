#include "intake/publisher.hpp"

#include "contact/json_text.hpp"
#include "delivery/event.hpp"

#include <algorithm>

namespace patchbay::intake {

Publisher::Publisher(store::Writer& writer, const Routes& routes, std::string_view store_id, store::ChannelId channel,
                     TimePoint at)
    : writer_(writer), routes_(routes), store_id_(store_id), channel_(channel), at_(at) {
  if (const auto found = routes.find(channel); found != routes.end()) targets_ = &found->second;
}

void Publisher::address_targets() {
  recipients_.clear();
  if (!targets_) return;
  for (const Target& target : *targets_)
    if (!historical_ || target.historical == Historical::include) recipients_.push_back(target.destination);
}

// One that was taken out of the settings, or to which nothing leads any more, is told nothing.
bool Publisher::is_routed(store::DestinationId destination) const {
  for (const auto& [channel, targets] : routes_)
    for (const Target& target : targets)
      if (target.destination == destination) return true;
  return false;
}

Status Publisher::publish(store::EventType type, store::ContactId contact,
                          std::optional<store::InteractionId> interaction, std::string_view subject,
                          const nlohmann::json& data) {
  std::string text;
  contact::append_json(text, data);
  return publish(type, contact, interaction, subject, std::string_view(text));
}

Status Publisher::publish(store::EventType type, store::ContactId contact,
                          std::optional<store::InteractionId> interaction, std::string_view subject,
                          std::string_view data) {
  address_targets();
  return publish_to(recipients_, type, contact, interaction, subject, data);
}

Status Publisher::publish_news_of(store::ContactId contact, store::EventType type,
                                  std::optional<store::InteractionId> interaction, std::string_view subject,
                                  std::string_view data) {
  address_targets();
  for (const store::DestinationId told : PATCHBAY_TRY(writer_.told_of(contact)))
    if (std::find(recipients_.begin(), recipients_.end(), told) == recipients_.end() && is_routed(told))
      recipients_.push_back(told);
  return publish_to(recipients_, type, contact, interaction, subject, data);
}

Result<std::vector<store::DestinationId>> Publisher::strangers_to(store::ContactId contact) {
  address_targets();
  std::vector<store::DestinationId> strangers = recipients_;
  for (const store::DestinationId told : PATCHBAY_TRY(writer_.told_of(contact)))
    strangers.erase(std::remove(strangers.begin(), strangers.end(), told), strangers.end());
  return strangers;
}

// An event that goes to nobody is kept all the same: a destination that is added later can be filled from it.
Status Publisher::publish_to(const std::vector<store::DestinationId>& destinations, store::EventType type,
                             store::ContactId contact, std::optional<store::InteractionId> interaction,
                             std::string_view subject, std::string_view data) {
  const store::EventId id = PATCHBAY_TRY(writer_.next_event_id());
  store::Event event{
      .id = id, .type = type, .contact = {}, .interaction = interaction, .at = at_, .payload = {}, .channel = {}};
  if (store::number(channel_) > 0) event.channel = channel_;
  if (store::number(contact) > 0) event.contact = contact;
  event.payload =
      std::make_shared<const std::string>(delivery::cloud_event(store_id_, event.id, type, subject, at_, data));
  PATCHBAY_CHECK(writer_.add_event(event));

  for (const store::DestinationId destination : destinations) {
    store::Delivery delivery{.destination = destination,
                             .event = event.id,
                             .lane = event.contact.value_or(store::no_contact),
                             .due = at_,
                             .last_reason = {},
                             .destination_name = {}};
    PATCHBAY_CHECK(writer_.add_delivery(delivery));
    steps_.emplace_back(store::OpenDelivery{std::move(delivery), event});
  }
  return {};
}

}  // namespace patchbay::intake
