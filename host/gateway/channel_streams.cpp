// The part of a channel that makes connections for its connector: whereto it may, and how they reach it.
#include "gateway/channel.hpp"

#include <patchbay/bytes.hpp>

#include <algorithm>
#include <utility>

namespace patchbay::gateway {
namespace {

pb_code code_of(net::ClientFailure failure) {
  switch (failure) {
    case net::ClientFailure::invalid_url:
    case net::ClientFailure::address_refused:
      return PB_PERMANENT;
    case net::ClientFailure::timeout:
      return PB_TIMEOUT;
    default:
      return PB_NOT_CONNECTED;
  }
}

// A host as its connector gave it, for people.
std::string printable(std::string_view host) {
  std::string text(host.substr(0, 253));
  for (char& c : text)
    if (c <= ' ' || c == 0x7f) c = '?';
  return text;
}

constexpr std::uint32_t most_connecting = 1024;  // of one channel
constexpr std::chrono::milliseconds longest_connecting = std::chrono::minutes{5};

}  // namespace

// The token is for what a connection is opened with, so that it stands beside that.
pb_code Channel::access(const pb_access_call& call) {
  if (const pb_code code = may_access(call.secret); code != PB_OK) return code;
  const auto accessed = [this, token = call.token, life = supervisor_.life()](Result<oauth2::Access> got) {
    if (life != supervisor_.life()) return;  // who asked is gone
    plugin::AccessResult result{.token = token, .expires_us = 0, .errors = {}, .access_token = {}};
    if (got) {
      result.access_token = std::move(got->token);
      if (got->expires_at) result.expires_us = got->expires_at->time_since_epoch().count();
    } else {
      const pb_code code = got.error().code == ErrorCode::denied ? PB_AUTH_FAILED : PB_TRANSIENT;
      result.errors.push_back(
          {.code = code, .pointer = {}, .reason = std::move(got.error().reason), .remedy = got.error().remedy});
    }
    supervisor_.instance()->accessed(std::move(result));
  };
  authorisation_.keeper->access(std::string(view(call.refused)), accessed);
  return PB_OK;
}

// Whatever comes of it, it ends with connected(), so that a connector has one place for it.
pb_code Channel::connect(const pb_stream_call& call) {
  const std::uint64_t life = supervisor_.life();
  const auto refuse = [&](pb_code code, std::string reason, std::string remedy) {
    plugin::StreamResult result{.token = call.token, .errors = {}, .peer = {}};
    result.errors.push_back({.code = code, .pointer = {}, .reason = std::move(reason), .remedy = std::move(remedy)});
    supervisor_.instance()->connected(std::move(result), Descriptor());
    return PB_OK;
  };
  const std::string_view host = view(call.host);
  const std::string server = printable(host) + " port " + std::to_string(call.port);
  if (!stream_rules_.allows(host, call.port)) {
    const std::string reason = "connecting to " + server + ": the channel's settings name no such server";
    log(PB_LOG_ERROR, reason);
    return refuse(PB_PERMANENT, reason, "name it in the settings, with its port");
  }
  if (connecting_.fetch_add(1) >= most_connecting) {
    --connecting_;
    return refuse(PB_BUSY, "connecting to " + server + ": too many connections are being made", "");
  }
  net::StreamRequest request{.host = std::string(host),
                             .port = static_cast<std::uint16_t>(call.port),
                             .guard = guard_,
                             .proxy = stream_proxy_};
  if (call.timeout_ms != 0) request.timeout = std::min(std::chrono::milliseconds{call.timeout_ms}, longest_connecting);
  shared_.client.connect(std::move(request), [this, life, token = call.token](net::StreamResponse response) {
    --connecting_;
    connected(life, token, std::move(response));
  });
  return PB_OK;
}

void Channel::connected(std::uint64_t life, pb_token token, net::StreamResponse response) {
  if (life != supervisor_.life()) return;  // who asked is gone, and the connection goes, too
  plugin::StreamResult result{.token = token, .errors = {}, .peer = std::move(response.peer)};
  if (response.failure)
    result.errors.push_back({.code = code_of(*response.failure),
                             .pointer = {},
                             .reason = std::move(response.reason),
                             .remedy = std::move(response.remedy)});
  supervisor_.instance()->connected(std::move(result), std::move(response.stream));
}

}  // namespace patchbay::gateway
