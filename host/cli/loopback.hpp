// Where the browser of whoever consents brings its answer: one page on a loopback address (RFC 8252, section 7.3).
//
// One thread. The port is free for as long as the object lives. It takes any query: the gateway judges it.
#pragma once

#include "base/result.hpp"
#include "net/http_server.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace patchbay::cli {

class Loopback final : private net::Handler {
 public:
  // On that port, or on a free one where it is 0.
  [[nodiscard]] static Result<std::unique_ptr<Loopback>> listen(std::uint16_t port);

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  // Waits a while. The query of the redirect, once for each.
  [[nodiscard]] std::optional<std::string> wait(std::chrono::milliseconds time);

 private:
  void handle(net::ServerRequest request, net::Respond respond) override;

  boost::asio::io_context io_{1};
  std::unique_ptr<net::HttpServer> server_;
  std::optional<std::string> query_;
};

}  // namespace patchbay::cli
