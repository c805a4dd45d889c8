// Whether the write-ahead log that a crash left behind is whole, before SQLite takes it up.
//
// SQLite recovers a log up to the first frame whose checksum does not hold, and takes the rest for what a crash left
// unfinished. After damage in the middle that would silently give up transactions that were accepted. What tells the
// two apart: a transaction is only begun when the one before it is on the disk. So where a whole later transaction
// follows a frame that does not hold, that frame was whole once.
//
// Damage within the very last transaction looks like a write that a power cut tore, and is reported as that.
//
// [any-thread], while nobody writes. Fails with `corrupt`, or `unavailable` where it cannot be read.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>

namespace patchbay::store::sqlite {

enum class LogEnd : std::uint8_t {
  whole,       // or there is none
  unfinished,  // the last transaction is not whole: it was not accepted
};

[[nodiscard]] Result<LogEnd> check_log(const std::filesystem::path& log);

}  // namespace patchbay::store::sqlite
