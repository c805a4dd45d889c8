// The Reader's operations on what the business sends.
#include "store/sqlite/reader.hpp"

#include <limits>
#include <utility>

namespace patchbay::store::sqlite {

namespace {

Result<std::vector<Outbound>> collect_outbound(Rows& rows) {
  std::vector<Outbound> found;
  while (PATCHBAY_TRY(rows.next())) found.push_back(PATCHBAY_TRY(outbound_from(rows)));
  return found;
}

}  // namespace

Result<std::vector<Outbound>> Reader::list_outbound(const OutboundFilter& filter, Page page) {
  const std::int64_t below = page.after == 0 ? std::numeric_limits<std::int64_t>::max() : page.after;
  const bool doubtful = filter.state == OutboundState::sending || filter.state == OutboundState::uncertain;
  Statement& statement = doubtful ? list_doubtful_outbound_ : list_outbound_;
  Rows rows = statement.with(below, filter.channel, filter.state, page.limit);
  return collect_outbound(rows);
}

Result<Outbound> Reader::show_outbound(OutboundId id) {
  Rows rows = find_outbound_.with(id);
  if (!PATCHBAY_TRY(rows.next()))
    return failure(ErrorCode::not_found, public_id(id) + ": no such outbound", "see `patchbay outbound list`");
  return outbound_from(rows);
}

Result<std::vector<Outbound>> Reader::queued_outbound(ChannelId channel, OutboundId after, std::size_t limit) {
  Rows rows = queued_outbound_.with(channel, after, limit);
  return collect_outbound(rows);
}

Result<std::vector<Suppression>> Reader::list_suppressions(Page page) {
  std::vector<Suppression> found;
  Rows rows = list_suppressions_.with(page.after, page.limit);
  while (PATCHBAY_TRY(rows.next())) found.push_back(suppression_from(rows));
  return found;
}

}  // namespace patchbay::store::sqlite
