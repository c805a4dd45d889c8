// The Reader's operations on deliveries.
#include "store/sqlite/reader.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace patchbay::store::sqlite {

namespace {

// The events that a page or the filter leaves.
struct Bounds {
  std::int64_t lowest = 0, below = std::numeric_limits<std::int64_t>::max();
};

Bounds bounds_of(const DeliveryFilter& filter, std::int64_t after) {
  Bounds bounds;
  if (after != 0) bounds.below = after;
  if (filter.event) {
    bounds.lowest = number(*filter.event);
    bounds.below = std::min(bounds.below, bounds.lowest + 1);
  }
  return bounds;
}

// Whether the index on what is not delivered holds all that the filter asks for.
bool pending(const DeliveryFilter& filter) { return filter.state && *filter.state != DeliveryState::delivered; }

}  // namespace

Result<std::vector<Reader::Place>> Reader::find_deliveries(const DeliveryFilter& filter, Page page) {
  const Bounds bounds = bounds_of(filter, page.after);
  std::optional<ContactId> contact;
  if (filter.contact) contact = PATCHBAY_TRY(living(*filter.contact));
  // Deliveries are in event order within a destination: each gives its newest, and the newest of these are the page.
  std::vector<Place> places;
  Rows destinations = destinations_.with(filter.destination);
  while (PATCHBAY_TRY(destinations.next())) {
    const std::int64_t destination = destinations.integer(0);
    Statement& statement = pending(filter) ? pending_deliveries_ : deliveries_;
    Rows events = statement.with(destination, filter.since, filter.until, filter.reason, contact, filter.state,
                                 bounds.lowest, bounds.below, page.limit);
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

Result<std::int64_t> Reader::count_deliveries(const DeliveryFilter& filter) {
  const Snapshot snapshot(*this);
  PATCHBAY_CHECK(snapshot.begun());
  const Bounds bounds = bounds_of(filter, 0);
  std::optional<ContactId> contact;
  if (filter.contact) contact = PATCHBAY_TRY(living(*filter.contact));
  std::int64_t count = 0;
  Rows destinations = destinations_.with(filter.destination);
  while (PATCHBAY_TRY(destinations.next())) {
    Statement& statement = pending(filter) ? count_pending_ : count_deliveries_;
    const std::int64_t destination = destinations.integer(0);
    Rows rows = statement.with(destination, filter.since, filter.until, filter.reason, contact, filter.state,
                               bounds.lowest, bounds.below);
    PATCHBAY_CHECK(rows.next());
    count += rows.integer(0);
  }
  return count;
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

Result<std::vector<ChannelRow>> Reader::channels() {
  std::vector<ChannelRow> found;
  Rows rows = channel_rows_.with();
  while (PATCHBAY_TRY(rows.next())) {
    ChannelRow row{.id = rows.as<ChannelId>(0), .name = rows.text(1), .connector = rows.text(2), .paused_at = {}};
    if (!rows.null(3)) row.paused_at = rows.time(3);
    found.push_back(std::move(row));
  }
  return found;
}

Result<std::vector<DestinationRow>> Reader::destinations() {
  std::vector<DestinationRow> found;
  Rows rows = destination_rows_.with();
  while (PATCHBAY_TRY(rows.next())) {
    DestinationRow row{.id = rows.as<DestinationId>(0),
                       .name = rows.text(1),
                       .sink = rows.text(2),
                       .disabled_at = {},
                       .disabled_for = rows.text(4)};
    if (!rows.null(3)) row.disabled_at = rows.time(3);
    found.push_back(std::move(row));
  }
  return found;
}

}  // namespace patchbay::store::sqlite
