#include "plugin/worker_instance.hpp"

#include "plugin/stream_rules.hpp"
#include "plugin/worker_session.hpp"

#include <pthread.h>
#include <unistd.h>

#include <system_error>
#include <utility>

namespace patchbay::plugin {
namespace {

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
  return {.version = PATCHBAY_VERSION,
          .name = settings.name,
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
          .capabilities = manifest.capabilities};
}

class WorkerInstance final : public Instance {
 public:
  WorkerInstance(std::string name, Services& services) : worker_(std::make_shared<Worker>(std::move(name), services)) {}
  WorkerInstance(const WorkerInstance&) = delete;
  WorkerInstance& operator=(const WorkerInstance&) = delete;
  ~WorkerInstance() override { close(); }

  Status open(const WorkerFiles& files, const Setup& setup, const Opening& opening) {
    std::promise<Status> opened;
    std::future<Status> future = opened.get_future();
    try {
      // What is borrowed is used until the future is ready.
      thread_ = std::thread([worker = worker_, &files, &setup, &opening, promise = std::move(opened)]() mutable {
        worker->run(files, setup, opening, std::move(promise));
      });
    } catch (const std::system_error& error) {
      return failure(ErrorCode::unavailable, std::string("making its thread: ") + error.what(),
                     "raise the limit of threads");
    }
    ::pthread_setname_np(thread_.native_handle(), opening.name.substr(0, 15).c_str());
    return future.get();
  }

  void check(Done done) override { worker_->order(FrameKind::check, std::move(done)); }
  void start(Done done) override { worker_->order(FrameKind::start, std::move(done)); }
  void stop(Done done) override { worker_->order(FrameKind::stop, std::move(done)); }

  void close() override {
    if (!thread_.joinable()) return;
    if (worker_->is_own_thread()) {
      worker_->close_here();
      thread_.detach();
      return;
    }
    worker_->later([worker = worker_.get()] { worker->close(); });
    thread_.join();
  }

  void complete(Completion completion) override { worker_->tell(FrameKind::complete, 0, completion); }

  void receive(HttpRequest request) override {
    worker_->outstanding().add_request(request.id);
    if (worker_->tell(FrameKind::receive, 0, request) || !worker_->outstanding().end_request(request.id)) return;
    worker_->later([worker = worker_.get(), id = request.id] { worker->calls().refuse(id); });
  }

  void answered(HttpResult result) override { worker_->tell(FrameKind::answered, 0, result); }

  void connected(StreamResult result, Descriptor stream) override {
    worker_->tell_with(std::move(stream), FrameKind::connected, 0, result);
  }

  void send(Outbound outbound) override {
    worker_->outstanding().add_send(outbound.token);
    if (worker_->tell(FrameKind::send, 0, outbound) || !worker_->outstanding().end_send(outbound.token)) return;
    worker_->later([worker = worker_.get(), token = outbound.token] {
      worker->calls().give_up(token, PB_STOPPING, "sending: the channel's worker has ended");
    });
  }

  void replay(Original original) override { worker_->tell(FrameKind::replay, 0, original); }

  void render(Event event) override { hand_on(FrameKind::render, event); }
  void deliver(Event event) override { hand_on(FrameKind::deliver, event); }
  void judge(Event event, HttpResult result) override { hand_on(FrameKind::judge, event, result); }

  [[nodiscard]] bool offers(const char* extension) const override { return worker_->offers(extension); }

 private:
  template <class... More>
  void hand_on(FrameKind kind, const Event& event, const More&... more) {
    worker_->outstanding().add_event(event.token, kind);
    if (worker_->tell(kind, 0, event, more...) || !worker_->outstanding().end_event(event.token)) return;
    worker_->later([worker = worker_.get(), token = event.token, kind] {
      worker->calls().put_off(token, kind, "the sink's worker has ended");
    });
  }

  const std::shared_ptr<Worker> worker_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Instance>> open_in_worker(const WorkerFiles& files, const Manifest& manifest,
                                                 const OpenSettings& settings, Services& services) {
  auto instance = std::make_unique<WorkerInstance>(settings.name, services);
  const Opening opening{settings.name, settings.settings.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                        settings.region, settings.credit};
  PATCHBAY_CHECK(instance->open(files, setup_of(manifest, settings), opening));
  return instance;
}

}  // namespace patchbay::plugin
