#include "plugin/worker_pool.hpp"

#include "plugin/manifest.hpp"
#include "plugin/stream_rules.hpp"
#include "plugin/worker_instance.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace patchbay::plugin {
namespace {

// Each crash of one is a pause of all.
constexpr std::size_t most_in_one = 256;
// To how many workers those are dealt that may have ended theirs: 256 come down to one in four rounds.
constexpr std::size_t most_groups = 4;

// The paths behind the pointers that capabilities such as "files.read:/folder" hold.
std::vector<std::string> paths_of(const Manifest& manifest, const nlohmann::json& settings,
                                  std::string_view capability) {
  std::vector<std::string> paths;
  const auto add = [&](const nlohmann::json& value) {
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) paths.push_back(value.get<std::string>());
  };
  for (const std::string& one : manifest.capabilities) {
    if (!one.starts_with(capability)) continue;
    const nlohmann::json::json_pointer at(one.substr(capability.size()));
    if (!settings.contains(at)) continue;
    const nlohmann::json& value = settings.at(at);
    if (value.is_array())
      for (const nlohmann::json& each : value) add(each);
    else
      add(value);
  }
  return paths;
}

Setup setup_of(const Manifest& manifest, const OpenSettings& settings) {
  constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
  const bool is_shared = settings.workers == Workers::shared;
  return {.version = PATCHBAY_VERSION,
          .name = is_shared ? manifest.name : settings.name,
          .host_process = static_cast<std::uint32_t>(::getpid()),
          .strict = manifest.strict,
          .memory_bytes = manifest.limits.memory_mb * mebibyte,
          .cpu_seconds = manifest.limits.cpu_seconds,
          .call_seconds = manifest.limits.call_seconds,
          .readable = paths_of(manifest, settings.settings, "files.read:"),
          .writable = paths_of(manifest, settings.settings, "files.write:"),
          .plugin = manifest.name,
          .plugin_version = manifest.version,
          .library = manifest.library,
          .is_sink = manifest.kind == PluginKind::sink,
          .endpoint = manifest.endpoint,
          .streams = uses_streams(manifest),
          .shared = is_shared,
          .capabilities = manifest.capabilities};
}

}  // namespace

Result<std::unique_ptr<Instance>> WorkerPool::open(const WorkerFiles& files, const Manifest& manifest,
                                                   const OpenSettings& settings, Services& services) {
  const Setup setup = setup_of(manifest, settings);
  const std::string plugin = std::string(name_of(manifest.kind)) + " " + manifest.name;
  // What the worker is told of what it may do is what those must agree on that share it.
  std::string key = manifest.sha256;
  if (setup.shared) Encoder(key).put(setup);
  const Place found =
      PATCHBAY_TRY(setup.shared ? place_with_others(files, setup, key, plugin, settings.name, settings.trust, services)
                                : place_alone(files, setup, settings.trust, services));
  auto instance =
      make_worker_instance(found.worker, found.seat, [pool = weak_from_this(), plugin, name = settings.name] {
        if (const auto there = pool.lock()) there->forget(plugin, name);
      });
  const Opening opening{settings.name, settings.settings.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                        settings.region, settings.credit};
  PATCHBAY_CHECK(found.worker->open(found.seat, opening));
  return instance;
}

Result<WorkerPool::Place> WorkerPool::place_alone(const WorkerFiles& files, const Setup& setup, Trust trust,
                                                  Services& services) {
  Place place{std::make_shared<Worker>(setup.name, 1, Worker::Broke()), nullptr};
  place.seat = place.worker->add_seat(setup.name, services);
  PATCHBAY_CHECK(place.worker->start(files, setup, trust));
  return place;
}

Result<WorkerPool::Place> WorkerPool::place_with_others(const WorkerFiles& files, const Setup& setup,
                                                        const std::string& key, const std::string& plugin,
                                                        const std::string& name, Trust trust, Services& services) {
  const std::lock_guard lock(mutex_);
  const auto group = groups_.find({plugin, name});
  const std::pair its_own{group == groups_.end() ? 0 : group->second, key};
  for (const auto& one : shared_[its_own])
    if (auto worker = one.lock())
      if (auto seat = worker->add_seat(name, services)) return Place{std::move(worker), std::move(seat)};

  const auto broke = [pool = weak_from_this(), plugin](const std::vector<std::string>& possible) {
    if (const auto there = pool.lock()) there->set_apart(plugin, possible);
  };
  Place place{std::make_shared<Worker>(setup.name, most_in_one, broke), nullptr};
  place.seat = place.worker->add_seat(name, services);
  PATCHBAY_CHECK(place.worker->start(files, setup, trust));
  for (auto& [of, workers] : shared_) std::erase_if(workers, [](const auto& one) { return one.expired(); });
  shared_[its_own].push_back(place.worker);
  std::erase_if(shared_, [](const auto& one) { return one.second.empty(); });
  return place;
}

void WorkerPool::set_apart(const std::string& plugin, const std::vector<std::string>& names) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < names.size(); ++i) groups_[{plugin, names[i]}] = last_group_ + 1 + i % most_groups;
  last_group_ += most_groups;
}

void WorkerPool::forget(const std::string& plugin, const std::string& name) {
  const std::lock_guard lock(mutex_);
  groups_.erase({plugin, name});
}

}  // namespace patchbay::plugin
