#include "faults/disk/disk.hpp"

#include "faults/disk/vfs.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <random>

namespace patchbay::faults {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t sector = 512;

std::string parent_of(const std::string& path) { return fs::path(path).parent_path().string(); }

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

int refuse(int error) {
  errno = error;
  return -1;
}

}  // namespace

Disk& Disk::instance() {
  static Disk disk;
  static const bool registered = (register_vfs(disk), true);
  static_cast<void>(registered);
  return disk;
}

void Disk::begin(const fs::path& root, Fault fault, Honesty honesty) {
  const std::lock_guard lock(mutex_);
  root_ = root;
  fault_ = fault;
  honesty_ = honesty;
  cut_at_ = std::numeric_limits<std::uint64_t>::max();
  calls_ = 0;
  fired_ = mended_ = dead_ = false;
  now_.clear();
  durable_.clear();
  open_.clear();
}

void Disk::cut_power_at(std::uint64_t call) {
  const std::lock_guard lock(mutex_);
  cut_at_ = call;
}

void Disk::mend() {
  const std::lock_guard lock(mutex_);
  if (fired_) mended_ = true;
}

std::uint64_t Disk::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

bool Disk::fired() const {
  const std::lock_guard lock(mutex_);
  return fired_;
}

bool Disk::power_is_cut() const {
  const std::lock_guard lock(mutex_);
  return dead_;
}

int Disk::step() {
  const std::lock_guard lock(mutex_);
  const std::uint64_t call = calls_++;
  if (call >= cut_at_) {
    fired_ = dead_ = true;
    return EIO;
  }
  const bool hit = fault_.lasting == Lasting::once ? call == fault_.call : call >= fault_.call && !mended_;
  if (!hit) return 0;
  fired_ = true;
  return fault_.error;
}

// ---- What is remembered

bool Disk::below_root(const std::string& path) const { return path.starts_with(root_.string() + "/"); }

// What came into a folder past this class (the store makes its empty database and its lock by the system's calls).
void Disk::adopt(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string path = entry.path().string();
    if (now_.contains(path) || path.ends_with("-shm")) continue;
    now_[path] = entry.is_directory() ? nullptr : std::make_shared<Inode>(Inode{content_of(path), {}});
  }
}

void Disk::made(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (dead_ || !below_root(path)) return;
  if (!now_.contains(path)) now_[path] = std::make_shared<Inode>();
}

void Disk::wrote(const std::string& path, std::int64_t offset, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (const auto found = now_.find(path); !dead_ && found != now_.end() && found->second)
    found->second->pending.push_back({offset, std::string(bytes), false});
}

void Disk::truncated(const std::string& path, std::int64_t size) {
  const std::lock_guard lock(mutex_);
  if (const auto found = now_.find(path); !dead_ && found != now_.end() && found->second)
    found->second->pending.push_back({size, {}, true});
}

void Disk::synced(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = now_.find(path);
  if (dead_ || honesty_ == Honesty::forgets_syncs || found == now_.end() || !found->second) return;
  Inode& inode = *found->second;
  for (const Change& change : inode.pending) inode.durable = apply(inode.durable, change);
  inode.pending.clear();
}

void Disk::removed(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!dead_) now_.erase(path);
}

void Disk::folder_synced(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (dead_) return;
  adopt(path);
  std::erase_if(durable_,
                [&](const auto& name) { return parent_of(name.first) == path && !now_.contains(name.first); });
  for (const auto& [name, inode] : now_)
    if (parent_of(name) == path) durable_[name] = inode;
}

std::string Disk::apply(const std::string& content, const Change& change) {
  std::string changed = content;
  const auto at = static_cast<std::size_t>(change.offset);
  if (change.truncates) {
    changed.resize(at);
    return changed;
  }
  if (changed.size() < at + change.bytes.size()) changed.resize(at + change.bytes.size());
  changed.replace(at, change.bytes.size(), change.bytes);
  return changed;
}

