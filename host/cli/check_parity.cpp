#include "cli/check_parity.hpp"

#include "plugin/in_process.hpp"
#include "plugin/loader.hpp"
#include "plugin/worker_pool.hpp"
#include "plugin/worker_process.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>

namespace patchbay::cli {
namespace {

using conformance::Finding;
using nlohmann::json;
using plugin::Isolation;
namespace fs = std::filesystem;

constexpr const char* clause = "W1";
constexpr const char* remedy =
    "take time, randomness, network and secrets from the host; name folders in the settings, and in the manifest "
    "\"files.read:/SETTING\"";

struct Played {
  Told told;
  std::vector<std::string> less_confined;
  std::optional<Error> not_opened;
};

enum class Where : std::uint8_t { here, worker, shared_worker };

// One life of the plugin.
class Life {
 public:
  Life(const CheckedPlugin& checked, Where where, const std::string& folder)
      : checked_(checked),
        where_(where),
        folder_(folder),
        settings_(conformance::with_text(checked.subject.settings, checked.subject.folder, folder)),
        secrets_(take_secrets(settings_, checked.subject.secrets)),
        recorder_(checked.subject.examples.value("answers", json::array()), secrets_, checked.subject.may_reveal,
                  folder) {
    fs::create_directory(folder);
  }

  // `expected` is waited for before the end, since a source may be read some time.
  Played play(const Told& expected) {
    auto opened = open();
    if (!opened) return {{}, recorder_.less_confined(), std::move(opened.error())};
    instance_ = std::move(*opened);
    recorder_.attach(instance_.get());
    if (ends_well("start", &plugin::Instance::start)) {
      recorder_.settle();
      requests();
      sendings();
      events();
      recorder_.wait_for(expected);
    }
    static_cast<void>(ends_well("stop", &plugin::Instance::stop));
    instance_->close();
    note_files();
    return {recorder_.told(), recorder_.less_confined(), {}};
  }

 private:
  Result<std::unique_ptr<plugin::Instance>> open() {
    const plugin::Admitted& admitted = checked_.admitted;
    const plugin::Manifest& manifest = admitted.plugin.manifest;
    const plugin::OpenSettings settings{
        .name = "test",
        .settings = settings_,
        .region = "",
        .credit = Recorder::credit,
        .isolation = where_ == Where::here ? Isolation::in_process : Isolation::worker,
        .workers = where_ == Where::shared_worker ? plugin::Workers::shared : plugin::Workers::per_channel};
    if (where_ != Where::here) {
      const plugin::Descriptor program = PATCHBAY_TRY(plugin::open_worker_program());
      return std::make_shared<plugin::WorkerPool>()->open({program, admitted.library}, manifest, settings, recorder_);
    }
    const plugin::Functions functions = PATCHBAY_TRY(plugin::load(admitted.library, manifest));
    return plugin::open_in_process(functions, manifest, settings, recorder_, nullptr);
  }

  bool ends_well(const char* what, void (plugin::Instance::*ask)(plugin::Done)) {
    checked_.subject.doing(what);
    auto promise = std::make_shared<std::promise<Status>>();
    ((*instance_).*ask)([promise](Status status) { promise->set_value(std::move(status)); });
    const Status status = promise->get_future().get();
    if (!status && !recorder_.is_lost()) recorder_.note(std::string("failure to ") + what, status.error().reason);
    return status.has_value();
  }

  [[nodiscard]] json examples(const char* of) const { return checked_.subject.examples.value(of, json::array()); }

  void requests() {
    if (!instance_->offers(PATCHBAY_EXT_HTTP_ENDPOINT)) return;
    pb_request id = 0;
    for (const json& each : examples("requests")) {
      plugin::HttpRequest request;
      request.id = ++id;
      request.method = each.value("method", "POST");
      request.path = each.value("path", "");
      request.query = each.value("query", "");
      request.peer = "192.0.2.1";
      const json headers = each.value("headers", json::object()), body = each.value("body", json(""));
      for (const auto& [name, value] : headers.items()) request.headers.emplace_back(name, value.get<std::string>());
      request.body = body.is_string() ? body.get<std::string>() : body.dump();
      checked_.subject.doing("receive");
      recorder_.expect("request " + std::to_string(id));
      instance_->receive(std::move(request));
      recorder_.settle();
    }
  }

  void sendings() {
    if (!instance_->offers(PATCHBAY_EXT_SEND)) return;
    pb_token token = 0;
    for (const json& each : examples("outbound")) {
      plugin::Outbound outbound;
      outbound.token = ++token;
      outbound.id = "outbound-" + std::to_string(token);
      outbound.account = each.value("account", "");
      outbound.in_reply_to = each.value("in_reply_to", "");
      outbound.conversation = each.value("conversation", "");
      outbound.text = each.value("text", "");
      outbound.content = each.value("content", json::object()).dump();
      const json to = each.value("to", json::object());
      outbound.recipients = {
          {PB_ROLE_RECIPIENT, {{0, to.value("kind", ""), to.value("value", ""), to.value("scope", "")}}}};
      checked_.subject.doing("send");
      recorder_.expect("sending " + std::to_string(token));
      instance_->send(std::move(outbound));
      recorder_.settle();
    }
  }

