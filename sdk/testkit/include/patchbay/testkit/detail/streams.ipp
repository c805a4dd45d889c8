// The streams of FakeHost: connections to peers that the test plays, and what the plugin waits for on them.
#pragma once

namespace patchbay::testkit {

inline pb_code FakeHost::connect(const pb_stream_call& from) {
  if (state_ == State::stopping) return PB_STOPPING;
  if (state_ != State::running && state_ != State::starting) {
    violate("connect: called while the instance does not run");
    return PB_BUG;
  }
  Connecting made{from.token,
                  {std::string(view(from.host)), static_cast<std::uint16_t>(from.port),
                   std::chrono::milliseconds{from.timeout_ms}}};
  if (from.port == 0 || from.port > 65'535) violate("connect: expected a port, got " + std::to_string(from.port));
  if (!connecting_.insert(from.token).second) {
    violate("connect: token " + std::to_string(from.token) + " is on its way already");
    return PB_BUG;
  }
  connects_.push_back(made);
  if (on_connect_)
    due([this, made] {
      if (auto error = on_connect_(made.call))
        refuse(made.token, std::move(*error));
      else
        static_cast<void>(accept(made.token));
    });
  changed_.notify_all();
  return PB_OK;
}

inline void FakeHost::on_connect(std::function<std::optional<Error>(const StreamCall&)> answer) {
  const std::lock_guard lock(mutex_);
  on_connect_ = std::move(answer);
}

inline Peer FakeHost::accept(pb_token token) {
  auto [peer, descriptor] = Peer::make([this] { settle(); });
  {
    const std::lock_guard lock(mutex_);
    peers_.push_back({token, peer});
  }
  connected(token, descriptor, std::nullopt);
  return peer;
}

inline void FakeHost::refuse(pb_token token, Error error) { connected(token, -1, std::move(error)); }

inline Peer FakeHost::peer(pb_token token) const {
  const std::lock_guard lock(mutex_);
  for (auto each = peers_.rbegin(); each != peers_.rend(); ++each)
    if (each->first == token) return each->second;
  throw std::logic_error("peer: no stream was made for token " + std::to_string(token));
}

inline void FakeHost::connected(pb_token token, int descriptor, std::optional<Error> error) {
  {
    const std::lock_guard lock(mutex_);
    if (connecting_.erase(token) == 0)
      throw std::logic_error("accept, refuse: no connect with token " + std::to_string(token) + " is on its way");
  }
  const auto functions = table<pb_stream>(PATCHBAY_EXT_STREAM);
  due([this, functions, token, descriptor, error = std::move(error)] {
    if (copy(state_) != State::running) {
      if (descriptor >= 0) ::close(descriptor);
      return;
    }
    const std::string peer = "192.0.2.25:" + std::to_string(token % 65'536);
    patchbay::detail::Encoder encoder;
    auto to = patchbay::detail::sized<pb_stream_result>();
    to.descriptor = descriptor;
    to.token = token;
    to.peer = descriptor < 0 ? pb_bytes{} : bytes(peer);
    if (error) to.errors = encoder.one(patchbay::detail::encode(*error));
    enter("connected", [&] { functions.connected(instance_state_, &to); });
  });
  drain();
}

// Whether this thread makes the plugin's current call, or is the one that its run() has.
inline bool FakeHost::on_instance() const {
  const auto here = std::this_thread::get_id();
  return (in_call_ && here == calling_thread_) || (run_active_ && here == run_thread_.get_id());
}

inline pb_code FakeHost::watch(const pb_stream_watch& wanted) {
  if (!on_instance()) violate("watch: called outside of the instance's own calls");
  if (state_ == State::stopping) return PB_STOPPING;
  if (state_ != State::running && state_ != State::starting) {
    violate("watch: called while the instance does not run");
    return PB_BUG;
  }
  const bool is_timer = wanted.interest == 0;
  const std::string of = "watch: token " + std::to_string(wanted.token) + ": ";
  if (is_timer && wanted.timeout_ms == 0) violate(of + "there is nothing to wait for");
  if (!is_timer && ::fcntl(wanted.descriptor, F_GETFD) < 0) violate(of + "expected an open descriptor");
  for (const auto& [token, other] : watches_)
    if (!is_timer && other.descriptor == wanted.descriptor && token != wanted.token)
      violate(of + "its descriptor is watched under the token " + std::to_string(token));
  if ((is_timer && wanted.timeout_ms == 0) || (!is_timer && wanted.descriptor < 0)) return PB_BUG;
  watches_[wanted.token] = {++last_id_, is_timer ? -1 : wanted.descriptor, wanted.interest,
                            wanted.timeout_ms == 0 ? std::chrono::microseconds::max()
                                                   : monotonic_ + std::chrono::milliseconds{wanted.timeout_ms},
                            false};
  changed_.notify_all();
  return PB_OK;
}

inline pb_code FakeHost::unwatch(pb_token token) {
  if (!on_instance()) violate("unwatch: called outside of the instance's own calls");
  return watches_.erase(token) == 1 ? PB_OK : PB_NOT_FOUND;
}

// Queues what the watches have to tell by now.
inline void FakeHost::look() {
  const std::lock_guard lock(mutex_);
  for (auto& [token, watch] : watches_) {
    if (watch.is_told) continue;
    std::uint32_t events = 0;
    if (watch.descriptor >= 0) {
      pollfd asked{watch.descriptor, 0, 0};
      if ((watch.interest & PB_STREAM_READABLE) != 0) asked.events |= POLLIN | POLLRDHUP;
      if ((watch.interest & PB_STREAM_WRITABLE) != 0) asked.events |= POLLOUT;
      ::poll(&asked, 1, 0);
      if ((asked.revents & POLLNVAL) != 0) {
        violate("watch: token " + std::to_string(token) + ": its descriptor was closed before it was unwatched");
        watch.is_told = true;
        continue;
      }
      if ((asked.revents & (POLLIN | POLLRDHUP)) != 0) events |= PB_STREAM_READABLE;
      if ((asked.revents & POLLOUT) != 0) events |= PB_STREAM_WRITABLE;
      if ((asked.revents & (POLLHUP | POLLERR)) != 0) events |= PB_STREAM_READABLE | PB_STREAM_WRITABLE;
    }
    if (events == 0 && watch.due <= monotonic_) events = PB_STREAM_TIMEOUT;
    if (events == 0) continue;
    watch.is_told = true;
    due([this, watched = token, number = watch.number, events] { ready(watched, number, events); });
  }
}

inline void FakeHost::ready(pb_token token, std::uint64_t number, std::uint32_t events) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = watches_.find(token);
    if (found == watches_.end() || found->second.number != number) return;  // unwatched, or watched anew
    watches_.erase(found);
    if (state_ != State::running) return;
  }
  const auto functions = table<pb_stream>(PATCHBAY_EXT_STREAM);
  enter("ready", [&] { functions.ready(instance_state_, token, events); });
}

// After close: each stream that was handed out must have been closed by the plugin.
inline void FakeHost::end_streams() {
  for (auto& [token, peer] : std::exchange(peers_, {}))
    if (!peer.is_closed())
      violate("connected: the stream of token " + std::to_string(token) + " was still open after close");
  watches_.clear();
  connecting_.clear();
}

}  // namespace patchbay::testkit
