// The socket between the host and a worker: datagrams with their descriptors, in order, none lost (unix(7),
// SOCK_SEQPACKET).
//
// Sending and receiving never wait; `number()` is for poll(2). One thread at a time may send and one receive. The other
// end going away is no error: it is what `ended` says.
#pragma once

#include "plugin/frame.hpp"

#include <memory>
#include <utility>

namespace patchbay::plugin {

class FrameSocket {
 public:
  explicit FrameSocket(Descriptor socket);

  // Both ends, closed on exec.
  [[nodiscard]] static Result<std::pair<Descriptor, Descriptor>> pair();

  [[nodiscard]] int number() const { return socket_.number(); }

  enum class Went : std::uint8_t { well, full, ended };
  [[nodiscard]] Went send(const Datagram& datagram);

  enum class Came : std::uint8_t { datagram, nothing, ended };
  struct Received {
    Came what = Came::nothing;
    std::string_view bytes;  // until the next call
    std::vector<Descriptor> descriptors;
  };
  // Invalid where it is no datagram that send() makes.
  [[nodiscard]] Result<Received> receive();

 private:
  Descriptor socket_;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace patchbay::plugin