  void events() {
    const bool delivers = instance_->offers(PATCHBAY_EXT_DELIVER);
    if (!delivers && !instance_->offers(PATCHBAY_EXT_SINK)) return;
    for (const conformance::SampleEvent& sample : conformance::sample_events()) {
      plugin::Event event;
      event.id = sample.id;
      event.type = sample.type;
      event.contact = sample.contact;
      event.payload = std::make_shared<const std::string>(sample.payload);
      if (delivers) {
        give(event, "deliver", [&] { instance_->deliver(event); });
        continue;
      }
      give(event, "render", [&] { instance_->render(event); });
      for (const std::uint32_t status : {200U, 422U, 503U}) {
        plugin::HttpResult result;
        result.status = status;
        result.body = R"({"result": 7})";
        give(event, "judge", [&] { instance_->judge(event, std::move(result)); });
      }
    }
  }

  template <class Give>
  void give(plugin::Event& event, const char* what, Give&& hand_over) {
    event.token = ++last_event_;
    checked_.subject.doing(what);
    recorder_.expect("event " + std::to_string(event.token));
    hand_over();
    recorder_.settle();
  }

  // What it wrote where its settings let it.
  void note_files() {
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
      if (!at->is_regular_file(error)) continue;
      std::ifstream in(at->path(), std::ios::binary);
      recorder_.note("file", {at->path().lexically_relative(folder_).string(),
                              std::string{std::istreambuf_iterator<char>(in), {}}});
    }
  }

  const CheckedPlugin& checked_;
  const Where where_;
  const std::string folder_;
  json settings_;
  const std::vector<std::string> secrets_;
  Recorder recorder_;
  std::unique_ptr<plugin::Instance> instance_;
  pb_token last_event_ = 0;
};

Told without(const Told& all, const Told& some) {
  Told left;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::inserter(left, left.end()));
  return left;
}

}  // namespace

std::vector<Finding> unlike_in_worker(const Told& before, const Told& worker, const Told& after) {
  Told always, ever;
  std::set_intersection(before.begin(), before.end(), after.begin(), after.end(), std::inserter(always, always.end()));
  std::set_union(before.begin(), before.end(), after.begin(), after.end(), std::inserter(ever, ever.end()));
  const Told left_out = without(always, worker), added = without(worker, ever);
  const std::size_t variety = without(after, before).size();
  if (left_out.empty() && added.size() <= variety) return {};
  constexpr std::size_t longest = 200;
  std::string reason;
  if (!left_out.empty()) reason = "in this process it gave this: " + left_out.begin()->substr(0, longest);
  if (!left_out.empty() && !added.empty()) reason += "; and ";
  if (!added.empty()) reason += "in a worker this instead: " + added.begin()->substr(0, longest);
  if (added.empty()) reason += "; and in a worker it did not";
  return {conformance::fail(clause, std::move(reason), remedy)};
}

std::vector<Finding> check_parity(const CheckedPlugin& checked) {
  const std::string& folder = checked.subject.folder;
  const auto lived = [&](Where where, const char* name, const Told& expected) {
    return Life(checked, where, folder + "/" + name).play(expected);
  };
  const Played before = lived(Where::here, "before", {});
  if (before.not_opened) return {conformance::skip(clause, before.not_opened->reason, "see the check `start`")};
  const Played worker = lived(Where::worker, "worker", before.told);
  if (worker.not_opened) {
    const Error& why = *worker.not_opened;
    // No worker, or none that is confined as the manifest insists: that is this machine's fault.
    for (const char* const doing : {"starting a worker", "confining the worker"})
      if (why.reason.find(doing) != std::string::npos) return {conformance::skip(clause, why.reason, why.remedy)};
    return {conformance::fail(clause, "it opens in this process, and in a worker it does not: " + why.reason, remedy)};
  }
  const Played shared = lived(Where::shared_worker, "shared", before.told);
  if (shared.not_opened)
    return {conformance::fail(
        clause, "it opens in a worker, and in a shared one it does not: " + shared.not_opened->reason, remedy)};
  const Played after = lived(Where::here, "after", worker.told);
  for (const Played* const other : {&worker, &shared})
    if (auto found = unlike_in_worker(before.told, other->told, after.told); !found.empty()) return found;
  if (!worker.less_confined.empty())
    return {conformance::skip(clause, "this machine cannot confine a worker wholly: " + worker.less_confined.front(),
                              "check it on a kernel with Landlock and seccomp, too")};
  return {conformance::pass(clause, "the same " + std::to_string(worker.told.size()) + " things said in each")};
}

}  // namespace patchbay::cli
