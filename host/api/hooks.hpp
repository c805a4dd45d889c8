// The public listener: /hooks/CHANNEL to the channel behind it, and nothing else.
//
// handle() runs on the HTTP thread: it finds the channel, verifies the signature that the channel's plugin declared
// (constant time, over the raw bytes), and hands the request over; a forged one never reaches a plugin. answer() is
// [any-thread], once for each request; late and unknown ones are ignored. A request that its plugin forgets is answered
// 503 when a later one comes after its deadline, so that a plugin's mistake does not fill the memory.
//
// Channels are added, held, replaced and removed by the gateway, on any one thread, also while the listener runs. One
// that was replaced or removed is handed no request that comes later, but must live until those before have ended.
#pragma once

#include "base/time.hpp"
#include "net/http_server.hpp"
#include "plugin/messages.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::api {

// How a channel tells a real request from a forged one.
struct Verification {
  std::string scheme, header, prefix, encoding;  // as in the manifest's endpoint.signature
  std::vector<std::string> methods;              // that are signed; any method but GET and HEAD must be, named or not
  std::string secret;
};

// A channel as the public listener sees it.
class HookChannel {
 public:
  virtual ~HookChannel() = default;
  // [HTTP thread] Must not block. Answered later through Hooks::answer with the request's id.
  virtual void receive(plugin::HttpRequest request) = 0;
};

inline constexpr Duration answer_deadline = std::chrono::seconds{30};

struct HookCounts {
  std::uint64_t received = 0, refused = 0;
};

class Hooks final : public net::Handler {
 public:
  explicit Hooks(const Clock& clock) : clock_(clock) {}

  // Adds a channel, or takes this one in the place of the one of that name.
  void add(const std::string& channel, HookChannel& behind, std::optional<Verification> verification);
  // Keeps what comes for it until release(), which hands it to the channel that is behind the name then. Beyond
  // most_held requests, and where there is no such channel any more, the sender is told to come again. `at_rest` is
  // called, perhaps at once, when all that came before have their answers.
  void hold(std::string_view channel, std::function<void()> at_rest);
  void release(std::string_view channel);
  void remove(std::string_view channel);
  static constexpr std::size_t most_held = 256;
  void handle(net::ServerRequest request, net::Respond respond) override;
  void answer(pb_request request, net::ServerResponse response);
  [[nodiscard]] HookCounts counts(std::string_view channel) const;  // [any-thread]

 private:
  struct Hook {
    HookChannel* behind = nullptr;
    std::shared_ptr<const Verification> verification;
    std::size_t in_hand = 0;  // requests that the channel has and that are not answered
    bool holds = false;
    std::vector<plugin::HttpRequest> held;
    std::function<void()> at_rest;
    std::uint64_t received = 0, refused = 0;
  };
  struct Waiting {
    net::Respond respond;
    Duration since{};  // monotonic
    std::string channel;
    bool in_hand = false;  // of the channel, not held for it
  };
  enum class Genuine : bool { no, yes };
  using HookOfChannel = std::map<std::string, Hook, std::less<>>::iterator;
  // Counts a request, and says why it is not taken. Under mutex_.
  [[nodiscard]] std::optional<net::ServerResponse> refuse(HookOfChannel found, Genuine genuine);
  // Under mutex_. Whoever is at rest by it is called when the lock is gone.
  [[nodiscard]] net::Respond take(std::map<pb_request, Waiting>::iterator request,
                                  std::vector<std::function<void()>>& at_rest);

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Hook, std::less<>> hooks_;
  std::map<pb_request, Waiting> unanswered_;  // in the order in which they came
  pb_request last_request_ = 0;
};

}  // namespace patchbay::api
