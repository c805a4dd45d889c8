// A channel that does what a plugin must never do, one thing for each setting. What it got away with it writes to the
// log: "socket: Operation not permitted".
//
// Without a fault each request is a message, whose text is the body.
#include <patchbay/connector.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

using namespace patchbay;

namespace {

constexpr int host_socket = 3;

std::string outcome(long result) { return result < 0 ? std::strerror(errno) : "done"; }
std::string reading_passwd() { return outcome(::open("/etc/passwd", O_RDONLY)); }

// Before anything of the host's has had a say.
const std::string in_constructor = reading_passwd();

}  // namespace

class Chaos final : public Connector {
 public:
  Chaos(Host& host, const Settings& settings) : host_(host), fault_(settings.text("/fault")) {
    if (fault_ == "throw_in_open") throw std::runtime_error("no wish to open");
    if (fault_ == "crash_in_open") crash();
    host.log(LogLevel::info, "constructor: " + in_constructor);
  }

  void receive(const HttpRequest& request) override {
    const auto found = faults_.find(fault_);
    if (found == faults_.end()) return take(request);
    (this->*found->second)(request);
  }

 private:
  using Fault = void (Chaos::*)(const HttpRequest&);

  void take(const HttpRequest& request) {
    Batch batch;
    Interaction message;
    message.occurred_at = request.received_at;
    message.account = "chaos";
    message.external_id = std::to_string(request.id);
    message.text = request.body;
    message.participants = {{Role::author, {{"phone", "+39021234567", {}, Trust::attested}}, Party::person}};
    batch.interactions.push_back(std::move(message));
    batch.answers = request.id;
    batch.answer = {200, {}, "taken\n"};
    if (host_.submit(request.id, batch) == Submitted::busy) throw transient("taking a message: the host is busy");
  }

  void say(const HttpRequest& request, const std::string& what) {
    host_.log(LogLevel::info, fault_ + ": " + what);
    host_.respond(request.id, {200, {}, what});
  }

  static void crash() {
    std::fputs("about to crash\n", stderr);
    *static_cast<volatile int*>(nullptr) = 1;
  }
  void segfault(const HttpRequest&) { crash(); }
  void abort(const HttpRequest&) { std::abort(); }
  void exit(const HttpRequest&) { std::exit(0); }
  void endless_loop(const HttpRequest&) {
    for (volatile bool on = true; on;) {
    }
  }
  void deadlock(const HttpRequest&) {
    for (std::mutex held;;) {
      held.lock();
    }
  }
  void allocate(const HttpRequest& request) {
    constexpr std::size_t gibibyte = std::size_t{1} << 30U;
    char* const memory = new (std::nothrow) char[gibibyte];
    if (memory != nullptr) std::memset(memory, 1, gibibyte);
    say(request, memory == nullptr ? "refused" : "done");
  }
  void leak_descriptors(const HttpRequest& request) {
    int last = 0;
    for (int i = 0; i < 100'000 && last >= 0; ++i) last = ::dup(2);
    say(request, outcome(last));
  }
  void fork(const HttpRequest& request) {
    const auto child = ::fork();
    if (child == 0) ::_exit(0);
    say(request, outcome(child));
  }
  void threads(const HttpRequest& request) {
    try {
      for (int i = 0; i < 100'000; ++i) std::thread([] { ::pause(); }).detach();
      say(request, "done");
    } catch (const std::system_error&) {
      say(request, "refused");
    }
  }
  void close_socket(const HttpRequest&) { ::close(host_socket); }
  void garbage(const HttpRequest&) {
    const std::string junk(1000, '\xff');
    static_cast<void>(::send(host_socket, junk.data(), junk.size(), 0));
  }
  void log_flood(const HttpRequest& request) {
    for (int i = 0; i < 1'000'000; ++i) host_.log(LogLevel::info, "flood");
    say(request, "done");
  }
  void never_answer(const HttpRequest&) {}
  void answer_twice(const HttpRequest& request) {
    host_.respond(request.id, {200, {}, "one"});
    host_.respond(request.id, {200, {}, "two"});
  }
  void answer_another(const HttpRequest& request) {
    host_.respond(request.id + 1, {200, {}, "not mine"});
    host_.respond(request.id, {200, {}, "mine"});
  }
  void read_passwd(const HttpRequest& request) {
    std::string found;
    std::thread([&] { found = reading_passwd(); }).join();
    say(request, found);
  }
  void write_file(const HttpRequest& request) {
    say(request, outcome(::open("/tmp/patchbay-chaos", O_WRONLY | O_CREAT, 0600)));
  }
  void socket(const HttpRequest& request) { say(request, outcome(::socket(AF_INET, SOCK_STREAM, 0))); }
  void execute(const HttpRequest& request) {
    char name[] = "/bin/true";
    char* const arguments[] = {name, nullptr};
    say(request, outcome(::execv(name, arguments)));
  }
  void kill_parent(const HttpRequest& request) { say(request, outcome(::kill(::getppid(), SIGTERM))); }

  Host& host_;
  const std::string fault_;
  const std::map<std::string, Fault, std::less<>> faults_{{"segfault", &Chaos::segfault},
                                                          {"abort", &Chaos::abort},
                                                          {"exit", &Chaos::exit},
                                                          {"endless_loop", &Chaos::endless_loop},
                                                          {"deadlock", &Chaos::deadlock},
                                                          {"allocate", &Chaos::allocate},
                                                          {"leak_descriptors", &Chaos::leak_descriptors},
                                                          {"fork", &Chaos::fork},
                                                          {"threads", &Chaos::threads},
                                                          {"close_socket", &Chaos::close_socket},
                                                          {"garbage", &Chaos::garbage},
                                                          {"log_flood", &Chaos::log_flood},
                                                          {"never_answer", &Chaos::never_answer},
                                                          {"answer_twice", &Chaos::answer_twice},
                                                          {"answer_another", &Chaos::answer_another},
                                                          {"read_passwd", &Chaos::read_passwd},
                                                          {"write_file", &Chaos::write_file},
                                                          {"socket", &Chaos::socket},
                                                          {"execute", &Chaos::execute},
                                                          {"kill_parent", &Chaos::kill_parent}};
};

PATCHBAY_CONNECTOR(Chaos, PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_HTTP_ENDPOINT)
