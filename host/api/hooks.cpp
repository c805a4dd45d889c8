#include "api/hooks.hpp"

#include "base/signature.hpp"

#include <algorithm>
#include <utility>

namespace patchbay::api {
namespace {

constexpr std::string_view prefix = "/hooks/";

net::ServerResponse refusal(std::uint32_t status, std::string_view text) {
  return {status, {{"content-type", "text/plain; charset=utf-8"}}, std::string(text) + "\n"};
}

net::ServerResponse come_again() {
  net::ServerResponse response = refusal(503, "the channel is being restarted; try again");
  response.headers.emplace_back("retry-after", "5");
  return response;
}

// The methods that the plugin names, and all others that may change something: only a handshake by GET or HEAD comes
// without a signature, or a forger would choose the method that nobody thought of.
bool must_be_signed(const Verification& verification, std::string_view method) {
  const std::vector<std::string>& named = verification.methods;
  return (method != "GET" && method != "HEAD") || std::find(named.begin(), named.end(), method) != named.end();
}

bool is_signed(const Verification& verification, const net::ServerRequest& request) {
  std::string_view given = request.header(verification.header);
  if (!given.starts_with(verification.prefix)) return false;
  given.remove_prefix(verification.prefix.size());
  const auto signature = verification.encoding == "base64" ? from_base64(given) : from_hex(given);
  return signature && verifies(verification.secret, verification.scheme, request.body, *signature);
}

}  // namespace

void Hooks::add(const std::string& channel, HookChannel& behind, std::optional<Verification> verification) {
  std::shared_ptr<const Verification> shared;
  if (verification) shared = std::make_shared<const Verification>(std::move(*verification));
  const std::lock_guard lock(mutex_);
  Hook& hook = hooks_[channel];
  hook.behind = &behind;
  hook.verification = std::move(shared);
}

void Hooks::hold(std::string_view channel, std::function<void()> at_rest) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = hooks_.find(channel); found != hooks_.end()) {
      found->second.holds = true;
      if (found->second.in_hand != 0) {
        found->second.at_rest = std::move(at_rest);
        return;
      }
    }
  }
  at_rest();
}

void Hooks::release(std::string_view channel) {
  std::vector<plugin::HttpRequest> held;
  HookChannel* behind = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto found = hooks_.find(channel);
    if (found == hooks_.end()) return;
    behind = found->second.behind;
    held.swap(found->second.held);
    found->second.holds = false;
    std::erase_if(held, [&](const plugin::HttpRequest& request) {
      const auto waiting = unanswered_.find(request.id);
      if (waiting == unanswered_.end()) return true;  // held for too long, and answered so
      waiting->second.in_hand = true;
      ++found->second.in_hand;
      return false;
    });
  }
  for (plugin::HttpRequest& request : held) behind->receive(std::move(request));
}

void Hooks::remove(std::string_view channel) {
  std::vector<plugin::HttpRequest> held;
  {
    const std::lock_guard lock(mutex_);
    const auto found = hooks_.find(channel);
    if (found == hooks_.end()) return;
    held.swap(found->second.held);
    hooks_.erase(found);
  }
  for (const plugin::HttpRequest& request : held) answer(request.id, come_again());
}

void Hooks::handle(net::ServerRequest request, net::Respond respond) {
  const std::string_view path = request.path;
  if (!path.starts_with(prefix)) return respond(refusal(404, "not found"));
  const std::string_view rest = path.substr(prefix.size());
  const std::string channel(rest.substr(0, rest.find('/')));
  std::shared_ptr<const Verification> verification;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = hooks_.find(channel); found != hooks_.end()) verification = found->second.verification;
  }
  const bool genuine =
      !verification || !must_be_signed(*verification, request.method) || is_signed(*verification, request);

  plugin::HttpRequest forwarded{.received_us = clock_.now().time_since_epoch().count(),
                                .method = std::move(request.method),
                                .path = std::string(rest.substr(channel.size())),
                                .query = std::move(request.query),
                                .peer = std::move(request.peer),
                                .headers = std::move(request.headers),
                                .body = std::move(request.body)};
  const Duration now = clock_.monotonic();
  std::vector<net::Respond> forgotten;
  std::vector<std::function<void()>> at_rest;
  HookChannel* behind = nullptr;
  std::optional<plugin::HttpRequest> given;  // to the channel behind; none while it is held
  {
    std::unique_lock lock(mutex_);
    const auto found = hooks_.find(channel);
    if (auto refused = refuse(found, genuine ? Genuine::yes : Genuine::no)) {
      lock.unlock();
      return respond(std::move(*refused));
    }
    while (!unanswered_.empty() && unanswered_.begin()->second.since + answer_deadline <= now)
      forgotten.push_back(take(unanswered_.begin(), at_rest));
    Hook& hook = found->second;
    forwarded.id = ++last_request_;
    unanswered_.emplace(forwarded.id, Waiting{std::move(respond), now, channel, !hook.holds});
    if (hook.holds) {
      hook.held.push_back(std::move(forwarded));
    } else {
      ++hook.in_hand;
      behind = hook.behind;
      given.emplace(std::move(forwarded));
    }
  }
  for (const net::Respond& late : forgotten) late(refusal(503, "the channel did not answer in time; try again"));
  for (const auto& call : at_rest) call();
  if (given) behind->receive(std::move(*given));
}

std::optional<net::ServerResponse> Hooks::refuse(HookOfChannel found, Genuine genuine) {
  if (found == hooks_.end()) return refusal(404, "not found");
  Hook& hook = found->second;
  if (genuine == Genuine::no) {
    ++hook.refused;
    return refusal(401, "the signature is missing or wrong");
  }
  ++hook.received;
  if (hook.holds && hook.held.size() >= most_held) return come_again();
  return std::nullopt;
}

net::Respond Hooks::take(std::map<pb_request, Waiting>::iterator request, std::vector<std::function<void()>>& at_rest) {
  net::Respond respond = std::move(request->second.respond);
  if (const auto found = hooks_.find(request->second.channel); request->second.in_hand && found != hooks_.end())
    if (Hook& hook = found->second; hook.in_hand != 0 && --hook.in_hand == 0 && hook.at_rest)
      at_rest.push_back(std::exchange(hook.at_rest, {}));
  unanswered_.erase(request);
  return respond;
}

void Hooks::answer(pb_request request, net::ServerResponse response) {
  net::Respond respond;
  std::vector<std::function<void()>> at_rest;
  {
    const std::lock_guard lock(mutex_);
    const auto found = unanswered_.find(request);
    if (found == unanswered_.end()) return;
    respond = take(found, at_rest);
  }
  respond(std::move(response));
  for (const auto& call : at_rest) call();
}

HookCounts Hooks::counts(std::string_view channel) const {
  const std::lock_guard lock(mutex_);
  const auto found = hooks_.find(channel);
  if (found == hooks_.end()) return {};
  return {found->second.received, found->second.refused};
}

}  // namespace patchbay::api
