// A Writer that keeps states alone, in memory, and whose disk fails when it is told to. For the tests of the committer.
//
// [the committer's thread], but for fail_commits(), fail_begins() and the copies that durable() and groups() return.
#pragma once

#include "store/store.hpp"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace patchbay::intake {

class FakeWriter final : public store::Writer {
 public:
  using States = std::map<std::string, std::string>;

  void fail_begins(int times) {
    const std::lock_guard lock(mutex_);
    failing_begins_ = times;
  }
  void fail_commits(int times) {
    const std::lock_guard lock(mutex_);
    failing_commits_ = times;
  }
  // What would be there after a power cut.
  [[nodiscard]] States durable() const {
    const std::lock_guard lock(mutex_);
    return durable_;
  }
  // How many operations each durable transaction held.
  [[nodiscard]] std::vector<int> groups() const {
    const std::lock_guard lock(mutex_);
    return groups_;
  }

  Status begin() override {
    const std::lock_guard lock(mutex_);
    if (open_) return failure(ErrorCode::internal, "beginning: one is open");
    if (failing_begins_ > 0 && failing_begins_-- > 0) return disk_full();
    open_ = true;
    pending_ = durable_;
    operations_ = 0;
    return {};
  }
  Status commit() override {
    const std::lock_guard lock(mutex_);
    if (!open_) return failure(ErrorCode::internal, "committing: none is open");
    if (failing_commits_ > 0 && failing_commits_-- > 0) return disk_full();
    open_ = false;
    durable_ = pending_;
    groups_.push_back(operations_);
    return {};
  }
  void roll_back() noexcept override {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  Status checkpoint_if_due() override { return {}; }
  Status put_state(store::ChannelId, std::string_view key, std::string_view value) override {
    if (!open_) return failure(ErrorCode::internal, "writing: no transaction is open");
    pending_[std::string(key)] = value;
    ++operations_;
    return {};
  }

  Result<store::ChannelId> channel(std::string_view, std::string_view) override { return none(); }
  Result<store::DestinationId> destination(std::string_view, std::string_view) override { return none(); }
  Result<std::optional<store::Persona>> find_persona(const Digest16&) override { return none(); }
  [[nodiscard]] store::PersonaId next_persona() const override { return {}; }
  Result<store::Persona> add_persona(store::Persona) override { return none(); }
  Status add_link(const store::Link&) override { return none(); }
  Result<store::Contact> contact(store::ContactId) override { return none(); }
  Status put_contact(const store::Contact&) override { return none(); }
  Status merge_contact(store::ContactId, store::ContactId, std::string_view, TimePoint) override { return none(); }
  Status split_contact(store::ContactId, store::ContactId, std::span<const store::PersonaId>, std::string_view,
                       TimePoint) override {
    return none();
  }
  Result<std::vector<store::Persona>> personas_of(store::ContactId) override { return none(); }
  Status put_decision(const store::Decision&) override { return none(); }
  Status remove_decision(store::PersonaId, store::PersonaId) override { return none(); }
  Status add_model(const store::LearnedModel&) override { return none(); }
  Result<std::optional<store::KnownInteraction>> find_interaction(store::ChannelId, const Digest16&) override {
    return none();
  }
  Result<store::InteractionId> add_interaction(const store::Interaction&) override { return none(); }
  Result<bool> content_seen(store::InteractionId, const Digest16&) override { return none(); }
  Result<std::int64_t> edit_interaction(store::InteractionId, std::string_view, std::string_view,
                                        std::optional<std::string_view>) override {
    return none();
  }
  Status delete_interaction(store::InteractionId) override { return none(); }
  Status advance_receipt(store::InteractionId, store::Receipt) override { return none(); }
  Result<store::ConversationId> conversation(store::ChannelId, std::string_view, store::ContactId) override {
    return none();
  }
  Result<bool> fact_known(store::ChannelId, const Digest16&) override { return none(); }
  Result<store::FactId> add_fact(store::ChannelId, const store::Fact&) override { return none(); }
  Status park(const store::Parked&) override { return none(); }
  Result<std::vector<store::Parked>> parked_for(store::ChannelId, const Digest16&) override { return none(); }
  Result<std::vector<store::Parked>> parked_before(TimePoint, std::size_t) override { return none(); }
  Status unpark(std::int64_t) override { return none(); }
  Result<bool> add_notice(const store::Notice&) override { return none(); }
  Status add_consent(const store::Consent&) override { return none(); }
  Result<store::QuarantineId> add_quarantine(const store::Quarantine&) override { return none(); }
  Status mark_replayed(store::QuarantineId) override { return none(); }
  Result<store::EventId> next_event_id() override { return none(); }
  Status add_event(const store::Event&) override { return none(); }
  Status add_delivery(const store::Delivery&) override { return none(); }
  Status record(const store::Outcome&) override { return none(); }
  Result<std::vector<store::DestinationId>> told_of(store::ContactId) override { return none(); }
  Result<store::Opened> reopen_deliveries(const store::DeliveryFilter&, const store::Stretch&, TimePoint) override {
    return none();
  }
  Result<store::Opened> fill_deliveries(const store::Filling&, const store::Stretch&, TimePoint) override {
    return none();
  }
  [[nodiscard]] store::EventId last_event() const override { return {}; }
  Result<std::optional<store::Progress>> progress(std::string_view) override { return none(); }
  Status put_progress(std::string_view, const std::optional<store::Progress>&) override { return none(); }
  Result<std::optional<store::Outbound>> find_outbound(std::string_view) override { return none(); }
  Result<store::Outbound> outbound(store::OutboundId) override { return none(); }
  Result<store::OutboundId> add_outbound(const store::Outbound&) override { return none(); }
  Status put_outbound(const store::Outbound&) override { return none(); }
  Result<store::Persona> persona(store::PersonaId) override { return none(); }
  Result<std::vector<store::PersonaId>> personas_with(std::span<const store::Identifier>) override { return none(); }
  Result<std::optional<store::LastInbound>> last_inbound(store::ChannelId, std::string_view,
                                                         std::span<const store::PersonaId>, TimePoint) override {
    return none();
  }
  Result<std::vector<store::Consent>> consents(store::ChannelId, std::span<const store::PersonaId>) override {
    return none();
  }
  Status put_suppression(const store::Suppression&) override { return none(); }
  Result<bool> remove_suppression(const store::Identifier&) override { return none(); }
  Result<std::optional<store::Suppression>> find_suppression(const store::Identifier&) override { return none(); }
  Status enable_destination(store::DestinationId) override { return none(); }
  Status put_grant(const store::GrantOwner&, std::string_view) override { return none(); }
  Status pause_channel(store::ChannelId, std::optional<TimePoint>) override { return none(); }

 private:
  static tl::unexpected<Error> none() { return failure(ErrorCode::internal, "this store keeps states alone"); }
  static tl::unexpected<Error> disk_full() { return failure(ErrorCode::unavailable, "writing: the disk is full"); }

  mutable std::mutex mutex_;
  int failing_begins_ = 0, failing_commits_ = 0;
  bool open_ = false;
  int operations_ = 0;
  States pending_, durable_;
  std::vector<int> groups_;
};

}  // namespace patchbay::intake
