#include "net/dialling.hpp"

#include "net/address_range.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace patchbay::net {
namespace {

// An idle connection that died is noticed after some minutes, at no cost for this process.
constexpr long keepalive_idle_s = 120, keepalive_interval_s = 30;

std::string text_of(int error_number) { return std::generic_category().message(error_number); }

template <class Value>
void set(CURL* handle, CURLoption option, Value value) {
  // Fails only for an option that this libcurl was built without, or without memory.
  if (curl_easy_setopt(handle, option, value) != CURLE_OK) throw std::runtime_error("libcurl lacks an option");
}

// A name or an address, and nothing that would make another URL of it.
bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:") == host.npos;
}

const AddressGuard& guard_of(const StreamRequest& request) {
  static const AddressGuard strict;
  return request.guard ? *request.guard : strict;
}

std::string joined(const std::string& address, std::uint16_t port) {
  return (address.find(':') == address.npos ? address : "[" + address + "]") + ":" + std::to_string(port);
}

}  // namespace

Dialling::Dialling(StreamRequest request, HttpClient::Connected connected)
    : handle_(curl_easy_init()), request_(std::move(request)), connected_(std::move(connected)) {
  if (handle_ == nullptr) throw std::bad_alloc();
}

Dialling::~Dialling() { curl_easy_cleanup(handle_); }

std::optional<StreamResponse> Dialling::prepare() {
  const auto address = parse_address(request_.host);
  if (!is_host(request_.host) || request_.port == 0 || (request_.host.find(':') != std::string::npos && !address))
    return failed(ClientFailure::invalid_url, "expected a host name or an address, and a port");
  if (!request_.proxy.empty() && address && !guard_of(request_).allows(request_.host, request_.port)) {
    refused_address_ = to_text(*address);
    refused_port_ = request_.port;
    return refusal();
  }
  set(handle_, CURLOPT_URL, ("http://" + shown() + "/").c_str());  // of which only host and port are used
  set(handle_, CURLOPT_CONNECT_ONLY, 1L);
  set(handle_, CURLOPT_FRESH_CONNECT, 1L);
  set(handle_, CURLOPT_PROTOCOLS_STR, "http");
  set(handle_, CURLOPT_ERRORBUFFER, error_.data());
  set(handle_, CURLOPT_NOSIGNAL, 1L);
  set(handle_, CURLOPT_QUICK_EXIT, 1L);  // a look-up that hangs must not hold up all others
  const auto timeout = static_cast<long>(std::max<std::int64_t>(request_.timeout.count(), 1));
  set(handle_, CURLOPT_TIMEOUT_MS, timeout);
  set(handle_, CURLOPT_CONNECTTIMEOUT_MS, timeout);
  set(handle_, CURLOPT_TCP_KEEPALIVE, 1L);
  set(handle_, CURLOPT_TCP_KEEPIDLE, keepalive_idle_s);
  set(handle_, CURLOPT_TCP_KEEPINTVL, keepalive_interval_s);
  // The name goes to the proxy; and without one, none is taken from the environment.
  constexpr std::string_view socks = "socks5://";
  const bool is_socks = request_.proxy.starts_with(socks);
  const std::string proxy = is_socks ? "socks5h://" + request_.proxy.substr(socks.size()) : request_.proxy;
  set(handle_, CURLOPT_PROXY, proxy.c_str());
  set(handle_, CURLOPT_HTTPPROXYTUNNEL, 1L);
  using OpenSocket = curl_socket_t (*)(void*, curlsocktype, curl_sockaddr*);
  set(handle_, CURLOPT_OPENSOCKETFUNCTION, static_cast<OpenSocket>([](void* self, curlsocktype, curl_sockaddr* to) {
        return static_cast<Dialling*>(self)->on_open_socket(*to);
      }));
  set(handle_, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  return std::nullopt;
}

curl_socket_t Dialling::on_open_socket(const curl_sockaddr& address) {
  if (request_.proxy.empty() && !guard_of(request_).allows(&address.addr)) {
    const auto bytes = address_of(&address.addr);
    refused_address_ = bytes ? to_text(*bytes) : "a local socket";
    refused_port_ = port_of(&address.addr);
    return CURL_SOCKET_BAD;
  }
  tried_ = true;
  const int descriptor = ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
  if (descriptor < 0) socket_error_ = errno;
  return descriptor;
}

std::string Dialling::shown() const { return joined(request_.host, request_.port); }

StreamResponse Dialling::failed(ClientFailure failure, std::string reason, std::string remedy) const {
  StreamResponse response;
  response.failure = failure;
  response.reason = "connecting to " + shown() + ": " + std::move(reason);
  response.remedy = std::move(remedy);
  return response;
}

StreamResponse Dialling::refusal() const {
  const bool is_ipv6 = refused_address_.find(':') != std::string::npos;
  return failed(ClientFailure::address_refused,
                "the address " + refused_address_ + " is of the inside network or special",
                "if it is meant, name it in allow_private: \"" +
                    (is_ipv6 ? "[" + refused_address_ + "]/128:" : refused_address_ + "/32:") +
                    std::to_string(refused_port_) + "\"");
}

StreamResponse Dialling::finish(CURLcode result) { return result == CURLE_OK ? taken() : classify(result); }

// libcurl closes its own descriptor of the connection when the handle goes, and this one keeps it open.
StreamResponse Dialling::taken() {
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (curl_easy_getinfo(handle_, CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK || socket == CURL_SOCKET_BAD)
    return failed(ClientFailure::broken, "the connection was closed as soon as it was there");
  StreamResponse response;
  response.stream = Descriptor(::fcntl(socket, F_DUPFD_CLOEXEC, 3));
  const int number = response.stream.number();
  if (number < 0)
    return failed(ClientFailure::not_connected, "keeping the connection: " + text_of(errno),
                  "raise the limit of open files");
  ::fcntl(number, F_SETFL, ::fcntl(number, F_GETFL) | O_NONBLOCK);
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* const peer = reinterpret_cast<sockaddr*>(&storage);
  if (::getpeername(number, peer, &length) == 0)
    if (const auto address = address_of(peer)) response.peer = joined(to_text(*address), port_of(peer));
  return response;
}

StreamResponse Dialling::classify(CURLcode result) const {
  const std::string said = error_[0] != '\0' ? error_.data() : curl_easy_strerror(result);
  if (!refused_address_.empty() && !tried_) return refusal();
  switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return failed(ClientFailure::not_resolved, "looking up the host: " + said, "correct the name in the settings");
    case CURLE_COULDNT_RESOLVE_PROXY:
      return failed(ClientFailure::not_resolved, "looking up the proxy: " + said, "correct stream_proxy");
    case CURLE_OPERATION_TIMEDOUT:
      return failed(ClientFailure::timeout, "no connection within " + std::to_string(request_.timeout.count()) + " ms",
                    "see that the server runs, and that no firewall is in between");
    case CURLE_COULDNT_CONNECT:
      return failed(ClientFailure::not_connected,
                    socket_error_ == 0 ? said : "opening a socket: " + text_of(socket_error_),
                    request_.proxy.empty() ? "see that the server runs there" : "see that the proxy runs there");
    default:
      return failed(request_.proxy.empty() ? ClientFailure::broken : ClientFailure::proxy, said,
                    request_.proxy.empty() ? "" : "see that the proxy lets this server be reached");
  }
}

}  // namespace patchbay::net
