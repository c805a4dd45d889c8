// What the host lends to channels and destinations alike: log, clock, randomness, metrics, secrets, HTTP requests.
//
// One per instance. [any-thread] throughout; the shared parts outlive it. What only one kind of plugin may ask for is
// refused here and overridden by that kind.
#pragma once

#include "base/executor.hpp"
#include "base/line_limit.hpp"
#include "base/time.hpp"
#include "config/settings.hpp"
#include "gateway/attachment_shelf.hpp"
#include "gateway/grants.hpp"
#include "gateway/secrets.hpp"
#include "gateway/supervisor.hpp"
#include "gateway/suspects.hpp"
#include "net/http_client.hpp"
#include "plugin/catalog.hpp"
#include "plugin/services.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace patchbay::gateway {

// What the parts of the gateway share; all of it outlives every instance.
struct Shared {
  const Clock& clock;
  telemetry::Log& log;
  telemetry::Metrics& metrics;
  net::HttpClient& client;
  std::shared_ptr<plugin::Catalog> catalog;  // from which instances made from now on are opened
  Executor& supervision;                     // where instances are opened again and closed
};

// How the instance behind a section of the settings is opened.
[[nodiscard]] plugin::OpenSettings open_settings(const config::Section& section, std::string_view region,
                                                 std::uint32_t credit);

// Whether an instance that was lost had its worker for itself.
[[nodiscard]] Suspects::Company company_of(const Error& why);

class CommonServices : public plugin::Services {
 public:
  CommonServices(Shared& shared, std::string name, std::vector<std::string> secrets,
                 const std::vector<std::string>& capabilities, net::AddressGuard guard, std::string ca_file,
                 Authorisation authorisation);

  void log(std::int32_t level, std::string_view line) override;
  void report(const pb_error& error) override;
  pb_code submit(const pb_batch& batch) override;
  pb_code state(std::string_view key, const pb_writer& out) override;
  std::int64_t now_us() override;
  std::int64_t monotonic_us() override;
  void random(std::uint8_t* to, std::uint64_t length) override;
  void add_metric(std::string_view name, double value) override;
  void set_metric(std::string_view name, double value) override;
  pb_code sign(pb_secret secret, std::string_view scheme, std::string_view message, const pb_writer& out) override;
  pb_code verify(pb_secret secret, std::string_view scheme, std::string_view message,
                 std::string_view signature) override;
  pb_code reveal(pb_secret secret, const pb_writer& out) override;
  pb_code create_attachment(std::uint64_t& handle) override;
  pb_code append_attachment(std::uint64_t handle, std::string_view part) override;
  pb_code discard_attachment(std::uint64_t handle) override;
  pb_code http_call(const pb_http_call& call) override;
  pb_code access(const pb_access_call& call) override;
  pb_code connect(const pb_stream_call& call) override;
  pb_code authorities(const pb_writer& out) override;
  void respond(const pb_http_response& response) override;
  void sent(const pb_sent& sent) override;
  void rendered(const pb_rendered& rendered) override;
  void judged(const pb_judged& judged) override;

  [[nodiscard]] const std::string& name() const { return name_; }

  // What the plugin reported since the last call, joined: why something it was asked to do failed.
  [[nodiscard]] std::string take_reports();

 protected:
  // How the instance stands, to the operator.
  void tell_standing(const LifeStanding& standing, const char* kind, telemetry::Fields fields);

  // Calls on after telling the operator what the plugin reported.
  [[nodiscard]] plugin::Done told_of_stop(std::function<void()> stopped);

  // Whether the plugin may be given the access token behind that handle: PB_OK, or why not.
  [[nodiscard]] pb_code may_access(pb_secret secret) const;
  // Where OAuth2 is what keeps it from working: what to show instead of "ready".
  [[nodiscard]] std::optional<oauth2::Standing> unauthorised() const;

  // The request as the client sends it, secrets put in. `payload` is shared instead of copied where the plugin hands
  // it on as it is.
  [[nodiscard]] Result<net::ClientRequest> request_of(const pb_http_call& call,
                                                      const std::shared_ptr<const std::string>& payload) const;

  Shared& shared_;
  std::string name_;
  AttachmentShelf shelf_;
  std::shared_ptr<const net::AddressGuard> guard_;
  const Authorisation authorisation_;

 private:
  SecretBox secrets_;
  bool may_reveal_;
  std::string ca_file_;
  std::mutex mutex_;
  std::string reports_;
  LineLimit lines_{2 * LineLimit::of_a_plugin};  // a worker that does its duty keeps to half of it
};

}  // namespace patchbay::gateway
