// The life of an instance in FakeHost, and the one way into the plugin: one call at a time.
#pragma once

namespace patchbay::testkit {

inline void FakeHost::violate(std::string what) {
  const std::lock_guard lock(mutex_);
  violations_.push_back(std::move(what));
}

inline std::vector<std::string> FakeHost::take_violations() {
  const std::lock_guard lock(mutex_);
  return std::exchange(violations_, {});
}

inline std::string FakeHost::why() const {
  std::string text;
  for (const Error& error : reports())
    text += "[" + std::string(patchbay::detail::name(error.code)) + "] " + error.pointer +
            (error.pointer.empty() ? "" : ": ") + error.reason + (error.remedy.empty() ? "" : "; ") + error.remedy +
            "\n";
  return text;
}

// Runs one call into the plugin. Calls on the plugin's run thread come from next(), inside run() on purpose.
template <class Made>
void FakeHost::enter(const char* function, Made&& make) {
  bool outer = false;
  {
    const std::lock_guard lock(mutex_);
    const bool pulled = run_active_ && std::this_thread::get_id() == run_thread_.get_id();
    if (in_call_ && !pulled)
      throw std::logic_error(std::string(function) +
                             ": the instance is in another call; the test calls from one thread");
    outer = !pulled;
    if (outer) {
      in_call_ = true;
      calling_thread_ = std::this_thread::get_id();
    }
    crossed(function);
  }
  make();
  const std::lock_guard lock(mutex_);
  if (outer) in_call_ = false;
  changed_.notify_all();
}

// Queues a call into the plugin: made after the current one, or by next() on the plugin's run thread.
inline void FakeHost::due(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  due_.push_back(std::move(call));
  changed_.notify_all();
}

inline void FakeHost::drain() {
  for (;;) {
    std::function<void()> call;
    {
      const std::lock_guard lock(mutex_);
      if (run_active_ || in_call_) return;
      if (due_.empty()) look();
      if (due_.empty()) return;
      call = std::move(due_.front());
      due_.pop_front();
    }
    call();
  }
}

inline void FakeHost::settle() { drain(); }

inline void FakeHost::need(State state, const char* function) const {
  const std::lock_guard lock(mutex_);
  if (state_ != state) throw std::logic_error(std::string(function) + ": the instance is in another state");
}

template <class Table>
Table FakeHost::table(const char* id) const {
  const void* const found = plugin_->extension(bytes(id));
  if (found == nullptr) throw std::logic_error(std::string("the plugin does not offer ") + id);
  return read<Table>(found);
}

inline FakeHost::FakeHost(const pb_plugin* plugin) : plugin_(plugin) {
  if (plugin_ == nullptr) throw std::logic_error("the plugin's entry refused this host");
  core_ = {sizeof core_, PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR, 0,
           this,         Tables::extension,  Tables::log,        Tables::report};
  if (plugin_->abi_major != PATCHBAY_ABI_MAJOR) violate("patchbay_plugin_v1: built for another major of the ABI");
  for (const char* const id : {"", "patchbay.poll/1 ", "patchbay.sink/1x", "unknown/1"})
    if (plugin_->extension(bytes(id)) != nullptr)
      violate("extension: answered for \"" + std::string(id) + "\", which does not exist");
}

inline FakeHost::~FakeHost() {
  close();
  for (const std::string& violation : violations_) {
#ifdef PATCHBAY_TESTKIT_GTEST
    ADD_FAILURE() << "the plugin broke the contract: " << violation;
#else
    std::fprintf(stderr, "the plugin broke the contract: %s\n", violation.c_str());
#endif
  }
#ifndef PATCHBAY_TESTKIT_GTEST
  if (!violations_.empty()) std::abort();
#endif
}

inline Json FakeHost::secret(std::string value) {
  const std::lock_guard lock(mutex_);
  secrets_[++last_id_] = std::move(value);
  return {{"$secret", last_id_}};
}

inline void FakeHost::set_known(std::string account, std::string external_id) {
  const std::lock_guard lock(mutex_);
  known_.emplace(std::move(account), std::move(external_id));
}

inline void FakeHost::set_state(std::string key, std::string value) {
  const std::lock_guard lock(mutex_);
  states_[std::move(key)] = std::move(value);
}

inline pb_code FakeHost::open(const Json& settings, std::string_view region, std::string_view name) {
  need(State::closed, "open");
  const std::string values = settings.is_null() ? "{}" : settings.dump();
  const pb_open request{sizeof request, credit_, bytes(name), bytes(values), bytes(region)};
  const std::size_t reported = reports().size();
  {
    const std::lock_guard lock(mutex_);
    instance_ = ++last_id_;
  }
  void* const untouched = this;  // no state of a plugin lies here
  void* made = untouched;
  pb_code code = PB_OK;
  enter("open", [&] { code = plugin_->open(&core_, instance_, &request, &made); });
  if (code == PB_OK) {
    const std::lock_guard lock(mutex_);
    instance_state_ = made == untouched ? nullptr : made;
    state_ = State::opened;
    return code;
  }
  if (made != untouched) violate("open: failed, and wrote a state");
  if (reports().size() == reported) violate("open: failed without a report of the reason");
  return code;
}

inline pb_code FakeHost::check() {
  need(State::opened, "check");
  const auto functions = table<pb_check>(PATCHBAY_EXT_CHECK);
  const std::size_t reported = reports().size();
  pb_code code = PB_OK;
  enter("check", [&] { code = functions.check(instance_state_); });
  if (code != PB_OK && reports().size() == reported) violate("check: failed without a report of the reason");
  return code;
}

inline pb_code FakeHost::start() {
  need(State::opened, "start");
  {
    const std::lock_guard lock(mutex_);
    state_ = State::starting;
  }
  const std::size_t reported = reports().size();
  pb_code code = PB_OK;
  enter("start", [&] { code = plugin_->start(instance_state_); });
  if (code != PB_OK && reports().size() == reported) violate("start: failed without a report of the reason");
  {
    const std::lock_guard lock(mutex_);
    state_ = code == PB_OK ? State::running : State::opened;
  }
  drain();
  return code;
}

inline void FakeHost::start_running() {
  need(State::running, "start_running");
  const auto functions = table<pb_run>(PATCHBAY_EXT_RUN);
  const std::lock_guard lock(mutex_);  // the thread's first next() waits until its id is known
  run_active_ = true;
  run_stopping_ = false;
  run_thread_ = std::thread([this, functions] {
    const pb_code code = functions.run(instance_state_);
    const std::lock_guard inner(mutex_);
    run_code_ = code;
    changed_.notify_all();
  });
}

inline pb_code FakeHost::finish_running() {
  {
    const std::lock_guard lock(mutex_);
    if (!run_thread_.joinable()) return PB_OK;
    run_stopping_ = true;
    changed_.notify_all();
  }
  run_thread_.join();
  const std::lock_guard lock(mutex_);
  run_active_ = false;
  return run_code_;
}

inline bool FakeHost::wait_until(const std::function<bool()>& holds, std::chrono::milliseconds deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, deadline, holds);
}

inline void FakeHost::stop() {
  need(State::running, "stop");
  finish_running();
  {
    const std::lock_guard lock(mutex_);
    state_ = State::stopping;
  }
  enter("stop", [&] { plugin_->stop(instance_state_); });
  drain();
}

inline void FakeHost::close() {
  if (copy(state_) == State::closed) return;
  if (copy(state_) == State::running) stop();
  enter("close", [&] { plugin_->close(instance_state_); });
  const std::lock_guard lock(mutex_);
  state_ = State::closed;
  instance_ = 0;
  for (const pb_request id : std::exchange(waiting_requests_, {}))
    violate("receive: request " + std::to_string(id) + " was never answered");
  for (const pb_token token : std::exchange(sending_, {}))
    violate("send: token " + std::to_string(token) + " was never ended");
  end_streams();
  outstanding_.clear();
  unanswered_calls_.clear();
  accessing_.clear();
  due_.clear();
}

}  // namespace patchbay::testkit
