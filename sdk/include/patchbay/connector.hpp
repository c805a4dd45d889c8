// The base class of a channel connector, and the macro that makes a plugin of it.
//
//   class Hello final : public patchbay::Connector {
//    public:
//     Hello(patchbay::Host& host, const patchbay::Settings& settings);
//     void poll() override;
//   };
//   PATCHBAY_CONNECTOR(Hello)
//
// Override what the connector does; what is overridden decides which extensions the plugin offers. All functions are
// [instance]: never two at once for one instance. The constructor must not use the network and may throw a Failure.
// An exception out of any function is reported as a failure of that call and leaves the host standing.
#pragma once

#include <patchbay/host.hpp>
#include <patchbay/settings.hpp>

#include <chrono>

namespace patchbay {

class Connector {
 public:
  Connector() = default;
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  virtual ~Connector() = default;

  // Tries the settings against the real service without changing anything there; throws a Failure.
  virtual void check() {}
  virtual void start() {}
  virtual void stop() {}

  // patchbay.http-endpoint/1: a request to /hooks/CHANNEL, its signature verified where the manifest declares one. An
  // exception is answered 500 (503 when it is transient).
  virtual void receive(const HttpRequest&) {}
  // patchbay.poll/1: called again after `poll_every`.
  virtual void poll() {}
  // patchbay.run/1: an own thread; returns soon after Host::next said `stopping`.
  virtual void run() {}
  // patchbay.send/1: ends with Host::sent or Host::send_failed. An exception ends it likewise.
  virtual void send(const Outbound&) {}
  // patchbay.replay/1: a quarantined original again, to be submitted under this token.
  virtual void replay(pb_token, const Original&) {}
  // patchbay.http-client/1: the end of a Host::call.
  virtual void answered(pb_token, const HttpResult&) {}
  // patchbay.oauth2/1: the end of a Host::access.
  virtual void accessed(pb_token, const Access&) {}
  // patchbay.stream/1: the end of a Host::connect, and of a Host::watch or Host::wake.
  virtual void connected(pb_token, Connected) {}
  virtual void ready(pb_token, const Ready&) {}
  // The end of a Host::submit.
  virtual void completed(const Completion&) {}

  // Read after each poll.
  std::chrono::milliseconds poll_every{60'000};
};

}  // namespace patchbay

#include <patchbay/detail/connector.ipp>

// `NAME` and `VERSION` come from the manifest by way of patchbay_add_plugin. Optional second argument: the host
// extensions without which the connector cannot work, space separated (default: patchbay.intake/1).
#define PATCHBAY_CONNECTOR(...) PATCHBAY_CONNECTOR_(__VA_ARGS__, PATCHBAY_EXT_INTAKE, )
#define PATCHBAY_CONNECTOR_(Type, extensions, ...)                                                         \
  PATCHBAY_NOTE(extensions);                                                                               \
  extern "C" const pb_plugin* patchbay_plugin_v1(std::uint32_t host_abi_major, std::uint32_t) {            \
    return host_abi_major == PATCHBAY_ABI_MAJOR ? &::patchbay::detail::connector_plugin<Type>() : nullptr; \
  }
