// The calls to one plugin instance in this process, in their order and states: what stands behind in_process.hpp.
//
// Held by the instance and by each task that waits for it, so that a task which comes too late still finds out. Apart
// from close, stop_soon and next, all functions are called on the instance's executor.
#pragma once

#include "base/executor.hpp"
#include "plugin/host_table.hpp"
#include "plugin/instance.hpp"
#include "plugin/loader.hpp"
#include "plugin/thread_executor.hpp"
#include "plugin/watcher.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace patchbay::plugin {

class Conversation final : public HostSide, public std::enable_shared_from_this<Conversation> {
 public:
  // `own` is null unless the executor is the instance's own thread. Both are used until closed only.
  Conversation(const Functions& functions, Services& lent, bool may_reveal_secrets, Executor& executor,
               ThreadExecutor* own)
      : HostSide(lent, may_reveal_secrets), functions_(functions), executor_(executor), own_(own) {}

  // [load] The plugin's open. On failure nothing is left behind.
  [[nodiscard]] Status open(const OpenSettings& settings);

  [[nodiscard]] const Functions& functions() const { return functions_; }

  // The functions of Instance, on the executor.
  void check(const Done& done);
  void start(const Done& done);
  void stop(const Done& done);
  void complete(const Completion& completion);
  void receive(const HttpRequest& request);
  void answered(const HttpResult& result);
  void accessed(const AccessResult& result);
  void connected(const StreamResult& result, const std::shared_ptr<Descriptor>& stream);
  void send(const Outbound& outbound);
  void replay(const Original& original);
  void render(const Event& event);
  void judge(const Event& event, const HttpResult& result);
  void deliver(const Event& event);

  // [any-thread] From now on requests, polls and events are refused, and next says that the instance stops.
  void stop_soon();
  // [any-thread] Waits for the current call, then stops and closes the plugin.
  void close();

  [[nodiscard]] pb_code next(std::uint32_t timeout_ms) override;
  [[nodiscard]] pb_code watch(const pb_stream_watch& wanted) override;
  [[nodiscard]] pb_code unwatch(pb_token token) override;

 private:
  template <class Call>
  void with_plugin(Call&& call);
  template <class Call>
  bool guarded(const char* doing, Call&& call);
  [[nodiscard]] bool is_in_run() const { return run_thread_.load() == std::this_thread::get_id(); }
  bool put_off(Task task);
  [[nodiscard]] bool is_open_for_work() const { return state.load() == State::running && !stop_asked_.load(); }
  [[nodiscard]] Status collecting(const char* doing, const char* function, pb_code (*call)(void*));
  [[nodiscard]] Error failed(const char* doing, pb_code code);
  void stop_now();
  void begin_work();
  void poll();
  void run();
  void answer(pb_request request, std::uint32_t status);
  void ready(const Told& told);

  const Functions functions_;
  Executor& executor_;
  ThreadExecutor* const own_;
  pb_instance handle_ = 0;
  void* plugin_state_ = nullptr;

  std::mutex watching_;
  std::unique_ptr<Watcher> watcher_;  // under watching_; made for the first watch

  std::mutex calling_;  // held for each call to the plugin; during run for all of it
  std::atomic<bool> stop_asked_{false};
  std::atomic<std::thread::id> run_thread_{};
  // Touched on the run's thread only.
  bool in_next_ = false, called_in_next_ = false;
  std::vector<Task> after_run_;
};

}  // namespace patchbay::plugin
