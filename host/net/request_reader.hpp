// Bytes in, HTTP/1.1 requests out: what a server reads of one connection, without its socket.
//
// Bytes are put into space() and announced by received(); after a request was taken, next() goes on with those that
// came along with it. It bounds what it holds by the limits, whatever the bytes are. One connection's thread. Beast's
// parser judges the grammar; what RFC 9112 leaves to the server, and what would let two servers see two different
// requests in the same bytes (RFC 9112, 11.2), is refused here.
#pragma once

#include "net/http_server.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace patchbay::net {

enum class Reading : std::uint8_t {
  waiting,      // for the first byte of a request
  more,         // within a request
  wants_go_on,  // the client waits for "100 Continue"; said once
  whole,        // take() the request
  refused,      // see refusal(); nothing more can be read of this connection
};

struct Refusal {
  std::uint32_t status = 0;
  std::string_view reason;
};

class RequestReader {
 public:
  explicit RequestReader(const Limits& limits);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  [[nodiscard]] std::span<char> space();  // never empty
  [[nodiscard]] Reading received(std::size_t count);
  [[nodiscard]] Reading next();

  // [whole] without its peer.
  [[nodiscard]] ServerRequest take();
  // [whole, refused] what the answer must know of the request.
  [[nodiscard]] bool keeps_alive() const;
  [[nodiscard]] bool is_head() const;
  [[nodiscard]] bool is_http_1_0() const;
  [[nodiscard]] const Refusal& refusal() const;

 private:
  class Parser;

  Reading parse();
  Reading refuse(std::uint32_t status, std::string_view reason);

  const std::size_t header_bytes_, body_bytes_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
  std::unique_ptr<Parser> parser_;
  Refusal refusal_;
};

}  // namespace patchbay::net
