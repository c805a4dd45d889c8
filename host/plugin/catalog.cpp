#include "plugin/catalog.hpp"

#include "plugin/gate.hpp"
#include "plugin/in_process.hpp"
#include "plugin/loader.hpp"
#include "plugin/manifest.hpp"
#include "plugin/worker_pool.hpp"
#include "plugin/worker_process.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

namespace patchbay::plugin {
namespace {

namespace fs = std::filesystem;

struct Library {
  explicit Library(Descriptor read) : file(std::move(read)) {}

  const Descriptor file;
  std::mutex loading;
  std::optional<Result<Functions>> functions;
};

class ScannedCatalog final : public Catalog {
 public:
  ScannedCatalog(const std::vector<fs::path>& roots, const ScannedCatalog* earlier)
      : earlier_(earlier), workers_(earlier != nullptr ? earlier->workers_ : std::make_shared<WorkerPool>()) {
    for (const fs::path& root : roots) scan_root(root);
    earlier_ = nullptr;
  }

  const std::vector<Plugin>& plugins() const override { return plugins_; }
  const std::vector<Refused>& refused() const override { return refused_; }

  const Plugin* find(PluginKind kind, std::string_view name) const override {
    const auto found = std::find_if(plugins_.begin(), plugins_.end(), [&](const Plugin& plugin) {
      return plugin.manifest.kind == kind && plugin.manifest.name == name;
    });
    return found == plugins_.end() ? nullptr : &*found;
  }

  Result<std::unique_ptr<Instance>> open(const Plugin& plugin, const OpenSettings& settings, Services& services,
                                         Executor* executor) override {
    const Plugin* known = find(plugin.manifest.kind, plugin.manifest.name);
    if (known == nullptr)
      return failure(ErrorCode::not_found, "opening " + settings.name + ": the catalog has no " +
                                               std::string(name_of(plugin.manifest.kind)) + " " + plugin.manifest.name);
    const auto number = static_cast<std::size_t>(known - plugins_.data());
    if (settings.isolation == Isolation::worker) {
      if (!worker_program_) return failure(worker_program_.error());
      return workers_->open({*worker_program_, libraries_[number]->file}, known->manifest, settings, services);
    }
    const Functions functions = PATCHBAY_TRY(loaded(number));
    return open_in_process(functions, known->manifest, settings, services, executor);
  }

 private:
  void scan_root(const fs::path& root) {
    std::error_code error;
    std::vector<fs::path> folders;
    for (fs::directory_iterator at(root, error), end; !error && at != end; at.increment(error))
      if (std::error_code ignored; fs::exists(at->path() / "manifest.json", ignored)) folders.push_back(at->path());
    if (error && error != std::errc::no_such_file_or_directory)
      refused_.push_back({root, Error{ErrorCode::unavailable, "looking for plugins: " + error.message(),
                                      "let the user that Patchbay runs as read the folder"}});
    std::sort(folders.begin(), folders.end());
    for (const fs::path& folder : folders) admit(folder);
  }

  void admit(const fs::path& folder) {
    auto admitted = pass_gate(folder);
    if (!admitted) {
      refused_.push_back({folder, std::move(admitted.error())});
      return;
    }
    const Manifest& manifest = admitted->plugin.manifest;
    if (const Plugin* earlier = find(manifest.kind, manifest.name)) {
      refused_.push_back({folder, Error{ErrorCode::conflict,
                                        "the " + std::string(name_of(manifest.kind)) + " " + manifest.name +
                                            " has been found before, in " + earlier->folder.string(),
                                        "remove one of the two"}});
      return;
    }
    plugins_.push_back(std::move(admitted->plugin));
    libraries_.push_back(same_earlier(plugins_.back()));
    if (libraries_.back() == nullptr) libraries_.back() = std::make_shared<Library>(std::move(admitted->library));
  }

  [[nodiscard]] std::shared_ptr<Library> same_earlier(const Plugin& plugin) const {
    if (earlier_ == nullptr) return nullptr;
    const Plugin* known = earlier_->find(plugin.manifest.kind, plugin.manifest.name);
    if (known == nullptr || known->manifest.sha256 != plugin.manifest.sha256) return nullptr;
    return earlier_->libraries_[static_cast<std::size_t>(known - earlier_->plugins_.data())];
  }

  // The functions of the plugin with that number, loaded when they are first asked for. A library that failed is not
  // tried again: its constructors have run.
  Result<Functions> loaded(std::size_t number) {
    Library& library = *libraries_[number];
    const std::lock_guard lock(library.loading);
    if (!library.functions) library.functions = load(library.file, plugins_[number].manifest);
    return *library.functions;
  }

  std::vector<Plugin> plugins_;
  std::vector<Refused> refused_;
  std::vector<std::shared_ptr<Library>> libraries_;  // one for each of plugins_
  const ScannedCatalog* earlier_;                    // while scanning
  const Result<Descriptor> worker_program_ = open_worker_program();
  const std::shared_ptr<WorkerPool> workers_;
};

}  // namespace

std::shared_ptr<Catalog> Catalog::scan(const std::vector<fs::path>& roots, const Catalog* earlier) {
  return std::make_shared<ScannedCatalog>(roots, dynamic_cast<const ScannedCatalog*>(earlier));
}

}  // namespace patchbay::plugin
