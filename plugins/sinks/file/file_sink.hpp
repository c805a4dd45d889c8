// The file sink: writes events into files of a folder, for whoever imports them there.
//
// Everything happens in run(), on the instance's own thread: events that wait are gathered, written and made durable
// with one fsync, and only then answered for; while that goes on the next gather. A file is finished when it is full or
// old enough, and when the gateway stops. An event that is known to be written already is answered for and not written
// again. A folder that is missing, full or in other hands keeps events waiting and the gateway running.
//
// A DeliveringSink as <patchbay/sink.hpp> describes it: all functions [instance].
#pragma once

#include "series.hpp"

#include <patchbay/sink.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace patchbay::file {

class FileSink final : public DeliveringSink {
 public:
  FileSink(Host& host, const Settings& settings);

  void check() override;
  void start() override;
  void deliver(const Event& event) override;
  void run() override;

 private:
  struct Waiting {
    pb_token token = 0;
    Record record;
  };

  void open();
  void write_waiting();
  void answer_all(const Judgement& judgement);
  void finish_if_due();
  void finish();
  [[nodiscard]] std::chrono::milliseconds longest_sleep() const;
  void complain(const Failure& failure);
  void pass_warnings_on();

  Host& host_;
  SeriesSettings settings_;
  Series series_;
  std::vector<Waiting> waiting_;
  bool is_open_ = false;
  std::string complaint_;     // the last one, so that a lasting trouble is told once
  Monotonic try_again_at_{};  // opening or finishing, after it failed
};

}  // namespace patchbay::file
