// Answers of the admin API: JSON, and errors in their one shape. Pure; any thread.
#pragma once

#include "api/views.hpp"
#include "net/http_server.hpp"

namespace patchbay::api {

[[nodiscard]] inline net::ServerResponse json_response(std::uint32_t status, const nlohmann::json& body) {
  return {status,
          {{"content-type", "application/json"}, {"cache-control", "no-store"}},
          body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}
[[nodiscard]] inline net::ServerResponse error_response(const Error& error) {
  return json_response(status_of(error.code), view(error));
}

// The id in a step of the path or in a query.
template <class Id>
[[nodiscard]] Result<Id> id_of(std::string_view step, std::string_view word) {
  const auto id = store::number_of(step, word);
  if (!id)
    return failure(ErrorCode::invalid,
                   "reading an id: expected " + std::string(word) + "_ and a number, got " + std::string(step));
  return Id{*id};
}

}  // namespace patchbay::api
