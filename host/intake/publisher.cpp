#include "intake/publisher.hpp"

#include "contact/json_text.hpp"
#include "delivery/event.hpp"

namespace patchbay::intake {

Publisher::Publisher(store::Writer& writer, const Routes& routes, std::string_view store_id, store::ChannelId channel,
                     TimePoint at)
    : writer_(writer), store_id_(store_id), channel_(channel), at_(at) {
  if (const auto found = routes.find(channel); found != routes.end()) targets_ = &found->second;
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
  if (!targets_) return {};  // nobody listens to this channel: its history is in the store, where it can be sent from
  store::Event event{.id = PATCHBAY_TRY(writer_.next_event_id()),
                     .type = type,
                     .contact = {},
                     .interaction = interaction,
                     .at = at_,
                     .payload = {},
                     .channel = channel_};
  if (store::number(contact) > 0) event.contact = contact;
  event.payload =
      std::make_shared<const std::string>(delivery::cloud_event(store_id_, event.id, type, subject, at_, data));
  PATCHBAY_CHECK(writer_.add_event(event));

  for (const Target& target : *targets_) {
    if (historical_ && target.historical == Historical::leave_out) continue;
    store::Delivery delivery{.destination = target.destination,
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
