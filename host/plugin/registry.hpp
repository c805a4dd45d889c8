// Which instance a handle means, for the host's function tables.
//
// A handle is a place in a fixed table and the number of its use, so that an old handle never finds a new instance.
// Looking up takes no lock: it announces itself at the place, then looks whether the handle is still the one there;
// leave() takes the handle away, then waits until nobody is announced. (Both sides are sequentially consistent: one of
// them sees the other.)
#pragma once

#include "plugin/host_table.hpp"

namespace patchbay::plugin {

// A call in the name of an instance. False where the handle is unknown.
class Visit {
 public:
  explicit Visit(pb_instance handle) noexcept;
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  ~Visit();

  explicit operator bool() const noexcept { return side_ != nullptr; }
  HostSide* operator->() const noexcept { return side_; }

 private:
  struct Place* place_ = nullptr;
  HostSide* side_ = nullptr;
};

}  // namespace patchbay::plugin
