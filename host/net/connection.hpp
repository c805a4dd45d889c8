// One connection of the HTTP server, from its first byte to its last: a part of http_server.cpp.
//
// Everything here runs on the io_context's thread. The listener owns a connection until close(), after that its own
// cancelled operations do. One request is read, handed on and answered before the next one is looked at.
//
// One timer serves all limits: moving a deadline back costs nothing, the timer looks again when it fires.
#pragma once

#include "net/address_range.hpp"
#include "net/answer_box.hpp"
#include "net/http_server.hpp"
#include "net/request_reader.hpp"
#include "net/response_head.hpp"

#include <array>
#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace patchbay::net {

using SteadyClock = std::chrono::steady_clock;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
using TlsStream = boost::asio::ssl::stream<Socket>;
using Timer = boost::asio::basic_waitable_timer<SteadyClock, boost::asio::wait_traits<SteadyClock>,
                                                boost::asio::io_context::executor_type>;

struct Counters {
  std::atomic<std::uint64_t> open{0}, refused{0}, requests{0}, requests_refused{0}, unanswered{0};
};

class ConnectionBase;

// What connections share. Lives as long as the last of them; `handler` is null once the server has ended.
struct Shared {
  Handler* handler = nullptr;
  Limits limits;
  std::vector<AddressRange> trusted_proxies;
  std::shared_ptr<AnswerBox> box;
  std::shared_ptr<Counters> counters;
  std::function<void(ConnectionBase&)> ended;
  bool stopping = false;
};

[[nodiscard]] std::string peer_of(const Shared& shared, const Address& connected, const Headers& headers);

class ConnectionBase : public AnswerTarget {
 public:
  virtual void start() = 0;
  virtual void close_if_idle() = 0;
  // For how long it has held its place without a whole request, beyond what a crowd allows; nothing while it is served.
  [[nodiscard]] virtual std::optional<SteadyClock::duration> overstayed(SteadyClock::time_point now) const = 0;
  virtual void close() = 0;
};

// Whether the connection is served or told that there are too many.
enum class Admission : std::uint8_t { served, refused };

template <class Stream>
class Connection final : public ConnectionBase, public std::enable_shared_from_this<Connection<Stream>> {
 public:
  template <class... Arguments>
  Connection(std::shared_ptr<Shared> shared, const Address& peer, Admission admission, Socket socket,
             Arguments&... arguments)
      : shared_(std::move(shared)),
        peer_(peer),
        admission_(admission),
        timer_(socket.get_executor()),
        stream_(std::move(socket), arguments...),
        reader_(shared_->limits) {}
  ~Connection() override { forget_request(); }

