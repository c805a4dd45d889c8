// The provider: posts signed WhatsApp webhooks of many people at a fixed rate, whatever becomes of the gateway (an open
// loop), and keeps a journal of what was accepted.
//
// faults_producer --port P --secret S --accepted FILE --control FILE [--rate N] [--people N] [--connections N] [--seed
// S]
//
// Like a real provider it posts again what was not answered with a 2xx, some messages twice at once, and some again
// long after they were accepted. An id is written, and synced, only after our 2xx. Some people show themselves by their
// phone number first, then by their user id, then by both, so that contacts merge. It goes on until the control orders
// it to finish, and ends when all it has posted is accepted. An answer that is neither 2xx nor 503 ends it with status
// 1, and so does a minute without a 2xx while it finishes.
#include "bench/framing.hpp"
#include "bench/measuring.hpp"
#include "bench/sockets.hpp"
#include "bench/whatsapp_body.hpp"
#include "faults/append_journal.hpp"
#include "faults/control.hpp"

#include <array>
#include <cstdio>
#include <exception>
#include <optional>
#include <queue>
#include <unordered_set>
#include <utility>

namespace patchbay::faults {
namespace {

using bench::now_ns;

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t before_connecting_again = 5 * ms;
constexpr std::int64_t before_posting_again = 30 * ms;
constexpr std::int64_t longest_silence = 60'000 * ms;
constexpr std::int64_t one_in_twice = 64;      // messages that are posted twice at once
constexpr std::int64_t one_in_again = 64;      // accepted messages that are posted once more
constexpr std::int64_t one_in_novel = 250;     // messages that are kept as files beside the database
constexpr std::size_t novel_bytes = 70'000;    // above what stays inside
constexpr std::int64_t one_in_discovered = 8;  // people who show one id at first

struct Post {
  std::int64_t at = 0;  // not before
  std::int64_t message = 0;
  bool operator>(const Post& other) const { return at > other.at; }
};

class Producer {
 public:
  explicit Producer(const bench::Words& words)
      : port_(static_cast<std::uint16_t>(words.number("port"))),
        interval_(1'000'000'000 / std::max<std::int64_t>(words.number("rate"), 1)),
        hmac_(words.text("secret")),
        people_(words.number("people"), 0.5),
        random_(static_cast<std::uint64_t>(words.number("seed"))),
        written_(static_cast<std::size_t>(words.number("people"))),
        accepted_(words.text("accepted")),
        control_(words.text("control")),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        connections_(static_cast<std::size_t>(words.number("connections"))) {}

  void run() {
    next_arrival_ = now_ns();
    for (;;) {
      const std::int64_t now = now_ns();
      arrive(now);
      connect(now);
      post(now);
      report();
      if (finishing_ && wanting_.empty()) return;
      if (finishing_ && now > std::max(*finishing_, accepted_at_) + longest_silence)
        throw std::runtime_error("finishing: " + std::to_string(wanting_.size()) +
                                 " messages are left, and none was accepted for a minute");
      receive();
      accepted_.sync();
    }
  }

 private:
  struct Connection {
    std::optional<bench::Socket> socket;
    std::int64_t made_at = 0;
    std::string received;
    std::optional<std::int64_t> message;  // posted and not answered
  };

  // Messages come when they come, also while nobody takes them.
  void arrive(std::int64_t now) {
    if (control_->order == Order::finish && !finishing_) finishing_ = now;
    for (; !finishing_ && next_arrival_ <= now; next_arrival_ += interval_) {
      const std::int64_t message = static_cast<std::int64_t>(messages_.size());
      const std::int64_t person = people_(random_);
      messages_.push_back({person, form_of(message, person)});
      wanting_.insert(message);
      due_.push({now, message});
      if (one_in(one_in_twice)) due_.push({now, message});
    }
  }

  bench::Form form_of(std::int64_t message, std::int64_t person) {
    bench::Form form;
    const int before = written_[static_cast<std::size_t>(person)]++;
    if (person % one_in_discovered == 0 && before == 0) form.shown = bench::Shown::phone;
    if (person % one_in_discovered == 0 && before == 1) form.shown = bench::Shown::user;
    if (message % one_in_novel == one_in_novel - 1) form.novelty = novel_bytes;
    return form;
  }

  bool one_in(std::int64_t many) { return std::uniform_int_distribution<std::int64_t>(1, many)(random_) == 1; }

  void connect(std::int64_t now) {
    if (now < connect_after_) return;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      Connection& connection = connections_[i];
      if (connection.socket) continue;
      try {
        connection.socket.emplace(bench::connect_to(port_));
      } catch (const std::exception&) {
        connect_after_ = now + before_connecting_again;  // the gateway is down
        return;
      }
      connection.made_at = now;
      bench::watch(epoll_, connection.socket->get(), i);
      ++open_;
    }
  }

