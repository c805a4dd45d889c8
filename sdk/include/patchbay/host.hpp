// What the host lends to one instance of a plugin: the C++ face of pb_host and its extensions.
//
// Made by the trampolines and handed to the plugin's constructor; lives as long as the instance. All functions are
// [any-thread] unless they say otherwise. A service that the host lacks throws Failure(PB_NOT_FOUND) when it is used;
// a plugin that cannot do without names it in its note, so that the host refuses to load it instead.
#pragma once

#include <patchbay/stream.hpp>
#include <patchbay/values.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace patchbay {

namespace detail {
template <class>
class ConnectorPlugin;
}

enum class LogLevel : std::int32_t {
  debug = PB_LOG_DEBUG,
  info = PB_LOG_INFO,
  warning = PB_LOG_WARNING,
  error = PB_LOG_ERROR
};

enum class Submitted : std::uint8_t { taken, busy };
enum class Next : std::uint8_t { called, timeout, stopping };

class Host {
 public:
  Host(const pb_host* host, pb_instance instance) noexcept;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // One line, of which the host keeps up to 4 KiB.
  void log(LogLevel level, std::string_view line) const noexcept;
  // Shows an error to the operator while the instance goes on.
  void report(const Error& error) const noexcept;

  // Hands a batch over. `taken`: Connector::completed comes once with this token. `busy`: nothing was taken; try again
  // after the next completion. A malformed batch throws Failure(PB_BUG).
  [[nodiscard]] Submitted submit(pb_token token, const Batch& batch);
  // What the last durable batch wrote under that key.
  [[nodiscard]] std::optional<std::string> state(std::string_view key) const;

  // Answers a request that no batch carries the answer of. Once for each request.
  void respond(pb_request request, const HttpResponse& response) const;
  // Makes an HTTP request; Connector::answered comes once with this token.
  void call(pb_token token, const HttpCall& call) const;
  // Asks for the access token behind `oauth2` in the settings; Connector::accessed comes once with this token. Needs
  // the capability `secrets.reveal`. `refused`: the access token that the service did not take, so that another one
  // comes.
  void access(pb_token token, pb_secret secret, std::string_view refused = {}) const;
  // Makes a TCP connection to a server that the settings name; Connector::connected comes once with this token.
  void connect(pb_token token, const StreamCall& call) const;
  // [instance] Connector::ready comes once with this token, when the stream is as wished or the time is over (0: no
  // matter how long that takes). Watching again under a token takes the place of what was watched.
  void watch(pb_token token, const Stream& stream, Interest interest,
             std::chrono::milliseconds timeout = std::chrono::milliseconds{0}) const;
  // [instance] The same without a stream: a timer. At least a millisecond.
  void wake(pb_token token, std::chrono::milliseconds after) const;
  // [instance] Connector::ready does not come with this token any more. Before the stream is closed.
  void unwatch(pb_token token) const noexcept;
  // Whom TLS on a stream is to trust, in PEM: see tls.hpp.
  [[nodiscard]] std::string authorities() const;
  // Ends what Connector::send began. Once for each token.
  void sent(pb_token token, std::string_view external_id, TimePoint occurred_at) const;
  void send_failed(pb_token token, const Error& error) const;
  // Ends what DeliveringSink::deliver began. Once for each token.
  void judged(pb_token token, const Judgement& judgement) const;

  [[nodiscard]] TimePoint now() const;                        // wall clock
  [[nodiscard]] std::chrono::microseconds monotonic() const;  // never goes back
  void random(std::span<std::uint8_t> to) const;

  void add(std::string_view counter, double value = 1) const;
  void set(std::string_view gauge, double value) const;

  // See abi.h for the schemes.
  [[nodiscard]] std::string sign(pb_secret secret, std::string_view scheme, std::string_view message) const;
  [[nodiscard]] bool verify(pb_secret secret, std::string_view scheme, std::string_view message,
                            std::string_view signature) const;
  // Needs the capability `secrets.reveal`.
  [[nodiscard]] std::string reveal(pb_secret secret) const;

  [[nodiscard]] std::uint64_t create_attachment() const;
  void append_attachment(std::uint64_t handle, std::string_view part) const;
  void discard_attachment(std::uint64_t handle) const;

  // [instance, inside Connector::run] Makes at most one waiting call to the connector on this thread.
  [[nodiscard]] Next next(std::chrono::milliseconds timeout) const;

 private:
  template <class>
  friend class detail::ConnectorPlugin;

  template <class Function>
  [[nodiscard]] Function service(Function function, const char* id) const;
  void watch(const pb_stream_watch& wanted) const;
  static void ended(std::atomic<std::uint64_t>& in_course, std::uint64_t id) noexcept;

  const pb_host* host_;
  pb_instance instance_;
  pb_host_intake intake_{};
  pb_host_state state_{};
  pb_host_clock clock_{};
  pb_host_metrics metrics_{};
  pb_host_secrets secrets_{};
  pb_host_attachments attachments_{};
  pb_host_http_client http_client_{};
  pb_host_oauth2 oauth2_{};
  pb_host_stream stream_{};
  pb_host_http_endpoint http_endpoint_{};
  pb_host_run run_{};
  pb_host_send send_{};
  pb_host_sink sink_{};
  // The request and the sending whose call is in course and which have no answer yet; zero = none.
  mutable std::atomic<pb_request> receiving_{0};
  mutable std::atomic<pb_token> sending_{0};
};

}  // namespace patchbay

#include <patchbay/detail/host.ipp>
