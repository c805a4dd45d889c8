// Which instances live in which worker process.
//
// One that shares (OpenSettings::workers) is put to the others of its plugin whose worker may do the very same: the
// same library, limits, capabilities, and files. What a worker may do is fixed before it loads the plugin, so one whose
// settings name another folder gets another worker. Secrets are no part of it: what is revealed to one instance of a
// shared worker is in the memory of all.
//
// When a shared worker ends, those whose calls may have done it are set apart: they come back dealt to a few workers,
// and again when one of those ends, until the one to blame is alone. The rest come back together. Who is closed in good
// order may share again.
//
// [any-thread]. Held by the catalogs that follow each other. Workers end with their last instance.
#pragma once

#include "plugin/catalog.hpp"
#include "plugin/worker_session.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace patchbay::plugin {

class WorkerPool final : public std::enable_shared_from_this<WorkerPool> {
 public:
  // Opens the instance in a worker that there is, or in a new one. The error is why no worker could be had or confined,
  // or what the plugin reported, all mistakes joined.
  [[nodiscard]] Result<std::unique_ptr<Instance>> open(const WorkerFiles& files, const Manifest& manifest,
                                                       const OpenSettings& settings, Services& services);

 private:
  struct Place {
    std::shared_ptr<Worker> worker;
    std::shared_ptr<Seat> seat;
  };

  [[nodiscard]] Result<Place> place_alone(const WorkerFiles& files, const Setup& setup, Trust trust,
                                          Services& services);
  [[nodiscard]] Result<Place> place_with_others(const WorkerFiles& files, const Setup& setup, const std::string& key,
                                                const std::string& plugin, const std::string& name, Trust trust,
                                                Services& services);
  void set_apart(const std::string& plugin, const std::vector<std::string>& names);
  void forget(const std::string& plugin, const std::string& name);

  std::mutex mutex_;
  using Group = std::uint64_t;  // 0 = of those that are not set apart
  std::map<std::pair<Group, std::string>, std::vector<std::weak_ptr<Worker>>> shared_;  // by what they may do
  std::map<std::pair<std::string, std::string>, Group> groups_;  // of those set apart: plugin, instance
  Group last_group_ = 0;
};

}  // namespace patchbay::plugin
