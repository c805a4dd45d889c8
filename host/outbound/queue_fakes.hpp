// What the queue's tests stand on: a real store in a folder of its own, a ledger and a channel on a clock that is moved
// by hand, and a power cut at any of their steps. For tests only; one thread.
#pragma once

#include "base/temporary_folder.hpp"
#include "delivery/dispatcher_fakes.hpp"
#include "outbound/queue.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace patchbay::outbound::fakes {

using namespace std::chrono_literals;
using delivery::fakes::FakeClient;
using delivery::fakes::FakeClock;
using store::OutboundState;

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}
inline void check(const Status& status) {
  if (!status) throw std::runtime_error(status.error().text());
}

// The power goes.
struct PowerCut {};

// Counts the steps at which it may go, and lets it go at one of them.
struct Power {
  void step() {
    if (left > 0 && --left == 0) throw PowerCut{};
  }
  std::size_t left = 0;  // 0 = it stays
};

// Commits at once, tells a millisecond later.
class FakeLedger final : public Ledger {
 public:
  FakeLedger(store::Store& store, FakeClient& executor, Power& power)
      : store_(store), executor_(executor), power_(power) {}

  void commit(std::function<Status(Transaction&)> write, std::function<void(Status)> done) override {
    executor_.post([this, write = std::move(write), done = std::move(done)] {
      power_.step();
      Status status = failing > 0 ? failure(ErrorCode::unavailable, "writing: the disk is full") : attempt(write);
      if (failing > 0) --failing;
      power_.step();
      executor_.post_after(1ms, [done, status = std::move(status)] { done(status); });
    });
  }

  int failing = 0;  // so many commits to come fail

 private:
  class Recording final : public Transaction {
   public:
    explicit Recording(store::Writer& writer) : writer_(writer) {}
    [[nodiscard]] store::Writer& writer() override { return writer_; }
    [[nodiscard]] Result<store::InteractionId> record_sent(const store::Outbound& outbound,
                                                           const std::string& external_id,
                                                           TimePoint occurred_at) override {
      store::Interaction interaction;
      interaction.channel = outbound.channel;
      interaction.direction = store::Direction::outbound;
      interaction.account = outbound.account;
      interaction.external_id = external_id;
      interaction.dedupe = digest_of({outbound.key});
      interaction.occurred_at = interaction.received_at = occurred_at;
      interaction.text = outbound.text;
      interaction.content = outbound.content;
      interaction.conversation = outbound.conversation;
      interaction.participants = outbound.participants;
      return writer_.add_interaction(interaction);
    }

   private:
    store::Writer& writer_;
  };

  Status attempt(const std::function<Status(Transaction&)>& write) {
    store::Writer& writer = store_.writer();
    PATCHBAY_CHECK(writer.begin());
    Recording recording(writer);
    Status status = write(recording);
    if (status) status = writer.commit();
    if (!status) writer.roll_back();
    return status;
  }

  store::Store& store_;
  FakeClient& executor_;
  Power& power_;
};

// A provider behind a channel: what it took, and what it says of it.
class FakeProvider final : public SendPort {
 public:
  struct Reaction {
    bool takes = true;
    bool answers = true;
    std::optional<Trouble> trouble{};
    Duration latency = 10ms;
    std::optional<TimePoint> until{};
  };
  FakeProvider(FakeClient& executor, Power& power) : executor_(executor), power_(power) {}

  void send(const Message& message) override {
    power_.step();
    const Reaction reaction = react ? react(message) : Reaction{};
    asked.push_back(message);
    if (reaction.takes) taken.push_back(message);
    power_.step();
    if (!reaction.answers) return;
    executor_.post_after(reaction.latency, [this, reaction, token = message.token, number = taken.size()] {
      answer(token, reaction, number);
    });
  }
  void answer(std::uint64_t token, const Reaction& reaction, std::size_t number) {
    queue->sent({.token = token,
                 .trouble = reaction.trouble,
                 .external_id = reaction.trouble ? "" : "wire-" + std::to_string(number),
                 .occurred_at = {},
                 .until = reaction.until,
                 .reason = reaction.trouble ? "as the test wants it" : "",
                 .remedy = {}});
  }

  std::function<Reaction(const Message&)> react;
  std::vector<Message> asked, taken;
  Queue* queue = nullptr;

 private:
  FakeClient& executor_;
  Power& power_;
};

inline store::Identifier phone(const std::string& number) {
  return {"phone", number, "", store::Trust::attested, number};
}
constexpr const char* kasia = "+48601234567";
constexpr const char* marek = "+48602345678";

class QueueTest : public testing::Test {
 protected:
  QueueTest() {
    open_store();
    check(writer().begin());
    whatever_ = value_of(writer().channel("whatever", "fake"));
    check(writer().commit());
    sender_ = {.id = whatever_, .name = "whatever", .region = "PL", .window_remedy = "send a template"};
  }
  ~QueueTest() override {
    client_.forget();
    queue_.reset();
    store_.reset();
  }

