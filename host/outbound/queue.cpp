// Accepting, and what the operator decides.
#include "outbound/queue.hpp"

#include "base/fault_points.hpp"
#include "outbound/acceptance.hpp"
#include "outbound/core.hpp"

namespace patchbay::outbound {

using namespace std::chrono_literals;
using store::OutboundId;
using store::OutboundState;

void Core::accept(Request request, Accepted accepted) {
  struct Acceptance {
    Request request;
    Sender sender;
    Result<store::Outbound> drafted, row;
    bool is_new = false;
  };
  const auto find_draft = [&]() -> Result<std::pair<Sender, store::Outbound>> {
    std::optional<store::InteractionDetails> answered;
    if (request.in_reply_to) answered = PATCHBAY_TRY(parts_.reader->show_interaction(*request.in_reply_to));
    const std::string& name = answered ? answered->interaction.channel_name : request.channel;
    for (const auto& [id, channel] : channels_)
      if (channel.sender.name == name && !channel.removed)
        return std::pair{channel.sender, PATCHBAY_TRY(draft(request, channel.sender, answered))};
    return failure(ErrorCode::not_found, "accepting a message: no channel that can send is called " + name,
                   "`patchbay channel list` shows the channels");
  };
  auto found = find_draft();
  auto acceptance =
      std::make_shared<Acceptance>(Acceptance{.request = std::move(request), .sender = {}, .drafted = {}, .row = {}});
  if (found) {
    acceptance->sender = std::move(found->first);
    acceptance->drafted = std::move(found->second);
  } else {
    acceptance->drafted = failure(std::move(found.error()));
  }
  PATCHBAY_CRASH_POINT("outbound.before_accept");
  commit(
      [this, acceptance](Ledger::Transaction& transaction) -> Status {
        // What is the caller's mistake writes nothing, and must not undo what others write in the same commit.
        auto known = accepted_before(transaction.writer(), acceptance->request);
        if (!known && known.error().code != ErrorCode::conflict) return failure(known.error());
        acceptance->is_new = known && !*known && acceptance->drafted;
        if (!known)
          acceptance->row = failure(known.error());
        else if (*known)
          acceptance->row = std::move(**known);
        else if (!acceptance->drafted)
          acceptance->row = failure(acceptance->drafted.error());
        else
          acceptance->row =
              PATCHBAY_TRY(outbound::accept(transaction.writer(), acceptance->sender, *acceptance->drafted, now()));
        return {};
      },
      [weak = weak_from_this(), acceptance, accepted = std::move(accepted)](const Status& status) {
        if (!status) return accepted(failure(status.error()));
        PATCHBAY_CRASH_POINT("outbound.before_answer");
        if (acceptance->is_new)
          if (const auto core = weak.lock())
            core->post([row = *acceptance->row](Core& self) {
              Channel& channel = self.channels_.at(row.channel);
              if (row.state == OutboundState::refused) ++channel.refused;
              if (row.state == OutboundState::queued) self.enqueue(channel, row);
            });
        accepted(acceptance->row);
      });
}

namespace {

// Whether the operator may decide so of a message in that state.
bool is_open_to(Decision decision, OutboundState state) {
  switch (decision) {
    case Decision::sent:
      return state == OutboundState::uncertain;
    case Decision::again:
      return state == OutboundState::uncertain || state == OutboundState::failed;
    case Decision::failed:
      return state == OutboundState::uncertain || state == OutboundState::queued;
  }
  return false;
}

}  // namespace

void Core::resolve(OutboundId id, Resolution resolution, std::function<void(Status)> resolved) {
  struct Resolving {
    Status answer;
    std::optional<store::Outbound> again;
  };
  auto resolving = std::make_shared<Resolving>();
  // A mistake is the caller's alone, and must not undo what others write in the same commit.
  const auto found = parts_.reader->show_outbound(id);
  if (!found) return resolved(failure(found.error()));
  commit(
      [this, id, resolution = std::move(resolution), resolving](Ledger::Transaction& transaction) -> Status {
        *resolving = {};
        store::Outbound row = PATCHBAY_TRY(transaction.writer().outbound(id));
        if (!is_open_to(resolution.decision, row.state)) {
          resolving->answer = failure(
              ErrorCode::conflict,
              "resolving " + store::public_id(id) + ": it is " + std::string(store::name_of(row.state)),
              "what is uncertain can be resolved; what failed can be sent again; what is queued can be given up");
          return {};
        }
        // It happened when it was tried, not when somebody found out.
        const TimePoint tried_at = row.changed_at;
        Settlement settlement{.due = {},
                              .external_id = resolution.external_id,
                              .reason = "the operator decided",
                              .remedy = {},
                              .occurred_at = {}};
        if (resolution.decision == Decision::sent) settlement.state = OutboundState::sent;
        if (resolution.decision == Decision::failed) settlement.state = OutboundState::failed;
        apply(row, settlement, now());
        if (row.state == OutboundState::sent)
          row.interaction = PATCHBAY_TRY(transaction.record_sent(row, row.external_id, tried_at));
        PATCHBAY_CHECK(transaction.writer().put_outbound(row));
        if (row.state == OutboundState::queued) resolving->again = std::move(row);
        return {};
      },
      [weak = weak_from_this(), resolving, resolved = std::move(resolved)](const Status& status) {
        if (const auto core = weak.lock(); core && status && resolving->again)
          core->post([row = *resolving->again](Core& self) {
            if (const auto channel = self.channels_.find(row.channel); channel != self.channels_.end())
              self.put_back(channel->second, row);
          });
        resolved(status ? resolving->answer : status);
      });
}

namespace {

class LaneQueue final : public Queue {
 public:
  explicit LaneQueue(Parts parts) : core_(std::make_shared<Core>(std::move(parts))) {}

