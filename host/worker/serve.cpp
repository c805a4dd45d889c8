#include "worker/serve.hpp"

#include "plugin/in_process.hpp"
#include "plugin/worker_process.hpp"
#include "worker/confine.hpp"
#include "worker/link.hpp"
#include "worker/remote_services.hpp"
#include "worker/strand.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <mutex>

namespace patchbay::worker {
namespace {

using namespace plugin;

[[noreturn]] void leave(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  ::_exit(3);
}

Outcome outcome_of(const Status& status) {
  if (status) return {};
  const Error& error = status.error();
  return {static_cast<std::uint8_t>(static_cast<unsigned>(error.code) + 1), error.reason, error.remedy};
}

constexpr std::array plugin_extensions{
    PATCHBAY_EXT_CHECK, PATCHBAY_EXT_HTTP_ENDPOINT, PATCHBAY_EXT_POLL, PATCHBAY_EXT_RUN,     PATCHBAY_EXT_HTTP_CLIENT,
    PATCHBAY_EXT_SEND,  PATCHBAY_EXT_REPLAY,        PATCHBAY_EXT_SINK, PATCHBAY_EXT_DELIVER, PATCHBAY_EXT_STREAM};

// The host's signals are not inherited. Those that ask a whole group of processes to end go past the worker: the host
// drains it first, and then ends it.
void settle_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &action, nullptr);
  action.sa_handler = SIG_IGN;
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ}) ::sigaction(signal, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Dies with the host, also where a plugin keeps the process from seeing that the socket was closed.
void die_with(std::uint32_t host) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) leave("asking to end with the host");
  if (static_cast<std::uint32_t>(::getppid()) != host) ::_exit(0);  // it has ended already
}

// The host goes first, since all channels wait for it. Where the kernel makes a group of each session (sched(7),
// autogroup), it is the group that counts, of which the host takes care. It cannot fail in a way that matters.
void step_back() { ::setpriority(PRIO_PROCESS, 0, usual_niceness); }

Manifest manifest_of(const Setup& setup) {
  Manifest manifest;
  manifest.name = setup.plugin;
  manifest.version = setup.plugin_version;
  manifest.library = setup.library;
  manifest.kind = setup.is_sink ? PluginKind::sink : PluginKind::channel;
  manifest.endpoint = setup.endpoint;
  manifest.capabilities = setup.capabilities;
  return manifest;
}

// One instance, from the frame that opens it to the one that closes it.
struct Served {
  std::unique_ptr<RemoteServices> services;
  std::shared_ptr<Strand> strand;      // null where it has the worker for itself
  Executor* executor = nullptr;        // on which it lives
  std::unique_ptr<Instance> instance;  // null until it is open
};

class Server {
 public:
  explicit Server(Link& link) : link_(link) {}

  [[noreturn]] void run() {
    link_.run([this](const Frame& frame) { take(frame); });
  }

 private:
  // What cannot be read did not come from our host, so there is nobody to tell.
  template <class... Values>
  static void must_read(const Frame& frame, Values&... values) {
    if (const Status read = unpack(frame, *std::pmr::new_delete_resource(), values...); !read)
      leave(read.error().text());
  }

  void end(const Frame& frame, const Status& status) {
    static_cast<void>(
        link_.tell(Urgency::at_once, FrameKind::outcome, frame.instance, frame.number, outcome_of(status)));
  }
  Done ending(const Frame& frame) {
    return [this, instance = frame.instance, number = frame.number](const Status& status) {
      end({FrameKind::outcome, instance, number, {}, {}}, status);
    };
  }

  void set_up(const Frame& frame) {
    Setup setup;
    must_read(frame, setup);
    if (setup.version != PATCHBAY_VERSION)
      return end(frame, failure(ErrorCode::conflict,
                                "starting a worker: the program is of version " PATCHBAY_VERSION ", and the host of " +
                                    setup.version,
                                "restart the gateway"));
    die_with(setup.host_process);
    auto missing = confine(setup);
    if (!missing) return end(frame, failure(std::move(missing.error())));
    manifest_ = manifest_of(setup);
    auto loaded = load(Descriptor(library_number), manifest_);
    if (!loaded) return end(frame, failure(std::move(loaded.error())));
    functions_ = *loaded;
    is_shared_ = setup.shared;
    if (is_shared_)
      if (Status shared = link_.share(); !shared) return end(frame, failure(std::move(shared.error())));
    Ready ready{std::move(*missing), {}};
    for (const char* extension : plugin_extensions)
      if (functions_.offers(extension)) ready.offered.emplace_back(extension);
    static_cast<void>(link_.tell(Urgency::with_others, FrameKind::ready, 0, frame.number, ready));
    is_loaded_ = true;
  }

