// The query of a URL, decoded: "after=12&q=Kasia%20Nowak" (application/x-www-form-urlencoded, WHATWG URL).
//
// Pure; any thread. A name that comes twice counts once, the first time.
#pragma once

#include "base/result.hpp"
#include "store/store.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::api {

class Query {
 public:
  [[nodiscard]] static Result<Query> parse(std::string_view text);

  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  // A whole number within the bounds, or `otherwise` where it is not given.
  [[nodiscard]] Result<std::int64_t> number(std::string_view name, std::int64_t least, std::int64_t most,
                                            std::int64_t otherwise) const;
  // `after` and `limit` (1 to 500, usually 50).
  [[nodiscard]] Result<store::Page> page() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace patchbay::api
