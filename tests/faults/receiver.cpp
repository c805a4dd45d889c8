// The destination: verifies the v1 signature of each event, applies it once by its webhook-id, and behaves as badly as
// the control orders.
//
// faults_receiver --port P --key whsec_... --applied FILE --control FILE [--seed S]
//
// An event is in the journal, synced, before it is answered; the journal is read at the start, so that a receiver that
// was killed still knows what it has applied. An event without a valid signature ends it with status 1. It serves until
// it is killed.
#include "bench/framing.hpp"
#include "bench/measuring.hpp"
#include "bench/sockets.hpp"
#include "bench/standard_webhooks.hpp"
#include "faults/append_journal.hpp"
#include "faults/control.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <exception>
#include <fstream>
#include <queue>
#include <unordered_map>
#include <unordered_set>

namespace patchbay::faults {
namespace {

using bench::now_ns;

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t shortest_delay = 50 * ms, longest_delay = 400 * ms;
constexpr std::string_view taken = "HTTP/1.1 204 No Content\r\n\r\n";
constexpr std::string_view denied = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view garbage = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"ok\":\x01\xff!";
constexpr std::string_view half = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe rest never com";

// The event as the journal keeps it.
std::string line_of(std::string_view id, std::string_view body) {
  const nlohmann::json event = nlohmann::json::parse(body);
  const std::string type = event.at("type");
  std::string external_id = "-", merged;
  if (type == "interaction.received") external_id = event.at("data").at("interaction").at("external_id");
  if (type == "contact.merged")
    for (const nlohmann::json& contact : event.at("data").at("merged"))
      merged.append(merged.empty() ? "" : ",").append(contact.get<std::string>());
  const auto sequence = std::stoull(event.at("sequence").get<std::string>());
  return "applied " + std::string(id) + " " + std::to_string(sequence) + " " + type + " " +
         event.at("subject").get<std::string>() + " " + external_id + " " + (merged.empty() ? "-" : merged);
}

class Applied {
 public:
  explicit Applied(const std::string& file) : journal_(after_reading(file)) {}

  void take(std::string_view id, std::string_view body) {
    if (!known_.emplace(id).second) return journal_.add("again " + std::string(id));
    journal_.add(line_of(id, body));
  }
  void sync() { journal_.sync(); }

 private:
  const std::string& after_reading(const std::string& file) {
    std::ifstream journal(file);
    for (std::string line; std::getline(journal, line);)
      if (line.starts_with("applied ")) known_.insert(line.substr(8, line.find(' ', 8) - 8));
    return file;
  }

  std::unordered_set<std::string> known_;
  AppendJournal journal_;
};

class Receiver {
 public:
  explicit Receiver(const bench::Words& words)
      : hmac_(bench::key_of(words.text("key"))),
        applied_(words.text("applied")),
        control_(words.text("control")),
        random_(static_cast<std::uint64_t>(words.number("seed"))),
        listener_(bench::listen_on(static_cast<std::uint16_t>(words.number("port")))),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    bench::watch(epoll_, listener_.get(), static_cast<std::uint64_t>(listener_.get()));
  }

  void run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms());
      for (int i = 0; i < count; ++i) {
        const auto descriptor = static_cast<int>(events[static_cast<std::size_t>(i)].data.u64);
        if (descriptor == listener_.get())
          accept();
        else
          receive(descriptor);
      }
      // What came together is synced together; only then it is answered.
      applied_.sync();
      answer();
    }
  }

 private:
  struct Connection {
    bench::Socket socket;
    std::uint64_t number;  // descriptors come again, this does not
    std::string received;
  };
  enum class After : std::uint8_t { goes_on, hangs_up };
  struct Answer {
    std::int64_t at = 0;
    int descriptor = -1;
    std::uint64_t connection = 0;
    std::string_view bytes;
    After after = After::goes_on;
    bool operator>(const Answer& other) const { return at > other.at; }
  };

  [[nodiscard]] int wait_ms() const {
    if (answers_.empty()) return -1;
    return static_cast<int>(std::max<std::int64_t>((answers_.top().at - now_ns()) / ms + 1, 0));
  }

  void accept() {
    const int descriptor = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    bench::send_at_once(descriptor);
    connections_.emplace(descriptor, Connection{bench::Socket(descriptor), ++last_connection_, {}});
    bench::watch(epoll_, descriptor, static_cast<std::uint64_t>(descriptor));
  }

  bool at_random() { return std::uniform_int_distribution<>(0, 1)(random_) == 0; }

  void receive(int descriptor) {
    Connection& connection = connections_.at(descriptor);
    std::array<char, 16384> buffer;
    const ssize_t count = ::recv(descriptor, buffer.data(), buffer.size(), 0);
    // Half of those that are hung up on are not even read to their end.
    const bool rude = control_->manners == Manners::hanging_up && at_random();
    if (count <= 0 || (rude && at_random())) {
      connections_.erase(descriptor);
      return;
    }
    connection.received.append(buffer.data(), static_cast<std::size_t>(count));
    const auto request = bench::first_message(connection.received);
    if (!request) return;
    if (!bench::is_signed(*request, hmac_)) throw std::runtime_error("verifying an event: its signature is wrong");
    applied_.take(bench::header(request->head, "webhook-id"), request->body);
    connection.received.erase(0, request->size());
    answers_.push(answer_to(descriptor, connection.number, rude));
  }

  Answer answer_to(int descriptor, std::uint64_t connection, bool rude) {
    Answer answer{now_ns(), descriptor, connection, taken, After::goes_on};
    if (rude) {
      answer.bytes = half;
      answer.after = After::hangs_up;
    } else if (control_->manners == Manners::lying && at_random()) {
      answer.bytes = at_random() ? denied : garbage;
    } else if (control_->manners == Manners::slow) {
      answer.at += std::uniform_int_distribution<std::int64_t>(shortest_delay, longest_delay)(random_);
    }
    return answer;
  }

  void answer() {
    for (const std::int64_t now = now_ns(); !answers_.empty() && answers_.top().at <= now; answers_.pop()) {
      const Answer& due = answers_.top();
      const auto found = connections_.find(due.descriptor);
      if (found == connections_.end() || found->second.number != due.connection) continue;
      const ssize_t sent = ::send(due.descriptor, due.bytes.data(), due.bytes.size(), MSG_NOSIGNAL);
      if (sent != static_cast<ssize_t>(due.bytes.size()) || due.after == After::hangs_up) connections_.erase(found);
    }
  }

  bench::Hmac hmac_;
  Applied applied_;
  SharedControl control_;
  std::mt19937_64 random_;
  bench::Socket listener_, epoll_;
  std::unordered_map<int, Connection> connections_;
  std::uint64_t last_connection_ = 0;
  std::priority_queue<Answer, std::vector<Answer>, std::greater<>> answers_;
};

}  // namespace
}  // namespace patchbay::faults

int main(int count, char** words) {
  try {
    patchbay::faults::Receiver(
        {count, words, {{"port", "0"}, {"key", ""}, {"applied", ""}, {"control", ""}, {"seed", "1"}}})
        .run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "faults_receiver: %s\n", error.what());
    return 1;
  }
}