  store::Writer& writer() { return store_->writer(); }
  void open_store() {
    store_ = value_of(store::open_sqlite(folder_.path(), store::OpenAs::writer, clock_));
    ledger_ = std::make_unique<FakeLedger>(*store_, client_, power_);
  }
  // A queue that knows no channel and has not begun.
  void make() {
    queue_ = Queue::create({.executor = client_,
                            .clock = clock_,
                            .ledger = *ledger_,
                            .reader = value_of(store_->reader()),
                            .store_id = "store",
                            .region = "PL",
                            .random = [] { return 0.5; },
                            .schedule = usual_schedule(),
                            .tell = [this](std::string_view, std::string_view what) { told_.emplace_back(what); }});
    provider_.queue = queue_.get();
  }
  void start() {
    make();
    queue_->add(sender_, provider_);
    queue_->start();
    client_.run_ready();
  }
  // Everything in memory is gone; what is committed and what the provider took stays.
  void crash() {
    client_.forget();
    queue_.reset();
    writer().roll_back();
    ledger_.reset();
    store_.reset();
    open_store();
  }

  Result<store::Outbound> accept(const std::string& key, const std::string& body) {
    std::optional<Result<store::Outbound>> answer;
    queue_->accept(value_of(parse_request(key, body)), [&](Result<store::Outbound> row) { answer = std::move(row); });
    for (int i = 0; i < 1000 && !answer; ++i) client_.run_one(clock_.passed + 1ms);
    if (!answer) throw std::runtime_error("accepting: no answer");
    return std::move(*answer);
  }
  store::Outbound send(const std::string& to, const std::string& text, const std::string& more = "") {
    return value_of(accept("key-" + std::to_string(++keys_), body_to(to, text, more)));
  }
  static std::string body_to(const std::string& to, const std::string& text, const std::string& more = "") {
    return R"({"channel": "whatever", "account": "111", "to": {"kind": "phone", "value": ")" + to + R"("}, "text": ")" +
           text + "\"" + more + "}";
  }
  Status resolve(store::OutboundId id, Resolution resolution) {
    std::optional<Status> answer;
    queue_->resolve(id, std::move(resolution), [&](Status status) { answer = std::move(status); });
    client_.run_for(10ms);
    return answer.value_or(failure(ErrorCode::internal, "no answer"));
  }
  Status suppress(const std::string& number) {
    std::optional<Status> answer;
    queue_->suppress({.identifier = {"phone", number, "", store::Trust::attested, ""}, .reason = "by letter"},
                     [&](Status status) { answer = std::move(status); });
    client_.run_for(10ms);
    return answer.value_or(failure(ErrorCode::internal, "no answer"));
  }

  store::Outbound row(store::OutboundId id) { return value_of(value_of(store_->reader())->show_outbound(id)); }
  std::vector<std::string> texts(const std::vector<Message>& messages) {
    std::vector<std::string> all;
    for (const Message& message : messages) all.push_back(message.text);
    return all;
  }
  // A person who writes to the account 111, and what they wrote.
  std::pair<store::Persona, store::InteractionId> wrote(std::vector<store::Identifier> identifiers,
                                                        const std::string& external_id, TimePoint at,
                                                        store::Visibility visibility = store::Visibility::private_) {
    check(writer().begin());
    const Digest16 digest = digest_of({identifiers.front().value, external_id});
    const auto others = value_of(writer().personas_with(identifiers));
    store::Persona persona{.digest = digest, .identifiers = std::move(identifiers), .first_seen = at};
    if (!others.empty()) persona.contact = value_of(writer().persona(others.front())).contact;
    persona = value_of(writer().add_persona(std::move(persona)));
    store::Interaction interaction;
    interaction.channel = whatever_;
    interaction.visibility = visibility;
    interaction.account = "111";
    interaction.external_id = external_id;
    interaction.dedupe = digest;
    interaction.occurred_at = interaction.received_at = at;
    interaction.contact = persona.contact;
    interaction.conversation = value_of(writer().conversation(whatever_, "thread", persona.contact));
    interaction.text = "Where is my parcel?";
    interaction.content = "{}";
    interaction.participants = {{store::Role::author, persona.id}, {store::Role::recipient, business().id}};
    const store::InteractionId id = value_of(writer().add_interaction(interaction));
    check(writer().commit());
    return {persona, id};
  }
  store::Persona business() {
    const Digest16 digest = digest_of({"business"});
    if (auto known = value_of(writer().find_persona(digest))) return *known;
    return value_of(writer().add_persona({.digest = digest,
                                          .contact = store::the_business,
                                          .identifiers = {phone("+48221234567")},
                                          .first_seen = clock_.now()}));
  }
  void consent(const store::Persona& who, store::ConsentState state, std::string category) {
    check(writer().begin());
    check(writer().add_consent({whatever_, who.id, state, clock_.now(), std::move(category), "{}"}));
    check(writer().commit());
  }

  FakeClock clock_;
  FakeClient client_{clock_};
  Power power_;
  TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<FakeLedger> ledger_;
  FakeProvider provider_{client_, power_};
  Sender sender_;
  store::ChannelId whatever_{};
  std::unique_ptr<Queue> queue_;
  std::vector<std::string> told_;
  int keys_ = 0;
};

}  // namespace patchbay::outbound::fakes
