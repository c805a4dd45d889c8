// The function tables of a connector: trampolines between the C ABI and a class derived from Connector.
#pragma once

#include <patchbay/detail/border.hpp>
#include <patchbay/detail/decode.hpp>

#include <algorithm>
#include <memory>

namespace patchbay::detail {

// A member that T does not override is still Connector's own. Overrides must be public and not overloaded.
template <class Derived, class Base>
inline constexpr bool overridden = !std::is_same_v<Derived, Base>;

template <class T>
class ConnectorPlugin {
 public:
  static const pb_plugin& table() noexcept {
    static const pb_plugin plugin{sizeof(pb_plugin),
                                  PATCHBAY_ABI_MAJOR,
                                  PATCHBAY_ABI_MINOR,
                                  0,
                                  bytes(PATCHBAY_PLUGIN_NAME),
                                  bytes(PATCHBAY_PLUGIN_VERSION),
                                  extension,
                                  open,
                                  start,
                                  complete,
                                  stop,
                                  close};
    return plugin;
  }

 private:
  // Lives from open to close. The settings stay, since a connector may have kept a reference to them.
  struct Instance {
    Instance(const pb_host* to, pb_instance of, Json values)
        : core(to), id(of), host(to, of), settings(std::move(values)), connector(host, settings) {}

    // Reports what `call` throws.
    template <class Call, class Seen = Ignore>
    pb_code guarded(const char* doing, Call&& call, Seen&& seen = {}) noexcept {
      return guard(core, id, doing, std::forward<Call>(call), std::forward<Seen>(seen));
    }

    const pb_host* core;
    pb_instance id;
    Host host;
    Settings settings;
    T connector;
  };

  static Instance& at(void* state) noexcept { return *static_cast<Instance*>(state); }

  static pb_code open(const pb_host* host, pb_instance id, const pb_open* from, void** state) noexcept {
    return guard(host, id, "opening an instance", [&] {
      Json settings = json_object(read<pb_open>(from).settings, "the settings");
      *state = std::make_unique<Instance>(host, id, std::move(settings)).release();
    });
  }

  static pb_code start(void* state) noexcept {
    return at(state).guarded("starting", [&] { at(state).connector.start(); });
  }

  static void complete(void* state, const pb_completion* completion) noexcept {
    (void)at(state).guarded("taking the end of a submit", [&] { at(state).connector.completed(decode(completion)); });
  }

  static void stop(void* state) noexcept {
    (void)at(state).guarded("stopping", [&] { at(state).connector.stop(); });
  }

  static void close(void* state) noexcept { delete &at(state); }

  static pb_code check(void* state) noexcept {
    return at(state).guarded("checking the settings", [&] { at(state).connector.check(); });
  }

  static void receive(void* state, const pb_http_request* from) noexcept {
    Instance& instance = at(state);
    const pb_request id = read<pb_http_request>(from).id;
    instance.host.receiving_ = id;
    const pb_code code =
        instance.guarded("receiving an HTTP request", [&] { instance.connector.receive(decode(from)); });
    if (instance.host.receiving_.exchange(0) != id || code == PB_OK) return;
    if (instance.host.http_endpoint_.respond == nullptr) return;
    auto response = sized<pb_http_response>();
    response.id = id;
    response.status = passes(code) ? 503 : 500;
    instance.host.http_endpoint_.respond(instance.core->self, instance.id, &response);
  }

  static std::int64_t poll(void* state) noexcept {
    Instance& instance = at(state);
    std::int64_t until_us = 0;
    (void)instance.guarded(
        "polling", [&] { instance.connector.poll(); },
        [&](const pb_error& error) noexcept {
          if (error.code == PB_RATE_LIMITED) until_us = std::max(until_us, error.until_us);
        });
    std::int64_t wait = std::max<std::int64_t>(1, instance.connector.poll_every.count());
    if (until_us != 0 && instance.host.clock_.now_us != nullptr)
      wait = std::max(wait, (until_us - instance.host.clock_.now_us(instance.core->self, instance.id)) / 1000 + 1);
    return wait;
  }

  static pb_code run(void* state) noexcept {
    return at(state).guarded("running", [&] { at(state).connector.run(); });
  }

