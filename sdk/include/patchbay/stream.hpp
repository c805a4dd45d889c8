// A TCP connection that the host made for the plugin (Host::connect): bytes in and out, without ever waiting.
//
// Owns its descriptor. What happened is a value; nothing here throws but for memory. Where there is nothing to read, or
// no room to write, Host::watch tells when to come again. [instance]
#pragma once

#include <patchbay/errors.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace patchbay {

enum class Interest : std::uint32_t {
  nothing = 0,
  readable = PB_STREAM_READABLE,
  writable = PB_STREAM_WRITABLE,
  both = PB_STREAM_READABLE | PB_STREAM_WRITABLE
};

// What came of a watch.
struct Ready {
  bool readable = false, writable = false, timeout = false;
};

struct StreamCall {
  std::string host;  // a name or an address, IPv6 without brackets
  std::uint16_t port = 0;
  std::chrono::milliseconds timeout{0};  // 0 = the host's default
};

class Stream {
 public:
  Stream() noexcept = default;
  explicit Stream(int descriptor) noexcept : descriptor_(descriptor) {}
  Stream(Stream&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Stream& operator=(Stream&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Stream() { close(); }

  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  // Unwatch it before.
  void close() noexcept {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

  enum class Went : std::uint8_t {
    some,     // `bytes` were moved
    not_now,  // come again when it is readable, or writable
    ended,    // the peer sends no more
    broken    // see `error`
  };
  struct Moved {
    Went went = Went::not_now;
    std::size_t bytes = 0;
    int error = 0;  // errno
  };

  [[nodiscard]] Moved read(char* to, std::size_t room) noexcept {
    for (;;) {
      const ssize_t count = ::recv(descriptor_, to, room, MSG_DONTWAIT);
      if (count > 0) return {Went::some, static_cast<std::size_t>(count), 0};
      if (count == 0) return {Went::ended, 0, 0};
      if (errno != EINTR) return failed();
    }
  }

  [[nodiscard]] Moved write(std::string_view from) noexcept {
    for (;;) {
      const ssize_t count = ::send(descriptor_, from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count >= 0) return {Went::some, static_cast<std::size_t>(count), 0};
      if (errno != EINTR) return failed();
    }
  }

 private:
  static Moved failed() noexcept {
    const bool is_later = errno == EAGAIN || errno == EWOULDBLOCK;
    return {is_later ? Went::not_now : Went::broken, 0, is_later ? 0 : errno};
  }

  int descriptor_ = -1;
};

// The end of a Host::connect.
struct Connected {
  Stream stream;     // open, unless there is an error
  std::string peer;  // "192.0.2.1:993"; it may be a proxy
  std::optional<Error> error;
};

}  // namespace patchbay
