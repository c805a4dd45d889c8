// An HTTP/1.1 server on Boost.Beast that knows no domain word.
//
// listen() binds and serves on the io_context given. Handler::handle runs on the thread of that io_context and must not
// block; it may answer from any thread, later, once (a request that is dropped unanswered is answered 500 when its
// Respond goes away). Limits bound what a stranger can make us hold: past them a request is answered 408, 413, 431 or
// 503 and its connection closed. Callers that hold connections and send no request do not keep others out. RFC 9112; no
// upgrade, no CONNECT; Expect: 100-continue is honoured.
//
// The server ends with its object, on the io_context's thread or after it: connections are closed at once. Before that,
// stop_accepting() lets what is being answered end.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace patchbay::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct ServerRequest {
  std::string method;
  std::string path;   // decoded no further than it came: "/hooks/whatsapp"
  std::string query;  // without the question mark
  Headers headers;    // names in lower case
  std::string body;
  std::string peer;  // numeric address without port; behind a trusted proxy the one that it names

  [[nodiscard]] std::string_view header(std::string_view name) const;  // the first of that lower case name, or empty
};

struct ServerResponse {
  std::uint32_t status = 200;
  Headers headers;
  std::string body;
};

using Respond = std::function<void(ServerResponse)>;

class Handler {
 public:
  virtual ~Handler() = default;
  virtual void handle(ServerRequest request, Respond respond) = 0;
};

struct Limits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t body_bytes = 1024 * 1024;
  std::size_t connections = 1024;
  std::chrono::milliseconds request_time{30'000};   // from the first byte to the last
  std::chrono::milliseconds idle_time{60'000};      // between requests
  std::chrono::milliseconds response_time{60'000};  // from the request to the last byte of its answer
  // Once all connections are taken, a new one takes the place of that which has overstayed longest:
  std::chrono::milliseconds crowded_idle_time{1'000};     // between requests
  std::chrono::milliseconds crowded_request_time{5'000};  // within one
};

struct TlsFiles {
  std::string certificate;  // PEM chain
  std::string key;          // PEM
};

struct Listen {
  std::string address;  // "127.0.0.1:8080", "[::]:8443"; port 0 takes a free one
  std::unique_ptr<TlsFiles> tls;
  std::vector<std::string> trusted_proxies;  // addresses whose X-Forwarded-For is believed
  Limits limits;
};

struct ServerCounts {
  std::uint64_t connections_open = 0, connections_refused = 0, requests = 0, requests_refused = 0;
};

class HttpServer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> listen(boost::asio::io_context& io, const Listen& listen,
                                                                  Handler& handler);
  virtual ~HttpServer() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual ServerCounts counts() const = 0;  // [any-thread]
  virtual void stop_accepting() = 0;                      // [any-thread]
  // [any-thread] Requests read whole whose answer is not written yet.
  [[nodiscard]] virtual std::size_t unanswered() const = 0;
};

}  // namespace patchbay::net
