#include "cli/admin_client.hpp"

#include <future>

#include "api/admin.hpp"
#include "api/views.hpp"
#include "net/http_client.hpp"

namespace patchbay::cli {
namespace {

ErrorCode code_named(std::string_view name) {
  for (const ErrorCode code : {ErrorCode::invalid, ErrorCode::not_found, ErrorCode::conflict, ErrorCode::unavailable,
                               ErrorCode::denied, ErrorCode::corrupt})
    if (name == api::name_of(code)) return code;
  if (name == "refused") return ErrorCode::conflict;
  return ErrorCode::internal;
}

// An address to listen on, as one to connect to.
std::string reachable(std::string address) {
  for (const auto& [any, loopback] : {std::pair("0.0.0.0:", "127.0.0.1:"), std::pair("[::]:", "[::1]:")})
    if (address.starts_with(any)) return loopback + address.substr(std::string_view(any).size());
  return address;
}

}  // namespace

Result<nlohmann::json> ask(const config::Settings& settings, const std::string& method, const std::string& path,
                           const Asked& asked) {
  const std::string token = PATCHBAY_TRY(api::read_local_token(settings.store.sqlite));
  // The operator's own listener, wherever it is: the guard is for addresses that strangers choose.
  auto guard = PATCHBAY_TRY(net::AddressGuard::allowing({"0.0.0.0/0", "::/0"}));
  const std::unique_ptr<net::HttpClient> client = net::HttpClient::start();
  std::promise<net::ClientResponse> answered;
  net::ClientRequest request{.method = method,
                             .url = "http://" + reachable(settings.admin.address) + path,
                             .headers = {{"authorization", "Bearer " + token}},
                             .keep_bytes = 64 * 1024 * 1024,
                             .most_bytes = 64 * 1024 * 1024,
                             .guard = std::make_shared<const net::AddressGuard>(std::move(guard))};
  if (!asked.idempotency_key.empty()) request.headers.emplace_back("idempotency-key", asked.idempotency_key);
  if (!asked.body.is_null()) {
    request.headers.emplace_back("content-type", "application/json");
    request.body =
        std::make_shared<const std::string>(asked.body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  client->send(std::move(request),
               [&answered](net::ClientResponse response) { answered.set_value(std::move(response)); });
  const net::ClientResponse response = answered.get_future().get();
  if (response.failure)
    return failure(ErrorCode::unavailable, "asking the gateway at " + settings.admin.address + ": " + response.reason,
                   "start it with `patchbay run`");
  nlohmann::json body = nlohmann::json::parse(response.body, nullptr, false);
  if (response.status >= 200 && response.status < 300 && !body.is_discarded()) return body;
  if (body.is_object() && body["error"].is_object()) {
    const nlohmann::json& error = body["error"];
    return failure(code_named(error.value("code", "")), error.value("reason", ""), error.value("remedy", ""));
  }
  return failure(ErrorCode::internal, "asking the gateway: it answered " + std::to_string(response.status),
                 "is another program listening on " + settings.admin.address + "?");
}

std::optional<nlohmann::json> ask(Context& context, const std::string& method, const std::string& path,
                                  const nlohmann::json& body) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  const std::optional<config::Settings> settings = context.settings(*catalog);
  if (!settings) return std::nullopt;
  Result<nlohmann::json> answer = ask(*settings, method, path, {.idempotency_key = {}, .body = body});
  if (answer) return std::move(*answer);
  context.fail(answer.error());
  return std::nullopt;
}

}  // namespace patchbay::cli
