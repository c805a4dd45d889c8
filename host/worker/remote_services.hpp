// The Services of an instance in a worker: what the host does elsewhere, as frames.
//
// What waits for the host and what does not:
//   log, report, respond, sent, rendered, judged, metrics   told, and not waited for: they give nothing back
//                         a flood of log lines ends here, or the host would drown in their frames
//   submit                told; PB_BUSY is found here, since the worker counts the same credit as the host. What else
//                         the host finds wrong comes with the completion, which a submit that was taken has anyway
//   now, monotonic        the worker's own: both clocks are the machine's
//   random                the kernel's, here as there
//   connect               told, since its end comes with pb_stream.connected anyway
//   state, sign, verify, reveal, attachments, http_call, access, authorities    asked, since their code or value
//                         decides what the plugin does next; secrets and the rules about hosts stay with the host
//
// [any-thread], as Services says. The link outlives it.
#pragma once

#include "base/line_limit.hpp"
#include "plugin/services.hpp"
#include "worker/link.hpp"

#include <atomic>
#include <mutex>

namespace patchbay::worker {

class RemoteServices final : public plugin::Services {
 public:
  RemoteServices(Link& link, std::uint32_t instance, std::uint32_t credit)
      : link_(link), instance_(instance), credit_(credit) {}

  // A submit has ended: its credit is free again.
  void completed() { --in_flight_; }

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
  template <class Message>
  pb_code tell(Urgency urgency, plugin::FrameKind kind, const Message& message);
  [[nodiscard]] plugin::Answer ask(plugin::FrameKind kind, const plugin::Question& question);
  pb_code asked(plugin::FrameKind kind, const plugin::Question& question, const pb_writer& out);

  Link& link_;
  std::mutex log_mutex_;
  LineLimit lines_{LineLimit::of_a_plugin};
  LineLimit debug_lines_{LineLimit::of_a_plugin};  // which the operator may not want to see at all
  const std::uint32_t instance_;
  const std::uint32_t credit_;
  std::atomic<std::uint32_t> in_flight_{0};
};

}  // namespace patchbay::worker
