// Attachments on their way from a plugin into a batch: patchbay.attachments/1.
//
// [any-thread] Holds a bounded amount in memory; a plugin that wants more is told PB_BUSY until it submits or discards.
#pragma once

#include <patchbay/abi.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace patchbay::gateway {

class AttachmentShelf {
 public:
  static constexpr std::size_t most_bytes = 64 * 1024 * 1024;
  static constexpr std::size_t most_attachments = 1024;

  [[nodiscard]] pb_code create(std::uint64_t& handle);
  [[nodiscard]] pb_code append(std::uint64_t handle, std::string_view part);
  [[nodiscard]] pb_code discard(std::uint64_t handle);
  // Forgets everything, since who made it is gone.
  void clear();
  // What has been put there; it stays until it is discarded, so that a batch that was not taken can be submitted again.
  [[nodiscard]] std::optional<std::string> content(std::uint64_t handle) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::string> contents_;
  std::uint64_t last_handle_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace patchbay::gateway
