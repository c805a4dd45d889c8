// What a hostile worker may send: a datagram, its frames, and the values in each.
#include "plugin/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace patchbay;
using namespace patchbay::plugin;

template <class Value>
void read_and_write(const Frame& frame) {
  std::pmr::monotonic_buffer_resource lists;
  Value value{};
  if (!unpack(frame, lists, value)) return;
  // What was understood is written as it was.
  std::string written;
  Encoder encoder(written);
  encoder.put(value);
  if (!encoder.is_whole() || written != frame.payload) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  DatagramReader reader({reinterpret_cast<const char*>(data), size}, {});
  for (auto frame = reader.next(); frame && *frame; frame = reader.next()) {
    read_and_write<pb_batch>(**frame);
    read_and_write<pb_http_call>(**frame);
    read_and_write<pb_access_call>(**frame);
    read_and_write<pb_stream_call>(**frame);
    read_and_write<pb_rendered>(**frame);
    read_and_write<pb_sent>(**frame);
    read_and_write<pb_judged>(**frame);
    read_and_write<pb_http_response>(**frame);
    read_and_write<pb_error>(**frame);
    read_and_write<Ready>(**frame);
    read_and_write<Outcome>(**frame);
    read_and_write<LogLine>(**frame);
    read_and_write<Metric>(**frame);
    read_and_write<Question>(**frame);
  }
  return 0;
}
