// The access tokens of FakeHost: what stands behind `oauth2` in the settings.
#pragma once

namespace patchbay::testkit {

inline Json FakeHost::oauth2(std::string access_token) {
  const std::lock_guard lock(mutex_);
  oauth2_ = ++last_id_;
  access_token_ = std::move(access_token);
  return Json{{"$secret", *oauth2_}};
}

inline void FakeHost::set_access_token(std::optional<std::string> token) {
  const std::lock_guard lock(mutex_);
  access_token_ = std::move(token);
}

inline pb_code FakeHost::access(const pb_access_call& from) {
  if (state_ == State::stopping) return PB_STOPPING;
  if (state_ != State::running && state_ != State::starting) {
    violate("access: called while the instance does not run");
    return PB_BUG;
  }
  if (!reveal_allowed_) return PB_PERMANENT;
  if (from.secret != oauth2_) return PB_NOT_FOUND;
  if (!accessing_.insert(from.token).second) {
    violate("access: token " + std::to_string(from.token) + " is on its way already");
    return PB_BUG;
  }
  accesses_.push_back({from.token, std::string(view(from.refused))});
  due([this, token = from.token] { accessed(token); });
  changed_.notify_all();
  return PB_OK;
}

inline void FakeHost::accessed(pb_token token) {
  {
    const std::lock_guard lock(mutex_);
    if (accessing_.erase(token) == 0) return;  // of an earlier life
  }
  if (copy(state_) != State::running) return;
  const auto functions = table<pb_oauth2>(PATCHBAY_EXT_OAUTH2);
  const std::optional<std::string> access_token = copy(access_token_);
  const Error refused{PB_AUTH_FAILED, "getting an access token: nobody has consented", "authorize the channel", {}, {}};
  patchbay::detail::Encoder encoder;
  auto to = patchbay::detail::sized<pb_access_result>();
  to.token = token;
  if (access_token)
    to.access_token = bytes(*access_token);
  else
    to.errors = encoder.one(patchbay::detail::encode(refused));
  enter("accessed", [&] { functions.accessed(instance_state_, &to); });
}

}  // namespace patchbay::testkit
