#include "cli/dev_session.hpp"

#include "api/views.hpp"
#include "cli/check_subject.hpp"
#include "cli/listing.hpp"
#include "cli/table.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace patchbay::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* name_of_channel = "dev";
constexpr const char* name_of_source = "from";
constexpr std::size_t longest_line = 200;

// Who wrote, by what the channel said of them: a name, else the first identifier.
std::string author_of(const json& interaction) {
  std::string shown;
  for (const json& participant : interaction["participants"]) {
    if (participant["role"] != "author" && participant["role"] != "recipient") continue;
    for (const json& identifier : participant["identifiers"])
      if (shown.empty() || identifier["kind"] == "name")
        shown = text_of(identifier["kind"]) + " " + text_of(identifier["value"]);
    if (participant["role"] == "author") break;
  }
  return shown;
}

}  // namespace

// From one restart to the next. Members end in the opposite order.
struct DevSession::Life {
  config::Settings settings;
  plugin::Manifest manifest;
  std::shared_ptr<plugin::Catalog> catalog;
  std::unique_ptr<gateway::Gateway> gateway;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<store::Reader> reader;
  api::ChannelStatus told;  // of the channel, so far
};

DevSession::DevSession(Context& context, DevOptions options, std::string work, telemetry::Log& log)
    : context_(context), options_(std::move(options)), work_(std::move(work)), log_(log) {}

DevSession::~DevSession() { stop(); }

Result<config::Section> DevSession::section_of(const std::string& folder, plugin::PluginKind& kind) const {
  const bool is_own = folder == options_.folder;
  const std::string files = work_ + (is_own ? "/files" : "/files-of-channel");
  std::error_code ignored;
  fs::create_directory(files, ignored);
  CheckedPlugin checked = PATCHBAY_TRY(checked_plugin(folder, is_own ? options_.settings : std::string(), files));
  kind = checked.admitted.plugin.manifest.kind;
  config::Section section;
  section.name = is_own ? name_of_channel : name_of_source;
  section.plugin = checked.subject.name;
  section.secrets = take_secrets(checked.subject.settings, checked.subject.secrets);
  section.settings = std::move(checked.subject.settings);
  // What stands in for the provider or the CRM runs on this machine.
  section.allow_private = {"127.0.0.0/8", "::1/128"};
  section.isolation = options_.isolation;
  return section;
}

Result<std::unique_ptr<DevSession::Life>> DevSession::prepared() const {
  auto life = std::make_unique<Life>();
  config::Settings& settings = life->settings;
  settings.business = {.name = "Dev", .region = options_.region, .timezone = "Etc/UTC", .own = {}};
  settings.public_listener = config::PublicListener{
      .address = options_.listen, .url = "http://" + options_.listen, .trust_proxies = {}, .tls = std::nullopt};
  settings.admin.address = "127.0.0.1:0";
  settings.store.sqlite = work_ + "/store";

  std::vector<fs::path> roots;
  for (const std::string& folder : {options_.folder, options_.from}) {
    if (folder.empty()) continue;
    auto kind = plugin::PluginKind::channel;
    config::Section section = PATCHBAY_TRY(section_of(folder, kind));
    (kind == plugin::PluginKind::channel ? settings.channels : settings.destinations).push_back(std::move(section));
    roots.push_back(fs::path(folder).parent_path());
  }
  if (settings.channels.size() != 1 || settings.destinations.size() != (options_.from.empty() ? 0 : 1))
    return failure(ErrorCode::invalid, "expected a channel, or a sink with --from and a channel",
                   "end this with Ctrl-C, and name such folders");
  if (!settings.destinations.empty()) settings.routes = {{.from = {}, .to = settings.destinations.front().name}};

  life->catalog = plugin::Catalog::scan(roots);
  const bool is_sink = !settings.destinations.empty();
  const plugin::Plugin* const found =
      life->catalog->find(is_sink ? plugin::PluginKind::sink : plugin::PluginKind::channel,
                          (is_sink ? settings.destinations : settings.channels).front().plugin);
  std::error_code error;
  if (found == nullptr || !fs::equivalent(found->folder, options_.folder, error))
    return failure(ErrorCode::conflict, "another folder beside it holds a plugin of that name",
                   "remove one of the two");
  life->manifest = found->manifest;
  return life;
}

Status DevSession::begin() {
  Life& life = *life_;
  life.gateway = PATCHBAY_TRY(gateway::Gateway::start(life.settings, life.catalog, log_, context_.clock));
  life.store = PATCHBAY_TRY(store::open_sqlite(life.settings.store.sqlite, store::OpenAs::reader_only, context_.clock));
  life.reader = PATCHBAY_TRY(life.store->reader());
  // Whoever posts to a port that was chosen for them goes on to find it there.
  if (const auto port = life.gateway->public_port())
    options_.listen = options_.listen.substr(0, options_.listen.rfind(':') + 1) + std::to_string(*port);
  return {};
}

void DevSession::restart() {
  Status begun;
  if (auto next = prepared()) {
    stop();
    life_ = std::move(*next);
    begun = begin();
    if (!begun) life_.reset();
  } else {
    begun = failure(std::move(next.error()));
  }
  if (begun) return tell_ready();
  Error error = std::move(begun.error()).while_doing("starting the plugin in " + options_.folder);
  error.reason += life_ ? "; what ran before goes on" : "; nothing runs until it changes";
  // No end of the command: the next change may mend it.
  if (context_.json)
    context_.out << api::view(error).dump() << std::endl;
  else
    context_.err << "patchbay: " << error.text() << std::endl;
}

