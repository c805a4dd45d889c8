// Foreign text made fit for a line of a log or a table. Pure; any thread; never fails.
#pragma once

#include <string>
#include <string_view>

namespace patchbay::webhook {

// At most 200 characters, then an ellipsis: white space and control characters become single spaces, bytes that are
// no UTF-8 become question marks.
[[nodiscard]] std::string excerpt(std::string_view text);

// One reference token of a JSON pointer (RFC 6901, section 3).
[[nodiscard]] std::string escape_pointer(std::string_view token);

}  // namespace patchbay::webhook
