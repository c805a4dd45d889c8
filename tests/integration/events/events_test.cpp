// What the host's envelope and the webhook sink make of every type of event, sent to programs that others wrote: npm
// `standardwebhooks`, `svix`, `cloudevents` and `ajv`, and Node's own crypto for Ed25519.
#include "receiver.hpp"

#include "delivery/event.hpp"

#include <patchbay/testkit/fake_host.hpp>

#include <gtest/gtest.h>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace patchbay::tests {
namespace {

using store::EventType;

constexpr const char* first_key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* second_key = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
// RFC 8032, section 7.1, test 1.
constexpr const char* private_key = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
constexpr const char* public_key = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

constexpr EventType types[] = {
    EventType::contact_created,     EventType::contact_updated,     EventType::contact_merged,
    EventType::contact_split,       EventType::contact_erased,      EventType::interaction_received,
    EventType::interaction_sent,    EventType::interaction_edited,  EventType::interaction_deleted,
    EventType::interaction_reacted, EventType::interaction_receipt, EventType::channel_notice,
};

TimePoint now() { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }

struct Frozen {
  std::string id, type, payload;
};

// The example of a type, in the envelope that the host makes.
Frozen freeze(EventType type, std::int64_t number) {
  const std::string name(store::name_of(type));
  std::ifstream file(PATCHBAY_SOURCE "/docs/schemas/examples/" + name + ".json");
  const Json example = Json::parse(file);
  const store::EventId id{number};
  const std::string subject = example.at("subject").get<std::string>();
  return {store::public_id(id), name,
          delivery::cloud_event("6f2b1c1e-7c0d-4c53-9a63-0d5f1a2b3c4d", id, type, subject, now(), example.at("data"))};
}

// The webhook sink with these keys, and what it needs of a host.
class Destination {
 public:
  Destination(const std::string& url, const std::vector<std::string>& keys) {
    Json settings{{"url", url}, {"keys", Json::array()}, {"headers", Json::object()}, {"timeout", 20}};
    for (const std::string& key : keys) settings["keys"].push_back(host_.secret(key));
    EXPECT_EQ(host_.open(settings), PB_OK) << host_.why();
    EXPECT_EQ(host_.start(), PB_OK) << host_.why();
  }

  Judgement deliver(const Frozen& frozen, std::uint32_t attempt) {
    Event event;
    event.token = ++last_token_;
    event.attempt = attempt;
    event.attempted_at = now();
    event.id = frozen.id;
    event.type = frozen.type;
    event.payload = frozen.payload;
    const testkit::Rendered rendered = host_.render(event);
    EXPECT_TRUE(rendered.call) << host_.why();
    return host_.judge(event, perform(rendered.call.value()));
  }

 private:
  testkit::FakeHost host_{testkit::load(WEBHOOK_LIBRARY)};
  pb_token last_token_ = 0;
};

TEST(Events, EveryTypeIsSignedParsedAndValidForOthers) {
  const Receiver receiver({first_key, second_key, public_key});
  Destination destination(receiver.url(), {second_key, private_key, first_key});
  std::int64_t number = 0;
  for (const EventType type : types) {
    const Frozen frozen = freeze(type, ++number);
    const Judgement judgement = destination.deliver(frozen, 1);
    EXPECT_EQ(judgement.verdict, Verdict::delivered) << frozen.type << ": " << judgement.reason;
  }
  EXPECT_EQ(receiver.summary(),
            Json({{"requests", 12}, {"applied", 12}, {"duplicates", 0}, {"refused", 0}, {"malformed", 0}}))
      << receiver.log();
}

TEST(Events, AnotherAttemptIsKnownByItsId) {
  const Receiver receiver({first_key});
  Destination destination(receiver.url(), {first_key});
  const Frozen frozen = freeze(EventType::contact_created, 7);
  for (const std::uint32_t attempt : {1U, 2U, 3U})
    EXPECT_EQ(destination.deliver(frozen, attempt).verdict, Verdict::delivered) << attempt;
  EXPECT_EQ(receiver.summary(),
            Json({{"requests", 3}, {"applied", 1}, {"duplicates", 2}, {"refused", 0}, {"malformed", 0}}))
      << receiver.log();
}

TEST(Events, AReceiverWithAnotherKeyRefusesAndSaysWhy) {
  const Receiver receiver({second_key});
  Destination destination(receiver.url(), {first_key, private_key});
  const Judgement judgement = destination.deliver(freeze(EventType::contact_created, 7), 1);
  EXPECT_EQ(judgement.verdict, Verdict::permanent);
  EXPECT_EQ(judgement.reason,
            "the receiver answered HTTP 401: key 0: standardwebhooks: No matching signature found "
            "key 0: svix: No matching signature found");
}

}  // namespace
}  // namespace patchbay::tests
