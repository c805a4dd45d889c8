// The load generator: posts signed WhatsApp webhooks over keep-alive connections, one request at a time on each, and
// says how fast they were accepted and, with a journal, delivered.
//
// load --port P [--target /hooks/whatsapp] [--secret S] [--number ID] [--messages N] [--people N] [--exponent S]
// [--connections N] [--rate N] [--journal FILE]
//
// With --rate each message is due at its time, that many a second, and its time counts from then, whether or not a
// connection is free; without, a connection posts its next message when the last is answered.
// Bodies are made and signed before the clock starts. Every message has an id of its own; people come by Zipf's law
// (--exponent 0: all equally often), each with a phone number, a user id and a name. With a journal it waits until the
// receiver has noted every message. Prints one JSON object; an answer other than 200 ends it with status 1.
#include "framing.hpp"
#include "hmac.hpp"
#include "journal.hpp"
#include "measuring.hpp"
#include "sockets.hpp"
#include "whatsapp_body.hpp"

#include <array>
#include <cstdio>
#include <exception>
#include <optional>
#include <thread>

namespace patchbay::bench {
namespace {

constexpr std::int64_t longest_silence_ns = 30'000'000'000;

struct Requests {
  std::vector<std::string> bytes;
  double average_body = 0;
};

Requests make_requests(const Words& words) {
  Hmac hmac(words.text("secret"));
  const Zipf zipf(words.number("people"), std::strtod(words.text("exponent").c_str(), nullptr));
  std::mt19937_64 random(42);
  const std::int64_t count = words.number("messages");
  Requests requests;
  std::size_t all = 0;
  for (std::int64_t message = 0; message < count; ++message) {
    const std::string body = whatsapp_body(message, zipf(random), words.text("number"));
    all += body.size();
    requests.bytes.push_back(whatsapp_request(words.text("target"), body, hmac));
  }
  requests.average_body = static_cast<double>(all) / static_cast<double>(count);
  return requests;
}

class Load {
 public:
  Load(const Words& words, const Requests& requests, Journal* journal)
      : requests_(requests),
        journal_(journal),
        interval_ns_(words.number("rate") == 0 ? 0 : 1'000'000'000 / words.number("rate")),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    const auto port = static_cast<std::uint16_t>(words.number("port"));
    for (std::int64_t i = 0; i < words.number("connections"); ++i) {
      connections_.push_back({connect_to(port), {}, 0, 0});
      watch(epoll_, connections_.back().socket.get(), static_cast<std::uint64_t>(i));
    }
  }

