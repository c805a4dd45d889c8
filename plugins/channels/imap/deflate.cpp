#include "deflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

namespace patchbay::imap {

namespace {

// Negative: without zlib's header and trailer (RFC 1951 rather than RFC 1950). 15 is what the other side may use.
constexpr int own_window = -9, largest_window = -15;
constexpr int least_memory = 1;

template <class Stream>
void give(Stream& stream, std::string_view bytes) {
  // zlib only reads them, but for C's sake is declared otherwise.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
}

}  // namespace

void Packer::End::operator()(z_stream_s* stream) const noexcept {
  deflateEnd(stream);
  delete stream;
}

void Unpacker::End::operator()(z_stream_s* stream) const noexcept {
  inflateEnd(stream);
  delete stream;
}

Packer::Packer() {
  auto stream = std::make_unique<z_stream>();
  if (deflateInit2(stream.get(), Z_DEFAULT_COMPRESSION, Z_DEFLATED, own_window, least_memory, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    throw std::bad_alloc();
  stream_.reset(stream.release());
}

std::string Packer::pack(std::string_view plain) {
  std::string to;
  if (plain.empty()) return to;
  give(*stream_, plain.substr(0, std::numeric_limits<uInt>::max()));
  std::array<char, 1024> part;
  do {
    stream_->next_out = reinterpret_cast<Bytef*>(part.data());
    stream_->avail_out = part.size();
    deflate(stream_.get(), Z_SYNC_FLUSH);
    to.append(part.data(), part.size() - stream_->avail_out);
  } while (stream_->avail_out == 0);
  return to;
}

Unpacker::Unpacker() {
  auto stream = std::make_unique<z_stream>();
  if (inflateInit2(stream.get(), largest_window) != Z_OK) throw std::bad_alloc();
  stream_.reset(stream.release());
}

std::string Unpacker::unpack(std::string& packed, std::size_t most) {
  std::string to;
  std::size_t taken = 0;
  std::array<char, 16384> part;
  while (error_.empty() && to.size() < most) {
    const std::size_t given = std::min<std::size_t>(packed.size() - taken, std::numeric_limits<uInt>::max());
    give(*stream_, std::string_view(packed).substr(taken, given));
    stream_->next_out = reinterpret_cast<Bytef*>(part.data());
    stream_->avail_out = static_cast<uInt>(std::min(part.size(), most - to.size()));
    const uInt room = stream_->avail_out;
    const int result = is_over_ ? Z_STREAM_END : inflate(stream_.get(), Z_SYNC_FLUSH);
    to.append(part.data(), room - stream_->avail_out);
    taken += given - stream_->avail_in;
    if (result == Z_STREAM_END) {
      is_over_ = true;
      if (taken < packed.size()) error_ = "unpacking what the server sent: expected nothing behind its end, got more";
      break;
    }
    if (result == Z_BUF_ERROR || (result == Z_OK && stream_->avail_out != 0)) break;  // all that there is
    if (result != Z_OK)
      error_ = std::string("unpacking what the server sent: ") +
               (stream_->msg == nullptr ? "zlib cannot go on" : stream_->msg);
  }
  packed.erase(0, taken);
  return to;
}

}  // namespace patchbay::imap
