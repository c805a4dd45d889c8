// The admin listener: health, metrics, and the API that the command line and the console use.
//
//   GET  /healthz                            200 while the process runs
//   GET  /readyz                             200 when every part is up, else 503
//   GET  /metrics                            Prometheus text format 0.0.4
//   GET  /api/v1/status
//   GET  /api/v1/contacts?q=&after=&limit=   /api/v1/contacts/ID   /api/v1/contacts/ID/interactions
//   GET  /api/v1/interactions?channel=&after=&limit=   /api/v1/interactions/ID
//   GET  /api/v1/deliveries?destination=&state=&event=&since=&until=&reason=&contact=&after=&limit=
//   POST /api/v1/deliveries/replay           POST /api/v1/deliveries/fill
//   GET  /api/v1/quarantine?after=&limit=    /api/v1/quarantine/ID
//   POST /api/v1/quarantine/ID/replay
//   GET  /api/v1/outbound?channel=&state=&after=&limit=   /api/v1/outbound/ID   /api/v1/suppressions?after=&limit=
//   and what changes these: see api/outbound.hpp, and for consent api/authorization.hpp; who is who: api/identity.hpp
//   and api/correction.hpp
//
// Everything below /api needs `Authorization: Bearer TOKEN` with the token of the store's folder (see LocalToken).
// Answers are JSON; an error is {"error": {"code", "reason", "remedy"}} with the status that fits.
//
// handle() runs on the HTTP thread and reads the store on a thread of the admin's own, so that a long list holds up
// nobody's webhook. Ends before what it refers to.
#pragma once

#include "api/control.hpp"
#include "base/executor.hpp"
#include "net/http_server.hpp"
#include "store/store.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace patchbay::api {

// The token by which the command line on this machine knows itself to the gateway: made anew at every start, written
// to FOLDER/admin.token (mode 0600), so that whoever may read the store may use the API.
[[nodiscard]] Result<std::string> make_local_token(const std::filesystem::path& folder);
[[nodiscard]] Result<std::string> read_local_token(const std::filesystem::path& folder);

class Admin final : public net::Handler {
 public:
  // `reader` is used on `executor` only. `token` is kept as its digest.
  Admin(Control& control, std::unique_ptr<store::Reader> reader, Executor& executor, std::string_view token);
  ~Admin() override;

  void handle(net::ServerRequest request, net::Respond respond) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace patchbay::api
