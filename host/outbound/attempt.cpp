// One message through its channel: claimed, asked, settled.
#include "base/fault_points.hpp"
#include "outbound/core.hpp"

#include <algorithm>
#include <vector>

namespace patchbay::outbound {

using namespace std::chrono_literals;
using store::OutboundId;
using store::OutboundState;

namespace {

constexpr std::size_t most_overdue = 1'000;

}  // namespace

void apply(store::Outbound& row, const Settlement& settlement, TimePoint now) {
  row.state = settlement.state;
  row.changed_at = now;
  if (!settlement.costs_an_attempt && row.attempts > 0) --row.attempts;
  row.due = settlement.due.value_or(now);
  if (!settlement.external_id.empty()) row.external_id = settlement.external_id;
  row.reason = settlement.reason;
  row.remedy = settlement.remedy;
}

void Core::begin(Channel& channel, const Waiting& waiting) {
  const std::uint64_t token = ++last_token_;
  flights_[token] = {.channel = &channel, .id = waiting.id, .lane = waiting.lane};
  ++channel.in_flight;
  auto row = std::make_shared<std::optional<store::Outbound>>();
  PATCHBAY_CRASH_POINT("outbound.before_claim");
  commit(
      [this, row, id = waiting.id, sender = channel.sender](Ledger::Transaction& transaction) -> Status {
        row->reset();
        store::Outbound claimed = PATCHBAY_TRY(transaction.writer().outbound(id));
        if (claimed.state != OutboundState::queued) return {};  // the operator was faster
        // Later than the acceptance, whatever the clock says: what was accepted keeps its answer.
        claimed.changed_at = std::max(now(), claimed.accepted_at + Duration{1});
        if (auto refusal = PATCHBAY_TRY(judge(transaction.writer(), sender, claimed, now()))) {
          claimed.state = OutboundState::refused;
          claimed.reason = std::move(refusal->reason);
          claimed.remedy = std::move(refusal->remedy);
        } else {
          claimed.state = OutboundState::sending;
          ++claimed.attempts;
        }
        PATCHBAY_CHECK(transaction.writer().put_outbound(claimed));
        *row = std::move(claimed);
        return {};
      },
      [weak = weak_from_this(), token, row](const Status& status) {
        if (const auto core = weak.lock())
          core->post([token, row, status](Core& self) { self.claimed(token, status, std::move(*row)); });
      });
}

void Core::claimed(std::uint64_t token, const Status& status, std::optional<store::Outbound> row) {
  Flight& flight = flights_.at(token);
  Channel& channel = *flight.channel;
  if (!status) {
    channel.lanes.put({flight.id, flight.lane, parts_.clock.monotonic() + store_rest});
    return end(token);
  }
  if (row && row->state == OutboundState::refused) {
    ++channel.refused;
    parts_.tell(channel.sender.name, store::public_id(row->id) + " is refused after all: " + row->reason);
  }
  if (!row || row->state != OutboundState::sending) return end(token);
  // Between the two the queue was told to stop: the channel never saw it.
  if (stopping_)
    return settle(token, {.state = OutboundState::queued,
                          .costs_an_attempt = false,
                          .due = {},
                          .external_id = {},
                          .reason = row->reason,
                          .remedy = row->remedy,
                          .occurred_at = {}});
  ask(token, *row);
}

void Core::ask(std::uint64_t token, const store::Outbound& row) {
  Flight& flight = flights_.at(token);
  flight.stage = Stage::sending;
  flight.asked_at = parts_.clock.monotonic();
  ++flight.channel->attempts;
  PATCHBAY_CRASH_POINT("outbound.before_ask");
  flight.channel->port->send({.token = token,
                              .id = store::public_id(row.id) + "." + parts_.store_id,
                              .account = row.account,
                              .in_reply_to = row.in_reply_to,
                              .conversation = row.thread,
                              .recipient = row.recipient,
                              .subject = row.subject,
                              .text = row.text,
                              .content = row.content});
  PATCHBAY_CRASH_POINT("outbound.after_ask");
}

void Core::sent(const Sent& sent) {
  const auto found = flights_.find(sent.token);
  if (found != flights_.end() && found->second.stage == Stage::sending)
    return settle(sent.token, settlement_of(*found->second.channel, sent));
  if (auto node = overdue_.extract(sent.token); node && !sent.trouble) settle_late(node.mapped(), sent);
}

void Core::settle(std::uint64_t token, const Settlement& settlement) {
  Flight& flight = flights_.at(token);
  flight.stage = Stage::settling;
  PATCHBAY_CRASH_POINT("outbound.before_settle");
  auto row = std::make_shared<store::Outbound>();
  commit(
      [this, row, id = flight.id, settlement, chance = parts_.random()](Ledger::Transaction& transaction) -> Status {
        store::Outbound current = PATCHBAY_TRY(transaction.writer().outbound(id));
        Settlement end = settlement;
        if (end.state == OutboundState::queued && end.costs_an_attempt) {
          end.due = delivery::next_attempt(parts_.schedule, current.attempts, {.not_before = {}}, now(), chance);
          if (!end.due) end.state = end.doubtful ? OutboundState::uncertain : OutboundState::failed;
        }
        apply(current, end, now());
        if (end.state == OutboundState::sent)
          current.interaction = PATCHBAY_TRY(
              transaction.record_sent(current, current.external_id, end.occurred_at.value_or(current.changed_at)));
        PATCHBAY_CHECK(transaction.writer().put_outbound(current));
        *row = std::move(current);
        return {};
      },
      [weak = weak_from_this(), token, row, settlement](const Status& status) {
        if (const auto core = weak.lock())
          core->post([=](Core& self) { self.settled(token, status, settlement, *row); });
      });
}

void Core::settled(std::uint64_t token, const Status& status, const Settlement& settlement,
                   const store::Outbound& row) {
  // The lane waits: what comes next must not overtake an outcome that is not durable.
  if (!status) return post_after(store_rest, [token, settlement](Core& core) { core.settle(token, settlement); });
  PATCHBAY_CRASH_POINT("outbound.after_settle");
  Channel& channel = *flights_.at(token).channel;
  switch (row.state) {
    case OutboundState::sent:
      ++channel.sent;
      break;
    case OutboundState::queued:
      ++channel.retried;
      put_back(channel, row);
      break;
    case OutboundState::failed:
      ++channel.failed;
      parts_.tell(channel.sender.name, store::public_id(row.id) + " was not sent: " + row.reason);
      break;
    case OutboundState::uncertain:
      ++channel.uncertain;
      parts_.tell(channel.sender.name, store::public_id(row.id) + " may have been sent or not: " + row.reason);
      break;
    case OutboundState::sending:
    case OutboundState::refused:
      break;
  }
  end(token);
}

void Core::end(std::uint64_t token) {
  const auto found = flights_.find(token);
  found->second.channel->lanes.release(found->second.lane);
  --found->second.channel->in_flight;
  flights_.erase(found);
}

void Core::give_up_waiting() {
  std::vector<std::uint64_t> overdue;
  for (const auto& [token, flight] : flights_)
    if (flight.stage == Stage::sending && flight.asked_at + answer_deadline <= parts_.clock.monotonic())
      overdue.push_back(token);
  for (const std::uint64_t token : overdue) {
    overdue_.emplace(token, flights_.at(token).id);
    if (overdue_.size() > most_overdue) overdue_.erase(overdue_.begin());
    sent({.token = token,
          .trouble = Trouble::unknown,
          .external_id = {},
          .occurred_at = {},
          .until = {},
          .reason = "the channel did not say within two minutes whether it was taken",
          .remedy = {}});
  }
}

// The provider took what had been given up waiting for.
void Core::settle_late(OutboundId id, const Sent& sent) {
  commit(
      [this, id, sent](Ledger::Transaction& transaction) -> Status {
        store::Outbound row = PATCHBAY_TRY(transaction.writer().outbound(id));
        if (row.state != OutboundState::uncertain && row.state != OutboundState::queued) return {};
        apply(row,
              {.state = OutboundState::sent,
               .due = {},
               .external_id = sent.external_id,
               .reason = {},
               .remedy = {},
               .occurred_at = {}},
              now());
        row.interaction =
            PATCHBAY_TRY(transaction.record_sent(row, row.external_id, sent.occurred_at.value_or(row.changed_at)));
        return transaction.writer().put_outbound(row);
      },
      [](const Status&) {});
}

}  // namespace patchbay::outbound
