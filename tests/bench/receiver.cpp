// The receiver at the end of the way: takes webhooks on keep-alive connections, checks the v1 signature of each
// (Standard Webhooks) and notes in the journal when the message behind an interaction.received came.
//
// receiver --key whsec_... --journal FILE --messages N [--port P]
//
// Prints "port N", serves until SIGTERM or SIGINT, then prints one JSON object: how many different interactions,
// how many other events, how many repetitions, how many with a wrong signature (answered 401).
#include "framing.hpp"
#include "hmac.hpp"
#include "journal.hpp"
#include "measuring.hpp"
#include "message_id.hpp"
#include "sockets.hpp"
#include "standard_webhooks.hpp"

#include <sys/signalfd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <unordered_map>
#include <unordered_set>

namespace patchbay::bench {
namespace {

constexpr std::string_view taken = "HTTP/1.1 204 No Content\r\n\r\n";
constexpr std::string_view refused = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";

struct Counts {
  std::size_t interactions = 0, others = 0, repeated = 0, forged = 0;
};

class Receiver {
 public:
  Receiver(std::string_view key, Journal& journal) : hmac_(key), journal_(journal) {}

  std::string_view take(const Message& request) {
    const std::string_view id = header(request.head, "webhook-id");
    if (!is_signed(request, hmac_)) {
      ++counts_.forged;
      return refused;
    }
    if (!seen_.emplace(id).second) {
      ++counts_.repeated;
      return taken;
    }
    if (request.body.find(R"("type":"interaction.received")") == request.body.npos) {
      ++counts_.others;
      return taken;
    }
    const auto number = message_number(request.body, R"("external_id":")");
    if (!number || static_cast<std::size_t>(*number) >= journal_.times().size())
      throw std::runtime_error("reading an event: it is about no message of this run");
    journal_.times()[static_cast<std::size_t>(*number)].delivered.store(now_ns());
    ++counts_.interactions;
    return taken;
  }

  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  Hmac hmac_;
  Journal& journal_;
  std::unordered_set<std::string> seen_;
  Counts counts_;
};

class Server {
 public:
  Server(std::uint16_t port, Receiver& receiver)
      : receiver_(receiver), listener_(listen_on(port)), epoll_(::epoll_create1(EPOLL_CLOEXEC)), signals_(blocked()) {
    watch(epoll_, listener_.get(), static_cast<std::uint64_t>(listener_.get()));
    watch(epoll_, signals_.get(), static_cast<std::uint64_t>(signals_.get()));
  }

  [[nodiscard]] std::uint16_t port() const { return port_of(listener_); }

  void run() {
    std::array<epoll_event, 64> events{};
    for (;;) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const auto descriptor = static_cast<int>(events[static_cast<std::size_t>(i)].data.u64);
        if (descriptor == signals_.get()) return;
        if (descriptor == listener_.get())
          accept();
        else
          receive(descriptor);
      }
    }
  }

 private:
  struct Connection {
    Socket socket;
    std::string received;
  };

  static Socket blocked() {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    return Socket(::signalfd(-1, &ends, SFD_CLOEXEC));
  }

  void accept() {
    const int descriptor = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    send_at_once(descriptor);
    connections_.emplace(descriptor, Connection{Socket(descriptor), {}});
    watch(epoll_, descriptor, static_cast<std::uint64_t>(descriptor));
  }

  void receive(int descriptor) {
    Connection& connection = connections_.at(descriptor);
    std::array<char, 16384> buffer;
    const ssize_t count = ::recv(descriptor, buffer.data(), buffer.size(), 0);
    if (count <= 0) {
      connections_.erase(descriptor);
      return;
    }
    connection.received.append(buffer.data(), static_cast<std::size_t>(count));
    while (const auto request = first_message(connection.received)) {
      const std::string_view answer = receiver_.take(*request);
      connection.received.erase(0, request->size());
      if (::send(descriptor, answer.data(), answer.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(answer.size())) {
        connections_.erase(descriptor);
        return;
      }
    }
  }

  Receiver& receiver_;
  Socket listener_, epoll_, signals_;
  std::unordered_map<int, Connection> connections_;
};

int serve(const Words& words) {
  const std::string key = key_of(words.text("key"));
  if (key.empty()) throw std::runtime_error("--key: expected whsec_ and base64");
  Journal journal(words.text("journal"), static_cast<std::size_t>(words.number("messages")));
  Receiver receiver(key, journal);
  Server server(static_cast<std::uint16_t>(words.number("port")), receiver);
  std::printf("port %u\n", static_cast<unsigned>(server.port()));
  std::fflush(stdout);
  server.run();
  const Counts& counts = receiver.counts();
  std::printf("{\"interactions\": %zu, \"other_events\": %zu, \"repeated\": %zu, \"forged\": %zu}\n",
              counts.interactions, counts.others, counts.repeated, counts.forged);
  return 0;
}

}  // namespace
}  // namespace patchbay::bench

int main(int count, char** words) {
  try {
    return patchbay::bench::serve({count, words, {{"port", "0"}, {"key", ""}, {"journal", ""}, {"messages", "0"}}});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "receiver: %s\n", error.what());
    return 1;
  }
}
