// What the parts of the harness tell each other while they run: one record in a file that all of them map.
//
// The producer counts, the nemesis reads and gives orders, the receiver obeys. Each member has one writer.
#pragma once

#include "bench/mapped.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace patchbay::faults {

enum class Manners : std::int32_t {
  honest,
  slow,        // answers late
  lying,       // applies and says 500, or says 200 with garbage
  hanging_up,  // closes in the middle of the request, or of its own answer
};

enum class Order : std::int32_t { produce, finish };

struct Control {
  // By the producer.
  std::atomic<std::int64_t> connections;         // open
  std::atomic<std::int64_t> unanswered;          // requests that are sent and not answered
  std::atomic<std::int64_t> broken;              // requests whose connection ended before their answer, so far
  std::atomic<std::int64_t> pending;             // messages that are due and not accepted
  std::atomic<std::int64_t> last_connection_ns;  // when the connection of the last 2xx was made
  // By the nemesis.
  std::atomic<Order> order;
  std::atomic<Manners> manners;
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free && std::atomic<Manners>::is_always_lock_free);

class SharedControl : public bench::Mapped<Control> {
 public:
  explicit SharedControl(const std::string& file) : Mapped(file, 1) {}
  [[nodiscard]] Control& operator*() const { return records().front(); }
  [[nodiscard]] Control* operator->() const { return &records().front(); }
};

}  // namespace patchbay::faults
