#include "config/plugin_sections.hpp"

#include "config/oauth2_section.hpp"
#include "config/schema.hpp"
#include "config/text.hpp"

#include <array>

namespace patchbay::config {

namespace {

using nlohmann::json;

constexpr std::array<const char*, 4> host_keys{"allow_private", "ca_file", "isolation", "workers"};
constexpr std::array<const char*, 1> channel_keys{"stream_proxy"};
constexpr const char* oauth2_key = "oauth2";  // where the plugin's manifest has it, too
constexpr std::array<const char*, 3> sending_keys{"rate", "parallel", "attempts"};

// The standard schedule has ten attempts.
constexpr std::uint32_t most_attempts = 10;
constexpr std::uint32_t most_parallel = 1000;
constexpr double slowest_rate = 0.01, fastest_rate = 100'000;

std::vector<std::string> host_keys_of(SectionKind kind) {
  std::vector<std::string> keys(host_keys.begin(), host_keys.end());
  if (kind == SectionKind::destination)
    keys.insert(keys.end(), sending_keys.begin(), sending_keys.end());
  else
    keys.insert(keys.end(), channel_keys.begin(), channel_keys.end());
  return keys;
}

std::optional<Wish> isolation(const std::string& word) {
  if (word == "in_process" || word == "worker") return std::nullopt;
  return Wish{"worker or in_process", "remove isolation, or write one of the two"};
}

std::optional<Wish> workers(const std::string& word) {
  if (word == "per_channel" || word == "shared") return std::nullopt;
  return Wish{"per_channel or shared", "remove workers, or write one of the two"};
}

// Secrets become handles: {"$secret": N}.
void take_out(json& settings, const std::set<std::string>& places, Secrets& secrets) {
  for (const std::string& place : places) {
    json& value = settings.at(json::json_pointer(place));
    if (!value.is_string()) continue;
    secrets.push_back(value.get<std::string>());
    value = json::object({{"$secret", secrets.size() - 1}});
  }
}

class SectionReader {
 public:
  SectionReader(const Member& member, const std::string& path, const PluginKindWords& words,
                const KnownPlugins& plugins, Report& report)
      : member_(member),
        words_(words),
        plugins_(plugins),
        report_(report),
        reader_(&member.value, member.at, path, report) {}

  Section read(const std::filesystem::path& folder) {
    Section section;
    section.name = member_.key;
    if (const auto wish = plugin_section_name(member_.key))
      report_.add({member_.at, reader_.path(), wish->expected, in_quotes(member_.key), wish->remedy});
    section.plugin = plugin_ = reader_.text(words_.key, Need::required, words_.one);
    section.allow_private = reader_.texts("allow_private", "an address range CIDR[:PORT]", private_range);
    section.ca_file = reader_.text("ca_file", Need::optional, "the path of a PEM file");
    if (!section.ca_file.empty()) section.ca_file = (folder / section.ca_file).string();
    if (reader_.text("isolation", Need::optional, "worker or in_process", isolation) == "in_process")
      section.isolation = Isolation::in_process;
    if (reader_.text("workers", Need::optional, "per_channel or shared", workers) == "shared")
      section.workers = Workers::shared;
    if (words_.kind == SectionKind::destination)
      section.sending = read_sending();
    else
      section.stream_proxy =
          reader_.text("stream_proxy", Need::optional, "the URL of a proxy", stream_proxy, Privacy::secret);
    if (!section.plugin.empty()) read_settings(section);
    return section;
  }

 private:
  Sending read_sending() {
    Sending sending;
    sending.parallel = reader_.whole_number("parallel", 1, most_parallel);
    sending.attempts = reader_.whole_number("attempts", 1, most_attempts);
    MappingReader rate = reader_.mapping("rate", Need::optional, "");
    if (!rate.present()) return sending;
    sending.per_second = rate.number("per_second", Need::required, slowest_rate, fastest_rate);
    sending.burst = rate.number("burst", Need::optional, 1, fastest_rate);
    rate.finish();
    return sending;
  }

