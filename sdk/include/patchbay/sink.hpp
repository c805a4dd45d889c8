// The base classes of a sink, and the macros that make a plugin of it.
//
//   class Webhook final : public patchbay::Sink {
//    public:
//     Webhook(patchbay::Host& host, const patchbay::Settings& settings);
//     patchbay::HttpCall render(const patchbay::Event& event) override;
//     patchbay::Judgement judge(const patchbay::Event& event, const patchbay::HttpResult& result) override;
//   };
//   PATCHBAY_SINK(Webhook)
//
// All functions are [instance]. render and judge are pure: time and attempt come with the event, and the host does the
// HTTP. A Failure out of render ends the event: PB_PERMANENT as a dead letter, everything else by another attempt.
//
// A sink whose events go where no HTTP request leads derives from DeliveringSink instead, and is made a plugin by
// PATCHBAY_DELIVERING_SINK. It takes each event with deliver() and ends it with Host::judged, there or later: on its
// own thread in run(), say, where several share one fsync. A Failure out of deliver ends the event likewise.
#pragma once

#include <patchbay/host.hpp>
#include <patchbay/settings.hpp>

namespace patchbay {

// Success, retry, refusal or farewell by HTTP status alone, as Standard Webhooks 1.0.0 says: 2xx delivered, 410 gone,
// 408, 425, 429 and 5xx (and no answer at all) transient, the rest permanent. Retry-After is left to the host.
[[nodiscard]] Judgement judge_by_status(const HttpResult& result);

class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  virtual void check() {}
  virtual HttpCall render(const Event& event) = 0;
  virtual Judgement judge(const Event&, const HttpResult& result) { return judge_by_status(result); }
};

// patchbay.deliver/1, on a thread of its own. All functions are [instance]; run() lets deliver() be called by
// Host::next, and returns soon after that said `stopping`.
class DeliveringSink {
 public:
  DeliveringSink() = default;
  DeliveringSink(const DeliveringSink&) = delete;
  DeliveringSink& operator=(const DeliveringSink&) = delete;
  virtual ~DeliveringSink() = default;

  virtual void check() {}
  virtual void start() {}
  virtual void deliver(const Event& event) = 0;
  virtual void run() = 0;
};

}  // namespace patchbay

#include <patchbay/detail/sink.ipp>

#include <patchbay/detail/delivering_sink.ipp>

#define PATCHBAY_SINK(...) PATCHBAY_SINK_(__VA_ARGS__, PATCHBAY_EXT_SINK, )
#define PATCHBAY_SINK_(Type, extensions, ...)                                                         \
  PATCHBAY_NOTE(extensions);                                                                          \
  extern "C" const pb_plugin* patchbay_plugin_v1(std::uint32_t host_abi_major, std::uint32_t) {       \
    return host_abi_major == PATCHBAY_ABI_MAJOR ? &::patchbay::detail::sink_plugin<Type>() : nullptr; \
  }

#define PATCHBAY_DELIVERING_SINK(...) \
  PATCHBAY_DELIVERING_SINK_(__VA_ARGS__, PATCHBAY_EXT_SINK " " PATCHBAY_EXT_RUN " " PATCHBAY_EXT_CLOCK, )
#define PATCHBAY_DELIVERING_SINK_(Type, extensions, ...)                                                              \
  PATCHBAY_NOTE(extensions);                                                                                          \
  extern "C" const pb_plugin* patchbay_plugin_v1(std::uint32_t host_abi_major, std::uint32_t) {                       \
    return host_abi_major == PATCHBAY_ABI_MAJOR ? &::patchbay::detail::DeliveringSinkPlugin<Type>::table() : nullptr; \
  }
