#include "series.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace patchbay::file {
namespace {

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return number;
}

// As ISO 8601 writes it without the characters that file names do not like.
std::string compact(TimePoint time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts)};
}

}  // namespace

void Series::lock() {
  if (opened_ && (part_ || opened_->folder.is_still_there())) return;
  opened_.reset();
  Folder folder(settings_.folder);
  std::optional<Descriptor> lock = folder.lock(hidden("lock"));
  if (!lock)
    throw invalid_settings("/name",
                           "opening " + folder.path_of(settings_.name + "-*") +
                               ": another destination or another gateway writes files of that name there",
                           "give this destination another name, or another folder");
  opened_.emplace(Opened{std::move(folder), std::move(*lock)});
}

void Series::open(TimePoint now) {
  lock();
  if (!opened_->is_recovered) recover(now);
}

void Series::recover(TimePoint now) {
  part_.reset();
  in_part_.clear();
  read_recent();
  for (const Format format : all_formats) {
    take_up(format);
    if (part_) finish(now);
  }
  opened_->is_recovered = true;
}

// Makes a file that was left behind the one that grows, as far as it is whole.
void Series::take_up(Format format) {
  const Folder& folder = opened_->folder;
  const std::string name = part_name(format), path = folder.path_of(name);
  Part part{.format = format, .file = folder.open(name), .ids = {}};
  if (!part.file) return;
  const std::string bytes = read_all(part.file, path);
  Contents contents = contents_of(format, bytes);
  if (contents.is_damaged) {
    const std::string kept = hidden("damaged." + std::to_string(next_number_));
    folder.replace(kept, std::string_view(bytes).substr(contents.length));
    warnings_.push_back("reading " + path + ": it is damaged behind its first " + std::to_string(contents.ids.size()) +
                        " events; what stands there is kept as " + folder.path_of(kept));
  }
  // Also what looks whole may not be on the disk yet.
  cut_durably(part.file, contents.length, path);
  if (contents.ids.empty()) return folder.remove(name);
  part.length = contents.length;
  part.ids = std::move(contents.ids);
  in_part_.insert(part.ids.begin(), part.ids.end());
  part_ = std::move(part);
}

bool Series::knows(const std::string& id) const { return in_part_.contains(id) || recent_.has(id); }

void Series::append(std::span<const Record> records, Monotonic now) {
  const Folder& folder = opened_->folder;
  const std::string name = part_name(settings_.format), path = folder.path_of(name);
  std::string bytes;
  if (!part_) {
    opened_->is_recovered = false;  // should this fail half way, the next open() clears it away
    part_ = Part{.format = settings_.format, .file = folder.create(name), .ids = {}, .begun = now};
    opened_->is_recovered = true;
    bytes = head_of(settings_.format, settings_.mark);
  } else if (part_->length == 0) {
    bytes = head_of(settings_.format, settings_.mark);  // the first append failed
  }
  for (const Record& record : records) bytes += record.bytes;
  try {
    write_durably(part_->file, part_->length, bytes, path);
  } catch (const Failure&) {
    // Nothing torn stays behind, and the space is there for others. Where this fails as well, the next append writes
    // over it, and a start cuts it off.
    try {
      cut_durably(part_->file, part_->length, path);
    } catch (const Failure&) {
    }
    throw;
  }
  if (!has_a_name(part_->file)) {
    warnings_.push_back("writing " + path + ": somebody removed it, and with it " + std::to_string(part_->ids.size()) +
                        " events; replay them with `patchbay delivery replay`");
    part_.reset();
    in_part_.clear();
    throw transient("writing " + path + ": somebody removed it while it was written; leave hidden files alone");
  }
  part_->length += bytes.size();
  for (const Record& record : records) {
    part_->ids.push_back(record.id);
    in_part_.insert(record.id);
  }
}

std::optional<Monotonic> Series::due() const {
  if (!part_ || part_->ids.empty()) return std::nullopt;
  const bool is_full = part_->ids.size() >= settings_.most_events || part_->length >= settings_.most_bytes;
  return is_full ? part_->begun : part_->begun + settings_.longest;
}

// The ids go first: whoever starts after a crash in between finds them twice, and never not at all.
void Series::finish(TimePoint now) {
  if (!part_ || part_->ids.empty()) return;
  const Folder& folder = opened_->folder;
  const std::string name = next_name(part_->format, now);
  write_recent();
  // An append that failed may have left something behind.
  cut_durably(part_->file, part_->length, folder.path_of(part_name(part_->format)));
  folder.rename(part_name(part_->format), name);
  for (std::string& id : part_->ids) recent_.add(std::move(id));
  ++next_number_;
  part_.reset();
  in_part_.clear();
}

std::string Series::next_name(Format format, TimePoint now) {
  for (;; ++next_number_) {
    char number[32];
    std::snprintf(number, sizeof number, "%08llu", static_cast<unsigned long long>(next_number_));
    std::string name = settings_.name + "-" + number + "-" + compact(now) + "." + std::string(extension_of(format));
    if (!opened_->folder.has(name)) return name;
  }
}

// One line with the number, then one for each id.
void Series::read_recent() {
  recent_ = {};
  std::string content = opened_->folder.read(hidden("recent"));
  std::string_view rest = content;
  for (bool is_first = true; !rest.empty(); is_first = false) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (is_first)
      next_number_ = std::max(next_number_, number_in(line).value_or(1));
    else if (!line.empty())
      recent_.add(std::string(line));
  }
  // Where that file was lost, the finished ones still tell how far the numbers have come.
  const std::string beginning = settings_.name + "-";
  for (const std::string& name : opened_->folder.names())
    if (name.starts_with(beginning))
      if (const auto number = number_in(std::string_view(name).substr(beginning.size())))
        next_number_ = std::max(next_number_, *number + 1);
}

void Series::write_recent() {
  RecentIds all = recent_;
  for (const std::string& id : part_->ids) all.add(id);
  std::string content = std::to_string(next_number_ + 1) + "\n";
  for (const std::string& id : all.in_order()) content += id + "\n";
  opened_->folder.replace(hidden("recent"), content);
}

}  // namespace patchbay::file
