// An HTTP client on libcurl: one thread, one multi handle, pooled connections.
//
// send(), connect() and the Executor's functions are [any-thread]. Tasks and completions run on the client's own
// thread, one after the other, and must not block: the delivery module lives on it. Each request ends in exactly one
// completion, a refused or unreachable one too. When the client ends, open requests are dropped without completion.
//
// http and https only, no redirects, no cookies, no compression; certificates are verified; every address is asked of
// the guard before it is connected to, and again before a pooled connection is used. Timers are exact to a few
// milliseconds; an idle client does not wake. A request that a pooled connection lost before any byte of an answer came
// is sent once more on a new one: requests that must not arrive twice need an id that the other side knows, or
// Repeat::never.
//
// connect() makes a plain TCP connection and hands it over; see dialling.hpp.
//
// Content-Length, Transfer-Encoding, Connection and Expect belong to the client: such fields in a request are left out.
// The client must not be destroyed from its own thread.
#pragma once

#include "base/descriptor.hpp"
#include "base/executor.hpp"
#include "base/result.hpp"
#include "net/address_guard.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patchbay::net {

// Where access tokens come from: a request that has one is sent with the token that is valid then.
class Bearer {
 public:
  Bearer() = default;
  Bearer(const Bearer&) = delete;
  Bearer& operator=(const Bearer&) = delete;
  virtual ~Bearer() = default;
  // [any-thread] Calls back once, from any thread. `refused` is the token that a server has just answered 401 to: it is
  // not given again. Fails with `denied` where no token can be had without a person.
  using Got = std::function<void(Result<std::string>)>;
  virtual void token(std::string refused, Got got) = 0;
};

// The header that holds the token: "Authorization: Bearer TOKEN".
struct BearerHeader {
  std::shared_ptr<Bearer> from;  // null = none
  std::string name, prefix;
};

enum class Repeat : std::uint8_t { when_lost, never };

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body;    // shared: a payload goes to several places and attempts
  std::chrono::milliseconds timeout{30'000};  // the whole exchange, body included
  std::size_t keep_bytes = 64 * 1024;         // of the answer's body; what is beyond is read and dropped
  std::size_t most_bytes = 1024 * 1024;       // past this the exchange is ended
  std::shared_ptr<const AddressGuard> guard;  // null = no private address
  std::string ca_file;                        // PEM; empty = the system's
  Repeat repeat = Repeat::when_lost;          // never: on a connection of its own
  BearerHeader bearer{};                      // after a 401 sent once more with another token, unless Repeat::never
};

enum class ClientFailure : std::uint8_t {
  invalid_url,
  address_refused,  // by the guard
  not_resolved,
  not_connected,
  tls,
  timeout,
  too_large,
  broken,        // hung up, or no HTTP
  proxy,         // would not, or could not
  unauthorised,  // no access token can be had until a person consents: it was not sent
  no_token,      // none can be had now: it was not sent
};

struct ClientResponse {
  std::uint32_t status = 0;                                  // 0: no whole answer, see failure
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  bool cut = false;  // the body was longer than keep_bytes
  std::optional<ClientFailure> failure;
  bool may_have_arrived = false;  // with failure: a connection was ready for the request
  std::string reason;             // for a person, with failure
};

// A TCP connection that is not for HTTP.
struct StreamRequest {
  std::string host;  // a name or an address, IPv6 without brackets
  std::uint16_t port = 0;
  std::chrono::milliseconds timeout{30'000};  // for looking up the name, the proxy and connecting together
  std::shared_ptr<const AddressGuard> guard;  // null = no private address
  std::string proxy;                          // "socks5://[USER:PASSWORD@]HOST:PORT" or "http://..."; empty = none
};

struct StreamResponse {
  Descriptor stream;  // not blocking, closed on exec
  std::string peer;   // what it is connected to, "192.0.2.1:993": the proxy where there is one
  std::optional<ClientFailure> failure;
  std::string reason, remedy;  // for a person, with failure
};

class HttpClient : public Executor {
 public:
  using Completed = std::function<void(ClientResponse)>;
  using Connected = std::function<void(StreamResponse)>;

  [[nodiscard]] static std::unique_ptr<HttpClient> start();
  virtual void send(ClientRequest request, Completed completed) = 0;
  virtual void connect(StreamRequest request, Connected connected) = 0;
};

}  // namespace patchbay::net