  void read_settings(Section& section) {
    const json* written = plugins_.schema ? plugins_.schema(section.plugin) : nullptr;
    const Member& name = *reader_.node()->find(words_.key);
    if (written == nullptr) {
      reader_.mistake(name, words_.one + " that is installed",
                      known_words(section.plugin, plugins_.names, "install its plugin: none is installed"));
      return;
    }
    if (const Status usable = valid_schema(*written); !usable) {
      reader_.mistake(name, words_.one + " with a usable settings schema", usable.error().text());
      return;
    }
    const json schema = closed(*written);
    json settings = to_json(member_.value);
    settings.erase(words_.key);
    for (const std::string& key : host_keys_of(words_.kind)) settings.erase(key);
    const OAuth2Offer* offer = plugins_.oauth2 ? plugins_.oauth2(section.plugin) : nullptr;
    const bool is_complete = offer == nullptr || read_oauth2(section, *offer, name);
    if (offer != nullptr) settings.erase(oauth2_key);
    fill_defaults(schema, settings);
    const std::set<std::string> secrets = secret_places(schema, settings);
    const std::vector<Finding> findings = explain(schema, settings);
    for (const Finding& finding : findings) tell(finding, schema, secrets);
    if (!findings.empty() || !is_complete) return;
    take_out(settings, secrets, section.secrets);
    if (section.oauth2) {
      // Behind all others: whoever looks for a secret of that number finds none.
      section.oauth2->handle = section.secrets.size();
      settings[oauth2_key] = json::object({{"$secret", section.oauth2->handle}});
    }
    section.settings = std::move(settings);
  }

  // False where something is wrong with it.
  bool read_oauth2(Section& section, const OAuth2Offer& offer, const Member& name) {
    const Member* written = reader_.take(oauth2_key, Need::optional, "");
    if (written == nullptr) {
      if (offer.required)
        report_.add({name.at, pointer_to(reader_.path(), oauth2_key), "how it is to be authorised", "nothing",
                     "write oauth2: {provider: ..., client_id: ...}; docs/settings.md has examples"});
      return !offer.required;
    }
    section.oauth2 = config::read_oauth2(reader_.mapping(oauth2_key, Need::optional, ""), offer, report_);
    return section.oauth2.has_value();
  }

  void tell(const Finding& finding, const json& schema, const std::set<std::string>& secrets) {
    const Place place = locate(member_.value, member_.at, finding.path);
    Mistake mistake{place.at, reader_.path() + finding.path, finding.expected, "", finding.remedy};
    if (finding.found == Found::nothing) {
      mistake.got = "nothing";
    } else if (finding.found == Found::key) {
      const std::string key = json::json_pointer(finding.path).back();
      mistake.got = in_quotes(key);
      if (finding.path == pointer_to("", key)) mistake.remedy = known_at_the_top(key, schema);
    } else if (secrets.contains(finding.path)) {
      mistake.got = "a secret";
    } else {
      mistake.got = place.node == nullptr ? "the plugin's own default" : describe(*place.node);
    }
    report_.add(std::move(mistake));
  }

  // At the top of a section, and only there, the host's keys are known, too.
  [[nodiscard]] std::string known_at_the_top(const std::string& key, const json& schema) const {
    std::vector<std::string> words{words_.key};
    if (const json* properties = member(schema, "properties"))
      for (const auto& property : properties->items()) words.push_back(property.key());
    for (std::string& host_key : host_keys_of(words_.kind)) words.push_back(std::move(host_key));
    if (plugins_.oauth2 && plugins_.oauth2(plugin_) != nullptr) words.emplace_back(oauth2_key);
    return known_words(key, words, "remove it");
  }

  const Member& member_;
  const PluginKindWords& words_;
  const KnownPlugins& plugins_;
  Report& report_;
  MappingReader reader_;
  std::string plugin_;
};

}  // namespace

std::vector<PlacedSection> read_plugin_sections(const MappingReader& sections, const PluginKindWords& words,
                                                const KnownPlugins& plugins, const std::filesystem::path& folder,
                                                Report& report) {
  std::vector<PlacedSection> placed;
  if (!sections.present()) return placed;
  for (const Member& member : sections.node()->members) {
    SectionReader reader(member, pointer_to(sections.path(), member.key), words, plugins, report);
    placed.push_back({reader.read(folder), member.at});
  }
  return placed;
}

}  // namespace patchbay::config
