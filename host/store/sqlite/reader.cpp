#include "store/sqlite/reader.hpp"

#include "store/sqlite/codec.hpp"

#include <limits>
#include <utility>

namespace patchbay::store::sqlite {

Reader::Reader(std::unique_ptr<Connection> connection, Blobs blobs)
    : connection_(std::move(connection)), blobs_(std::move(blobs)) {}

Result<Counts> Reader::counts() {
  Rows rows = counts_.with();
  PATCHBAY_CHECK(rows.next());
  Counts counts;
  counts.contacts = rows.integer(0);
  counts.interactions = rows.integer(1);
  counts.events = rows.integer(2);
  counts.deliveries_open = rows.integer(4);
  counts.dead_letters = rows.integer(5);
  counts.deliveries_delivered = rows.integer(3) - counts.deliveries_open - counts.dead_letters;
  counts.quarantined = rows.integer(6);
  counts.parked = rows.integer(7);
  counts.outbound_queued = rows.integer(8);
  counts.outbound_uncertain = rows.integer(9);
  return counts;
}

Result<std::optional<std::string>> Reader::state(ChannelId channel, std::string_view key) {
  Rows rows = state_.with(channel, key);
  if (!PATCHBAY_TRY(rows.next())) return std::optional<std::string>{};
  return std::optional<std::string>{rows.text(0)};
}

Result<std::optional<std::string>> Reader::grant(const GrantOwner& owner) {
  const auto [kind, id] = grant_key(owner);
  Rows rows = grant_.with(kind, id);
  if (!PATCHBAY_TRY(rows.next())) return std::optional<std::string>{};
  return std::optional<std::string>{rows.text(0)};
}

Result<std::string> Reader::content(Rows& row, int sha256_column, int bytes_column) {
  if (row.null(sha256_column)) return row.text(bytes_column);
  return blobs_.get(row.digest32(sha256_column));
}

namespace {

Quarantine quarantine_from(const Rows& row) {
  Quarantine quarantine;
  quarantine.id = row.as<QuarantineId>(0);
  quarantine.channel = row.as<ChannelId>(1);
  quarantine.channel_name = row.text(2);
  quarantine.received_at = row.time(3);
  quarantine.state = row.as<QuarantineState>(4);
  quarantine.reason = row.text(5);
  quarantine.remedy = row.text(6);
  quarantine.original.media_type = row.text(7);
  return quarantine;
}

}  // namespace

Result<std::vector<Quarantine>> Reader::list_quarantine(Page page) {
  std::vector<Quarantine> found;
  const std::int64_t below = page.after == 0 ? std::numeric_limits<std::int64_t>::max() : page.after;
  Rows rows = list_quarantine_.with(below, page.limit);
  while (PATCHBAY_TRY(rows.next())) found.push_back(quarantine_from(rows));
  return found;
}

Result<Quarantine> Reader::show_quarantine(QuarantineId id) {
  Rows rows = find_quarantine_.with(id);
  if (!PATCHBAY_TRY(rows.next())) {
    return failure(ErrorCode::not_found, public_id(id) + ": no such quarantined original",
                   "see `patchbay quarantine list`");
  }
  Quarantine quarantine = quarantine_from(rows);
  quarantine.original.bytes = PATCHBAY_TRY(content(rows, 8, 9));
  return quarantine;
}

}  // namespace patchbay::store::sqlite
