// Keeps the access token of one channel or destination: gets it, renews it ahead of its end, hands it out.
//
//   nobody consented -> wanted            until adopt() brings what a consent led to
//   a token, or what leads to one -> ready
//   refused by invalid_grant -> wanted    the consent is gone, and only a person can bring it back
//   no answer, or our store is full -> unavailable, tried again by itself (2 s to 5 min)
//
// A refresh token often works once only, and the answer brings the next (RFC 9700, section 4.14.2). So: one refresh is
// under way at a time, whoever asks meanwhile waits for it; and what it brought is durable before anybody gets the new
// access token. A crash between the server's answer and our commit leaves the old refresh token behind. Servers that
// accept it again (Google, Microsoft) never notice; one that does not answers invalid_grant, which leads to `wanted`,
// said to the operator at once: nothing else could be done without a second party that remembers.
//
// What is kept holds the client and the address that it is for: a refresh token is never sent to another server that
// the settings name later, and then a new consent is wanted.
//
// token(), access(), adopt(), use(), start() and end() are [any-thread]: the work is done on the HTTP client's thread,
// where all callbacks run. standing() is [any-thread]. The ports outlive it. Secrets are in no error and no standing.
#pragma once

#include "base/time.hpp"
#include "net/http_client.hpp"
#include "oauth2/protocol.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace patchbay::oauth2 {

// How the authorisation server is reached: as the channel's own server is.
struct Reach {
  std::shared_ptr<const net::AddressGuard> guard;
  std::string ca_file;
};

struct Ports {
  net::HttpClient& client;
  const Clock& clock;
  // Makes what is kept durable, in the order of the calls; `kept` from any thread.
  std::function<void(std::string content, std::function<void(Status)> kept)> keep;
  std::function<void(std::string_view what)> tell;  // the operator; a line that holds no secret
  std::string remedy;                               // "`patchbay channel authorize support`"
};

struct Standing {
  enum class State : std::uint8_t { ready, wanted, unavailable };
  State state = State::wanted;
  std::string reason;                   // where it is not ready; with the remedy
  std::optional<TimePoint> expires_at;  // of the access token that there is
};

struct Access {
  std::string token;
  std::optional<TimePoint> expires_at;
};

// Sends and reads the answer; `answered` runs on the client's thread.
void post(net::HttpClient& client, const Reach& reach, const Request& request,
          std::function<void(net::ClientResponse)> answered);
// What came of a request that has no answer.
[[nodiscard]] Refused unanswered(const net::ClientResponse& response);

class Keeper final : public net::Bearer, public std::enable_shared_from_this<Keeper> {
 public:
  Keeper(config::OAuth2 settings, Reach reach, Ports ports);

  // `kept` is what was made durable last, nothing where that never happened, or why it cannot be read.
  void start(Result<std::optional<std::string>> kept);
  // Goes on with other settings.
  void use(config::OAuth2 settings, Reach reach);
  void end();  // it asks for nothing any more, and answers that

  void token(std::string refused, Got got) override;
  void access(std::string refused, std::function<void(Result<Access>)> got);
  // What a consent has led to.
  void adopt(Tokens tokens, std::function<void(Status)> adopted);

  [[nodiscard]] Standing standing() const;
  // Of the settings that it works with, for a consent. On the client's thread.
  [[nodiscard]] const config::OAuth2& settings() const { return settings_; }
  [[nodiscard]] const Reach& reach() const { return reach_; }
  [[nodiscard]] const Ports& ports() const { return ports_; }

 private:
  struct Grant {
    std::string access_token;
    std::optional<TimePoint> expires_at;
    TimePoint granted_at{};
    std::string refresh_token;
  };
  using Waiting = std::function<void(Result<Access>)>;

  [[nodiscard]] std::string binding() const;
  [[nodiscard]] std::string text_of(const Grant& grant) const;
  [[nodiscard]] std::optional<Grant> read(const std::string& kept) const;
  [[nodiscard]] bool is_valid() const;
  [[nodiscard]] bool needs_person() const;
  void want_for_others();
  void ask(const std::string& refused, Waiting got);
  void renew();
  void renewed(std::uint64_t generation, const net::ClientResponse& response);
  void commit(Grant grant);
  void committed(std::uint64_t generation, const Status& kept);
  void ready();
  void fail(const Refused& refused);
  void answer(const Result<Access>& access);
  void renew_later();
  void after(Duration delay);
  void stand(Standing::State state, std::string reason);

  // The client's thread only.
  config::OAuth2 settings_;
  Reach reach_;
  const Ports ports_;
  Grant grant_;
  std::optional<Grant> pending_;  // on its way into the store, or waiting to be tried again
  bool is_working_ = false;       // a request or a commit is under way
  bool is_gone_ = false;          // the consent
  bool is_ended_ = false;
  std::uint64_t generation_ = 0;  // of the settings and of what a person brought
  std::uint64_t timers_ = 0;      // the last one counts
  unsigned failures_ = 0;         // in a row
  Duration not_before_{};         // monotonic, after a failure
  std::optional<Error> last_failure_;
  std::vector<Waiting> waiting_;
  std::vector<std::function<void(Status)>> adopters_;

  mutable std::mutex mutex_;
  Standing standing_;
};

}  // namespace patchbay::oauth2
