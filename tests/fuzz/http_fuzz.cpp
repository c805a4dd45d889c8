// Any bytes on a connection, in any portions: the reader of the HTTP server never reads past them, never holds more
// than its limits, and always comes to an end.
#include "net/address_range.hpp"
#include "net/forwarded_peer.hpp"
#include "net/request_reader.hpp"
#include "net/response_head.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

using namespace patchbay::net;

void require(bool holds) {
  if (!holds) std::abort();
}

// What the server does with a request, up to the handler and back.
void use(const ServerRequest& request, const Limits& limits) {
  require(request.body.size() <= limits.body_bytes);
  require(!request.method.empty() && (request.path == "*" || request.path.front() == '/'));
  static const Address connected = parse_address("10.0.0.1").value();
  static const std::vector<AddressRange> trusted = parse_proxies({"10.0.0.0/8"}).value();
  require(parse_address(forwarded_peer(connected, request.headers, trusted)).has_value());

  ServerResponse response{.status = 200, .headers = request.headers, .body = request.path};
  response.headers.emplace_back("x-query", request.query);
  make_sendable(response);
  const std::string head = response_head(response, Persistence::keep);
  require(head.find("\r\n\r\n") == head.size() - 4);
}

}  // namespace

// The first byte chooses the size of the portions.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Limits limits;
  limits.header_bytes = 2048;
  limits.body_bytes = 4096;
  const std::size_t portion = data[0] == 0 ? size : data[0];
  RequestReader reader(limits);
  for (std::size_t offset = 1; offset < size;) {
    const auto space = reader.space();
    require(!space.empty());
    require(space.size() <= 64 * 1024);
    const std::size_t count = std::min({portion, size - offset, space.size()});
    std::memcpy(space.data(), data + offset, count);
    offset += count;
    Reading reading = reader.received(count);
    while (reading == Reading::whole) {
      use(reader.take(), limits);
      if (!reader.keeps_alive()) return 0;
      reading = reader.next();
    }
    if (reading == Reading::refused) {
      require(reader.refusal().status >= 400 && !reader.refusal().reason.empty());
      return 0;
    }
  }
  return 0;
}
