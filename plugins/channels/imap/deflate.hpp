// COMPRESS=DEFLATE (RFC 4978): both directions of a connection as raw deflate streams (RFC 1951), on zlib.
//
// Sans-IO; one thread at a time. A mailbox mostly waits, and there may be a thousand of them: what is packed is short,
// and done with 3 KB, and unpacking takes its window (32 KB) only when there is something to unpack.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace patchbay::imap {

class Packer {
 public:
  Packer();
  // What the server can unpack of it at once, that is: all. Empty for nothing.
  [[nodiscard]] std::string pack(std::string_view plain);

 private:
  struct End {
    void operator()(z_stream_s* stream) const noexcept;
  };
  std::unique_ptr<z_stream_s, End> stream_;
};

class Unpacker {
 public:
  Unpacker();
  // Unpacks from the beginning of `packed`, which it takes away, until that is empty or `most` bytes came out of it.
  // What the server sent can be many times larger unpacked.
  [[nodiscard]] std::string unpack(std::string& packed, std::size_t most);
  // "unpacking what the server sent: ...", after which nothing more comes.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  struct End {
    void operator()(z_stream_s* stream) const noexcept;
  };
  std::unique_ptr<z_stream_s, End> stream_;
  std::string error_;
  bool is_over_ = false;
};

}  // namespace patchbay::imap
