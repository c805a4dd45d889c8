#include "worker/link.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <system_error>
#include <utility>

namespace patchbay::worker {
namespace {

using namespace plugin;
using Monotonic = std::chrono::steady_clock;

// How many datagrams are read before what came is done.
constexpr int most_at_once = 16;
// A task that takes longer has another thread lead.
constexpr auto longest_turn = std::chrono::milliseconds{20};

[[noreturn]] void leave(const std::string& why) {
  if (!why.empty()) std::fprintf(stderr, "%s\n", why.c_str());
  ::_exit(why.empty() ? 0 : 3);
}

void wait_for(int socket, short events) {
  pollfd waited{socket, events, 0};
  ::poll(&waited, 1, -1);
  if ((waited.revents & POLLNVAL) != 0) leave("the socket to the host was closed in the worker");
}

}  // namespace

Link::Link(Descriptor socket) : socket_(std::move(socket)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Link::post(Task task) {
  const std::lock_guard lock(mutex_);
  ready_.push_back(std::move(task));
  if (leader_reads_ && !leads()) ::eventfd_write(wake_.number(), 1);
  if (!leads()) changed_.notify_all();
}

void Link::post_after(Duration delay, Task task) {
  const std::lock_guard lock(mutex_);
  later_.emplace(Monotonic::now() + delay, std::move(task));
  if (leader_reads_ && !leads()) ::eventfd_write(wake_.number(), 1);
  if (!leads()) changed_.notify_all();
}

std::uint64_t Link::next_number() {
  const std::lock_guard lock(mutex_);
  return ++last_number_;
}

// Under the lock `sending_`.
void Link::flush() {
  while (!out_.empty()) {
    switch (socket_.send(out_.front())) {
      case FrameSocket::Went::well:
        out_.pop();
        break;
      case FrameSocket::Went::full:
        wait_for(socket_.number(), POLLOUT);
        break;
      case FrameSocket::Went::ended:
        leave("");
    }
  }
}

Answer Link::answer_to(std::uint64_t number) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (auto node = answers_.extract(number)) return std::move(node.mapped());
    if (is_read_) {
      changed_.wait(lock);
      continue;
    }
    is_read_ = true;
    lock.unlock();
    std::vector<Held> kept;
    wait_for(socket_.number(), POLLIN);
    read(0, [&](const Frame& frame) {
      kept.push_back({frame.kind, frame.instance, frame.number, std::string(frame.payload), frame.beside});
    });
    lock.lock();
    for (Held& one : kept) held_.push_back(std::move(one));
    is_read_ = false;
    changed_.notify_all();
  }
}

// Answers go to who waits for them, the rest to `take`.
void Link::sort(const Frame& frame, const std::function<void(const Frame&)>& take) {
  if (frame.kind != FrameKind::reply) return take(frame);
  Answer answer;
  if (const Status read = unpack(frame, *std::pmr::new_delete_resource(), answer); !read) leave(read.error().text());
  const std::lock_guard lock(mutex_);
  answers_[frame.number] = std::move(answer);
  changed_.notify_all();
}

// Whoever calls this has set is_read_.
void Link::read(int milliseconds, const std::function<void(const Frame&)>& take) {
  if (milliseconds != 0) {
    std::array<pollfd, 2> waited{{{socket_.number(), POLLIN, 0}, {wake_.number(), POLLIN, 0}}};
    ::poll(waited.data(), waited.size(), milliseconds);
    if ((waited[0].revents & POLLNVAL) != 0) leave("the socket to the host was closed in the worker");
    if (eventfd_t count = 0; (waited[1].revents & POLLIN) != 0) ::eventfd_read(wake_.number(), &count);
  }
  for (int i = 0; i < most_at_once; ++i) {
    auto received = socket_.receive();
    if (!received) leave(received.error().text());
    if (received->what == FrameSocket::Came::ended) leave("");
    if (received->what == FrameSocket::Came::nothing) return;
    DatagramReader reader(received->bytes, std::move(received->descriptors));
    for (;;) {
      const auto frame = reader.next();
      if (!frame) leave(frame.error().text());
      if (!*frame) break;
      sort(**frame, take);
    }
  }
}

// False where another thread has taken the lead meanwhile.
bool Link::run_tasks() {
  std::unique_lock lock(mutex_);
  for (;;) {
    for (auto first = later_.begin(); first != later_.end() && first->first <= Monotonic::now();
         first = later_.begin()) {
      ready_.push_back(std::move(first->second));
      later_.erase(first);
    }
    if (ready_.empty()) return true;
    Task task = std::move(ready_.front());
    ready_.pop_front();
    is_in_task_ = true;
    ++turn_;
    if (std::exchange(is_asleep_, false)) standing_by_.notify_all();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
    if (!leads()) return false;
    is_in_task_ = false;
  }
}

// Milliseconds until the next task, rounded up; -1 = none waits. Under the lock.
int Link::until_due() const {
  if (later_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(later_.begin()->first - Monotonic::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 1, 3'600'000));
}

void Link::run(std::function<void(const Frame&)> take) {
  take_ = std::move(take);
  for (;;) {
    lead();
    stand_by();
  }
}

// Until another leads.
void Link::lead() {
  while (run_tasks()) {
    {
      const std::lock_guard lock(sending_);
      flush();
    }
    std::vector<Held> held;
    {
      std::unique_lock lock(mutex_);
      if (!ready_.empty()) continue;
      held.swap(held_);
      if (held.empty() && is_read_) {
        // A thread that waits for its answer reads, and hands over what is not for it.
        if (const int milliseconds = until_due(); milliseconds < 0)
          changed_.wait(lock);
        else
          changed_.wait_for(lock, std::chrono::milliseconds(milliseconds));
        continue;
      }
    }
    for (const Held& one : held) take_(one.frame());
    if (!held.empty()) continue;
    int milliseconds = -1;
    {
      const std::lock_guard lock(mutex_);
      if (is_read_ || !held_.empty() || !ready_.empty()) continue;
      is_read_ = leader_reads_ = true;
      milliseconds = until_due();
    }
    read(milliseconds, take_);
    {
      const std::lock_guard lock(mutex_);
      is_read_ = leader_reads_ = false;
    }
    changed_.notify_all();
  }
}

Status Link::share() {
  const std::lock_guard lock(mutex_);
  return add_thread();
}

// Threads are never joined: the process ends with the socket.
Status Link::add_thread() {
  try {
    std::thread([this] {
      for (;;) {
        stand_by();
        lead();
      }
    }).detach();
  } catch (const std::system_error& error) {
    return failure(ErrorCode::unavailable, std::string("making a thread: ") + error.what(),
                   "raise the limit of threads");
  }
  return {};
}

// Until this thread leads.
void Link::stand_by() {
  std::unique_lock lock(mutex_);
  ++spare_;
  standing_by_.wait(lock, [this] { return !is_watched_; });
  --spare_;
  is_watched_ = true;
  for (std::uint64_t seen = 0;;) {
    if (!is_in_task_) {
      is_asleep_ = true;
      standing_by_.wait(lock, [this] { return !is_asleep_; });
    }
    seen = turn_;
    standing_by_.wait_for(lock, longest_turn, [] { return false; });
    if (is_in_task_ && turn_ == seen) break;
  }
  leader_ = std::this_thread::get_id();
  is_in_task_ = false;
  is_watched_ = false;
  if (spare_ != 0) return standing_by_.notify_all();
  // Without one, the next task that takes long holds up the others until this one ends.
  static_cast<void>(add_thread());
}

}  // namespace patchbay::worker
