// One connection as a protocol core wants it: bytes to write, bytes that came, in plain or, from some point on, in TLS.
// Link Patchbay::tls.
//
//   void Mailbox::connected(patchbay::Connected made) {
//     wire_.emplace(std::move(made.stream));
//     wire_->secure(context, "imap.example.org");  // at once, or later for STARTTLS
//     turn();
//   }
//   void Mailbox::turn() {                          // also from ready()
//     do {
//       if (auto error = wire_->flow()) return give_up(*error);
//       core_.take(wire_->received());              // which takes away what it has understood
//       wire_->write(core_.output());
//     } while (wire_->has_output());
//     host_.watch(token_, wire_->stream(), wire_->interest(), core_.patience());
//   }
//
// Nothing here waits. After an error a wire is of no more use. [instance]
#pragma once

#include <patchbay/stream.hpp>
#include <patchbay/tls.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay {

class Wire {
 public:
  explicit Wire(Stream stream) : stream_(std::move(stream)) {}

  // To go out with the next flow().
  void write(std::string_view bytes) { plain_.append(bytes); }
  [[nodiscard]] bool has_output() const { return !plain_.empty(); }

  // Writes and reads what can be now. Nothing, or why it is over.
  [[nodiscard]] std::optional<Error> flow() {
    if (auto error = push()) return error;
    if (auto error = pull()) return error;
    return push();  // what TLS has to answer
  }

  // What came and was not taken. Whoever reads it takes it away.
  [[nodiscard]] std::string& received() { return received_; }

  // From here on everything goes through TLS; is_secured() says when the server has proved that name. Fails where it
  // has sent more already than was read: what came in plain must not be taken for something secured (CVE-2011-0411).
  [[nodiscard]] std::optional<Error> secure(const tls::Context& context, const std::string& name) {
    if (!received_.empty())
      return Error{PB_NOT_CONNECTED,
                   "starting TLS: the server, or somebody in between, sent more before it",
                   "connect by a port on which TLS begins at once",
                   {},
                   {}};
    outgoing_ += std::exchange(plain_, {});
    session_.emplace(context, name);
    return std::nullopt;
  }
  [[nodiscard]] bool is_secured() const { return session_ && session_->is_secured(); }

  // Says goodbye to the server in TLS with the next flow(); without TLS there is nothing to say.
  void end() { is_ending_ = true; }

  // The server sends no more: what was received is all. `cut_off`: without the goodbye that TLS has, so that the last
  // bytes may be missing.
  enum class Ending : std::uint8_t { none, orderly, cut_off };
  [[nodiscard]] Ending ending() const { return ending_; }

  // What to watch the stream for before the next flow().
  [[nodiscard]] Interest interest() const {
    const bool reads = ending_ == Ending::none && received_.size() < most_received;
    const bool writes = !outgoing_.empty();
    if (reads) return writes ? Interest::both : Interest::readable;
    return writes ? Interest::writable : Interest::nothing;
  }

  [[nodiscard]] Stream& stream() { return stream_; }

 private:
  static constexpr std::size_t most_received = std::size_t{1} << 20U;  // then reading waits for who takes it
  static constexpr std::size_t most_at_once = std::size_t{256} << 10U;
  static constexpr std::size_t kept_room = 4096;

  [[nodiscard]] static std::optional<Error> broken(const char* doing, int error) {
    return Error{PB_NOT_CONNECTED, doing + (": " + std::generic_category().message(error)), {}, {}, {}};
  }

  [[nodiscard]] std::optional<Error> push() {
    if (session_) {
      if (auto error = session_->send(plain_)) return error;
      if (is_ending_) session_->end();
      is_ending_ = false;
      session_->take_output(outgoing_);
    } else {
      outgoing_ += plain_;
    }
    plain_.clear();
    std::size_t written = 0;
    while (written < outgoing_.size()) {
      const Stream::Moved moved = stream_.write(std::string_view(outgoing_).substr(written));
      if (moved.went == Stream::Went::broken) return broken("writing to the server", moved.error);
      if (moved.went == Stream::Went::not_now) break;
      written += moved.bytes;
    }
    outgoing_.erase(0, written);
    if (outgoing_.empty() && outgoing_.capacity() > kept_room) outgoing_ = {};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Error> pull() {
    if (received_.empty() && received_.capacity() > kept_room) received_ = {};
    std::array<char, 8192> part;
    for (std::size_t count = 0; count < most_at_once && received_.size() < most_received && ending_ == Ending::none;) {
      const Stream::Moved moved = stream_.read(part.data(), part.size());
      if (moved.went == Stream::Went::not_now) break;
      if (moved.went == Stream::Went::broken) return broken("reading from the server", moved.error);
      if (moved.went == Stream::Went::ended) {
        ending_ = session_ ? Ending::cut_off : Ending::orderly;
        break;
      }
      count += moved.bytes;
      const std::string_view came(part.data(), moved.bytes);
      if (!session_) {
        received_ += came;
        continue;
      }
      if (auto error = session_->receive(came, received_)) return error;
      if (session_->is_ended()) ending_ = Ending::orderly;
    }
    return std::nullopt;
  }

  Stream stream_;
  std::optional<tls::Session> session_;
  std::string plain_, outgoing_, received_;
  bool is_ending_ = false;
  Ending ending_ = Ending::none;
};

}  // namespace patchbay
