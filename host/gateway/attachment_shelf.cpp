#include "gateway/attachment_shelf.hpp"

namespace patchbay::gateway {

pb_code AttachmentShelf::create(std::uint64_t& handle) {
  const std::lock_guard lock(mutex_);
  if (contents_.size() >= most_attachments) return PB_BUSY;
  handle = ++last_handle_;
  contents_.emplace(handle, std::string());
  return PB_OK;
}

pb_code AttachmentShelf::append(std::uint64_t handle, std::string_view part) {
  const std::lock_guard lock(mutex_);
  const auto found = contents_.find(handle);
  if (found == contents_.end()) return PB_NOT_FOUND;
  if (part.size() > most_bytes - bytes_) return PB_BUSY;
  found->second.append(part);
  bytes_ += part.size();
  return PB_OK;
}

pb_code AttachmentShelf::discard(std::uint64_t handle) {
  const std::lock_guard lock(mutex_);
  const auto found = contents_.find(handle);
  if (found == contents_.end()) return PB_NOT_FOUND;
  bytes_ -= found->second.size();
  contents_.erase(found);
  return PB_OK;
}

void AttachmentShelf::clear() {
  const std::lock_guard lock(mutex_);
  contents_.clear();
  bytes_ = 0;
}

std::optional<std::string> AttachmentShelf::content(std::uint64_t handle) const {
  const std::lock_guard lock(mutex_);
  const auto found = contents_.find(handle);
  if (found == contents_.end()) return std::nullopt;
  return found->second;
}

}  // namespace patchbay::gateway
