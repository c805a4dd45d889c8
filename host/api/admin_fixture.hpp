// An Admin over a real store with a message or two, and a gateway that does as it is told and remembers what it was
// asked. For tests only; one thread.
#pragma once

#include "api/admin.hpp"

#include <deque>
#include <variant>

#include "contact/golden.hpp"
#include "intake/recorder_fixture.hpp"

namespace patchbay::api {

using intake::message;
using nlohmann::json;

inline constexpr const char* token = "0123456789abcdef";

// Accepts what it is given and remembers what it was asked.
class FakeOutbound final : public outbound::Queue {
 public:
  void add(outbound::Sender, outbound::SendPort&) override {}
  void hold(store::ChannelId, std::function<void()>) override {}
  void remove(store::ChannelId) override {}
  void start() override {}
  void accept(outbound::Request request, outbound::Accepted accepted) override {
    if (conflict) return accepted(failure(ErrorCode::conflict, "the key was used"));
    row.key = request.key;
    row.text = request.text;
    accepted(row);
  }
  void resolve(store::OutboundId id, outbound::Resolution resolution, std::function<void(Status)> resolved) override {
    asked.push_back(store::public_id(id) + " " + std::to_string(static_cast<int>(resolution.decision)) + " " +
                    resolution.external_id);
    resolved({});
  }
  void sent(outbound::Sent) override {}
  void suppress(store::Suppression suppression, std::function<void(Status)> done) override {
    asked.push_back("suppress " + suppression.identifier.value + " " + suppression.reason);
    done({});
  }
  void allow(store::Identifier identifier, std::function<void(Status)> done) override {
    asked.push_back("allow " + identifier.kind + " " + identifier.value);
    done(failure(ErrorCode::not_found, "it is not on the list"));
  }
  void stop(std::function<void()> drained) override { drained(); }
  [[nodiscard]] outbound::QueueCounts counts(store::ChannelId) const override { return {}; }

