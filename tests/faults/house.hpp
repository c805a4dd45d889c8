// The gateway, the producer and the receiver of one run, as processes, and the waiting for what they do.
//
// House owns them and the control that they share; the nemesis decides what becomes of them. One thread. Whatever does
// not happen in time, or ends when it should not, throws std::runtime_error.
#pragma once

#include "bench/measuring.hpp"
#include "faults/control.hpp"
#include "faults/process.hpp"

#include <functional>
#include <optional>
#include <string>

namespace patchbay::faults {

struct Deliveries {
  std::int64_t open = 0, dead = 0;
};

class House {
 public:
  // All files are in the folder that `words` name; README.md says which.
  explicit House(const bench::Words& words);

  void start_receiver();
  void kill_receiver() { receiver_.reset(); }
  void start_producer();
  // Waits until the producer has had all its messages accepted.
  void finish_producer();

  // A wrong clock is so many seconds off.
  void start_gateway(const std::optional<std::int64_t>& clock, const Process::Environment& environment = {});
  void set_clock(std::int64_t offset) const;
  // Waits for the first 2xx of this gateway.
  void await_serving();
  void await_unanswered();
  void await_disconnected();
  // Waits for the gateway's own end, for at most so long.
  [[nodiscard]] bool ends_within(std::int64_t ms);
  // How many requests were left without an answer.
  std::int64_t kill_gateway();
  void stop_gateway();
  [[nodiscard]] Process& gateway() { return *gateway_; }
  // Whether the admin API does.
  [[nodiscard]] bool answers() const;
  [[nodiscard]] Deliveries deliveries() const;
  [[nodiscard]] const std::string& gateway_program() const { return gateway_program_; }

  [[nodiscard]] Control& control() const { return *control_; }
  // Waits until `look` finds what it looks for.
  void await(const std::string& what, std::int64_t seconds, const std::function<bool()>& look);

 private:
  [[nodiscard]] std::string file(const std::string& name) const { return folder_ + "/" + name; }
  void check_gateway();

  std::string folder_, programs_, gateway_program_, faketime_, secret_, key_, receiver_port_, public_port_, admin_port_;
  std::string rate_, seed_;
  SharedControl control_;
  std::optional<Process> receiver_, gateway_, producer_;
  std::int64_t started_at_ = 0;
};

void sleep_ms(std::int64_t ms);

}  // namespace patchbay::faults
