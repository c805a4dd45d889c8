// Which Patchbay this is. The number comes from the project's CMakeLists.txt.
#pragma once

namespace patchbay {

inline constexpr const char* version = PATCHBAY_VERSION;

}  // namespace patchbay
