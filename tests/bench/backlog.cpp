// A store with many open deliveries, made by the gateway's own store, and what became of them.
//
//   bench_backlog --make FOLDER --deliveries N --people P    one event of a WhatsApp message each, of the people in
//   turn bench_backlog --journal FILE --deliveries N              the receiver's journal: how fast they were delivered
//
// The store is the one of the settings that common.sh writes: channel `whatsapp`, destination `crm`. The journal's JSON
// is {"delivered", "drain_per_s"}, from the first to the last delivery.
#include "base/time.hpp"
#include "journal.hpp"
#include "measuring.hpp"
#include "message_id.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <cstdio>
#include <exception>
#include <memory>
#include <string>

namespace patchbay::bench {
namespace {

using namespace store;

constexpr std::int64_t batch = 2000;

std::string payload_of(const std::string& store_id, EventId event, const Persona& person, std::int64_t number_of_it,
                       const std::string& at) {
  const std::string contact = public_id(person.contact), message = message_id(number_of_it);
  return R"({"specversion":"1.0","id":")" + public_id(event) + R"(","source":"/patchbay/)" + store_id +
         R"(","type":"interaction.received","subject":")" + contact + R"(","time":")" + at +
         R"(","datacontenttype":"application/json","dataschema":"urn:patchbay:schema:interaction.received:1",)"
         R"("data":{"interaction":{"id":"interaction_)" +
         std::to_string(number_of_it + 1) +
         R"(","channel":"whatsapp","connector":"whatsapp","account":"it","kind":"message","direction":"inbound",)"
         R"("visibility":"private","historical":false,"possible_duplicate":false,"occurred_at":")" +
         at + R"(","precision":"second","received_at":")" + at + R"(","revision":0,"external_id":")" + message +
         R"(","conversation":"conversation_1","in_reply_to":null,"language":null,"subject":null,)"
         R"("text":"Buongiorno, il mio pacco è già partito? Aspetto da giovedì.","content":{"type":"text"},)"
         R"("participants":[{"role":"author","persona":")" +
         public_id(person.id) + R"(","contact":")" + contact +
         R"(","identifiers":[{"kind":"phone","value":"+39021234567","trust":"attested"}]}],"attachments":[]},)"
         R"("contact":{"id":")" +
         contact + R"(","names":["Giulia Bianchi"],"phones":["+39021234567"],"aliases":[]}}})";
}

Result<Persona> add_person(Writer& writer, std::int64_t number_of_it, TimePoint now) {
  const std::string word = std::to_string(number_of_it);
  Persona person;
  person.digest = digest_of({"person", word});
  person.first_seen = now;
  person.identifiers = {{"phone", word, "", Trust::attested, "+39" + word}};
  return writer.add_persona(std::move(person));
}

Status make(const std::string& folder, std::int64_t deliveries, std::int64_t people) {
  const SystemClock clock;
  const TimePoint now = clock.now();
  const std::string at = rfc3339(now);
  const auto store = PATCHBAY_TRY(open_sqlite(folder, OpenAs::writer, clock));
  Writer& writer = store->writer();
  PATCHBAY_CHECK(writer.begin());
  const ChannelId channel = PATCHBAY_TRY(writer.channel("whatsapp", "whatsapp"));
  const DestinationId crm = PATCHBAY_TRY(writer.destination("crm", "webhook"));
  std::vector<Persona> persons;
  for (std::int64_t i = 0; i < people; ++i) persons.push_back(PATCHBAY_TRY(add_person(writer, i, now)));
  PATCHBAY_CHECK(writer.commit());
  for (std::int64_t first = 0; first < deliveries; first += batch) {
    PATCHBAY_CHECK(writer.begin());
    for (std::int64_t i = first; i < std::min(first + batch, deliveries); ++i) {
      const Persona& person = persons[static_cast<std::size_t>(i % people)];
      Interaction interaction;
      interaction.channel = channel;
      interaction.external_id = message_id(i);
      interaction.dedupe = digest_of({interaction.external_id});
      interaction.occurred_at = interaction.received_at = now;
      interaction.contact = person.contact;
      interaction.text = "Buongiorno, il mio pacco è già partito? Aspetto da giovedì.";
      interaction.content = R"({"type":"text"})";
      interaction.participants = {{Role::author, person.id}};
      const InteractionId id = PATCHBAY_TRY(writer.add_interaction(interaction));
      const EventId event = PATCHBAY_TRY(writer.next_event_id());
      auto payload = std::make_shared<const std::string>(payload_of(store->id(), event, person, i, at));
      PATCHBAY_CHECK(
          writer.add_event({event, EventType::interaction_received, person.contact, id, now, std::move(payload)}));
      Delivery delivery;
      delivery.destination = crm;
      delivery.event = event;
      delivery.lane = person.contact;
      delivery.due = now;
      PATCHBAY_CHECK(writer.add_delivery(delivery));
    }
    PATCHBAY_CHECK(writer.commit());
    PATCHBAY_CHECK(writer.checkpoint_if_due());
  }
  return {};
}

void report(const std::string& file, std::size_t deliveries) {
  const Journal journal(file, deliveries);
  std::int64_t first = 0, last = 0;
  std::size_t delivered = 0;
  for (const Times& times : journal.times()) {
    const std::int64_t at = times.delivered;
    if (at == 0) continue;
    ++delivered;
    if (first == 0 || at < first) first = at;
    last = std::max(last, at);
  }
  constexpr double nanoseconds = 1e9;
  const double seconds = static_cast<double>(last - first) / nanoseconds;
  std::printf("{\"delivered\": %zu, \"drain_per_s\": %.0f}\n", delivered,
              seconds > 0 ? static_cast<double>(delivered) / seconds : 0);
}

int run(const Words& words) {
  if (words.text("make").empty()) {
    report(words.text("journal"), static_cast<std::size_t>(words.number("deliveries")));
    return 0;
  }
  const Status made = make(words.text("make"), words.number("deliveries"), words.number("people"));
  if (made) return 0;
  std::fprintf(stderr, "backlog: %s\n", made.error().text().c_str());
  return 1;
}

}  // namespace
}  // namespace patchbay::bench

int main(int count, char** words) {
  try {
    return patchbay::bench::run(
        {count, words, {{"make", ""}, {"journal", ""}, {"deliveries", "1000000"}, {"people", "10000"}}});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "backlog: %s\n", error.what());
    return 1;
  }
}
