#include "conformance/check.hpp"

#include "conformance/all_checks.hpp"
#include "conformance/examples.hpp"

#include <array>

namespace conformance {
namespace {

using namespace patchbay::conformance;

constexpr std::array<Check, 18> all{{
    {"entry", "A1", "The entry takes this host and no other", 60, check_entry},
    {"unknown-ids", "A2", "Unknown extension ids are answered with nothing", 60, check_unknown_ids},
    {"start", "L1", "The examples start it", 60, check_start},
    {"life", "L2", "It opens, starts, stops and closes in any order, and often", 60, check_life},
    {"stop", "L3", "It stops within its deadline", 15, check_stop},
    {"contract", "T1", "Threads, states and messages are as abi.h says", 60, check_contract},
    {"settings", "S1", "Wrong settings are refused, with the place", 90, check_settings},
    {"raw-settings", "S2", "Settings past the schema crash nothing", 90, check_raw_settings},
    {"examples", "C5", "The examples of requests are taken", 60, check_examples},
    {"credit", "C1", "A busy host loses nothing", 60, check_credit},
    {"refusal", "C4", "A store that fails loses nothing", 60, check_refusal},
    {"cursor", "C2", "A restart loses nothing and doubles nothing", 60, check_cursor},
    {"kill-points", "C3", "A crash at any call loses nothing and doubles nothing", 120, check_kill_points},
    {"hostile-requests", "H1 H2", "Hostile requests are answered, and change nothing", 90, check_hostile_requests},
    {"services", "V1 V2", "Missing and failing services of the host", 90, check_services},
    {"sending", "N1", "Each sending ends once, and truly", 90, check_sending},
    {"sink", "K1 K2", "Events are rendered, judged and delivered", 90, check_sink},
    {"resources", "R1 R2 R3", "A hundred lives leave nothing behind", 120, check_resources},
}};

constexpr std::array<SampleEvent, 3> events{{
    {"event_1", "contact.created", "contact_1",
     R"({"specversion":"1.0","id":"event_1","source":"/patchbay","type":"contact.created","time":"2026-01-01T00:00:00Z",)"
     R"("datacontenttype":"application/json","data":{"id":"contact_1","kind":"person","name":"Kasia Nowak",)"
     R"("identifiers":[{"kind":"phone","value":"+48601234567"}]}})"},
    {"event_2", "interaction.received", "contact_1",
     R"({"specversion":"1.0","id":"event_2","source":"/patchbay","type":"interaction.received",)"
     R"("time":"2026-01-01T00:00:01Z","datacontenttype":"application/json","data":{"contact":{"id":"contact_1",)"
     R"("name":"Kasia Nowak"},"interaction":{"id":"interaction_1","channel":"support","kind":"message",)"
     R"("direction":"inbound","visibility":"private","text":"=1+1 \"quoted\", and more: ąęł 😀\nsecond line"}}})"},
    {"event_3", "channel.notice", "",
     R"({"specversion":"1.0","id":"event_3","source":"/patchbay",)"
     R"("type":"channel.notice","time":"2026-01-01T00:00:02Z","data":{}})"},
}};

}  // namespace

std::string_view name_of(Outcome outcome) {
  constexpr std::array<std::string_view, 5> names{"pass", "skip", "warn", "fail", "crash"};
  return names[static_cast<std::size_t>(outcome)];
}

std::span<const Check> checks() { return all; }
std::span<const SampleEvent> sample_events() { return events; }

std::string mistake_in_examples(const Json& examples) {
  try {
    static_cast<void>(read_examples(examples));
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

Json with_text(Json settings, std::string_view what, const std::string& by) {
  if (settings.is_string()) {
    auto& value = settings.get_ref<std::string&>();
    if (const std::size_t at = value.find(what); at != std::string::npos) value.replace(at, what.size(), by);
  } else if (settings.is_structured()) {
    for (auto& value : settings) value = with_text(std::move(value), what, by);
  }
  return settings;
}

}  // namespace conformance
