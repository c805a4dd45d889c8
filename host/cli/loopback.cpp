#include "cli/loopback.hpp"

#include <utility>

namespace patchbay::cli {

Result<std::unique_ptr<Loopback>> Loopback::listen(std::uint16_t port) {
  auto loopback = std::make_unique<Loopback>();
  loopback->server_ =
      PATCHBAY_TRY(net::HttpServer::listen(loopback->io_, {.address = "127.0.0.1:" + std::to_string(port)}, *loopback));
  return loopback;
}

void Loopback::handle(net::ServerRequest request, net::Respond respond) {
  const bool is_answer = request.method == "GET" && request.path == "/" && !request.query.empty();
  if (is_answer) query_ = std::move(request.query);
  respond({.status = is_answer ? 200U : 404U,
           .headers = {{"content-type", "text/html; charset=utf-8"},
                       {"cache-control", "no-store"},
                       {"content-security-policy", "default-src 'none'"},
                       {"referrer-policy", "no-referrer"}},
           .body = is_answer ? "<!doctype html><title>Patchbay</title><p>Patchbay has the answer: see the terminal. "
                               "This page can be closed.\n"
                             : "<!doctype html><title>Patchbay</title><p>There is nothing here.\n"});
}

std::optional<std::string> Loopback::wait(std::chrono::milliseconds time) {
  io_.restart();
  const auto until = std::chrono::steady_clock::now() + time;
  // The page goes out first: it is what the person sees, and the command may end with the answer.
  while ((!query_ || server_->unanswered() > 0) && std::chrono::steady_clock::now() < until) io_.run_one_until(until);
  return std::exchange(query_, std::nullopt);
}

}  // namespace patchbay::cli