  // Posts every message. What was not answered with 200 is counted, not repeated.
  void run() {
    started_ = now_ns();
    for (Connection& connection : connections_) idle_.push_back(&connection);
    std::array<epoll_event, 64> events{};
    std::int64_t answered_at = started_;
    while (post_due() || under_way_ > 0) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), longest_wait_ms());
      for (int i = 0; i < count; ++i) receive(connections_[events[static_cast<std::size_t>(i)].data.u64]);
      if (count > 0 || under_way_ == 0) answered_at = now_ns();
      if (now_ns() - answered_at > longest_silence_ns)
        throw std::runtime_error("waiting for an answer: none came for 30 s");
    }
    ended_ = now_ns();
  }

  // Waits until the receiver has noted all of them.
  void await_deliveries() const {
    std::size_t noted = 0;
    std::int64_t last_progress = now_ns();
    while (noted < journal_->times().size()) {
      if (journal_->times()[noted].delivered.load() != 0) {
        ++noted;
        last_progress = now_ns();
      } else if (now_ns() - last_progress > longest_silence_ns) {
        throw std::runtime_error("waiting for deliveries: message " + std::to_string(noted) + " has not come for 30 s");
      } else {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
    }
  }

  void print() {
    std::printf("{\"messages\": %zu, \"body_bytes\": %.0f, \"requests_per_s\": %.0f, \"accept_p50_ms\": %.3f, ",
                requests_.bytes.size(), requests_.average_body, rate(ended_), percentile(accepted_ms_, 0.5));
    std::printf("\"accept_p99_ms\": %.3f", percentile(accepted_ms_, 0.99));
    if (journal_ != nullptr) {
      std::vector<double> delivered_ms;
      std::int64_t last = 0;
      for (const Times& times : journal_->times()) {
        last = std::max(last, times.delivered.load());
        delivered_ms.push_back(static_cast<double>(times.delivered.load() - times.posted.load()) / 1e6);
      }
      std::printf(", \"interactions_per_s\": %.0f, \"delivered_p50_ms\": %.3f, \"delivered_p99_ms\": %.3f", rate(last),
                  percentile(delivered_ms, 0.5), percentile(delivered_ms, 0.99));
    }
    std::printf("}\n");
  }

  [[nodiscard]] std::size_t refused() const { return refused_; }

 private:
  struct Connection {
    Socket socket;
    std::string received;
    std::int64_t posted_at;
    std::size_t message;
  };

  [[nodiscard]] double rate(std::int64_t until) const {
    return static_cast<double>(requests_.bytes.size()) * 1e9 / static_cast<double>(until - started_);
  }

  // When the next message is to be posted.
  [[nodiscard]] std::int64_t due() const {
    return interval_ns_ == 0 ? now_ns() : started_ + static_cast<std::int64_t>(next_) * interval_ns_;
  }

  // Until something is due, or for a second.
  [[nodiscard]] int longest_wait_ms() const {
    if (next_ == requests_.bytes.size() || idle_.empty()) return 1000;
    return static_cast<int>(std::clamp<std::int64_t>((due() - now_ns() + 999'999) / 1'000'000, 0, 1000));
  }

  // Posts what is due as far as connections are free. Whether there is more to post.
  bool post_due() {
    while (next_ < requests_.bytes.size() && !idle_.empty() && due() <= now_ns()) {
      Connection& connection = *idle_.back();
      idle_.pop_back();
      post(connection, due());
    }
    return next_ < requests_.bytes.size();
  }

  // A request is far smaller than a socket's buffer, and the answer to the one before has come: the write does not
  // wait.
  void post(Connection& connection, std::int64_t at) {
    connection.message = next_++;
    connection.posted_at = at;
    if (journal_ != nullptr) journal_->times()[connection.message].posted.store(at);
    const std::string& request = requests_.bytes[connection.message];
    const ssize_t sent = ::send(connection.socket.get(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request.size())) refuse("posting a message");
    ++under_way_;
  }

  void receive(Connection& connection) {
    std::array<char, 8192> buffer;
    const ssize_t count = ::recv(connection.socket.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) throw std::runtime_error("reading an answer: the server hung up");
    connection.received.append(buffer.data(), static_cast<std::size_t>(count));
    const std::optional<Message> answer = first_message(connection.received);
    if (!answer) return;
    accepted_ms_.push_back(static_cast<double>(now_ns() - connection.posted_at) / 1e6);
    if (!answer->head.starts_with("HTTP/1.1 200 ")) ++refused_;
    connection.received.erase(0, answer->size());
    --under_way_;
    idle_.push_back(&connection);
  }

  const Requests& requests_;
  Journal* journal_;
  std::int64_t interval_ns_;  // between two messages; 0 = as fast as they are answered
  Socket epoll_;
  std::vector<Connection> connections_;
  std::vector<Connection*> idle_;
  std::size_t next_ = 0, under_way_ = 0, refused_ = 0;
  std::int64_t started_ = 0, ended_ = 0;
  std::vector<double> accepted_ms_;
};

int measure(const Words& words) {
  const Requests requests = make_requests(words);
  std::optional<Journal> journal;
  if (!words.text("journal").empty()) journal.emplace(words.text("journal"), requests.bytes.size());
  Load load(words, requests, journal ? &*journal : nullptr);
  load.run();
  if (load.refused() != 0) {
    std::fprintf(stderr, "load: %zu messages were not answered with 200\n", load.refused());
    return 1;
  }
  if (journal) load.await_deliveries();
  load.print();
  return 0;
}

}  // namespace
}  // namespace patchbay::bench

int main(int count, char** words) {
  try {
    return patchbay::bench::measure({count,
                                     words,
                                     {{"port", "0"},
                                      {"target", "/hooks/whatsapp"},
                                      {"secret", "secret"},
                                      {"number", "222"},
                                      {"messages", "50000"},
                                      {"people", "10000"},
                                      {"exponent", "1"},
                                      {"connections", "64"},
                                      {"rate", "0"},
                                      {"journal", ""}}});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "load: %s\n", error.what());
    return 1;
  }
}
