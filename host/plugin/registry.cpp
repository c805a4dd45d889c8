#include "plugin/registry.hpp"

#include <array>

namespace patchbay::plugin {

// Padded, so that instances on different cores do not share a cache line.
struct alignas(64) Place {
  std::atomic<pb_instance> handle{0};
  std::atomic<int> visitors{0};
  HostSide* side = nullptr;
  std::uint64_t uses = 0;
};

namespace {

constexpr unsigned index_bits = 12;
constexpr std::size_t most_instances = std::size_t{1} << index_bits;

// Zeros until they are used, so they cost no memory; and nothing to destroy, so they are there until the very end.
constinit std::array<Place, most_instances> places;
constinit std::mutex entering;

Place& place_of(pb_instance handle) { return places[handle & (most_instances - 1)]; }

}  // namespace

Visit::Visit(pb_instance handle) noexcept {
  if (handle == 0) return;
  place_ = &place_of(handle);
  place_->visitors.fetch_add(1);
  if (place_->handle.load() == handle) side_ = place_->side;
}

Visit::~Visit() {
  if (place_ == nullptr) return;
  if (place_->visitors.fetch_sub(1) == 1 && place_->handle.load() == 0) place_->visitors.notify_all();
}

Result<pb_instance> enter(HostSide& side) {
  const std::lock_guard lock(entering);
  for (std::size_t index = 0; index < most_instances; ++index) {
    Place& place = places[index];
    if (place.side != nullptr) continue;
    const pb_instance handle = (++place.uses << index_bits) | index;
    place.side = &side;
    place.handle.store(handle);
    return handle;
  }
  return failure(ErrorCode::unavailable, "there are " + std::to_string(most_instances) + " instances already",
                 "run some of the channels in another gateway");
}

void leave(pb_instance handle) {
  Place& place = place_of(handle);
  place.handle.store(0);
  for (int visitors = place.visitors.load(); visitors != 0; visitors = place.visitors.load())
    place.visitors.wait(visitors);
  const std::lock_guard lock(entering);
  place.side = nullptr;
}

}  // namespace patchbay::plugin
