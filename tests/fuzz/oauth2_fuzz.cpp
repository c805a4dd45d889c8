// What an authorisation server, a browser or a damaged store may bring: read within bounds, and what is kept can stand
// in a header or on a terminal.
#include "oauth2/form.hpp"
#include "oauth2/protocol.hpp"
#include "oauth2/sealing.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace patchbay::oauth2;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

void require_harmless(const Refused& refused) {
  for (const std::string* text : {&refused.error.reason, &refused.error.remedy})
    require(std::ranges::all_of(*text, [](char c) { return c >= ' ' && c < 0x7f; }));
  require(!refused.error.reason.empty() && refused.error.reason.size() < 5000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::uint32_t status = data[0] % 2 == 0 ? 200 : 400;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);

  if (const auto tokens = read_tokens(status, text)) {
    require(!tokens->access_token.empty() && is_visible(tokens->access_token) && is_visible(tokens->refresh_token));
    require(!tokens->lasts || tokens->lasts->count() >= 0);
  } else {
    require_harmless(tokens.error());
  }
  if (const auto codes = read_device_codes(status, text)) {
    for (const std::string* shown : {&codes->user_code, &codes->verification_url, &codes->verification_url_complete})
      require(is_visible(*shown));
    require(codes->lasts.count() > 0 && codes->interval.count() >= 0);
  } else {
    require_harmless(codes.error());
  }
  if (const auto code = read_redirect(text, "xyz"))
    require(!code->empty());
  else
    require_harmless(code.error());

  // What can be read is written as something that reads the same.
  if (const auto form = decoded(text)) require(decoded(encoded(*form)) == form);

  static const auto sealing = Sealing::with("a key of the fuzzer that is long enough", {});
  require(!sealing->open(text, "channel/1"));
  return 0;
}
