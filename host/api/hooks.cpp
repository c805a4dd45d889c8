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
  Hook& hook = hooks_[channel];
  hook.behind = &behind;
  hook.verification = std::move(verification);
}

void Hooks::handle(net::ServerRequest request, net::Respond respond) {
  const std::string_view path = request.path;
  if (!path.starts_with(prefix)) return respond(refusal(404, "not found"));
  const std::string_view rest = path.substr(prefix.size());
  const std::string_view channel = rest.substr(0, rest.find('/'));
  const auto found = hooks_.find(channel);
  if (found == hooks_.end()) return respond(refusal(404, "not found"));

  Hook& hook = found->second;
  if (hook.verification) {
    if (must_be_signed(*hook.verification, request.method) && !is_signed(*hook.verification, request)) {
      ++hook.refused;
      return respond(refusal(401, "the signature is missing or wrong"));
    }
  }
  ++hook.received;

  plugin::HttpRequest forwarded{.received_us = clock_.now().time_since_epoch().count(),
                                .method = std::move(request.method),
                                .path = std::string(rest.substr(channel.size())),
                                .query = std::move(request.query),
                                .peer = std::move(request.peer),
                                .headers = std::move(request.headers),
                                .body = std::move(request.body)};
  std::vector<net::Respond> forgotten;
  {
    const Duration now = clock_.monotonic();
    const std::lock_guard lock(mutex_);
    forgotten = take_forgotten(now);
    forwarded.id = ++last_request_;
    unanswered_.emplace(forwarded.id, Waiting{std::move(respond), now});
  }
  for (const net::Respond& late : forgotten) late(refusal(503, "the channel did not answer in time; try again"));
  hook.behind->receive(std::move(forwarded));
}

std::vector<net::Respond> Hooks::take_forgotten(Duration now) {
  std::vector<net::Respond> forgotten;
  while (!unanswered_.empty() && unanswered_.begin()->second.since + answer_deadline <= now) {
    forgotten.push_back(std::move(unanswered_.begin()->second.respond));
    unanswered_.erase(unanswered_.begin());
  }
  return forgotten;
}

void Hooks::answer(pb_request request, net::ServerResponse response) {
  net::Respond respond;
  {
    const std::lock_guard lock(mutex_);
    const auto found = unanswered_.find(request);
    if (found == unanswered_.end()) return;
    respond = std::move(found->second.respond);
    unanswered_.erase(found);
  }
  respond(std::move(response));
}

HookCounts Hooks::counts(std::string_view channel) const {
  const auto found = hooks_.find(channel);
  if (found == hooks_.end()) return {};
  return {found->second.received, found->second.refused};
}

}  // namespace patchbay::api