void Disk::save(std::uint64_t seed, const fs::path& into) const {
  const std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  const auto coin = [&] { return random() % 2 == 0; };
  enum class Survives : std::uint8_t { nothing, up_to_a_torn_one, any_sector };
  const auto survives = static_cast<Survives>(random() % 3);

  // A folder's entries: as synced, or as they were named last.
  std::set<std::string> folders;
  for (const Names* names : {&durable_, &now_})
    for (const auto& [name, inode] : *names) folders.insert(parent_of(name));
  Names left;
  for (const std::string& folder : folders) {
    const Names& names = survives != Survives::nothing && coin() ? now_ : durable_;
    for (const auto& [name, inode] : names)
      if (parent_of(name) == folder) left[name] = inode;
  }
  std::map<const Inode*, std::string> contents;
  const auto content = [&](const Inode& inode) -> const std::string& {
    const auto [place, fresh] = contents.try_emplace(&inode);
    if (!fresh) return place->second;
    std::string bytes = inode.durable;
    const std::size_t whole = inode.pending.empty() ? 0 : random() % (inode.pending.size() + 1);
    for (std::size_t i = 0; i < inode.pending.size() && survives != Survives::nothing; ++i) {
      const Change& change = inode.pending[i];
      const bool torn = survives == Survives::any_sector || i == whole;
      if (!torn && i > whole) break;
      if (change.truncates) {
        if (!torn || coin()) bytes = apply(bytes, change);
        continue;
      }
      for (std::size_t at = 0; at < change.bytes.size();) {
        const auto offset = static_cast<std::size_t>(change.offset) + at;
        const std::size_t size = std::min(sector - offset % sector, change.bytes.size() - at);
        if (!torn || coin())
          bytes = apply(bytes, {static_cast<std::int64_t>(offset), change.bytes.substr(at, size), false});
        at += size;
      }
    }
    return place->second = std::move(bytes);
  };

  fs::create_directories(into);
  for (const auto& [name, inode] : left) {  // in the order of their names: a folder before what is in it
    const fs::path path = into / fs::path(name).lexically_relative(root_);
    if (!fs::is_directory(path.parent_path())) continue;  // the folder itself did not survive
    if (inode)
      std::ofstream(path, std::ios::binary) << content(*inode);
    else
      fs::create_directory(path);
  }
}

// ---- The store's own files

int Disk::make(const char* path) {
  if (const int error = step()) return refuse(error);
  const int descriptor = store::sqlite::system_files().make(path);
  if (descriptor < 0) return descriptor;
  made(path);
  truncated(path, 0);
  const std::lock_guard lock(mutex_);
  open_[descriptor] = {path, 0};
  return descriptor;
}

ssize_t Disk::write(int descriptor, const char* bytes, std::size_t size) {
  if (const int error = step()) return refuse(error);
  const ssize_t written = store::sqlite::system_files().write(descriptor, bytes, size);
  if (written < 0) return written;
  std::pair<std::string, std::int64_t> place;
  {
    const std::lock_guard lock(mutex_);
    place = open_.at(descriptor);
    open_.at(descriptor).second += written;
  }
  wrote(place.first, place.second, {bytes, static_cast<std::size_t>(written)});
  return written;
}

int Disk::sync(int descriptor) {
  if (const int error = step()) return refuse(error);
  std::string path;
  {
    const std::lock_guard lock(mutex_);
    path = open_.at(descriptor).first;
  }
  synced(path);
  return 0;
}

int Disk::close(int descriptor) {
  {
    const std::lock_guard lock(mutex_);
    open_.erase(descriptor);
  }
  return store::sqlite::system_files().close(descriptor);
}

int Disk::rename(const char* from, const char* to) {
  if (const int error = step()) return refuse(error);
  const int done = store::sqlite::system_files().rename(from, to);
  if (done != 0) return done;
  const std::lock_guard lock(mutex_);
  if (dead_) return 0;
  if (const auto found = now_.find(from); found != now_.end()) {
    now_[to] = found->second;
    now_.erase(from);
  }
  return 0;
}

int Disk::unlink(const char* path) {
  if (const int error = step()) return refuse(error);
  const int done = store::sqlite::system_files().unlink(path);
  if (done == 0) removed(path);
  return done;
}

int Disk::make_folder(const char* path) {
  if (const int error = step()) return refuse(error);
  const int done = store::sqlite::system_files().make_folder(path);
  const std::lock_guard lock(mutex_);
  if (!dead_ && done == 0) now_[path] = nullptr;
  return done;
}

int Disk::sync_folder(const char* path) {
  if (const int error = step()) return refuse(error);
  if (honesty_ == Honesty::honest) folder_synced(path);
  return 0;
}

}  // namespace patchbay::faults
