#include "authentication.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace patchbay::imap {

namespace {

constexpr std::array<const char*, 3> methods{"dmarc", "spf", "dkim"};

std::string lower(std::string_view text) {
  std::string to(text);
  std::transform(to.begin(), to.end(), to.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return to;
}

// Whose word it is; empty where the header begins with a result at once, as Microsoft's does.
std::string_view server_in(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(begin);
  text = text.substr(0, std::min(text.find_first_of("; ("), text.size()));
  return text.find('=') == std::string_view::npos ? text : std::string_view{};
}

// The word behind "method=" in one result: "dmarc=fail (p=NONE) header.from=example.org".
std::string word_behind(std::string_view text, std::size_t at) {
  const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz", at);
  return std::string(text.substr(at, end == std::string_view::npos ? end : end - at));
}

Json results_in(std::string_view text) {
  Json results = Json::object();
  for (const char* const method : methods) {
    const std::string wanted = std::string(method) + "=";
    for (std::size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) {
      if (at != 0 && text[at - 1] != ' ' && text[at - 1] != ';') continue;
      const std::string result = word_behind(text, at + wanted.size());
      // Of several signatures one that is well is enough.
      if (!results.contains(method) || result == "pass") results[method] = result;
    }
  }
  return results;
}

bool says_forged(const Json& results) {
  const std::string dmarc = results.value("dmarc", "");
  const bool is_unsigned = results.value("dkim", "") != "pass";
  return dmarc == "fail" || (dmarc.empty() && is_unsigned && results.value("spf", "") == "fail");
}

}  // namespace

bool Authentication::vouches() const {
  return !is_forged && (results.empty() || std::any_of(methods.begin(), methods.end(), [this](const char* method) {
                          return results.value(method, "") == "pass";
                        }));
}

Authentication authentication_of(const std::vector<std::string>& headers, const Owner& owner) {
  Authentication found;
  if (headers.empty()) return found;
  const std::string topmost(server_in(lower(headers.front())));
  bool is_first = true;
  for (const std::string& one : headers) {
    const std::string text = lower(one);
    const std::string_view server = server_in(text);
    const bool counts = owner.verifiers.empty() ? is_first || (!server.empty() && server == topmost)
                                                : std::find(owner.verifiers.begin(), owner.verifiers.end(), server) !=
                                                      owner.verifiers.end();
    if (!counts) continue;
    Json results = results_in(text);
    if (says_forged(results)) found.is_forged = true;
    if (std::exchange(is_first, false)) found.results = std::move(results);
  }
  return found;
}

}  // namespace patchbay::imap
