// One life of the plugin under check, from load to close, with the world that check.json describes around it: a
// provider that comes again until it is answered, a service that answers calls, a store that remembers.
//
// The ledger is the store; it outlives the session, and a later session goes on from it. One thread drives; a plugin
// with run() has its own. Nothing throws but for mistakes in the examples.
#pragma once

#include "conformance/check.hpp"
#include "conformance/examples.hpp"
#include "conformance/ledger.hpp"

#include <atomic>
#include <optional>

namespace patchbay::conformance {

using namespace ::conformance;

// What of the examples is played: requests and polls up to a number, from where the ledger stands.
struct Play {
  std::size_t requests = 1000;
  unsigned polls = 6;
};

class Session final : private testkit::Observer {
 public:
  Session(const Subject& subject, Ledger& ledger);
  ~Session() override;

  // Open and start; and run, where it is offered. Nothing where it went well, else why not.
  [[nodiscard]] std::optional<std::string> begin();
  void play(const Play& play = {});
  // A plugin with a thread of its own may pause before it tries again: until nothing is lost, or `patience` is.
  void wait_for(const Ledger& expected);
  void end();  // stop and close, as far as it came

  [[nodiscard]] testkit::FakeHost& host() { return host_; }
  [[nodiscard]] const Examples& examples() const { return examples_; }
  [[nodiscard]] bool offers(const char* extension) const { return host_.offers(extension); }
  [[nodiscard]] Json open_settings();  // with handles for secrets

  // One example by itself, however often the provider must come. The last status; 0 without an answer.
  std::uint32_t request(std::size_t number, unsigned attempts);
  [[nodiscard]] bool is_answered(std::size_t request);
  void poll_once();
  void settle();  // waits until the plugin's own thread has nothing to do, within a second
  void deliver(std::size_t event);

  [[nodiscard]] bool asked_in_vain() const { return asked_in_vain_; }  // a call that no answer of the examples fits
  [[nodiscard]] std::uint64_t crossings() const { return crossings_; }
  [[nodiscard]] std::uint64_t refusals() const { return refusals_; }  // submits without credit
  // The broken promises that FakeHost saw; empties the list.
  [[nodiscard]] std::vector<Finding> broken();

  std::chrono::milliseconds patience{5000};        // with what is not ended
  std::function<void(std::uint64_t)> on_crossing;  // with their number
  std::function<void(const Json&)> on_record;

 private:
  void crossing(const char* function) override;
  void durable(const Batch& batch) override;
  void responded(pb_request request, const HttpResponse& response) override;
  void busy() override { ++refusals_; }

  void set_current(std::size_t request);
  void name_current(pb_request id);
  void record(const Json& what);
  [[nodiscard]] HttpResult answer(const HttpCall& call);

  const Subject& subject_;
  Ledger& ledger_;
  Examples examples_;
  testkit::FakeHost host_;
  std::mutex mutex_;  // over the ledger and the next two; taken after the host's own lock, never before
  std::map<pb_request, std::size_t> requests_;
  std::optional<std::size_t> current_;  // the request whose receive() is in course
  std::atomic<std::uint64_t> crossings_{0}, refusals_{0};
  std::atomic<bool> asked_in_vain_{false};
  bool opened_ = false, started_ = false, runs_ = false;
};

[[nodiscard]] Event event_of(const SampleEvent& sample);

// What all examples come to in one life without a fault. Empty, with the reason in `why`, where nothing comes in.
[[nodiscard]] std::optional<Ledger> undisturbed(const Subject& subject, const Play& play, std::string& why);

// Findings with one pass in front where nothing outweighs it.
[[nodiscard]] std::vector<Finding> or_pass(std::vector<Finding> findings, const char* clause, std::string reason = {});

}  // namespace patchbay::conformance
