// One HTTP exchange on a libcurl easy handle, and what became of it: a part of http_client.cpp.
//
// Used on the client's thread only. An exchange is used again and again, since setting up a handle costs more than a
// request on it. Its callbacks, which libcurl makes, bound what a stranger can make us hold.
#pragma once

#include "net/http_client.hpp"

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace patchbay::net {

class Exchange {
 public:
  Exchange();
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Makes the handle ready for this request. An answer means that it is refused unsent.
  [[nodiscard]] std::optional<ClientResponse> prepare(ClientRequest request, HttpClient::Completed completed);
  // What the finished transfer gave. The exchange is free again, its completion is handed out.
  [[nodiscard]] std::pair<HttpClient::Completed, ClientResponse> finish(CURLcode result);

  [[nodiscard]] CURL* handle() const { return handle_; }

 private:
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  void set_method_and_body();
  [[nodiscard]] bool set_headers();
  void set_trust();
  void refuse(std::string address, std::uint16_t port);
  [[nodiscard]] std::string refusal() const;
  [[nodiscard]] std::pair<ClientFailure, std::string> classify(CURLcode result) const;

  std::size_t on_header(std::string_view line);
  std::size_t on_body(std::string_view bytes);
  curl_socket_t on_open_socket(const curl_sockaddr& address);
  int on_ready(const char* address, int port);

  CURL* handle_;
  ClientRequest request_;
  HttpClient::Completed completed_;
  std::unique_ptr<curl_slist, FreeList> header_list_;
  ClientResponse response_;
  std::size_t header_bytes_ = 0, body_bytes_ = 0;
  bool too_large_ = false, tried_ = false, ready_ = false;
  std::string refused_address_;
  std::uint16_t refused_port_ = 0;
  int socket_error_ = 0;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace patchbay::net