  // In the order of the frames, and so after the setup. What takes long is left to the instance's own executor.
  void begin(const Frame& frame) {
    if (!is_loaded_) return;  // the host knows why
    const auto served = std::make_shared<Served>();
    if (is_shared_) served->strand = std::make_shared<Strand>(link_);
    served->executor = is_shared_ ? static_cast<Executor*>(served->strand.get()) : &link_;
    {
      const std::lock_guard lock(mutex_);
      served_[frame.instance] = served;
    }
    later(frame, *served->executor, &Server::open);
  }

  void open(const Frame& frame) {
    Opening opening;
    must_read(frame, opening);
    OpenSettings settings{opening.name, nlohmann::json::parse(opening.settings, nullptr, false), opening.region,
                          opening.credit};
    const std::shared_ptr<Served> served = find(frame.instance);
    served->services = std::make_unique<RemoteServices>(link_, frame.instance, opening.credit);
    auto instance = open_in_process(functions_, manifest_, settings, *served->services, served->executor);
    if (!instance) return end(frame, failure(std::move(instance.error())));
    {
      const std::lock_guard lock(mutex_);
      served->instance = std::move(*instance);
    }
    end(frame, {});
  }

  void close(const Frame& frame) {
    if (const std::shared_ptr<Served> served = find(frame.instance)) {
      if (served->instance) served->instance->close();
      const std::lock_guard lock(mutex_);
      served_.erase(frame.instance);
    }
    end(frame, {});
  }

  void answer(const Frame& frame) { end(frame, {}); }

  std::shared_ptr<Served> find(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = served_.find(number);
    return found == served_.end() ? nullptr : found->second;
  }

  // These run the plugin's code or wait for it, which must not happen while the socket is being read.
  void later(const Frame& frame, Executor& executor, void (Server::*what)(const Frame&)) {
    executor.post([this, what, held = Held{frame.kind, frame.instance, frame.number, std::string(frame.payload), {}}] {
      (this->*what)(held.frame());
    });
  }

  template <class Message>
  void pass(const Frame& frame, Instance& instance, void (Instance::*to)(Message)) {
    Message message;
    must_read(frame, message);
    (instance.*to)(std::move(message));
  }

  void take(const Frame& frame) {
    if (frame.kind == FrameKind::setup) return later(frame, link_, &Server::set_up);
    if (frame.kind == FrameKind::open) return later(frame, link_, &Server::begin);
    const std::shared_ptr<Served> served = find(frame.instance);
    if (!served) return absent(frame);
    if (frame.kind == FrameKind::close) return later(frame, *served->executor, &Server::close);
    if (frame.kind == FrameKind::ping) return later(frame, *served->executor, &Server::answer);
    Instance* instance = nullptr;
    {
      const std::lock_guard lock(mutex_);
      instance = served->instance.get();
    }
    if (instance != nullptr) hand_on(frame, *served, *instance);  // else it would not open
  }

  // It was closed, or never opened. Who waits for its end is told.
  void absent(const Frame& frame) {
    if (frame.kind == FrameKind::close) later(frame, link_, &Server::close);
  }

  void hand_on(const Frame& frame, Served& served, Instance& instance) {
    switch (frame.kind) {
      case FrameKind::check:
        return instance.check(ending(frame));
      case FrameKind::start:
        return instance.start(ending(frame));
      case FrameKind::stop:
        return instance.stop(ending(frame));
      case FrameKind::complete:
        served.services->completed();
        return pass(frame, instance, &Instance::complete);
      case FrameKind::receive:
        return pass(frame, instance, &Instance::receive);
      case FrameKind::answered:
        return pass(frame, instance, &Instance::answered);
      case FrameKind::accessed:
        return pass(frame, instance, &Instance::accessed);
      case FrameKind::connected: {
        StreamResult result;
        must_read(frame, result);
        return instance.connected(std::move(result), frame.beside ? std::move(*frame.beside) : Descriptor());
      }
      case FrameKind::send:
        return pass(frame, instance, &Instance::send);
      case FrameKind::replay:
        return pass(frame, instance, &Instance::replay);
      case FrameKind::render:
        return pass(frame, instance, &Instance::render);
      case FrameKind::deliver:
        return pass(frame, instance, &Instance::deliver);
      case FrameKind::judge: {
        Event event;
        HttpResult result;
        must_read(frame, event, result);
        return instance.judge(std::move(event), std::move(result));
      }
      default:
        leave("reading a frame: it is " + std::string(name_of(frame.kind)) + ", which is not for a worker");
    }
  }

  Link& link_;
  Manifest manifest_;
  Functions functions_;
  bool is_loaded_ = false, is_shared_ = false;
  std::mutex mutex_;
  std::map<std::uint32_t, std::shared_ptr<Served>> served_;
};

}  // namespace

void serve() {
  ::close(program_number);
  ::umask(077);
  settle_signals();
  step_back();
  Link link{Descriptor(socket_number)};
  Server(link).run();
}

}  // namespace patchbay::worker