  void start() override {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      set_deadline(State::handshaking, shared_->limits.request_time);
      stream_.async_handshake(TlsStream::server, [self = this->shared_from_this()](boost::system::error_code error) {
        if (error || self->state_ == State::closed) return self->close();
        self->serve();
      });
    } else {
      serve();
    }
  }

  void close_if_idle() override {
    if (state_ == State::idle || state_ == State::handshaking) close();
  }

  [[nodiscard]] std::optional<SteadyClock::duration> overstayed(SteadyClock::time_point now) const override {
    const Limits& limits = shared_->limits;
    std::optional<SteadyClock::duration> beyond;
    if (state_ == State::idle) beyond = now - (deadline_ - limits.idle_time) - limits.crowded_idle_time;
    if (state_ == State::handshaking || state_ == State::reading)
      beyond = now - (deadline_ - limits.request_time) - limits.crowded_request_time;
    if (beyond < SteadyClock::duration::zero()) beyond.reset();
    return beyond;
  }

  void close() override {
    if (state_ == State::closed) return;
    state_ = State::closed;
    forget_request();
    timer_.cancel();
    boost::system::error_code ignored;
    stream_.lowest_layer().close(ignored);
    if (shared_->ended) shared_->ended(*this);
  }

 private:
  enum class State : std::uint8_t { handshaking, idle, reading, answering, writing, lingering, closed };

  static constexpr std::chrono::seconds linger_time{2};
  static constexpr std::size_t linger_bytes = 16 * 1024 * 1024;  // read and thrown away: what a client sends meanwhile
  static constexpr std::size_t copied_body = 16 * 1024;

  void serve() {
    if (admission_ == Admission::refused) {
      return refuse({503, "too many connections"}, {{"retry-after", "5"}});
    }
    if (shared_->stopping) return close();
    set_deadline(State::idle, shared_->limits.idle_time);
    read();
  }

  void read() {
    const std::span<char> space = reader_.space();
    stream_.async_read_some(boost::asio::buffer(space.data(), space.size()),
                            [self = this->shared_from_this()](boost::system::error_code error, std::size_t count) {
                              if (!self->is_reading()) return;  // interrupted
                              if (error) return self->close();
                              self->go_on(self->reader_.received(count));
                            });
  }

  [[nodiscard]] bool is_reading() const { return state_ == State::idle || state_ == State::reading; }

  void go_on(Reading reading) {
    if (state_ == State::idle && reading != Reading::waiting)
      set_deadline(State::reading, shared_->limits.request_time);
    switch (reading) {
      case Reading::waiting:
      case Reading::more:
        return read();
      case Reading::wants_go_on:
        return write_go_on();
      case Reading::whole:
        return hand_over();
      case Reading::refused:
        shared_->counters->requests_refused.fetch_add(1, std::memory_order_relaxed);
        return refuse(reader_.refusal(), {});
    }
  }

  void write_go_on() {
    static constexpr std::string_view go_on_text = "HTTP/1.1 100 Continue\r\n\r\n";
    boost::asio::async_write(stream_, boost::asio::buffer(go_on_text.data(), go_on_text.size()),
                             [self = this->shared_from_this()](boost::system::error_code error, std::size_t) {
                               if (!self->is_reading()) return;
                               if (error) return self->close();
                               self->read();
                             });
  }

  void hand_over() {
    if (shared_->handler == nullptr) return close();
    persistence_ = !reader_.keeps_alive()  ? Persistence::close
                   : reader_.is_http_1_0() ? Persistence::keep_1_0
                                           : Persistence::keep;
    head_only_ = reader_.is_head();
    ServerRequest request = reader_.take();
    request.peer = peer_of(*shared_, peer_, request.headers);
    set_deadline(State::answering, shared_->limits.response_time);
    ++request_;
    counted_ = true;
    shared_->counters->requests.fetch_add(1, std::memory_order_relaxed);
    shared_->counters->unanswered.fetch_add(1, std::memory_order_relaxed);

    auto pending = std::make_shared<PendingAnswer>(shared_->box, this->weak_from_this(), request_);
    try {
      shared_->handler->handle(std::move(request), [pending = std::move(pending)](ServerResponse response) {
        pending->answer(std::move(response));
      });
    } catch (...) {
      // Its Respond is gone or answered: the client hears 500 at the latest then, and the thread serves on.
    }
  }

  void answer(std::uint64_t request, ServerResponse response) override {
    if (state_ != State::answering || request != request_) return;  // too late
    write(std::move(response));
  }

  void refuse(const Refusal& refusal, Headers headers) {
    headers.emplace_back("content-type", "text/plain");
    persistence_ = Persistence::close;
    head_only_ = reader_.is_head();
    cut_off_ = true;
    set_deadline(State::writing, linger_time);
    write({.status = refusal.status, .headers = std::move(headers), .body = std::string(refusal.reason) + "\n"});
  }

  void write(ServerResponse response) {
    if (state_ == State::answering) state_ = State::writing;  // under the deadline that it has
    if (shared_->stopping) persistence_ = Persistence::close;
    make_sendable(response);
    head_ = response_head(response, persistence_);
    body_.clear();
    if (!head_only_) {
      if (response.body.size() <= copied_body) {
        head_ += response.body;
      } else {
        body_ = std::move(response.body);
      }
    }
    const std::array<boost::asio::const_buffer, 2> buffers{boost::asio::buffer(head_), boost::asio::buffer(body_)};
    const auto written = [self = this->shared_from_this()](boost::system::error_code error, std::size_t) {
      if (error) return self->close();
      self->after_answer();
    };
    if (body_.empty()) {
      boost::asio::async_write(stream_, buffers[0], written);
    } else {
      boost::asio::async_write(stream_, buffers, written);
    }
  }

  void after_answer() {
    if (state_ == State::closed) return;
    forget_request();
    if (persistence_ == Persistence::close) return say_goodbye();
    set_deadline(State::idle, shared_->limits.idle_time);
    const Reading reading = reader_.next();
    if (shared_->stopping && reading == Reading::waiting) return close();
    go_on(reading);
  }

  // To close while the client still sends makes TCP discard the answer (RFC 9112, 9.6): stop writing, read on a little.
  void say_goodbye() {
    set_deadline(State::lingering, linger_time);
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      // OpenSSL cannot say goodbye over data that it has not read: then it is the client that closes.
      if (cut_off_) return discard(0);
      stream_.async_shutdown([self = this->shared_from_this()](boost::system::error_code) { self->close(); });
    } else {
      boost::system::error_code ignored;
      stream_.shutdown(boost::asio::socket_base::shutdown_send, ignored);
      discard(0);
    }
  }

  void discard(std::size_t so_far) {
    head_.resize(4096);
    stream_.async_read_some(boost::asio::buffer(head_), [self = this->shared_from_this(), so_far](
                                                            boost::system::error_code error, std::size_t count) {
      if (error || so_far + count > linger_bytes) return self->close();
      self->discard(so_far + count);
    });
  }

  void forget_request() {
    if (!counted_) return;
    counted_ = false;
    shared_->counters->unanswered.fetch_sub(1, std::memory_order_relaxed);
  }

  void set_deadline(State state, std::chrono::milliseconds time) {
    state_ = state;
    deadline_ = SteadyClock::now() + time;
    if (deadline_ < fires_at_) arm();
  }

  void arm() {
    fires_at_ = deadline_;
    timer_.expires_at(deadline_);  // cancels the wait before
    timer_.async_wait([self = this->weak_from_this()](boost::system::error_code error) {
      if (error) return;
      if (const auto connection = self.lock()) connection->on_timer();
    });
  }

  void on_timer() {
    if (state_ == State::closed) return;
    if (SteadyClock::now() < deadline_) return arm();
    fires_at_ = SteadyClock::time_point::max();
    switch (state_) {
      case State::reading:
        shared_->counters->requests_refused.fetch_add(1, std::memory_order_relaxed);
        return interrupt({408, "the request took too long"});
      case State::answering:
        return interrupt({503, "the answer took too long"});
      case State::handshaking:
      case State::idle:
      case State::writing:
      case State::lingering:
      case State::closed:
        return close();
    }
  }

  // The time is over, perhaps in the middle of a read.
  void interrupt(const Refusal& refusal) {
    boost::system::error_code ignored;
    stream_.lowest_layer().cancel(ignored);
    refuse(refusal, {});
  }

  const std::shared_ptr<Shared> shared_;
  const Address peer_;
  const Admission admission_;
  State state_ = State::idle;
  SteadyClock::time_point deadline_{}, fires_at_ = SteadyClock::time_point::max();
  Timer timer_;
  Stream stream_;
  RequestReader reader_;
  std::uint64_t request_ = 0;
  Persistence persistence_ = Persistence::keep;
  bool head_only_ = false, counted_ = false, cut_off_ = false;
  std::string head_, body_;
};

}  // namespace patchbay::net