void DevSession::stop() {
  if (!life_) return;
  tell_news();
  life_->gateway->stop();
  static_cast<void>(tell_interactions());  // that were under way
  life_.reset();
}

void DevSession::tell_ready() {
  const plugin::Manifest& manifest = life_->manifest;
  const plugin::Plugin* const channel =
      life_->catalog->find(plugin::PluginKind::channel, life_->settings.channels.front().plugin);
  const std::string hook = channel != nullptr && channel->manifest.endpoint
                               ? "http://" + options_.listen + "/hooks/" + life_->settings.channels.front().name
                               : std::string();
  if (context_.json) {
    context_.out << json{{"ready", {{"plugin", manifest.name}, {"version", manifest.version}, {"hook", hook}}}}.dump()
                 << std::endl;
    return;
  }
  const bool is_worker = options_.isolation == config::Isolation::worker;
  context_.out << manifest.name << " " << manifest.version << " runs "
               << (is_worker ? "in a worker" : "in this process, " + std::to_string(::getpid())) << "; Ctrl-C ends it. "
               << (hook.empty() ? "It takes no webhooks" : "Webhooks: " + hook) << std::endl;
  if (const auto& signature = manifest.signature)
    context_.out << "They are signed: " << signature->scheme << " in the header " << signature->header
                 << ", with the secret at " << signature->secret << " of its settings" << std::endl;
}

void DevSession::tell_news() {
  if (!life_) return;
  Status told = tell_interactions();
  if (told) told = tell_deliveries();
  if (!told) context_.err << "patchbay: " << told.error().text() << std::endl;
  tell_counts();
}

void DevSession::tell(const json& interaction) {
  const std::string contact = text_of(interaction["contact"]);
  const bool is_new = !contact.empty() && contacts_.insert(contact).second;
  if (context_.json) {
    context_.out << json{{"interaction", interaction}, {"contact_is_new", is_new}}.dump() << std::endl;
    return;
  }
  context_.out << text_of(interaction["id"]) << (interaction["direction"] == "inbound" ? " <- " : " -> ")
               << (contact.empty() ? "no contact" : contact + (is_new ? " (new)" : " (known)")) << " "
               << one_line(author_of(interaction), longest_line) << ": "
               << one_line(text_of(interaction["text"]), longest_line) << std::endl;
}

// The oldest first, since the last that was told.
Status DevSession::tell_interactions() {
  std::vector<store::InteractionId> fresh;
  for (store::Page page; true;) {
    const auto listed = PATCHBAY_TRY(life_->reader->list_interactions({}, page));
    for (const store::Interaction& one : listed)
      if (store::number(one.id) > last_interaction_) fresh.push_back(one.id);
    if (listed.size() < page.limit || store::number(listed.back().id) <= last_interaction_) break;
    page.after = store::number(listed.back().id);
  }
  std::reverse(fresh.begin(), fresh.end());
  for (const store::InteractionId id : fresh) {
    tell(api::view(PATCHBAY_TRY(life_->reader->show_interaction(id))));
    last_interaction_ = store::number(id);
  }
  return {};
}

// Of the newest events of a sink: each attempt, and how it went.
Status DevSession::tell_deliveries() {
  if (life_->settings.destinations.empty()) return {};
  auto listed = PATCHBAY_TRY(life_->reader->list_deliveries({}, {}));
  std::reverse(listed.begin(), listed.end());
  for (const store::OpenDelivery& one : listed) {
    json shown = api::view(one);
    shown.erase("payload");
    if (shown["attempts"] == 0) continue;
    const std::string line = text_of(shown["event"]) + " " + text_of(shown["type"]) + ": " + text_of(shown["state"]) +
                             ", attempt " + text_of(shown["attempts"]) + ", " + text_of(shown["last_status"]) + " " +
                             one_line(text_of(shown["last_reason"]), longest_line);
    if (std::string& told = deliveries_[store::number(one.delivery.event)]; told == line)
      continue;
    else
      told = line;
    if (context_.json)
      context_.out << json{{"delivery", shown}}.dump() << std::endl;
    else
      context_.out << line << std::endl;
  }
  return {};
}

// What came in and is no new interaction.
void DevSession::tell_counts() {
  const api::GatewayStatus status = life_->gateway->control().status();
  const api::ChannelStatus &now = status.channels.front(), &before = life_->told;
  struct Count {
    const char* what;
    std::uint64_t now, before;
  };
  for (const Count& count : {Count{"known before", now.duplicates, before.duplicates},
                             Count{"changed an interaction", now.edits, before.edits},
                             Count{"parked, since its interaction is not there", now.parked, before.parked},
                             Count{"put into quarantine", now.quarantined, before.quarantined},
                             Count{"refused, since not signed as it must be", now.refused, before.refused}}) {
    if (count.now == count.before) continue;
    if (context_.json)
      context_.out << json{{"count", count.what}, {"more", count.now - count.before}}.dump() << std::endl;
    else
      context_.out << count.now - count.before << " more " << count.what << std::endl;
  }
  life_->told = now;
}

}  // namespace patchbay::cli
