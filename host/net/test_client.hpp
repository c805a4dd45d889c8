// What the tests of the HTTP client ask with.
//
// For tests only.
#pragma once

#include "base/temporary_folder.hpp"
#include "net/http_client.hpp"
#include "net/test_peer.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <future>

namespace patchbay::net::test {

inline std::shared_ptr<const AddressGuard> guard_for(const std::vector<std::string>& entries) {
  return std::make_shared<const AddressGuard>(AddressGuard::allowing(entries).value());
}

inline ClientRequest get(std::string url) {
  ClientRequest request;
  request.url = std::move(url);
  request.timeout = 10s;
  request.guard = guard_for({"127.0.0.0/8", "::1"});
  return request;
}

inline ClientResponse exchange(HttpClient& client, ClientRequest request) {
  std::promise<ClientResponse> done;
  client.send(std::move(request), [&](ClientResponse response) { done.set_value(std::move(response)); });
  auto future = done.get_future();
  if (future.wait_for(patience) != std::future_status::ready) {
    ADD_FAILURE() << "no completion";
    std::abort();  // the completion would write into what is gone
  }
  return future.get();
}

inline std::string value_of(const ClientResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "(none)";
}

// A certificate that signs itself, for localhost.
class Certificate {
 public:
  Certificate() {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost -keyout " +
        key() + " -out " + file() + " 2>/dev/null";
    made_ = std::system(command.c_str()) == 0;
  }
  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] std::string file() const { return folder_.path() / "certificate.pem"; }
  [[nodiscard]] std::string key() const { return folder_.path() / "key.pem"; }

 private:
  TemporaryFolder folder_;
  bool made_ = false;
};

}  // namespace patchbay::net::test
