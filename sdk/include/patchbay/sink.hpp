// The base class of a CRM sink, and the macro that makes a plugin of it.
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

}  // namespace patchbay

#include <patchbay/detail/sink.ipp>

#define PATCHBAY_SINK(...) PATCHBAY_SINK_(__VA_ARGS__, PATCHBAY_EXT_SINK, )
#define PATCHBAY_SINK_(Type, extensions, ...)                                                         \
  PATCHBAY_NOTE(extensions);                                                                          \
  extern "C" const pb_plugin* patchbay_plugin_v1(std::uint32_t host_abi_major, std::uint32_t) {       \
    return host_abi_major == PATCHBAY_ABI_MAJOR ? &::patchbay::detail::sink_plugin<Type>() : nullptr; \
  }