  // A request is far smaller than a socket's buffer, and the answer to the one before has come: the write does not
  // wait.
  void post(std::int64_t now) {
    for (Connection& connection : connections_) {
      if (due_.empty() || due_.top().at > now) return;
      if (!connection.socket || connection.message) continue;
      const std::int64_t message = due_.top().message;
      due_.pop();
      connection.message = message;
      ++unanswered_;
      const Message& what = messages_[static_cast<std::size_t>(message)];
      const std::string request = bench::whatsapp_request(
          "/hooks/whatsapp", bench::whatsapp_body(message, what.person, number_, what.form), hmac_);
      const ssize_t sent = ::send(connection.socket->get(), request.data(), request.size(), MSG_NOSIGNAL);
      if (sent != static_cast<ssize_t>(request.size())) lose(connection);
    }
  }

  void receive() {
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 1);
    for (int i = 0; i < count; ++i) receive_on(connections_[events[static_cast<std::size_t>(i)].data.u64]);
  }

  void receive_on(Connection& connection) {
    if (!connection.socket) return;
    std::array<char, 8192> buffer;
    const ssize_t count = ::recv(connection.socket->get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) return lose(connection);
    connection.received.append(buffer.data(), static_cast<std::size_t>(count));
    const std::optional<bench::Message> answer = bench::first_message(connection.received);
    if (!answer || !connection.message) return;
    const std::string status(answer->head.substr(0, answer->head.find("\r\n")));
    connection.received.erase(0, answer->size());
    const std::int64_t message = *std::exchange(connection.message, std::nullopt);
    --unanswered_;
    if (status.starts_with("HTTP/1.1 2")) return accepted(message, connection);
    if (!status.starts_with("HTTP/1.1 503")) throw std::runtime_error("posting a message: the answer was " + status);
    post_again(message);
  }

  void accepted(std::int64_t message, const Connection& connection) {
    control_->last_connection_ns = connection.made_at;
    accepted_at_ = now_ns();
    if (wanting_.erase(message) == 0) return;  // the second of two
    accepted_.add(bench::message_id(message));
    if (!finishing_ && one_in(one_in_again)) post_again(message);
  }

  void lose(Connection& connection) {
    connection.socket.reset();
    connection.received.clear();
    --open_;
    if (!connection.message) return;
    const std::int64_t message = *std::exchange(connection.message, std::nullopt);
    --unanswered_;
    ++control_->broken;
    post_again(message);
  }

  void post_again(std::int64_t message) {
    std::uniform_int_distribution<std::int64_t> wait(before_posting_again, 2 * before_posting_again);
    due_.push({now_ns() + wait(random_), message});
  }

  void report() {
    control_->connections = open_;
    control_->unanswered = unanswered_;
    control_->pending = static_cast<std::int64_t>(wanting_.size());
  }

  struct Message {
    std::int64_t person;
    bench::Form form;
  };

  std::uint16_t port_;
  std::int64_t interval_;
  std::string number_ = "222";  // of the settings
  bench::Hmac hmac_;
  bench::Zipf people_;
  std::mt19937_64 random_;
  std::vector<int> written_;  // by each person
  AppendJournal accepted_;
  SharedControl control_;
  bench::Socket epoll_;
  std::vector<Connection> connections_;
  std::vector<Message> messages_;
  std::unordered_set<std::int64_t> wanting_;  // have arrived and are not accepted
  std::priority_queue<Post, std::vector<Post>, std::greater<>> due_;
  std::int64_t next_arrival_ = 0, connect_after_ = 0, accepted_at_ = 0, open_ = 0, unanswered_ = 0;
  std::optional<std::int64_t> finishing_;  // since when
};

}  // namespace
}  // namespace patchbay::faults

int main(int count, char** words) {
  try {
    patchbay::faults::Producer({count,
                                words,
                                {{"port", "0"},
                                 {"secret", ""},
                                 {"accepted", ""},
                                 {"control", ""},
                                 {"rate", "1000"},
                                 {"people", "2000"},
                                 {"connections", "64"},
                                 {"seed", "1"}}})
        .run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "faults_producer: %s\n", error.what());
    return 1;
  }
}