  store::Outbound row;
  bool conflict = false;
  std::vector<std::string> asked;
};

// Knows two people of one telephone, and says what it was asked.
class FakeDesk final : public IdentityDesk {
 public:
  void questions(store::Page page, std::function<void(Result<QuestionPage>)> answered) override {
    asked.push_back("questions " + std::to_string(page.after) + " " + std::to_string(page.limit));
    if (!outcome) return answered(failure(outcome.error()));
    answered(QuestionPage{{{.left = shown(3), .right = shown(9), .probability = 875'000, .held = true}}, 3});
  }
  void explain(identity::Party left, std::optional<identity::Party> right,
               std::function<void(Result<identity::Explained>)> answered) override {
    const auto name = [](const identity::Party& party) {
      return std::visit([](auto id) { return store::public_id(id); }, party);
    };
    asked.push_back("explain " + name(left) + (right ? " " + name(*right) : std::string()));
    if (!outcome) return answered(failure(outcome.error()));
    identity::Persona persona{.region = "IT"};
    persona.phones = {"347 1234567"};
    identity::Engine engine{identity::Model(identity::shipped_parameters())};
    for (const std::uint64_t id : {3U, 9U}) {
      persona.name = id == 3 ? "Anna Rossi" : "Bruno Rossi";
      static_cast<void>(engine.add(identity::PersonaId{id}, persona, digest_of({std::to_string(id)})));
    }
    identity::Explained explained{.left = shown(3), .right = shown(9)};
    explained.explanation = *engine.explain(identity::PersonaId{3}, identity::PersonaId{9});
    explained.decisions = {{store::PersonaId{3}, store::PersonaId{9}, store::Verdict::not_the_same}};
    explained.link = 500'000;
    answered(std::move(explained));
  }
  void related(store::ContactId contact,
               std::function<void(Result<std::vector<identity::RelatedTo>>)> answered) override {
    asked.push_back("related " + store::public_id(contact));
    identity::RelatedTo one{.own = shown(3), .other = shown(9), .comparison = {}};
    one.comparison.level.fill(identity::no_level);
    one.comparison.level[static_cast<std::size_t>(identity::Field::phone)] = 0;
    answered(std::vector{std::move(one)});
  }
  void adopt(std::string learned, std::function<void(Status)> adopted) override {
    asked.push_back("adopt " + learned);
    adopted(outcome);
  }

  Status outcome;
  std::vector<std::string> asked;

 private:
  static identity::ShownPersona shown(std::int64_t id) {
    return {
        .persona = {.id = store::PersonaId{id}, .identifiers = {{"phone", "+393471234567", "", {}, ""}}},
        .contact = {
            .id = store::ContactId{id}, .golden = contact::with_persona("", {intake::name("Rossi")}), .aliases = {}}};
  }
};

class FakeControl final : public Control {
 public:
  [[nodiscard]] GatewayStatus status() const override {
    GatewayStatus status{.version = "1", .store_id = "store", .ready = ready, .channels = {}};
    status.channels.push_back({.name = "whatsapp", .connector = "whatsapp", .state = "ready", .reason = {}});
    status.destinations.push_back({.name = "odoo", .sink = "odoo"});
    return status;
  }
  void replay(store::QuarantineId id, std::function<void(Status)> replayed) override {
    asked.push_back(store::number(id));
    replayed(outcome);
  }
  void replay_deliveries(ReplayRequest request, std::function<void(Result<OpenedSoFar>)> opened) override {
    replays.push_back(std::move(request));
    answer(opened);
  }
  void fill_destination(FillRequest request, std::function<void(Result<OpenedSoFar>)> opened) override {
    fillings.push_back(std::move(request));
    answer(opened);
  }
  [[nodiscard]] outbound::Queue& queue() override { return outbound; }
  [[nodiscard]] IdentityDesk& identities() override { return desk; }
  void enable_destination(const std::string& name, std::function<void(Status)> enabled) override {
    names.push_back(name);
    enabled(outcome);
  }
  void pause_channel(const std::string& name, std::function<void(Status)> paused) override {
    names.push_back("pause " + name);
    paused(outcome);
  }
  void correct(intake::Correction correction,
               std::function<void(Result<std::vector<store::ContactId>>)> corrected) override {
    corrections.push_back(std::move(correction));
    if (!outcome) return corrected(failure(outcome.error()));
    corrected(std::vector{store::ContactId{1}, store::ContactId{5}});
  }
  void resume_channel(const std::string& name, std::function<void(Status)> resumed) override {
    names.push_back("channel " + name);
    resumed(outcome);
  }
  Status resume_destination(const std::string& name) override {
    names.push_back("destination " + name);
    return outcome;
  }
  void authorize(Side side, const std::string& name, ConsentRequest request,
                 std::function<void(Result<ConsentStatus>)> begun) override {
    names.push_back((side == Side::channel ? "authorize channel " : "authorize destination ") + name);
    consents.push_back(std::move(request));
    begun(outcome ? Result<ConsentStatus>(consent) : failure(outcome.error()));
  }
  void finish_authorization(Side, const std::string& name, std::string answer,
                            std::function<void(Result<ConsentStatus>)> finished) override {
    names.push_back("finish " + name + " " + answer);
    finished(outcome ? Result<ConsentStatus>(consent) : failure(outcome.error()));
  }
  [[nodiscard]] Result<ConsentStatus> authorization(Side, const std::string&) const override { return consent; }
  [[nodiscard]] std::string metrics() const override { return "patchbay_up 1\n"; }

  bool ready = true;
  Status outcome;
  std::vector<std::int64_t> asked;
  FakeOutbound outbound;
  FakeDesk desk;
  std::vector<std::string> names;
  std::vector<ReplayRequest> replays;
  std::vector<FillRequest> fillings;
  std::vector<ConsentRequest> consents;
  ConsentStatus consent;
  std::vector<intake::Correction> corrections;

 private:
  void answer(const std::function<void(Result<OpenedSoFar>)>& opened) const {
    if (!outcome) return opened(failure(outcome.error()));
    opened(OpenedSoFar{.opened = 3, .total = 5, .started_at = {}, .next = {}, .last = store::EventId{9}});
  }
};

class Queue final : public Executor {
 public:
  void post(Task task) override { tasks_.push_back(std::move(task)); }
  void post_after(Duration, Task task) override { post(std::move(task)); }
  void run() {
    for (; !tasks_.empty(); tasks_.pop_front()) tasks_.front()();
  }

 private:
  std::deque<Task> tasks_;
};

class AdminTest : public intake::RecorderTest {
 protected:
  AdminTest() {
    intake::Submission submission = intake::of({message("m1", "Hello")}, {intake::receipt(store::Receipt::read, "m1")});
    submission.quarantines.push_back({.id = {},
                                      .channel = {},
                                      .channel_name = {},
                                      .received_at = {},
                                      .reason = "no JSON",
                                      .remedy = "look",
                                      .original = {"{\xff", "application/json"}});
    take(submission);
    take(sms_, intake::of({message("s1", "By SMS", {intake::author(intake::marek)})}));
    admin_ = std::make_unique<Admin>(control_, value_of(store_->reader()), queue_, token);
  }
  ~AdminTest() override { admin_.reset(); }

  struct Answer {
    std::uint32_t status = 0;
    std::string type, text;
    json body;
  };
  Answer ask(std::string method, const std::string& target, std::string authorization, std::string body = {},
             const std::string& key = {}) {
    net::ServerRequest request{.method = std::move(method), .path = target.substr(0, target.find('?'))};
    request.body = std::move(body);
    if (!key.empty()) request.headers.emplace_back("idempotency-key", key);
    if (const std::size_t mark = target.find('?'); mark != std::string::npos) request.query = target.substr(mark + 1);
    if (!authorization.empty()) request.headers.emplace_back("authorization", std::move(authorization));
    std::vector<net::ServerResponse> answers;
    admin_->handle(std::move(request), [&](net::ServerResponse response) { answers.push_back(std::move(response)); });
    queue_.run();
    EXPECT_EQ(answers.size(), 1U) << target;
    if (answers.empty()) return {};
    Answer answer{.status = answers[0].status, .type = {}, .text = answers[0].body, .body = {}};
    for (const auto& [name, value] : answers[0].headers)
      if (name == "content-type") answer.type = value;
    answer.body = json::parse(answer.text, nullptr, false);
    return answer;
  }
  Answer get(const std::string& target) { return ask("GET", target, std::string("Bearer ") + token); }
  Answer send(const std::string& key, std::string body) {
    return ask("POST", "/api/v1/outbound", std::string("Bearer ") + token, std::move(body), key);
  }
  Answer change(std::string method, const std::string& target, std::string body) {
    return ask(std::move(method), target, std::string("Bearer ") + token, std::move(body));
  }
  Answer post(const std::string& target) { return ask("POST", target, std::string("Bearer ") + token); }

  FakeControl control_;
  Queue queue_;
  std::unique_ptr<Admin> admin_;
};

}  // namespace patchbay::api
