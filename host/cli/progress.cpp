#include "cli/progress.hpp"

#include <unistd.h>

namespace patchbay::cli {

std::function<void(double)> progress_on(Context& context, std::string what) {
  if (context.json || ::isatty(STDERR_FILENO) == 0) return [](double) {};
  return [&context, what = std::move(what), last = -1](double share) mutable {
    constexpr int width = 30, whole = 100;
    const int percent = static_cast<int>(share * whole);
    if (percent == last) return;
    last = percent;
    const auto filled = static_cast<std::size_t>(percent * width / whole);
    context.err << '\r' << what << " [" << std::string(filled, '#') << std::string(width - filled, ' ') << "] "
                << percent << " %";
    if (percent == whole) context.err << "\r\x1b[K";
    context.err << std::flush;
  };
}

}  // namespace patchbay::cli
