#include "plugin/watcher.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <vector>

namespace patchbay::plugin {
namespace {

constexpr std::uint64_t timer_number = 0;  // watches are numbered from 1
constexpr std::size_t most_at_once = 64;
// It only waits and hands on. A worker may have hundreds of such threads, whose stacks count as its memory.
constexpr std::size_t stack_size = std::size_t{256} << 10U;

Descriptor opened(int number) {
  if (number < 0) throw std::system_error(errno, std::generic_category(), "waiting for streams");
  return Descriptor(number);
}

std::uint32_t asked_of_epoll(std::uint32_t interest) {
  std::uint32_t events = EPOLLONESHOT;
  if ((interest & PB_STREAM_READABLE) != 0) events |= EPOLLIN | EPOLLRDHUP;
  if ((interest & PB_STREAM_WRITABLE) != 0) events |= EPOLLOUT;
  return events;
}

std::uint32_t told_by_epoll(std::uint32_t events) {
  std::uint32_t told = 0;
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) told |= PB_STREAM_READABLE;
  if ((events & EPOLLOUT) != 0) told |= PB_STREAM_WRITABLE;
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) told |= PB_STREAM_READABLE | PB_STREAM_WRITABLE;
  return told;
}

}  // namespace

Watcher::Watcher(const std::string& name, std::function<void(const Told&)> tell)
    : tell_(std::move(tell)),
      epoll_(opened(::epoll_create1(EPOLL_CLOEXEC))),
      timer_(opened(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK))) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = timer_number;
  if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, timer_.number(), &event) != 0)
    throw std::system_error(errno, std::generic_category(), "waiting for streams");
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack_size);
  const auto main = [](void* self) -> void* {
    static_cast<Watcher*>(self)->run();
    return nullptr;
  };
  const int error = ::pthread_create(&thread_, &attributes, main, this);
  ::pthread_attr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::generic_category(), "waiting for streams");
  ::pthread_setname_np(thread_, name.substr(0, 15).c_str());
}

Watcher::~Watcher() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    set_timer();
  }
  ::pthread_join(thread_, nullptr);
}

Status Watcher::watch(const pb_stream_watch& wanted) {
  constexpr std::uint32_t known = PB_STREAM_READABLE | PB_STREAM_WRITABLE;
  const std::uint32_t interest = wanted.interest & known;
  const bool waits_for_stream = interest != 0;
  if (waits_for_stream && wanted.descriptor < 0)
    return failure(ErrorCode::invalid, "expected a descriptor, got " + std::to_string(wanted.descriptor));
  if (!waits_for_stream && wanted.timeout_ms == 0) return failure(ErrorCode::invalid, "there is nothing to wait for");

  const std::lock_guard lock(mutex_);
  if (const auto earlier = by_token_.find(wanted.token); earlier != by_token_.end())
    forget(watches_.find(earlier->second));
  const std::uint64_t number = ++last_number_;
  // Before it is asked for, since it may be told at once.
  if (waits_for_stream) {
    PATCHBAY_CHECK(ask_for(wanted.descriptor, asked_of_epoll(interest), number));
    by_descriptor_[wanted.descriptor] = number;
  }
  Watch& watch = watches_[number];
  watch.token = wanted.token;
  watch.descriptor = waits_for_stream ? wanted.descriptor : -1;
  by_token_[wanted.token] = number;
  if (wanted.timeout_ms != 0) {
    watch.due = std::chrono::steady_clock::now() + std::chrono::milliseconds(wanted.timeout_ms);
    by_due_.emplace(watch.due, number);
    set_timer();
  }
  return {};
}

bool Watcher::unwatch(pb_token token) {
  const std::lock_guard lock(mutex_);
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) return false;
  forget(watches_.find(found->second));
  return true;
}

bool Watcher::take(const Told& told) {
  const std::lock_guard lock(mutex_);
  const auto found = watches_.find(told.number);
  if (found == watches_.end()) return false;
  forget(found);
  return true;
}

// A descriptor that was watched before is still known to epoll, which then says nothing of it until it is asked again.
Status Watcher::ask_for(int descriptor, std::uint32_t interest, std::uint64_t number) {
  epoll_event event{};
  event.events = interest;
  event.data.u64 = number;
  if (::epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, descriptor, &event) == 0) return {};
  if (errno == ENOENT && ::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, descriptor, &event) == 0) return {};
  return failure(ErrorCode::invalid,
                 "the descriptor " + std::to_string(descriptor) + ": " + std::generic_category().message(errno));
}

// Under the lock. The plugin may have closed the descriptor, and its number may be another's by now: epoll is asked to
// forget it only where this watch is the last that it was asked for.
void Watcher::forget(Watches::iterator watch) {
  const auto& [number, what] = *watch;
  if (const auto asked = by_descriptor_.find(what.descriptor);
      asked != by_descriptor_.end() && asked->second == number) {
    epoll_event nothing{};
    nothing.events = EPOLLONESHOT;
    if (!what.is_told) ::epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, what.descriptor, &nothing);
    by_descriptor_.erase(asked);
  }
  if (const auto named = by_token_.find(what.token); named != by_token_.end() && named->second == number)
    by_token_.erase(named);
  by_due_.erase({what.due, number});
  watches_.erase(watch);
}

// Under the lock. One timer for the earliest of all, touched only when that changes.
void Watcher::set_timer() {
  const Moment next = is_stopping_ ? Moment::min() : by_due_.empty() ? Moment::max() : by_due_.begin()->first;
  if (next == set_to_) return;
  set_to_ = next;
  itimerspec at{};  // zero: none
  if (next != Moment::max()) {
    const auto since = std::max<std::chrono::nanoseconds>(next.time_since_epoch(), std::chrono::nanoseconds{1});
    at.it_value.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(since).count();
    at.it_value.tv_nsec = (since % std::chrono::seconds{1}).count();
  }
  ::timerfd_settime(timer_.number(), TFD_TIMER_ABSTIME, &at, nullptr);
}

// Under the lock. Those whose time is over, and that have nothing else to tell.
std::vector<Told> Watcher::due() {
  std::vector<Told> all;
  const Moment now = std::chrono::steady_clock::now();
  while (!by_due_.empty() && by_due_.begin()->first <= now) {
    const std::uint64_t number = by_due_.begin()->second;
    by_due_.erase(by_due_.begin());
    const Watch& watch = watches_.at(number);
    if (!watch.is_told) all.push_back({watch.token, number, PB_STREAM_TIMEOUT});
  }
  return all;
}

void Watcher::run() {
  // Signals are the main thread's.
  sigset_t every;
  sigfillset(&every);
  pthread_sigmask(SIG_BLOCK, &every, nullptr);
  std::array<epoll_event, most_at_once> events{};
  for (;;) {
    const int count = ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), -1);
    std::vector<Told> all;
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) return;
      bool is_time = false;
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        const std::uint64_t number = event.data.u64;  // a copy: the kernel packs its struct
        if (number == timer_number) {
          is_time = true;
          continue;
        }
        const auto found = watches_.find(number);
        if (found == watches_.end() || std::exchange(found->second.is_told, true)) continue;
        all.push_back({found->second.token, found->first, told_by_epoll(event.events)});
      }
      if (is_time) {
        std::uint64_t times = 0;
        static_cast<void>(::read(timer_.number(), &times, sizeof times) < 0);
        set_to_ = Moment::max();
        for (const Told& over : due()) {
          watches_.at(over.number).is_told = true;
          all.push_back(over);
        }
        set_timer();
      }
    }
    for (const Told& told : all) tell_(told);
  }
}

}  // namespace patchbay::plugin
