// The server's end of a stream that FakeHost made for a plugin: what it says and what it hears.
//
// The two ends are a pair of local sockets. Copies are of the same end, which stays open until the host is done with
// it. What is heard is all that the plugin has written so far; nothing here waits. Any thread, one at a time.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace patchbay::testkit {

class Peer {
 public:
  Peer() = default;

  // Sends it to the plugin, and lets the plugin look at it.
  void say(std::string_view text) {
    End& end = open();
    while (!text.empty()) {
      const ssize_t count = ::send(end.descriptor, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count < 0) throw std::logic_error("Peer::say: the plugin reads too little, or has closed the stream");
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    end.said();
  }

  // What has come since this was asked last.
  [[nodiscard]] std::string hear() {
    listen();
    return std::exchange(open().heard, {});
  }

  // Sends no more, as a server that closes the connection; the plugin may look.
  void hang_up() {
    ::shutdown(open().descriptor, SHUT_WR);
    open().said();
  }

  // Whether the plugin has closed the stream.
  [[nodiscard]] bool is_closed() {
    listen();
    return open().is_closed;
  }

 private:
  friend class FakeHost;

  struct End {
    End(int number, std::function<void()> after) : descriptor(number), said(std::move(after)) {}
    End(const End&) = delete;
    End& operator=(const End&) = delete;
    ~End() { ::close(descriptor); }
    const int descriptor;
    const std::function<void()> said;
    std::string heard;
    bool is_closed = false;
  };

  // The peer, and the descriptor that is the plugin's.
  [[nodiscard]] static std::pair<Peer, int> make(std::function<void()> said) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
      throw std::logic_error("no sockets are left for a stream");
    Peer peer;
    peer.end_ = std::make_shared<End>(ends[0], std::move(said));
    return {std::move(peer), ends[1]};
  }

  [[nodiscard]] End& open() const {
    if (end_ == nullptr) throw std::logic_error("Peer: it is of no stream");
    return *end_;
  }

  void listen() {
    End& end = open();
    std::array<char, 4096> part;
    for (;;) {
      const ssize_t count = ::recv(end.descriptor, part.data(), part.size(), MSG_DONTWAIT);
      if (count > 0) {
        end.heard.append(part.data(), static_cast<std::size_t>(count));
      } else {
        if (count == 0 || (errno != EAGAIN && errno != EINTR)) end.is_closed = true;
        if (count == 0 || errno != EINTR) return;
      }
    }
  }

  std::shared_ptr<End> end_;
};

}  // namespace patchbay::testkit
