// The host of an instance under the check `parity`: writes down what the plugin tells it, and plays the rest.
//
// What is told is kept as text without times, since a worker has its own pace: a message as its members in the order of
// frame_tables.hpp. What the host owes in return (the end of a submit, the answer to an HTTP call) is handed over by
// settle(), once the plugin is quiet, so that it comes as late in a worker as in this process.
//
// [any-thread] for the Services; everything else is for the one thread that plays the script. The instance is named by
// attach() before it is started, and gone before the recorder.
#pragma once

#include "base/time.hpp"
#include "gateway/attachment_shelf.hpp"
#include "gateway/secrets.hpp"
#include "plugin/instance.hpp"
#include "plugin/services.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace patchbay::cli {

using Told = std::multiset<std::string>;

class Recorder final : public plugin::Services {
 public:
  static constexpr std::uint32_t credit = 64;

  // `answers` are those of check.json. `folder` is called "${folder}" in what is kept.
  Recorder(nlohmann::json answers, std::vector<std::string> secrets, bool may_reveal, std::string folder)
      : answers_(std::move(answers)),
        secrets_(std::move(secrets)),
        may_reveal_(may_reveal),
        folder_(std::move(folder)) {}

  void attach(plugin::Instance* instance) { instance_ = instance; }
  void note(std::string_view what, const nlohmann::json& told);
  // Something that ends with respond, sent, rendered or judged: what settle() waits for.
  void expect(std::string what);
  // Until the plugin is quiet and nothing is open, or within a few seconds.
  void settle();
  // Until all of it has been told, or for a moment.
  void wait_for(const Told& expected);

  [[nodiscard]] Told told() const;
  [[nodiscard]] bool is_lost() const;
  // Why its worker is not confined as it should be.
  [[nodiscard]] std::vector<std::string> less_confined() const;

  void log(std::int32_t level, std::string_view line) override;
  void report(const pb_error& error) override;
  pb_code submit(const pb_batch& batch) override;
  pb_code state(std::string_view key, const pb_writer& out) override;
  std::int64_t now_us() override;
  std::int64_t monotonic_us() override;
  void random(std::uint8_t* to, std::uint64_t length) override;
  void add_metric(std::string_view name, double value) override;
  void set_metric(std::string_view name, double value) override;
  pb_code sign(pb_secret secret, std::string_view scheme, std::string_view message, const pb_writer& out) override;
  pb_code verify(pb_secret secret, std::string_view scheme, std::string_view message,
                 std::string_view signature) override;
  pb_code reveal(pb_secret secret, const pb_writer& out) override;
  pb_code create_attachment(std::uint64_t& handle) override;
  pb_code append_attachment(std::uint64_t handle, std::string_view part) override;
  pb_code discard_attachment(std::uint64_t handle) override;
  pb_code http_call(const pb_http_call& call) override;
  pb_code access(const pb_access_call& call) override;
  pb_code connect(const pb_stream_call& call) override;
  pb_code authorities(const pb_writer& out) override;
  void respond(const pb_http_response& response) override;
  void sent(const pb_sent& sent) override;
  void rendered(const pb_rendered& rendered) override;
  void judged(const pb_judged& judged) override;
  void lost(const Error& why) override;

 private:
  void keep(std::string_view what, const nlohmann::json& told);
  void ended(const std::string& what);
  [[nodiscard]] plugin::HttpResult answer_to(const pb_http_call& call);

  const nlohmann::json answers_;
  const gateway::SecretBox secrets_;
  const bool may_reveal_;
  const std::string folder_;
  const SystemClock clock_;
  gateway::AttachmentShelf shelf_;
  plugin::Instance* instance_ = nullptr;

  mutable std::mutex mutex_;  // over all below
  std::condition_variable changed_;
  std::uint64_t changes_ = 0;
  Told told_;
  std::multiset<std::string> open_;
  std::map<std::string, std::string, std::less<>> states_;
  std::vector<plugin::Completion> completions_;  // not handed over yet
  std::vector<plugin::HttpResult> results_;
  std::vector<plugin::AccessResult> accesses_;
  std::vector<plugin::StreamResult> refused_;  // connections
  std::vector<std::string> less_confined_;
  bool is_lost_ = false;
};

}  // namespace patchbay::cli
