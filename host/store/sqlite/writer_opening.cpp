// The Writer's operations that open deliveries again, or for history: in stretches, each as long as one transaction
// bears.
#include "store/sqlite/writer.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace patchbay::store::sqlite {
namespace {

void note(Opened& opened, DestinationId destination, EventId event) {
  ++opened.deliveries;
  for (const auto& [known, first] : opened.first)
    if (known == destination) return;
  opened.first.emplace_back(destination, event);
}

// News of a contact itself, which goes to whoever was told of it.
bool is_news_of_a_contact(EventType type) { return type <= EventType::contact_erased; }

}  // namespace

Result<std::vector<DestinationId>> Writer::told_of(ContactId contact) {
  const ContactId alive = PATCHBAY_TRY(living(contact));
  std::vector<DestinationId> destinations;
  Rows rows = told_of_.with(alive);
  while (PATCHBAY_TRY(rows.next())) destinations.push_back(rows.as<DestinationId>(0));
  return destinations;
}

// Whether the destination was told of the contact by an event before this one.
Result<bool> Writer::told_before(ContactId contact, DestinationId destination, EventId event) {
  const ContactId alive = PATCHBAY_TRY(living(contact));
  Rows rows = told_before_.with(alive, destination, event);
  return rows.next();
}

Result<Writer::ClosedPage> Writer::closed_deliveries(const DeliveryFilter& filter, const Stretch& stretch) {
  Stretch within = stretch;
  if (filter.event) {
    within.after = std::max(within.after, EventId{number(*filter.event) - 1});
    within.last = std::min(within.last, *filter.event);
  }
  ClosedPage page{.deliveries = {}, .after = stretch.last};
  Rows destinations = destinations_.with(filter.destination);
  while (PATCHBAY_TRY(destinations.next())) {
    const auto destination = destinations.as<DestinationId>(0);
    Statement& statement = filter.state == DeliveryState::dead ? dead_letters_ : any_deliveries_;
    Rows events = statement.with(destination, within.after, within.last, within.most);
    std::size_t found = 0;
    EventId furthest{};
    for (; PATCHBAY_TRY(events.next()); ++found)
      page.deliveries.push_back({furthest = events.as<EventId>(0), destination});
    if (found == within.most) page.after = std::min(page.after, furthest);  // behind it there may be more
  }
  std::sort(page.deliveries.begin(), page.deliveries.end(), [](const Closed& a, const Closed& b) {
    return a.event != b.event ? a.event < b.event : a.destination < b.destination;
  });
  // A page ends with a whole event, since the next one starts behind it.
  if (page.deliveries.size() > within.most) page.after = std::min(page.after, page.deliveries[within.most - 1].event);
  while (!page.deliveries.empty() && page.deliveries.back().event > page.after) page.deliveries.pop_back();
  return page;
}

Result<Opened> Writer::reopen_deliveries(const DeliveryFilter& filter, const Stretch& stretch, TimePoint due) {
  if (!filter.state || *filter.state == DeliveryState::open || stretch.most == 0)
    return refuse(ErrorCode::invalid, "reopening deliveries: expected the state dead or delivered");
  std::optional<ContactId> contact;
  if (filter.contact) contact = PATCHBAY_TRY(living(*filter.contact));
  const ClosedPage page = PATCHBAY_TRY(closed_deliveries(filter, stretch));
  Opened opened{.after = page.after, .deliveries = 0, .first = {}};
  for (const Closed& closed : page.deliveries) {
    PATCHBAY_CHECK(reopen_.run(closed.destination, filter.since, filter.until, filter.reason, contact, closed.event,
                               filter.state, due));
    if (sqlite3_changes64(connection_.handle()) == 1) note(opened, closed.destination, closed.event);
  }
  return opened;
}

Result<Opened> Writer::fill_deliveries(const Filling& filling, const Stretch& stretch, TimePoint due) {
  Opened opened{.after = stretch.last, .deliveries = 0, .first = {}};
  Rows events = events_.with(stretch.after, stretch.last, stretch.most);
  std::size_t seen = 0;
  for (; PATCHBAY_TRY(events.next()); ++seen) {
    const auto id = events.as<EventId>(0);
    if (seen + 1 == stretch.most) opened.after = id;
    const TimePoint at = events.time(4);
    if ((filling.since && at < *filling.since) || (filling.until && at >= *filling.until)) continue;

    const std::optional<ContactId> contact = events.maybe<ContactId>(2);
    const bool backfilled = events.integer(6) != 0;
    bool belongs = std::any_of(filling.channels.begin(), filling.channels.end(), [&](const auto& channel) {
      return !events.null(5) && channel.first == events.as<ChannelId>(5) &&
             (!backfilled || channel.second == Historical::include);
    });
    if (!belongs && contact && is_news_of_a_contact(events.as<EventType>(1)))
      belongs = PATCHBAY_TRY(told_before(*contact, filling.destination, id));
    if (!belongs) continue;
    const ContactId lane = contact.value_or(no_contact);
    PATCHBAY_CHECK(fill_.run(filling.destination, id, lane, due));
    if (sqlite3_changes64(connection_.handle()) != 1) continue;  // the destination has it
    note(opened, filling.destination, id);
    if (lane != no_contact) PATCHBAY_CHECK(add_told_.run(lane, filling.destination, id));
  }
  return opened;
}

Result<std::optional<Progress>> Writer::progress(std::string_view task) {
  Rows rows = progress_.with(task);
  if (!PATCHBAY_TRY(rows.next())) return std::optional<Progress>{};
  return std::optional<Progress>{{rows.as<EventId>(0), rows.as<EventId>(1), rows.integer(2), rows.time(3)}};
}

Status Writer::put_progress(std::string_view task, const std::optional<Progress>& progress) {
  if (!progress) return end_progress_.run(task);
  return put_progress_.run(task, progress->after, progress->last, progress->deliveries, progress->started_at);
}

}  // namespace patchbay::store::sqlite
