// What the tests of this folder speak with: plain sockets, so that no HTTP library makes bad bytes good.
//
// For tests only. Everything has a deadline; a failed system call is a failed test.
#pragma once

#include "net/http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace patchbay::net::test {

using namespace std::chrono_literals;

inline constexpr auto patience = 20s;  // how long a test waits before it fails

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

template <class Condition>
bool wait_until(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

class RawSocket {
 public:
  explicit RawSocket(int descriptor) : descriptor_(descriptor) {}
  RawSocket(RawSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  RawSocket& operator=(RawSocket&&) = delete;
  ~RawSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  static RawSocket connect(std::uint16_t port) {
    RawSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    socket.connected_ = ::connect(socket.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    return socket;
  }

  [[nodiscard]] bool connected() const { return connected_; }

  // False once the other side no longer takes anything.
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  void end_writing() { ::shutdown(descriptor_, SHUT_WR); }

  // Makes close() send a reset.
  void reset_on_close() {
    const linger now{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }

  // Some bytes; empty when the other side closed or patience ended.
  std::string read_some() {
    pollfd waiting{descriptor_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) <= 0) return {};
    char buffer[16 * 1024];
    const ssize_t count = ::recv(descriptor_, buffer, sizeof buffer, 0);
    return count > 0 ? std::string(buffer, static_cast<std::size_t>(count)) : std::string{};
  }

  std::string read_to_end() {
    std::string all;
    for (std::string some = read_some(); !some.empty(); some = read_some()) all += some;
    return all;
  }

  // Up to and with this text, or what came before the end.
  std::string read_past(std::string_view text) {
    while (unread_.find(text) == unread_.npos) {
      const std::string some = read_some();
      if (some.empty()) return std::exchange(unread_, {});
      unread_ += some;
    }
    const std::size_t end = unread_.find(text) + text.size();
    std::string before = unread_.substr(0, end);
    unread_.erase(0, end);
    return before;
  }

 private:
  int descriptor_;
  bool connected_ = true;
  std::string unread_;
};

// A listener on 127.0.0.1 that runs a script for each connection, one after the other.
class RawServer {
 public:
  using Script = std::function<void(RawSocket&)>;

  explicit RawServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    ready_ = ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
             ::listen(listener_, 16) == 0 &&
             ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0;
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~RawServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] bool stopping() const { return stopping_; }

 private:
  void serve() {
    while (!stopping_) {
      const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (descriptor < 0) continue;
      ++connections_;
      RawSocket socket(descriptor);
      script_(socket);
    }
  }

  Script script_;
  int listener_ = -1;
  bool ready_ = false;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

// A handler made of a function.
class FunctionHandler final : public Handler {
 public:
  using Function = std::function<void(ServerRequest, Respond)>;
  explicit FunctionHandler(Function function) : function_(std::move(function)) {}
  void handle(ServerRequest request, Respond respond) override { function_(std::move(request), std::move(respond)); }

 private:
  Function function_;
};

inline void echo(ServerRequest request, const Respond& respond) {
  respond({.status = 200, .headers = {{"x-peer", request.peer}}, .body = std::move(request.body)});
}

// A server with a thread of its own.
class RunningServer {
 public:
  explicit RunningServer(FunctionHandler::Function function, const Listen& listen = local())
      : handler_(std::move(function)) {
    auto server = HttpServer::listen(io_, listen, handler_);
    if (!server) {
      error_ = server.error().text();
      return;
    }
    server_ = std::move(*server);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~RunningServer() {
    if (!thread_.joinable()) return;
    boost::asio::post(io_, [this] { server_.reset(); });
    work_.reset();
    thread_.join();
  }

  static Listen local() {
    Listen listen;
    listen.address = "127.0.0.1:0";
    return listen;
  }

  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] HttpServer& server() { return *server_; }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }
  // Ends the server on its thread, and waits for that.
  void end_server() {
    std::promise<void> ended;
    boost::asio::post(io_, [&] {
      server_.reset();
      ended.set_value();
    });
    ended.get_future().wait();
  }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  FunctionHandler handler_;
  std::unique_ptr<HttpServer> server_;
  std::string error_;
  std::thread thread_;
};

inline std::string talk(std::uint16_t port, std::string_view bytes) {
  RawSocket socket = RawSocket::connect(port);
  socket.write(bytes);
  return socket.read_to_end();
}

inline Listen with(const Limits& limits) {
  Listen listen = RunningServer::local();
  listen.limits = limits;
  return listen;
}

}  // namespace patchbay::net::test
