#include "config/oauth2_section.hpp"

#include "config/text.hpp"

#include <algorithm>
#include <array>

namespace patchbay::config {
namespace {

constexpr std::array flows{OAuth2Flow::device, OAuth2Flow::browser, OAuth2Flow::client_credentials};
constexpr std::string_view tenant_mark = "{tenant}";

std::optional<Wish> flow_word(const std::string& word) {
  if (std::ranges::any_of(flows, [&](OAuth2Flow flow) { return word == name_of(flow); })) return std::nullopt;
  return Wish{"device, browser or client_credentials", "write one of the three, or leave flow out"};
}

std::optional<Wish> place_word(const std::string& word) {
  if (word == "header" || word == "body") return std::nullopt;
  return Wish{"header or body", "leave it out, unless the authorisation server wants the client's secret in the body"};
}

// RFC 6749, appendix A.4: no blank, no quotation mark, no backslash.
std::optional<Wish> scope(const std::string& word) {
  if (std::ranges::all_of(word, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; }))
    return std::nullopt;
  return Wish{"a scope", "write each scope as an item of its own, as the provider's documentation spells it"};
}

std::optional<Wish> tenant(const std::string& word) {
  if (std::ranges::all_of(word, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
      }))
    return std::nullopt;
  return Wish{"a tenant: a domain or its id", "write it like rossi.example"};
}

class OAuth2Reader {
 public:
  OAuth2Reader(MappingReader reader, const OAuth2Offer& offer, Report& report)
      : reader_(std::move(reader)), offer_(offer), report_(report) {}

  std::optional<OAuth2> read() {
    provider_ = read_provider();
    OAuth2 oauth2;
    oauth2.client_id = reader_.text("client_id", Need::required, "the id of the client at the provider");
    oauth2.client_secret = reader_.text("client_secret", Need::optional, "a secret", nullptr, Privacy::secret);
    if (reader_.text("client_authentication", Need::optional, "header or body", place_word) == "body")
      oauth2.client_authentication = ClientAuthentication::body;
    tenant_ = reader_.text("tenant", Need::optional, "a tenant", tenant);
    const std::string flow = reader_.text("flow", Need::optional, "a flow", flow_word);
    oauth2.device_url = address("device_url", provider_.device_url);
    oauth2.authorization_url = address("authorization_url", provider_.authorization_url);
    oauth2.token_url = address("token_url", provider_.token_url);
    oauth2.scopes = reader_.texts("scopes", "a scope", scope);
    if (oauth2.scopes.empty()) oauth2.scopes = provider_.scopes;
    oauth2.parameters = provider_.parameters;
    oauth2.flow = flow_of(flow, oauth2);
    reader_.finish();
    expect_addresses(oauth2);
    if (is_wrong_) return std::nullopt;
    return oauth2;
  }

 private:
  OAuth2Provider read_provider() {
    const std::string name = reader_.text("provider", Need::optional, "a provider");
    if (name.empty()) return {};
    const auto found = std::ranges::find(offer_.providers, name, &OAuth2Provider::name);
    if (found != offer_.providers.end()) return *found;
    std::vector<std::string> names;
    for (const OAuth2Provider& provider : offer_.providers) names.push_back(provider.name);
    reader_.mistake(*reader_.node()->find("provider"), "a provider that the plugin knows",
                    known_words(name, names, "leave it out, and write token_url and the others"));
    is_wrong_ = true;
    return {};
  }

  // What is written wins over what the manifest offers.
  std::string address(const char* key, const std::string& offered) {
    std::string url = reader_.text(key, Need::optional, "a URL", token_url);
    if (url.empty()) url = offered;
    if (const std::size_t mark = url.find(tenant_mark); mark != std::string::npos) {
      const std::string& tenant = tenant_.empty() ? provider_.tenant : tenant_;
      if (tenant.empty())
        missing("tenant", "the tenant, since the addresses of " + provider_.name + " hold it", "write it");
      url.replace(mark, tenant_mark.size(), tenant);
    }
    return url;
  }

  OAuth2Flow flow_of(const std::string& written, const OAuth2& oauth2) const {
    for (const OAuth2Flow flow : flows)
      if (written == name_of(flow)) return flow;
    if (!provider_.name.empty()) return provider_.flow;
    if (!oauth2.device_url.empty()) return OAuth2Flow::device;
    return oauth2.authorization_url.empty() ? OAuth2Flow::client_credentials : OAuth2Flow::browser;
  }

  void expect_addresses(const OAuth2& oauth2) {
    if (oauth2.token_url.empty())
      missing("token_url", "the address at which access tokens are given out",
              offer_.providers.empty() ? "take it from the provider's documentation" : "write it, or a provider");
    if (oauth2.flow == OAuth2Flow::device && oauth2.device_url.empty())
      missing("device_url", "the address at which the device flow begins", "write it, or flow: browser");
    if (oauth2.flow == OAuth2Flow::browser && oauth2.authorization_url.empty())
      missing("authorization_url", "the address that the browser opens", "write it, or flow: device");
    if (oauth2.flow == OAuth2Flow::client_credentials && oauth2.client_secret.empty())
      missing("client_secret", "a secret, with which the client credentials flow proves who asks",
              "write ${file:PATH}, or another flow");
  }

  void missing(const char* key, std::string expected, std::string remedy) {
    if (reader_.node() != nullptr && reader_.node()->find(key) != nullptr) return;  // that is wrong has been told
    is_wrong_ = true;
    report_.add({reader_.at(), pointer_to(reader_.path(), key), std::move(expected), "nothing", std::move(remedy)});
  }

  MappingReader reader_;
  const OAuth2Offer& offer_;
  Report& report_;
  OAuth2Provider provider_;
  std::string tenant_;
  bool is_wrong_ = false;
};

}  // namespace

std::optional<OAuth2> read_oauth2(MappingReader reader, const OAuth2Offer& offer, Report& report) {
  if (!reader.present()) return std::nullopt;
  return OAuth2Reader(std::move(reader), offer, report).read();
}

}  // namespace patchbay::config
