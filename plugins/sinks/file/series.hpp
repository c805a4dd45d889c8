// The files that one destination writes, one after the other: the one that grows, and how it is finished.
//
//   .NAME.lock         held while this gateway writes here; a second writer of that name is refused
//   .NAME.FORMAT.part  grows; after each append() all of it is durable
//   .NAME.recent       the number of the next file, and the ids of the events that were written last
//   NAME-NUMBER-TIME.FORMAT  finished: never touched again. Numbers grow, so that names sort as the files were written.
//
// After a crash open() cuts off the begin of a record that was not answered for, finishes the file that was left, and
// knows its events again. What is found to be damaged is kept as .NAME.damaged.NUMBER and told in warnings().
//
// States: closed -> open() -> open -> append(), finish(). A function that fails throws a Failure and may be called
// again: after a failed append() none of its records is in a file. [instance].
#pragma once

#include "folder.hpp"
#include "format.hpp"
#include "recent_ids.hpp"

#include <patchbay/errors.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace patchbay::file {

struct SeriesSettings {
  std::string folder;
  std::string name = "events";
  Format format = Format::ndjson;
  ByteOrderMark mark = ByteOrderMark::absent;
  std::chrono::seconds longest{60};
  std::uint64_t most_events = 10'000;
  std::uint64_t most_bytes = std::uint64_t{16} << 20U;
};

// An event as it will stand in the file.
struct Record {
  std::string id;
  std::string bytes;
};

using Monotonic = std::chrono::microseconds;

class Series {
 public:
  explicit Series(SeriesSettings settings) : settings_(std::move(settings)) {}

  // Takes the folder, unless that has happened. PB_INVALID_SETTINGS at /name where somebody else writes files of that
  // name there.
  void lock();
  // The same, and sets right what was left behind, unless that has happened. Opens again where another folder has come
  // in the place of the one that was opened.
  void open(TimePoint now);

  // Whether the event is written durably: in the file that grows, or among the last ones before.
  [[nodiscard]] bool knows(const std::string& id) const;
  // Writes records of events that are not known, and makes them durable: one fsync for all.
  void append(std::span<const Record> records, Monotonic now);

  // When the file that grows is to be finished; at once where it is full, nothing where there is no file.
  [[nodiscard]] std::optional<Monotonic> due() const;
  void finish(TimePoint now);

  // What the operator should know of, each once.
  [[nodiscard]] std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

 private:
  // The file that grows.
  struct Part {
    Format format{};
    Descriptor file;
    std::uint64_t length = 0;  // durable; what follows is garbage of an append that failed
    std::vector<std::string> ids;
    Monotonic begun{};
  };
  // All that goes with the folder.
  struct Opened {
    Folder folder;
    Descriptor lock;
    bool is_recovered = false;
  };

  [[nodiscard]] std::string hidden(std::string_view what) const {
    return "." + settings_.name + "." + std::string(what);
  }
  [[nodiscard]] std::string part_name(Format format) const {
    return hidden(std::string(extension_of(format)) + ".part");
  }
  void recover(TimePoint now);
  void take_up(Format format);
  void read_recent();
  void write_recent();
  [[nodiscard]] std::string next_name(Format format, TimePoint now);

  SeriesSettings settings_;
  std::optional<Opened> opened_;
  std::optional<Part> part_;
  RecentIds recent_;
  std::unordered_set<std::string> in_part_;
  std::uint64_t next_number_ = 1;
  std::vector<std::string> warnings_;
};

}  // namespace patchbay::file
