// The frames between the host and a worker: how they are put into datagrams and taken out again.
//
// A frame is a header and the values of frame_tables.hpp. Several share one datagram, which saves wakeups; a payload
// that is too large for one travels as a sealed file in memory beside it (memfd_create(2), unix(7) SCM_RIGHTS). Sealed,
// since who sent it could otherwise change or shorten it while it is read. Sans-IO: FrameSocket carries the datagrams.
//
// Both classes belong to one thread at a time. What comes from the other end is hostile: each mistake is an Error,
// after which the reader is of no more use.
#pragma once

#include "base/result.hpp"
#include "plugin/frame_tables.hpp"
#include "plugin/sealed_file.hpp"

#include <deque>
#include <optional>

namespace patchbay::plugin {

enum class FrameKind : std::uint16_t {
  // To the worker. The functions of Instance, and `reply` to what waits.
  setup = 1,
  open,
  check,
  start,
  stop,
  close,
  complete,
  receive,
  answered,
  send,
  replay,
  render,
  judge,
  deliver,
  connected,  // with the descriptor beside it
  ping,       // answered with an outcome from the thread that calls the plugin
  reply,
  accessed,
  // To the host. The functions of Services; from `state` to `authorities`, and `access`, they wait for their reply.
  ready = 64,
  outcome,
  log,
  report,
  submit,
  add_metric,
  set_metric,
  respond,
  sent,
  rendered,
  judged,
  state,
  sign,
  verify,
  reveal,
  create_attachment,
  append_attachment,
  discard_attachment,
  http_call,
  authorities,
  connect,
  access,
};

[[nodiscard]] std::string_view name_of(FrameKind kind);

struct FrameHeader {
  std::uint32_t length = 0;  // of the payload
  FrameKind kind{};
  std::uint16_t place = 0;  // 0 = behind the header, 1 = in the next descriptor, 2 = the former, with a descriptor
  std::uint32_t instance = 0;
  std::uint32_t reserved = 0;
  std::uint64_t number = 0;  // of a question or an order, which its reply or outcome repeats
};
static_assert(sizeof(FrameHeader) == 24 && std::has_unique_object_representations_v<FrameHeader>);

constexpr std::size_t largest_datagram = std::size_t{64} << 10U;
constexpr std::size_t largest_inline = std::size_t{32} << 10U;
constexpr std::size_t largest_payload = std::size_t{128} << 20U;  // an HTTP answer has up to 100 MiB
constexpr std::size_t most_descriptors = 16;                      // beside one datagram

struct Datagram {
  std::string bytes;
  std::vector<Descriptor> descriptors;
};

// Frames on their way to the socket, in order.
class FrameQueue {
 public:
  // Invalid where a value could not be walked, or is too large to be sent: the queue stays as it was.
  template <class... Values>
  Status add(FrameKind kind, std::uint32_t instance, std::uint64_t number, const Values&... values) {
    return add_with(Descriptor(), kind, instance, number, values...);
  }
  // The same with a descriptor that goes beside it, where there is one.
  template <class... Values>
  Status add_with(Descriptor beside, FrameKind kind, std::uint32_t instance, std::uint64_t number,
                  const Values&... values) {
    Datagram& last = room();
    const std::size_t begin = last.bytes.size();
    last.bytes.append(sizeof(FrameHeader), '\0');
    Encoder encoder(last.bytes);
    (encoder.put(values), ...);
    return finish(begin, {.kind = kind, .instance = instance, .number = number}, encoder.is_whole(), std::move(beside));
  }

  [[nodiscard]] bool empty() const { return datagrams_.empty(); }
  [[nodiscard]] std::size_t size() const { return datagrams_.size(); }
  [[nodiscard]] const Datagram& front() const { return datagrams_.front(); }
  void pop();

 private:
  Datagram& room();
  Status finish(std::size_t begin, FrameHeader header, bool is_whole, Descriptor beside);
  Status move_into_memory(Datagram& datagram, std::size_t begin);

  std::deque<Datagram> datagrams_;
  std::string spare_;  // memory of one that went
};

struct Frame {
  FrameKind kind{};
  std::uint32_t instance = 0;
  std::uint64_t number = 0;
  std::string_view payload;
  std::shared_ptr<Descriptor> beside = {};  // null where none came with it
};

// Takes the frames out of one datagram, which it borrows.
class DatagramReader {
 public:
  DatagramReader(std::string_view bytes, std::vector<Descriptor> descriptors)
      : left_(bytes), descriptors_(std::move(descriptors)) {}

  // The next frame, whose payload holds until the next call; nothing when there is none.
  [[nodiscard]] Result<std::optional<Frame>> next();

 private:
  std::string_view left_;
  std::vector<Descriptor> descriptors_;
  std::size_t taken_ = 0;  // of the descriptors
  std::optional<Mapping> mapping_;
};

// The values of a frame. Structs of the ABI point into its payload and into `lists`.
template <class... Values>
[[nodiscard]] Status unpack(const Frame& frame, std::pmr::memory_resource& lists, Values&... values) {
  Decoder decoder(frame.payload, lists);
  (decoder.get(values), ...);
  decoder.finish();
  if (decoder.trouble() == nullptr) return {};
  return failure(ErrorCode::invalid, "reading a frame " + std::string(name_of(frame.kind)) + ": " + decoder.trouble());
}

}  // namespace patchbay::plugin
