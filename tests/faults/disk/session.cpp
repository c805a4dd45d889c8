#include "faults/disk/session.hpp"

#include "base/time.hpp"
#include "intake/committer.hpp"
#include "store/sqlite/check.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <future>
#include <random>

namespace patchbay::faults {

namespace {

using namespace store;
namespace fs = std::filesystem;

const SystemClock system_clock;
constexpr int pages_until_checkpoint = 60;
constexpr std::size_t large = 70'000;  // above what stays in the row

Digest16 dedupe_of(int number) { return digest_of({"interaction", std::to_string(number)}); }
std::string text_of(int number) {
  return std::string(static_cast<std::size_t>(number % 5) * 900, 't') + std::to_string(number);
}
std::string content_of(int number) {
  return std::string(large, static_cast<char>('a' + number % 26)) + std::to_string(number);
}
bool has_content(int number) { return number % 4 == 1; }

// As the intake does it: what is known already is not taken again.
Result<EventId> take(Writer& writer, int number_of_it) {
  const std::string word = std::to_string(number_of_it);
  const ChannelId channel = PATCHBAY_TRY(writer.channel("sms", "sms"));
  const DestinationId crm = PATCHBAY_TRY(writer.destination("crm", "webhook"));
  if (const auto known = PATCHBAY_TRY(writer.find_interaction(channel, dedupe_of(number_of_it))))
    return EventId{number(known->id)};  // one event for each interaction, in the same order
  Persona persona;
  persona.digest = digest_of({"persona", word});
  persona.identifiers = {{"phone", word, "", Trust::attested, "+39" + word}};
  persona = PATCHBAY_TRY(writer.add_persona(std::move(persona)));
  Interaction interaction;
  interaction.channel = channel;
  interaction.dedupe = dedupe_of(number_of_it);
  interaction.external_id = word;
  interaction.contact = persona.contact;
  interaction.text = text_of(number_of_it);
  interaction.content = "{}";
  interaction.participants = {{Role::author, persona.id}};
  if (has_content(number_of_it)) interaction.original = Original{content_of(number_of_it), "text/plain"};
  const InteractionId id = PATCHBAY_TRY(writer.add_interaction(interaction));
  const EventId event = PATCHBAY_TRY(writer.next_event_id());
  PATCHBAY_CHECK(writer.add_event({event,
                                   EventType::interaction_received,
                                   persona.contact,
                                   id,
                                   {},
                                   std::make_shared<const std::string>("event of " + word)}));
  Delivery delivery;
  delivery.destination = crm;
  delivery.event = event;
  delivery.lane = persona.contact;
  PATCHBAY_CHECK(writer.add_delivery(delivery));
  return event;
}

Status deliver(Writer& writer, std::int64_t event) {
  const DestinationId crm = PATCHBAY_TRY(writer.destination("crm", "webhook"));
  return writer.record({crm, EventId{event}, DeliveryState::delivered, 1, {}, 204, ""});
}

class Session {
 public:
  Session(Disk& disk, fs::path root, std::uint64_t seed) : disk_(disk), root_(std::move(root)), random_(seed) {}

  Ledger run(int rounds) {
    if (!open()) return std::move(ledger_);
    for (int round = 0; round < rounds && alive_; ++round) {
      if (round == rounds / 2 && !reopen()) break;
      take_group();
      if (round % 3 == 2 && alive_) deliver_group();
    }
    committer_.reset();
    store_.reset();
    return std::move(ledger_);
  }

 private:
  struct Pending {
    int number = 0;
    std::shared_ptr<std::int64_t> event = std::make_shared<std::int64_t>(0);
    std::future<Status> done;
  };

  // Whether the disk can be mended: then what failed is to succeed.
  bool refused(const Error& error) {
    ledger_.refusals.push_back(error);
    if (!disk_.fired()) ledger_.mistakes.push_back("failed though the disk did not: " + error.text());
    disk_.mend();
    return alive_ = !disk_.power_is_cut();
  }

  bool open() {
    for (int attempt = 0; attempt < 2; ++attempt) {
      SqliteOptions options;
      options.files = &disk_;
      options.pages_until_checkpoint = pages_until_checkpoint;
      auto opened = open_sqlite(root_, OpenAs::writer, system_clock, std::move(options));
      if (opened) {
        store_ = std::move(*opened);
        committer_ = std::make_unique<intake::Committer>(store_->writer(), 16);
        return true;
      }
      if (!refused(opened.error())) return false;
    }
    ledger_.mistakes.emplace_back("it did not open on a disk that was mended");
    return alive_ = false;
  }

  bool reopen() {
    committer_.reset();
    store_.reset();
    return open();
  }

  Pending add(int number, std::function<Status(Writer&, std::int64_t&)> write) {
    Pending pending{.number = number, .done = {}};
    auto promise = std::make_shared<std::promise<Status>>();
    pending.done = promise->get_future();
    committer_->add(
        {.write = [event = pending.event, write = std::move(write)](Writer& writer) { return write(writer, *event); },
         .done = [promise](Status status) { promise->set_value(std::move(status)); },
         .durable = nullptr});
    return pending;
  }

