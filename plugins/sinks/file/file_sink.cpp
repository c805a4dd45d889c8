#include "file_sink.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace patchbay::file {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t largest_batch = 1024;
constexpr auto rest_after_failure = 5s;
constexpr auto longest_idle = std::chrono::hours{1};

SeriesSettings read(const Settings& from) {
  SeriesSettings to;
  to.folder = from.text("/folder");
  while (to.folder.size() > 1 && to.folder.ends_with('/')) to.folder.pop_back();
  to.name = from.text("/name", "events");
  to.format = from.text("/format", "ndjson") == "csv" ? Format::csv : Format::ndjson;
  to.mark = from.at("/byte_order_mark") == true ? ByteOrderMark::present : ByteOrderMark::absent;
  to.longest = std::chrono::seconds{from.number("/finish_after_seconds", 60)};
  to.most_events = static_cast<std::uint64_t>(from.number("/finish_after_events", 10'000));
  to.most_bytes = static_cast<std::uint64_t>(from.number("/finish_after_mebibytes", 16)) << 20U;
  return to;
}

}  // namespace

FileSink::FileSink(Host& host, const Settings& settings) : host_(host), settings_(read(settings)), series_(settings_) {}

void FileSink::check() { Folder::check(settings_.folder); }

// Two destinations that would write the same files are a mistake in the settings, and known at once. A folder that is
// not there yet may come, and must not keep the gateway from taking what customers write.
void FileSink::start() {
  try {
    series_.lock();
  } catch (const Failure& failure) {
    if (failure.code() == PB_INVALID_SETTINGS) throw;
    complain(failure);
  }
}

void FileSink::deliver(const Event& event) {
  waiting_.push_back({event.token, {std::string(event.id), record_of(settings_.format, event.payload)}});
}

void FileSink::run() {
  open();
  for (;;) {
    Next next = host_.next(longest_sleep());
    while (next == Next::called && waiting_.size() < largest_batch) next = host_.next(0ms);
    write_waiting();
    if (next == Next::stopping) break;
    finish_if_due();
  }
  finish();
}

// Sets right at once what was left behind, so that an importer need not wait for the next event.
void FileSink::open() {
  try {
    series_.open(host_.now());
    is_open_ = true;
  } catch (const Failure& failure) {
    is_open_ = false;
    try_again_at_ = host_.monotonic() + rest_after_failure;
    complain(failure);
  }
  pass_warnings_on();
}

void FileSink::write_waiting() {
  if (waiting_.empty()) return;
  try {
    series_.open(host_.now());
    is_open_ = true;
    std::vector<Record> records;
    std::unordered_set<std::string> taken;
    for (Waiting& each : waiting_)
      if (!series_.knows(each.record.id) && taken.insert(each.record.id).second)
        records.push_back(std::move(each.record));
    if (!records.empty()) series_.append(records, host_.monotonic());
    complaint_.clear();
    answer_all({Verdict::delivered, {}, {}});
  } catch (const Failure& failure) {
    complain(failure);
    answer_all({Verdict::transient, {}, failure.what()});
  }
  pass_warnings_on();
}

void FileSink::answer_all(const Judgement& judgement) {
  for (const Waiting& each : std::exchange(waiting_, {})) host_.judged(each.token, judgement);
}

void FileSink::finish_if_due() {
  const Monotonic now = host_.monotonic();
  if (now < try_again_at_) return;
  if (!is_open_) open();
  if (const auto due = series_.due(); due && *due <= now) finish();
}

void FileSink::finish() {
  if (!is_open_) return;
  try {
    series_.finish(host_.now());
  } catch (const Failure& failure) {
    try_again_at_ = host_.monotonic() + rest_after_failure;
    complain(failure);
  }
  pass_warnings_on();
}

std::chrono::milliseconds FileSink::longest_sleep() const {
  std::optional<Monotonic> until = is_open_ ? series_.due() : Monotonic{};
  if (!until) return longest_idle;
  const Monotonic left = std::max(*until, try_again_at_) - host_.monotonic();
  return std::clamp<std::chrono::milliseconds>(std::chrono::ceil<std::chrono::milliseconds>(left), 0ms, longest_idle);
}

void FileSink::complain(const Failure& failure) {
  if (std::exchange(complaint_, failure.what()) != failure.what()) host_.report(failure.errors().front());
}

void FileSink::pass_warnings_on() {
  for (const std::string& warning : series_.take_warnings()) host_.log(LogLevel::warning, warning);
}

}  // namespace patchbay::file
