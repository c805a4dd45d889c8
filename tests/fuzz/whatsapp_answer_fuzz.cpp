// Any bytes as Meta's answer to a sending: it ends in exactly one way, which says enough to act upon, and nothing is
// called refused that did not come from the Cloud API itself.
//
// The first line is the HTTP status and the value of each header that is read; the rest is the body.
#include "sending_end.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace patchbay;

void require(bool holds) {
  if (!holds) std::abort();
}

HttpResult result_of(std::string_view input) {
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string first(input.substr(0, end));
  HttpResult result;
  for (const char c : first.substr(0, 3)) result.status = result.status * 10 + (static_cast<unsigned char>(c) % 10U);
  for (const char* name : {"retry-after", "x-business-use-case-usage"})
    result.headers.push_back({name, first.size() > 4 ? first.substr(4) : std::string()});
  result.body = input.substr(std::min(end + 1, input.size()));
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const TimePoint now{std::chrono::seconds{1'800'000'000}};
  const HttpResult result = result_of({reinterpret_cast<const char*>(data), size});
  const whatsapp::SendingEnd end = whatsapp::end_of_sending(result, "/numbers/it/id", now);
  require(end.error.has_value() == end.external_id.empty());
  if (!end.error) {
    require(result.status >= 200 && result.status < 300);
    return 0;
  }
  const Error& error = *end.error;
  require(!error.remedy.empty() && error.reason.starts_with("sending: ") && error.reason.size() < 2000);
  require(std::none_of(error.reason.begin(), error.reason.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }));
  require((error.code == PB_RATE_LIMITED) == (error.until > now));
  require(error.code != PB_RATE_LIMITED || error.until <= now + std::chrono::hours{24});
  const bool documented = result.body.find("\"error\"") != std::string::npos;
  const bool open_status = result.status < 300 || (result.status >= 500 && result.status != 503);
  require(documented || !open_status || error.code == PB_TIMEOUT || result.body.find('\\') != std::string::npos);
  return 0;
}
