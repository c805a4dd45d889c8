// For the tests: an HTTP client whose server is the test, a clock that stands still, and a store that says when it is
// done. One thread: what was posted runs in run(), what was posted for later once advance() reaches it.
#pragma once

#include "oauth2/form.hpp"
#include "oauth2/keeper.hpp"

#include <gtest/gtest.h>
#include <deque>
#include <map>

namespace patchbay::oauth2 {

class FakeClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return TimePoint{std::chrono::hours{490'000}} + passed; }
  [[nodiscard]] Duration monotonic() const override { return passed; }
  Duration passed{};
};

class FakeClient final : public net::HttpClient {
 public:
  explicit FakeClient(FakeClock& clock) : clock_(clock) {}

  void post(Task task) override { ready_.push_back(std::move(task)); }
  void post_after(Duration delay, Task task) override { later_.emplace(clock_.passed + delay, std::move(task)); }
  void send(net::ClientRequest request, Completed completed) override {
    sent.push_back(std::move(request));
    waiting_.push_back(std::move(completed));
  }
  void connect(net::StreamRequest, Connected) override {}

  void run() {
    while (!ready_.empty()) {
      const Task task = std::move(ready_.front());
      ready_.pop_front();
      task();
    }
  }
  // Lets time go by, task by task.
  void advance(Duration by) {
    const Duration until = clock_.passed + by;
    for (run(); !later_.empty() && later_.begin()->first <= until; run()) {
      auto node = later_.extract(later_.begin());
      clock_.passed = node.key();
      post(std::move(node.mapped()));
    }
    clock_.passed = until;
  }
  // Answers the oldest request that has no answer.
  void answer(std::uint32_t status, std::string body) {
    net::ClientResponse response;
    response.status = status;
    response.body = std::move(body);
    answer(std::move(response));
  }
  void answer(net::ClientResponse response) {
    run();
    ASSERT_FALSE(waiting_.empty()) << "nothing was asked";
    const Completed completed = std::move(waiting_.front());
    waiting_.pop_front();
    completed(std::move(response));
    run();
  }
  void break_off() {
    net::ClientResponse response;
    response.failure = net::ClientFailure::not_connected;
    response.reason = "nobody is there";
    answer(std::move(response));
  }
  [[nodiscard]] std::size_t unanswered() {
    run();
    return waiting_.size();
  }
  // Of the form that was sent last.
  [[nodiscard]] std::string last(std::string_view name) {
    run();
    if (sent.empty() || !sent.back().body) return {};
    return std::string(value_of(decoded(*sent.back().body).value_or(Form{}), name));
  }

  std::vector<net::ClientRequest> sent;

 private:
  FakeClock& clock_;
  std::deque<Task> ready_;
  std::multimap<Duration, Task> later_;
  std::deque<Completed> waiting_;
};

inline config::OAuth2 device_settings() {
  config::OAuth2 settings;
  settings.flow = OAuth2Flow::device;
  settings.device_url = "https://login.example/device";
  settings.authorization_url = "https://login.example/authorize";
  settings.token_url = "https://login.example/token";
  settings.client_id = "patchbay";
  return settings;
}

inline std::string tokens(const std::string& access, const std::string& refresh, int lasts = 3600) {
  return R"({"access_token": ")" + access + R"(", "token_type": "Bearer", "expires_in": )" + std::to_string(lasts) +
         (refresh.empty() ? std::string() : R"(, "refresh_token": ")" + refresh + R"(")") + "}";
}

// A keeper and what it stands on.
struct KeeperStage {
  FakeClock clock;
  FakeClient client{clock};
  std::vector<std::string> kept;  // what was to be made durable
  std::deque<std::function<void(Status)>> keeping;
  bool keeps_at_once = true;
  std::vector<std::string> told;
  std::shared_ptr<Keeper> keeper;

  void make(config::OAuth2 settings = device_settings(), Result<std::optional<std::string>> before = std::nullopt) {
    keeper = std::make_shared<Keeper>(std::move(settings), Reach{},
                                      Ports{.client = client,
                                            .clock = clock,
                                            .keep =
                                                [this](std::string content, std::function<void(Status)> done) {
                                                  kept.push_back(std::move(content));
                                                  if (keeps_at_once)
                                                    done({});
                                                  else
                                                    keeping.push_back(std::move(done));
                                                },
                                            .tell = [this](std::string_view what) { told.emplace_back(what); },
                                            .remedy = "`patchbay channel authorize support`"});
    keeper->start(std::move(before));
    client.run();
  }
  void end_keeping(Status status) {
    const auto done = std::move(keeping.front());
    keeping.pop_front();
    done(std::move(status));
    client.run();
  }
  // What came of asking: nothing while it waits.
  struct Asked {
    std::optional<Result<Access>> got;
    [[nodiscard]] std::string token() const { return got && *got ? (*got)->token : std::string(); }
  };
  std::shared_ptr<Asked> ask(const std::string& refused = {}) {
    auto asked = std::make_shared<Asked>();
    keeper->access(refused, [asked](Result<Access> got) { asked->got = std::move(got); });
    client.run();
    return asked;
  }
  // As after a consent.
  void consent(const std::string& access = "access-1", const std::string& refresh = "refresh-1", int lasts = 3600) {
    keeper->adopt({access, std::chrono::seconds{lasts}, refresh}, [](const Status&) {});
    client.run();
  }
  [[nodiscard]] Standing::State state() const { return keeper->standing().state; }
};

}  // namespace patchbay::oauth2
