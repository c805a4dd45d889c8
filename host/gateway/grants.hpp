// The OAuth2 of all channels and destinations: one keeper of access tokens each, whatever instance or worker asks, and
// the consent that a person is just giving.
//
// keeper() and settle() are the owner's, as the settings are opened and followed; the others are [any-thread]. Ends
// before the client and the committer do. What is stored is encrypted with store.key; without it only flows that store
// nothing can be used.
#pragma once

#include "api/control.hpp"
#include "config/settings.hpp"
#include "intake/committer.hpp"
#include "net/http_client.hpp"
#include "oauth2/consent.hpp"
#include "oauth2/sealing.hpp"
#include "telemetry/log.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace patchbay::gateway {

class Grants {
 public:
  Grants(net::HttpClient& client, const Clock& clock, telemetry::Log& log, intake::Committer& committer)
      : client_(client), clock_(clock), log_(log), committer_(committer) {}

  // Once, before all else. Invalid where store.key is none.
  Status unlock(const config::StoreSettings& settings);

  // Of a section that has OAuth2; the same one for as long as the section is there. One that is there keeps its
  // settings until settle().
  Result<std::shared_ptr<oauth2::Keeper>> keeper(api::Side side, const config::Section& section,
                                                 const store::GrantOwner& owner, store::Reader& reader);
  // From now on these settings count.
  void settle(const config::Settings& settings);
  void end();

  void authorize(api::Side side, const std::string& name, api::ConsentRequest request,
                 std::function<void(Result<api::ConsentStatus>)> begun);
  void finish(api::Side side, const std::string& name, std::string answer,
              std::function<void(Result<api::ConsentStatus>)> finished);
  [[nodiscard]] Result<api::ConsentStatus> consent(api::Side side, const std::string& name) const;

 private:
  using Key = std::pair<api::Side, std::string>;
  struct Entry {
    std::shared_ptr<oauth2::Keeper> keeper;
    std::shared_ptr<oauth2::Consent> consent;
  };

  [[nodiscard]] Result<std::optional<std::string>> kept(const store::GrantOwner& owner, store::Reader& reader);
  void keep(const store::GrantOwner& owner, const std::string& content, std::function<void(Status)> kept);
  [[nodiscard]] Result<Entry> entry(const Key& key) const;

  net::HttpClient& client_;
  const Clock& clock_;
  telemetry::Log& log_;
  intake::Committer& committer_;
  std::optional<oauth2::Sealing> sealing_;
  mutable std::mutex mutex_;
  std::map<Key, Entry> entries_;
};

// As the plugin's secret headers and its asking for access tokens know it.
struct Authorisation {
  std::shared_ptr<oauth2::Keeper> keeper;  // null = no OAuth2
  std::size_t handle = 0;
};

}  // namespace patchbay::gateway
