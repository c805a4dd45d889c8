// Waits in a plugin's place: for descriptors that can be read or written, and for times to be over. What
// pb_host_stream.watch asks for, whose meaning stands in abi.h.
//
// One thread for any number of watches, which sleeps until one of them has something to tell (epoll(7), with
// EPOLLONESHOT: told once, and again only when asked again). `tell` is called on that thread; whether what it tells is
// still wanted is found out by take(), on the thread that would call the plugin. Descriptors are borrowed until they
// are told, unwatched or closed. The rest is [any-thread]; the destructor waits for `tell` to return.
#pragma once

#include "base/result.hpp"
#include "plugin/sealed_file.hpp"

#include <patchbay/abi.h>
#include <pthread.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace patchbay::plugin {

struct Told {
  pb_token token = 0;
  std::uint64_t number = 0;  // of the watch
  std::uint32_t events = 0;  // PB_STREAM_*
};

class Watcher {
 public:
  // The name is what `top -H` shows. Throws std::system_error where there is no thread or descriptor left.
  Watcher(const std::string& name, std::function<void(const Told&)> tell);
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher();

  // Invalid: no open descriptor that can be waited for, or nothing to wait for.
  [[nodiscard]] Status watch(const pb_stream_watch& wanted);
  [[nodiscard]] bool unwatch(pb_token token);  // false: there is no such watch
  // Ends the watch that told this; false where it was ended or replaced meanwhile.
  [[nodiscard]] bool take(const Told& told);

 private:
  using Moment = std::chrono::steady_clock::time_point;
  struct Watch {
    pb_token token = 0;
    int descriptor = -1;
    Moment due = Moment::max();
    bool is_told = false;
  };
  using Watches = std::unordered_map<std::uint64_t, Watch>;

  void run();
  [[nodiscard]] Status ask_for(int descriptor, std::uint32_t interest, std::uint64_t number);
  void forget(Watches::iterator watch);
  void set_timer();
  [[nodiscard]] std::vector<Told> due();

  const std::function<void(const Told&)> tell_;
  const Descriptor epoll_, timer_;

  std::mutex mutex_;
  Watches watches_;
  std::unordered_map<pb_token, std::uint64_t> by_token_;
  std::unordered_map<int, std::uint64_t> by_descriptor_;  // whose watch epoll tells
  std::set<std::pair<Moment, std::uint64_t>> by_due_;
  Moment set_to_ = Moment::max();  // what the timer is set to
  std::uint64_t last_number_ = 0;
  bool is_stopping_ = false;

  pthread_t thread_{};
};

}  // namespace patchbay::plugin