  static void send(void* state, const pb_outbound* from) noexcept {
    Instance& instance = at(state);
    const pb_token token = read<pb_outbound>(from).token;
    instance.host.sending_ = token;
    (void)instance.guarded(
        "sending", [&] { instance.connector.send(decode(from)); },
        [&](const pb_error& error) noexcept {
          if (instance.host.sending_.exchange(0) != token || instance.host.send_.sent == nullptr) return;
          auto sent = sized<pb_sent>();
          sent.token = token;
          sent.errors = {&error, 1, sizeof error};
          instance.host.send_.sent(instance.core->self, instance.id, &sent);
        });
    instance.host.sending_ = 0;
  }

  static void replay(void* state, pb_token token, const pb_quarantine* original) noexcept {
    (void)at(state).guarded("replaying an original", [&] { at(state).connector.replay(token, decode(original)); });
  }

  static void answered(void* state, const pb_http_result* result) noexcept {
    (void)at(state).guarded("taking the answer of an HTTP request",
                            [&] { at(state).connector.answered(read<pb_http_result>(result).token, decode(result)); });
  }

  static void accessed(void* state, const pb_access_result* from) noexcept {
    const auto result = read<pb_access_result>(from);
    (void)at(state).guarded("taking an access token", [&] {
      at(state).connector.accessed(result.token,
                                   {text(result.access_token), time(result.expires_us), first_error(result.errors)});
    });
  }

  // The stream is the plugin's, whatever comes of the call.
  static void connected(void* state, const pb_stream_result* from) noexcept {
    const auto result = read<pb_stream_result>(from);
    Stream stream(result.descriptor);
    (void)at(state).guarded("taking a connection", [&] {
      at(state).connector.connected(result.token, {std::move(stream), text(result.peer), first_error(result.errors)});
    });
  }

  static void ready(void* state, pb_token token, std::uint32_t events) noexcept {
    (void)at(state).guarded("looking at a stream", [&] {
      at(state).connector.ready(token, {(events & PB_STREAM_READABLE) != 0, (events & PB_STREAM_WRITABLE) != 0,
                                        (events & PB_STREAM_TIMEOUT) != 0});
    });
  }

  static const void* extension(pb_bytes asked) noexcept {
    const std::string_view id = view(asked);
    static const pb_check check_table{sizeof(pb_check), 0, check};
    static const pb_http_endpoint endpoint_table{sizeof(pb_http_endpoint), 0, receive};
    static const pb_poll poll_table{sizeof(pb_poll), 0, poll};
    static const pb_run run_table{sizeof(pb_run), 0, run};
    static const pb_send send_table{sizeof(pb_send), 0, send};
    static const pb_replay replay_table{sizeof(pb_replay), 0, replay};
    static const pb_http_client client_table{sizeof(pb_http_client), 0, answered};
    static const pb_oauth2 oauth2_table{sizeof(pb_oauth2), 0, accessed};
    static const pb_stream stream_table{sizeof(pb_stream), 0, connected, ready};
    if constexpr (overridden<decltype(&T::check), decltype(&Connector::check)>)
      if (id == PATCHBAY_EXT_CHECK) return &check_table;
    if constexpr (overridden<decltype(&T::receive), decltype(&Connector::receive)>)
      if (id == PATCHBAY_EXT_HTTP_ENDPOINT) return &endpoint_table;
    if constexpr (overridden<decltype(&T::poll), decltype(&Connector::poll)>)
      if (id == PATCHBAY_EXT_POLL) return &poll_table;
    if constexpr (overridden<decltype(&T::run), decltype(&Connector::run)>)
      if (id == PATCHBAY_EXT_RUN) return &run_table;
    if constexpr (overridden<decltype(&T::send), decltype(&Connector::send)>)
      if (id == PATCHBAY_EXT_SEND) return &send_table;
    if constexpr (overridden<decltype(&T::replay), decltype(&Connector::replay)>)
      if (id == PATCHBAY_EXT_REPLAY) return &replay_table;
    if constexpr (overridden<decltype(&T::answered), decltype(&Connector::answered)>)
      if (id == PATCHBAY_EXT_HTTP_CLIENT) return &client_table;
    if constexpr (overridden<decltype(&T::accessed), decltype(&Connector::accessed)>)
      if (id == PATCHBAY_EXT_OAUTH2) return &oauth2_table;
    if constexpr (overridden<decltype(&T::connected), decltype(&Connector::connected)> ||
                  overridden<decltype(&T::ready), decltype(&Connector::ready)>)
      if (id == PATCHBAY_EXT_STREAM) return &stream_table;
    return nullptr;
  }
};

template <class T>
[[nodiscard]] const pb_plugin& connector_plugin() noexcept {
  return ConnectorPlugin<T>::table();
}

}  // namespace patchbay::detail
