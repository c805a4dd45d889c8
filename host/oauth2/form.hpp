// Names and values in a request's body or in a URL's query: application/x-www-form-urlencoded, as RFC 6749 (appendix B)
// uses it. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patchbay::oauth2 {

using Form = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] std::string encoded(std::string_view text);
[[nodiscard]] std::string encoded(const Form& form);
// Nothing where an escape is broken, or a name comes twice (RFC 6749, section 3.1).
[[nodiscard]] std::optional<Form> decoded(std::string_view text);
// The value of that name, or an empty one.
[[nodiscard]] std::string_view value_of(const Form& form, std::string_view name);

}  // namespace patchbay::oauth2
