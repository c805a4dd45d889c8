// What the store returned, as the JSON that the admin API answers and that `--json` prints: one shape for both.
//
// Pure; any thread. Lists are {"items": [...], "next": KEY or null}: KEY goes into `after` for the following page.
#pragma once

#include "api/control.hpp"
#include "store/store.hpp"

#include <nlohmann/json.hpp>
#include <vector>

namespace patchbay::api {

[[nodiscard]] nlohmann::json view(const GatewayStatus& status, const store::Counts& counts);
[[nodiscard]] nlohmann::json view(const store::ContactDetails& details);
[[nodiscard]] nlohmann::json view(const store::InteractionDetails& details);
[[nodiscard]] nlohmann::json view(const store::OpenDelivery& delivery);
[[nodiscard]] nlohmann::json view(const store::Quarantine& quarantine);
[[nodiscard]] nlohmann::json view(const store::Outbound& outbound);
[[nodiscard]] nlohmann::json view(const store::Suppression& suppression);
// What of an outbound never changes.
[[nodiscard]] nlohmann::json accepted_view(const store::Outbound& outbound);
[[nodiscard]] nlohmann::json view(const Error& error);

[[nodiscard]] nlohmann::json page_of(const std::vector<store::Contact>& contacts, store::Page page);
[[nodiscard]] nlohmann::json page_of(const std::vector<store::Interaction>& interactions, store::Page page);
[[nodiscard]] nlohmann::json page_of(const std::vector<store::OpenDelivery>& deliveries, store::Page page);
[[nodiscard]] nlohmann::json page_of(const std::vector<store::Quarantine>& quarantines, store::Page page);
[[nodiscard]] nlohmann::json page_of(const std::vector<store::Outbound>& outbound, store::Page page);
[[nodiscard]] nlohmann::json page_of(const std::vector<store::Suppression>& suppressions, store::Page page);

// "not_found", ... and the HTTP status that says the same.
[[nodiscard]] std::string_view name_of(ErrorCode code);
[[nodiscard]] std::uint32_t status_of(ErrorCode code);

}  // namespace patchbay::api