  void add(Sender sender, SendPort& port) override {
    core_->post([sender = std::move(sender), &port](Core& core) mutable { core.add(std::move(sender), port); });
  }
  void hold(store::ChannelId channel, std::function<void()> held) override {
    core_->post([channel, held = std::move(held)](Core& core) mutable { core.hold(channel, std::move(held)); });
  }
  void remove(store::ChannelId channel) override {
    core_->post([channel](Core& core) { core.remove(channel); });
  }
  void start() override {
    core_->post([](Core& core) { core.start(); });
  }
  void accept(Request request, Accepted accepted) override {
    core_->post([request = std::move(request), accepted = std::move(accepted)](Core& core) mutable {
      core.accept(std::move(request), std::move(accepted));
    });
  }
  void resolve(OutboundId id, Resolution resolution, std::function<void(Status)> resolved) override {
    core_->post([id, resolution = std::move(resolution), resolved = std::move(resolved)](Core& core) mutable {
      core.resolve(id, std::move(resolution), std::move(resolved));
    });
  }
  void sent(Sent sent) override {
    core_->post([sent = std::move(sent)](Core& core) { core.sent(sent); });
  }
  void suppress(store::Suppression suppression, std::function<void(Status)> done) override {
    if (Status read = core_->normalise(suppression.identifier); !read) return done(std::move(read));
    suppression.added_at = core_->now();
    core_->commit([suppression = std::move(suppression)](
                      Ledger::Transaction& transaction) { return transaction.writer().put_suppression(suppression); },
                  std::move(done));
  }
  void allow(store::Identifier identifier, std::function<void(Status)> done) override {
    if (Status read = core_->normalise(identifier); !read) return done(std::move(read));
    auto was_there = std::make_shared<bool>(false);
    core_->commit(
        [identifier, was_there](Ledger::Transaction& transaction) -> Status {
          *was_there = PATCHBAY_TRY(transaction.writer().remove_suppression(identifier));
          return {};
        },
        [identifier, was_there, done = std::move(done)](const Status& status) {
          if (!status || *was_there) return done(status);
          done(failure(ErrorCode::not_found,
                       "allowing " + identifier.kind + " " + identifier.value + ": it is not on the suppression list",
                       "`patchbay outbound suppressed` shows the list"));
        });
  }
  void stop(std::function<void()> drained) override {
    core_->post([drained = std::move(drained)](Core& core) mutable { core.stop(std::move(drained)); });
  }
  [[nodiscard]] QueueCounts counts(store::ChannelId channel) const override { return core_->counts(channel); }

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace

delivery::Schedule usual_schedule() { return {.delays = {5s, 30s, 2min, 10min, 30min, 1h, 2h, 4h}}; }

std::unique_ptr<Queue> Queue::create(Parts parts) { return std::make_unique<LaneQueue>(std::move(parts)); }

}  // namespace patchbay::outbound
