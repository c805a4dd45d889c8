// The Reader's operations on deliveries.
#include "store/sqlite/reader.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace patchbay::store::sqlite {

Result<std::vector<Reader::Place>> Reader::find_deliveries(const DeliveryFilter& filter, Page page) {
  std::int64_t lowest = 0;
  std::int64_t below = page.after == 0 ? std::numeric_limits<std::int64_t>::max() : page.after;
  if (filter.event) {
    lowest = number(*filter.event);
    below = std::min(below, lowest + 1);
  }
  // Deliveries are in event order within a destination: each gives its newest, and the newest of these are the page.
  std::vector<Place> places;
  Rows destinations = destinations_.with(filter.destination);
  while (PATCHBAY_TRY(destinations.next())) {
    const std::int64_t destination = destinations.integer(0);
    const bool pending = filter.state && *filter.state != DeliveryState::delivered;
    Statement& statement = pending ? pending_deliveries_ : deliveries_;
    Rows events = statement.with(destination, lowest, below, filter.state, page.limit);
    while (PATCHBAY_TRY(events.next())) places.push_back({events.integer(0), destination});
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return a.event != b.event ? a.event > b.event : a.destination < b.destination;
  });
  if (places.size() > page.limit) {
    // A page ends with a whole event, since the next one starts behind it.
    std::size_t end = page.limit;
    while (end > 0 && end < places.size() && places[end].event == places[end - 1].event) ++end;
    places.resize(end);
  }
  return places;
}

Result<OpenDelivery> Reader::load_delivery(Place place) {
  Rows row = find_delivery_.with(place.destination, place.event);
  if (!PATCHBAY_TRY(row.next())) {
    return failure(ErrorCode::corrupt, "reading the delivery of " + public_id(EventId{place.event}) + ": it is missing",
                   "restore the last backup");
  }
  OpenDelivery found;
  found.delivery.destination = row.as<DestinationId>(0);
  found.delivery.event = row.as<EventId>(1);
  found.delivery.lane = row.as<ContactId>(2);
  found.delivery.state = row.as<DeliveryState>(3);
  found.delivery.attempts = static_cast<std::uint32_t>(row.integer(4));
  found.delivery.due = row.time(5);
  found.delivery.last_status = static_cast<std::uint32_t>(row.integer(6));
  found.delivery.last_reason = row.text(7);
  found.delivery.destination_name = row.text(8);
  found.event.id = found.delivery.event;
  found.event.type = row.as<EventType>(9);
  found.event.contact = row.maybe<ContactId>(10);
  found.event.interaction = row.maybe<InteractionId>(11);
  found.event.at = row.time(12);
  found.event.payload = std::make_shared<const std::string>(row.text(13));
  return found;
}

Result<std::vector<OpenDelivery>> Reader::list_deliveries(const DeliveryFilter& filter, Page page) {
  const Snapshot snapshot(*this);
  PATCHBAY_CHECK(snapshot.begun());
  const std::vector<Place> places = PATCHBAY_TRY(find_deliveries(filter, page));
  std::vector<OpenDelivery> found;
  found.reserve(places.size());
  for (const Place& place : places) found.push_back(PATCHBAY_TRY(load_delivery(place)));
  return found;
}

Result<std::vector<OpenDelivery>> Reader::open_deliveries(DestinationId destination, EventId after, std::size_t limit) {
  const Snapshot snapshot(*this);
  PATCHBAY_CHECK(snapshot.begun());
  std::vector<OpenDelivery> found;
  Rows events = open_deliveries_.with(destination, after, limit);
  while (PATCHBAY_TRY(events.next())) {
    found.push_back(PATCHBAY_TRY(load_delivery({events.integer(0), number(destination)})));
  }
  return found;
}

}  // namespace patchbay::store::sqlite
