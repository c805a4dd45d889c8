#include "plugin/frame.hpp"

#include <algorithm>
#include <array>

namespace patchbay::plugin {
namespace {

struct Named {
  FrameKind kind;
  std::string_view name;
};

constexpr std::array<Named, 40> names{{{FrameKind::setup, "setup"},
                                       {FrameKind::open, "open"},
                                       {FrameKind::check, "check"},
                                       {FrameKind::start, "start"},
                                       {FrameKind::stop, "stop"},
                                       {FrameKind::close, "close"},
                                       {FrameKind::complete, "complete"},
                                       {FrameKind::receive, "receive"},
                                       {FrameKind::answered, "answered"},
                                       {FrameKind::send, "send"},
                                       {FrameKind::replay, "replay"},
                                       {FrameKind::render, "render"},
                                       {FrameKind::judge, "judge"},
                                       {FrameKind::deliver, "deliver"},
                                       {FrameKind::connected, "connected"},
                                       {FrameKind::ping, "ping"},
                                       {FrameKind::reply, "reply"},
                                       {FrameKind::accessed, "accessed"},
                                       {FrameKind::ready, "ready"},
                                       {FrameKind::outcome, "outcome"},
                                       {FrameKind::log, "log"},
                                       {FrameKind::report, "report"},
                                       {FrameKind::submit, "submit"},
                                       {FrameKind::add_metric, "add_metric"},
                                       {FrameKind::set_metric, "set_metric"},
                                       {FrameKind::respond, "respond"},
                                       {FrameKind::sent, "sent"},
                                       {FrameKind::rendered, "rendered"},
                                       {FrameKind::judged, "judged"},
                                       {FrameKind::state, "state"},
                                       {FrameKind::sign, "sign"},
                                       {FrameKind::verify, "verify"},
                                       {FrameKind::reveal, "reveal"},
                                       {FrameKind::create_attachment, "create_attachment"},
                                       {FrameKind::append_attachment, "append_attachment"},
                                       {FrameKind::discard_attachment, "discard_attachment"},
                                       {FrameKind::http_call, "http_call"},
                                       {FrameKind::authorities, "authorities"},
                                       {FrameKind::connect, "connect"},
                                       {FrameKind::access, "access"}}};

tl::unexpected<Error> broken(std::string what) {
  return failure(ErrorCode::invalid, "reading a datagram: " + std::move(what));
}

}  // namespace

std::string_view name_of(FrameKind kind) {
  const auto* const found = std::ranges::find(names, kind, &Named::kind);
  return found == names.end() ? "of an unknown kind" : found->name;
}

void FrameQueue::pop() {
  if (datagrams_.front().bytes.capacity() <= 2 * largest_datagram) spare_ = std::move(datagrams_.front().bytes);
  datagrams_.pop_front();
}

// The last datagram, or a new one where that has no room for a frame of a usual size.
Datagram& FrameQueue::room() {
  if (!datagrams_.empty()) {
    const Datagram& last = datagrams_.back();
    if (last.bytes.size() < largest_datagram - largest_inline && last.descriptors.size() < most_descriptors)
      return datagrams_.back();
  }
  datagrams_.emplace_back();
  datagrams_.back().bytes = std::exchange(spare_, {});
  datagrams_.back().bytes.clear();
  return datagrams_.back();
}

Status FrameQueue::finish(std::size_t begin, FrameHeader header, bool is_whole, Descriptor beside) {
  Datagram& last = datagrams_.back();
  const std::size_t length = last.bytes.size() - begin - sizeof header;
  Status status;
  if (!is_whole)
    status = failure(ErrorCode::invalid, "bytes or a list without an address");
  else if (length > largest_payload)
    status = failure(ErrorCode::invalid,
                     "expected at most " + std::to_string(largest_payload) + " bytes, got " + std::to_string(length));
  else if (length > largest_inline && beside.number() >= 0)
    status = failure(ErrorCode::invalid, "too much of it to go with a descriptor");
  else if (length > largest_inline)
    status = move_into_memory(last, begin + sizeof header);
  if (!status) {
    last.bytes.resize(begin);
    if (begin == 0) datagrams_.pop_back();
    return failure(std::move(status.error()).while_doing("writing a frame " + std::string(name_of(header.kind))));
  }
  header.length = static_cast<std::uint32_t>(length);
  header.place = length > largest_inline ? 1 : beside.number() >= 0 ? 2 : 0;
  if (header.place == 2) last.descriptors.push_back(std::move(beside));
  std::memcpy(last.bytes.data() + begin, &header, sizeof header);
  return {};
}

Status FrameQueue::move_into_memory(Datagram& datagram, std::size_t begin) {
  datagram.descriptors.push_back(PATCHBAY_TRY(sealed_copy("frame", std::string_view(datagram.bytes).substr(begin))));
  datagram.bytes.resize(begin);
  return {};
}

Result<std::optional<Frame>> DatagramReader::next() {
  if (left_.empty()) {
    if (taken_ != descriptors_.size()) return broken("a descriptor belongs to no frame");
    return std::optional<Frame>();
  }
  FrameHeader header;
  if (left_.size() < sizeof header) return broken("a header is cut off");
  std::memcpy(&header, left_.data(), sizeof header);
  left_.remove_prefix(sizeof header);
  Frame frame{header.kind, header.instance, header.number, {}, {}};
  if (header.place == 0 || header.place == 2) {
    if (header.length > left_.size()) return broken("a frame is cut off");
    frame.payload = left_.substr(0, header.length);
    left_.remove_prefix(header.length);
    if (header.place == 2) {
      if (taken_ == descriptors_.size()) return broken("a frame lacks the descriptor that goes with it");
      frame.beside = std::make_shared<Descriptor>(std::move(descriptors_[taken_++]));
    }
    return std::optional(frame);
  }
  if (header.place != 1) return broken("a frame is in a place that there is not");
  if (header.length > largest_payload) return broken("a frame of " + std::to_string(header.length) + " bytes");
  if (taken_ == descriptors_.size()) return broken("a frame lacks its descriptor");
  mapping_.reset();
  mapping_.emplace(PATCHBAY_TRY(Mapping::of_sealed(descriptors_[taken_++], header.length)));
  frame.payload = {reinterpret_cast<const char*>(mapping_->bytes().data()), mapping_->bytes().size()};
  return std::optional(frame);
}

}  // namespace patchbay::plugin
