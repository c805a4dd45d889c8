#include "plugin/frame_socket.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace patchbay::plugin {
namespace {

// Frames below `largest_inline` may begin anywhere before the limit at which a datagram counts as full.
constexpr std::size_t room = largest_datagram + sizeof(FrameHeader);

struct alignas(cmsghdr) Control {
  std::array<char, CMSG_SPACE(most_descriptors * sizeof(int))> bytes;
};

// Takes over what came, so that nothing leaks whatever else is wrong.
std::vector<Descriptor> descriptors_of(msghdr& message) {
  std::vector<Descriptor> all;
  for (cmsghdr* at = CMSG_FIRSTHDR(&message); at != nullptr; at = CMSG_NXTHDR(&message, at)) {
    if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(at) + i * sizeof number, sizeof number);
      all.emplace_back(number);
    }
  }
  return all;
}

}  // namespace

FrameSocket::FrameSocket(Descriptor socket)
    : socket_(std::move(socket)), buffer_(std::make_unique_for_overwrite<char[]>(room)) {}

Result<std::pair<Descriptor, Descriptor>> FrameSocket::pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return failure(ErrorCode::unavailable, "making a pair of sockets: " + std::generic_category().message(errno),
                   "raise the limit of open files");
  return std::pair(Descriptor(ends[0]), Descriptor(ends[1]));
}

FrameSocket::Went FrameSocket::send(const Datagram& datagram) {
  iovec part{const_cast<char*>(datagram.bytes.data()), datagram.bytes.size()};
  Control control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (const std::size_t count = datagram.descriptors.size(); count != 0) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    for (std::size_t i = 0; i < count; ++i) {
      const int number = datagram.descriptors[i].number();
      std::memcpy(CMSG_DATA(header) + i * sizeof number, &number, sizeof number);
    }
  }
  for (;;) {
    if (::sendmsg(number(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return Went::well;
    if (errno == EINTR) continue;
    // ETOOMANYREFS: too many descriptors are on their way; the other end has to take some first.
    return errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS ? Went::full : Went::ended;
  }
}

Result<FrameSocket::Received> FrameSocket::receive() {
  iovec part{buffer_.get(), room};
  Control control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  ssize_t length = 0;
  do length = ::recvmsg(number(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (length < 0 && errno == EINTR);
  Received received;
  if (length < 0 && errno == EAGAIN) return received;
  if (length <= 0) {
    received.what = Came::ended;
    return received;
  }
  received.descriptors = descriptors_of(message);
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    return failure(ErrorCode::invalid, "receiving a datagram: it is larger than the largest, or no descriptor is free");
  received.what = Came::datagram;
  received.bytes = {buffer_.get(), static_cast<std::size_t>(length)};
  return received;
}

}  // namespace patchbay::plugin
