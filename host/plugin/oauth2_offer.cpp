#include "plugin/oauth2_offer.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace patchbay::plugin {
namespace {

using Json = nlohmann::json;

constexpr std::size_t most_providers = 20, most_words = 50, longest = 500;
constexpr std::array flows{OAuth2Flow::device, OAuth2Flow::browser, OAuth2Flow::client_credentials};

bool is_visible(const Json& value) {  // RFC 6749, appendix A: VSCHAR without the space
  const auto* text = value.get_ptr<const Json::string_t*>();
  return text != nullptr && !text->empty() && text->size() <= longest &&
         std::all_of(text->begin(), text->end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_address(const Json& value) {
  return is_visible(value) && value.get_ref<const std::string&>().starts_with("https://");
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

class ProviderReader {
 public:
  ProviderReader(const Json& value, std::string place, std::vector<Mistake>& mistakes)
      : value_(value), place_(std::move(place)), mistakes_(mistakes) {}

  OAuth2Provider read(const std::string& name) {
    OAuth2Provider provider;
    provider.name = name;
    if (!value_.is_object()) {
      wrong("", "expected an object", "describe the authorisation server");
      return provider;
    }
    constexpr const char* expected = "expected an address that begins with https://";
    provider.device_url = text("device_url", is_address, expected);
    provider.authorization_url = text("authorization_url", is_address, expected);
    provider.token_url = text("token_url", is_address, expected);
    if (provider.token_url.empty() && !value_.contains("token_url"))
      wrong("/token_url", "expected an address, found nothing", "name where access tokens are given out");
    provider.tenant = text("tenant", is_visible, "expected a word");
    read_flow(provider);
    read_lists(provider);
    for (const auto& [key, unused] : value_.items())
      if (!std::ranges::count(known_, key)) wrong("", "it has a key that is not known", "see docs/connector-guide.md");
    return provider;
  }

 private:
  std::string text(const char* key, bool (*rule)(const Json&), const char* expected) {
    const auto found = value_.find(key);
    if (found == value_.end()) return {};
    if (rule(*found)) return found->get<std::string>();
    wrong(std::string("/") + key, expected, "correct it");
    return {};
  }

  void read_flow(OAuth2Provider& provider) {
    provider.flow = provider.authorization_url.empty() && !provider.device_url.empty() ? OAuth2Flow::device
                    : provider.authorization_url.empty()                               ? OAuth2Flow::client_credentials
                                                                                       : OAuth2Flow::browser;
    const auto found = value_.find("flow");
    if (found == value_.end()) return;
    const auto* flow = std::ranges::find_if(flows, [&](OAuth2Flow one) { return *found == name_of(one); });
    if (flow == flows.end()) return wrong("/flow", "expected device, browser or client_credentials", "name one");
    provider.flow = *flow;
    if ((*flow == OAuth2Flow::device && provider.device_url.empty()) ||
        (*flow == OAuth2Flow::browser && provider.authorization_url.empty()))
      wrong("/flow", "it needs an address that is not there", "add device_url or authorization_url");
  }

  void read_lists(OAuth2Provider& provider) {
    if (const auto scopes = value_.find("scopes"); scopes != value_.end()) {
      if (!scopes->is_array() || scopes->size() > most_words || !std::ranges::all_of(*scopes, is_visible))
        wrong("/scopes", "expected a list of scopes, none with a blank in it", "correct it");
      else
        provider.scopes = scopes->get<std::vector<std::string>>();
    }
    const auto parameters = value_.find("parameters");
    if (parameters == value_.end()) return;
    if (!parameters->is_object() || parameters->size() > most_words)
      return wrong("/parameters", "expected an object of texts", "correct it");
    for (const auto& [key, value] : parameters->items()) {
      if (is_word(key) && is_visible(value))
        provider.parameters.emplace_back(key, value.get<std::string>());
      else
        wrong("/parameters", "expected names of a-z, 0-9 and _, each with a text", "correct it");
    }
  }

  void wrong(const std::string& at, const char* reason, const char* remedy) {
    mistakes_.push_back({place_ + at, reason, remedy});
  }

  static constexpr std::array<std::string_view, 7> known_{"flow",   "device_url", "authorization_url", "token_url",
                                                          "tenant", "scopes",     "parameters"};
  const Json& value_;
  const std::string place_;
  std::vector<Mistake>& mistakes_;
};

}  // namespace

OAuth2Offer read_oauth2_offer(const Json& value, std::vector<Mistake>& mistakes) {
  OAuth2Offer offer;
  if (!value.is_object()) {
    mistakes.push_back({"/oauth2", "expected an object", "write {} where it uses OAuth2, or leave it out"});
    return offer;
  }
  for (const auto& [key, member] : value.items()) {
    if (key == "required" && member.is_boolean()) {
      offer.required = member.get<bool>();
    } else if (key == "providers" && member.is_object() && member.size() <= most_providers) {
      for (const auto& [name, provider] : member.items()) {
        if (is_word(name))
          offer.providers.push_back(ProviderReader(provider, "/oauth2/providers/" + name, mistakes).read(name));
        else
          mistakes.push_back({"/oauth2/providers", "expected names of a-z, 0-9 and _", "correct them"});
      }
    } else {
      mistakes.push_back(
          {"/oauth2", "expected required (true or false) and providers (an object)", "see docs/connector-guide.md"});
    }
  }
  return offer;
}

}  // namespace patchbay::plugin
