// The public listener: /hooks/CHANNEL to the channel behind it, and nothing else.
//
// handle() runs on the HTTP thread: it finds the channel, verifies the signature that the channel's plugin declared
// (constant time, over the raw bytes), and hands the request over; a forged one never reaches a plugin. answer() is
// [any-thread], once for each request; late and unknown ones are ignored. A request that its plugin forgets is answered
// 503 when a later one comes after its deadline, so that a plugin's mistake does not fill the memory. Channels are
// added before the listener runs, and outlive it.
#pragma once

#include "base/time.hpp"
#include "net/http_server.hpp"
#include "plugin/messages.hpp"

#include <atomic>
#include <cstdint>
#include <map>
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

  void add(const std::string& channel, HookChannel& behind, std::optional<Verification> verification);
  void handle(net::ServerRequest request, net::Respond respond) override;
  void answer(pb_request request, net::ServerResponse response);
  [[nodiscard]] HookCounts counts(std::string_view channel) const;  // [any-thread]

 private:
  struct Hook {
    HookChannel* behind = nullptr;
    std::optional<Verification> verification;
    std::atomic<std::uint64_t> received{0}, refused{0};
  };

  struct Waiting {
    net::Respond respond;
    Duration since{};  // monotonic
  };
  [[nodiscard]] std::vector<net::Respond> take_forgotten(Duration now);  // under mutex_

  const Clock& clock_;
  std::map<std::string, Hook, std::less<>> hooks_;
  std::mutex mutex_;
  std::map<pb_request, Waiting> unanswered_;  // in the order in which they came
  pb_request last_request_ = 0;
};

}  // namespace patchbay::api