  // Waits for all; what was refused is tried once more.
  void settle(std::vector<Pending> group, const std::function<Pending(int)>& again,
              std::map<int, std::int64_t>& accepted) {
    std::vector<int> refused_ones;
    for (Pending& one : group) {
      if (const Status status = one.done.get()) {
        accepted[one.number] = *one.event;
      } else {
        refused_ones.push_back(one.number);
        refused(status.error());
      }
    }
    for (const int number : refused_ones) {
      if (!alive_) return;
      Pending one = again(number);
      const Status status = one.done.get();
      if (status) {
        accepted[number] = *one.event;
      } else if (refused(status.error())) {
        ledger_.mistakes.push_back("it was not taken when the disk was mended: " + status.error().text());
      }
    }
  }

  void take_group() {
    const auto add_one = [this](int number) {
      return add(number, [number](Writer& writer, std::int64_t& event) -> Status {
        event = store::number(PATCHBAY_TRY(take(writer, number)));
        return {};
      });
    };
    std::vector<Pending> group;
    const int size = 1 + static_cast<int>(random_() % 4);
    for (int i = 0; i < size; ++i) group.push_back(add_one(ledger_.attempted++));
    settle(std::move(group), add_one, ledger_.accepted);
  }

  void deliver_group() {
    const auto add_one = [this](int number) {
      const std::int64_t known = ledger_.accepted.at(number);
      return add(number, [known](Writer& writer, std::int64_t& event) {
        event = known;
        return deliver(writer, known);
      });
    };
    std::vector<Pending> group;
    for (const auto& [number, event] : ledger_.accepted)
      if (!ledger_.delivered.contains(number)) group.push_back(add_one(number));
    settle(std::move(group), add_one, ledger_.delivered);
  }

  Disk& disk_;
  fs::path root_;
  std::mt19937_64 random_;
  Ledger ledger_;
  bool alive_ = true;
  std::unique_ptr<Store> store_;
  std::unique_ptr<intake::Committer> committer_;
};

// Reads one accepted interaction with all that belongs to it; what is wrong with it, or nothing.
Result<std::string> look_at(Store& store, Reader& reader, int number_of_it, std::int64_t event, bool was_delivered) {
  const ChannelId channel = PATCHBAY_TRY(store.writer().channel("sms", "sms"));
  const auto known = PATCHBAY_TRY(store.writer().find_interaction(channel, dedupe_of(number_of_it)));
  if (!known) return std::string("is lost");
  const InteractionDetails details = PATCHBAY_TRY(reader.show_interaction(known->id));
  if (details.interaction.text != text_of(number_of_it)) return std::string("has another text");
  const auto original = PATCHBAY_TRY(reader.original(known->id));
  if (original.has_value() != has_content(number_of_it)) return std::string("has lost its original");
  if (original && original->bytes != content_of(number_of_it)) return std::string("has another original");
  const auto deliveries =
      PATCHBAY_TRY(reader.list_deliveries({.destination = {}, .state = {}, .event = EventId{event}}, {}));
  if (deliveries.size() != 1) return "has " + std::to_string(deliveries.size()) + " deliveries";
  if (*deliveries[0].event.payload != "event of " + std::to_string(number_of_it))
    return std::string("has another event");
  if (was_delivered && deliveries[0].delivery.state != DeliveryState::delivered)
    return std::string("is no longer delivered");
  return std::string();
}

Status verify_rows(const fs::path& folder, const Ledger& ledger, std::vector<std::string>& found) {
  const auto store = PATCHBAY_TRY(open_sqlite(folder, OpenAs::writer, system_clock));
  const auto reader = PATCHBAY_TRY(store->reader());
  const Counts counts = PATCHBAY_TRY(reader->counts());
  const auto least = static_cast<std::int64_t>(ledger.accepted.size());
  if (counts.interactions < least || counts.interactions > ledger.attempted)
    found.push_back(std::to_string(counts.interactions) + " interactions, of " + std::to_string(least) +
                    " accepted and " + std::to_string(ledger.attempted) + " attempted");
  if (counts.events != counts.interactions || counts.deliveries_open + counts.deliveries_delivered != counts.events)
    found.emplace_back("interactions, events and deliveries differ in number");
  PATCHBAY_CHECK(store->writer().begin());
  for (const auto& [number, event] : ledger.accepted) {
    const std::string wrong = PATCHBAY_TRY(look_at(*store, *reader, number, event, ledger.delivered.contains(number)));
    if (!wrong.empty()) found.push_back("interaction " + std::to_string(number) + " " + wrong);
  }
  store->writer().roll_back();
  return {};
}

}  // namespace

Ledger run_session(Disk& disk, const fs::path& root, std::uint64_t seed, int rounds) {
  return Session(disk, root, seed).run(rounds);
}

std::vector<std::string> verify(const fs::path& folder, const Ledger& ledger) {
  std::vector<std::string> found = ledger.mistakes;
  if (const Status status = verify_rows(folder, ledger, found); !status) found.push_back(status.error().text());
  if (const auto check = check_sqlite(folder, [](double) {}))
    found.insert(found.end(), check->damage.begin(), check->damage.end());
  else
    found.push_back(check.error().text());
  return found;
}

}  // namespace patchbay::faults
