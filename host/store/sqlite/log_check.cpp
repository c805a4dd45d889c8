#include "store/sqlite/log_check.hpp"

#include "store/sqlite/files.hpp"
#include "store/sqlite/page_guard.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>

namespace patchbay::store::sqlite {

namespace {

constexpr std::uint32_t log_magic = 0x377f0682;  // big-endian words where the last bit is set

struct LogHeader {
  bool whole = false;
  WordOrder order = WordOrder::little;
  std::array<std::uint8_t, 8> salts{};
  LogChecksum stored, computed;
};

LogHeader parse_header(const std::uint8_t* bytes) {
  LogHeader header;
  const std::uint32_t magic = big_endian_32(bytes);
  header.order = (magic & 1U) != 0 ? WordOrder::big : WordOrder::little;
  std::memcpy(header.salts.data(), bytes + 16, header.salts.size());
  header.stored = {big_endian_32(bytes + 24), big_endian_32(bytes + 28)};
  header.computed = log_checksum({}, header.order, bytes, 24);
  header.whole =
      (magic & ~1U) == log_magic && big_endian_32(bytes + 8) == guarded_page_size && header.stored == header.computed;
  return header;
}

struct Frame {
  std::array<std::uint8_t, frame_header_size + guarded_page_size> bytes;

  [[nodiscard]] bool commits() const { return big_endian_32(bytes.data() + 4) != 0; }
  [[nodiscard]] LogChecksum stored() const {
    return {big_endian_32(bytes.data() + 16), big_endian_32(bytes.data() + 20)};
  }
  [[nodiscard]] LogChecksum computed(LogChecksum seed, WordOrder order) const {
    return log_checksum(log_checksum(seed, order, bytes.data(), 8), order, bytes.data() + frame_header_size,
                        guarded_page_size);
  }
  // One of the two salts may be what is damaged; a log of another time differs in both.
  [[nodiscard]] bool of(const std::array<std::uint8_t, 8>& salts) const {
    return std::memcmp(bytes.data() + 8, salts.data(), 4) == 0 ||
           std::memcmp(bytes.data() + 12, salts.data() + 4, 4) == 0;
  }
  [[nodiscard]] bool exactly_of(const std::array<std::uint8_t, 8>& salts) const {
    return std::memcmp(bytes.data() + 8, salts.data(), salts.size()) == 0;
  }
};

// Follows the frames of one log.
class Chain {
 public:
  explicit Chain(const LogHeader& header)
      : header_(header), seed_(header.stored), other_seed_(header.computed), broken_(!header.whole) {
    // The header is on the disk before the first frame is begun.
    behind_a_commit_ = !header.whole;
  }

  // False: the log is damaged.
  bool take(const Frame& frame) {
    ++frames_;
    const bool ours = header_.whole ? frame.of(header_.salts) : frames_ == 1 || frame.of(last_salts_);
    std::memcpy(last_salts_.data(), frame.bytes.data() + 8, last_salts_.size());
    LogChecksum sum = frame.computed(seed_, header_.order);
    // SQLite looks at the salts beside the checksum, which is not over them.
    const bool exactly = !header_.whole || frame.exactly_of(header_.salts);
    bool follows = ours && exactly && sum == frame.stored();
    if (!follows && ours && exactly && other_seed_) {
      sum = frame.computed(*other_seed_, header_.order);
      follows = sum == frame.stored();
    }
    // Of the frame that does not hold, either its content or its checksum may be what is wrong.
    other_seed_ = follows || broken_ ? std::nullopt : std::optional(sum);
    seed_ = frame.stored();

    if (!broken_ && follows) {
      unfinished_ = !frame.commits();
      return true;
    }
    if (!broken_) first_bad_ = frames_;
    broken_ = true;
    if (ours) unfinished_ = true;
    if (follows && frame.commits() && behind_a_commit_) return false;
    if (!follows) behind_a_commit_ = ours && frame.commits();
    if (follows && frame.commits()) behind_a_commit_ = true;
    return true;
  }

  [[nodiscard]] std::int64_t first_bad() const { return first_bad_; }  // 0: the header
  [[nodiscard]] LogEnd end() const { return unfinished_ ? LogEnd::unfinished : LogEnd::whole; }

 private:
  const LogHeader& header_;
  LogChecksum seed_;
  std::optional<LogChecksum> other_seed_;
  std::array<std::uint8_t, 8> last_salts_{};
  std::int64_t frames_ = 0, first_bad_ = 0;
  bool broken_, behind_a_commit_ = false, unfinished_ = false;
};

// Reads the frames, from where the file stands.
Result<LogEnd> follow(const std::filesystem::path& log, std::ifstream& file, const LogHeader& header) {
  Chain chain(header);
  Frame frame{};
  while (file.read(reinterpret_cast<char*>(frame.bytes.data()), static_cast<std::streamsize>(frame.bytes.size()))) {
    if (chain.take(frame)) continue;
    const std::string where = chain.first_bad() == 0 ? "its header" : "frame " + std::to_string(chain.first_bad());
    return failure(ErrorCode::corrupt,
                   "reading " + log.string() + ": " + where + " is not what was written, and transactions follow it",
                   "keep the files as they are and restore the last backup: `patchbay restore FOLDER --replace`");
  }
  if (file.bad()) return system_failure("reading", log, EIO);
  return chain.end();
}

}  // namespace

Result<LogEnd> check_log(const std::filesystem::path& log) {
  std::error_code error;
  if (!std::filesystem::exists(log, error)) return LogEnd::whole;
  std::ifstream file(log, std::ios::binary);
  if (!file) return system_failure("opening", log, errno);
  std::array<std::uint8_t, log_header_size> first{};
  if (!file.read(reinterpret_cast<char*>(first.data()), first.size())) return LogEnd::whole;  // nothing was begun

  LogHeader header = parse_header(first.data());
  const LogEnd end = PATCHBAY_TRY(follow(log, file, header));
  if (header.whole) return end;
  // What the header says of the order of bytes may be what is wrong with it.
  header.order = header.order == WordOrder::little ? WordOrder::big : WordOrder::little;
  header.computed = log_checksum({}, header.order, first.data(), 24);
  file.clear();
  file.seekg(log_header_size);
  return follow(log, file, header);
}

}  // namespace patchbay::store::sqlite
