// Making one TCP connection on a libcurl easy handle: a part of http_client.cpp.
//
// libcurl looks the name up, tries its addresses (RFC 8305), speaks to the proxy and keeps the time; the connection is
// then taken out of its hands. Every address is asked of the guard before it is connected to. Where there is a proxy,
// which the operator has chosen, it is the proxy that looks the name up: then only a host that is an address itself can
// be judged, and is. Used on the client's thread only.
#pragma once

#include "net/http_client.hpp"

#include <curl/curl.h>

#include <array>
#include <optional>
#include <string>

namespace patchbay::net {

class Dialling {
 public:
  Dialling(StreamRequest request, HttpClient::Connected connected);
  ~Dialling();
  Dialling(const Dialling&) = delete;
  Dialling& operator=(const Dialling&) = delete;

  // Makes the handle ready. An answer means that the connection is refused untried.
  [[nodiscard]] std::optional<StreamResponse> prepare();
  // What came of it; while the handle is still with its multi handle, which closes what is not taken from it.
  [[nodiscard]] StreamResponse finish(CURLcode result);

  [[nodiscard]] CURL* handle() const { return handle_; }
  [[nodiscard]] HttpClient::Connected& connected() { return connected_; }

 private:
  curl_socket_t on_open_socket(const curl_sockaddr& address);
  [[nodiscard]] std::string shown() const;
  [[nodiscard]] StreamResponse failed(ClientFailure failure, std::string reason, std::string remedy = {}) const;
  [[nodiscard]] StreamResponse refusal() const;
  [[nodiscard]] StreamResponse taken();
  [[nodiscard]] StreamResponse classify(CURLcode result) const;

  CURL* handle_;
  const StreamRequest request_;
  HttpClient::Connected connected_;
  std::string refused_address_;
  std::uint16_t refused_port_ = 0;
  bool tried_ = false;
  int socket_error_ = 0;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace patchbay::net
