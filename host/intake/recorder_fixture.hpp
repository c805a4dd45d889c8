// A Recorder over a real store in a folder of its own, with two channels and two destinations, for the tests of intake.
//
//   whatsapp -> odoo, helpdesk (without what was backfilled)
//   sms      -> odoo
//   letters  -> nobody
#pragma once

#include "base/must.hpp"
#include "base/temporary_folder.hpp"
#include "identity/directory.hpp"
#include "intake/recorder.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace patchbay::intake {

using nlohmann::json;
using store::Role;
using store::Trust;

inline store::Identifier identifier(std::string kind, std::string value, std::string scope = {}) {
  return {std::move(kind), std::move(value), std::move(scope), Trust::attested, {}};
}
inline store::Identifier phone(std::string number) { return identifier("phone", std::move(number)); }
inline store::Identifier email(std::string address) { return identifier("email", std::move(address)); }
inline store::Identifier name(std::string text) { return {"name", std::move(text), {}, Trust::claimed, {}}; }

inline IncomingParticipant person(Role role, std::vector<store::Identifier> identifiers) {
  return {role, Party::person, std::move(identifiers)};
}
inline IncomingParticipant author(std::string number) { return person(Role::author, {phone(std::move(number))}); }
inline IncomingParticipant ours(Role role) { return {role, Party::business, {phone("+39021234567")}}; }

constexpr const char* kasia = "+48601234567";
constexpr const char* marek = "+48602345678";

inline IncomingInteraction message(std::string external_id, std::string text,
                                   std::vector<IncomingParticipant> participants = {author(kasia)}) {
  IncomingInteraction incoming;
  incoming.interaction.account = "111";
  incoming.interaction.external_id = std::move(external_id);
  incoming.interaction.text = std::move(text);
  incoming.interaction.content = "{}";
  incoming.participants = std::move(participants);
  return incoming;
}

inline IncomingFact fact(store::FactKind kind, std::string target, std::string text = {}) {
  IncomingFact incoming;
  incoming.fact.kind = kind;
  incoming.fact.text = std::move(text);
  incoming.fact.content = "{}";
  incoming.account = "111";
  incoming.target = std::move(target);
  return incoming;
}
inline IncomingFact receipt(store::Receipt receipt, std::string target) {
  IncomingFact incoming = fact(store::FactKind::receipt, std::move(target));
  incoming.fact.receipt = receipt;
  return incoming;
}

inline Submission of(std::vector<IncomingInteraction> interactions, std::vector<IncomingFact> facts = {}) {
  Submission submission;
  submission.interactions = std::move(interactions);
  submission.facts = std::move(facts);
  return submission;
}

class RecorderTest : public testing::Test {
 protected:
  RecorderTest() : store_(value_of(store::open_sqlite(folder_.path(), store::OpenAs::writer, clock_))) {
    check(writer().begin());
    odoo_ = value_of(writer().destination("odoo", "odoo"));
    helpdesk_ = value_of(writer().destination("helpdesk", "webhook"));
    whatsapp_ = {value_of(writer().channel("whatsapp", "whatsapp")), "whatsapp", "whatsapp", "PL"};
    sms_ = {value_of(writer().channel("sms", "sms")), "sms", "sms", "NL"};
    letters_ = {value_of(writer().channel("letters", "postal_scan")), "letters", "postal_scan", "IT"};
    check(writer().commit());
    routes_[whatsapp_.id] = {{odoo_, Historical::include}, {helpdesk_, Historical::leave_out}};
    routes_[sms_.id] = {{odoo_, Historical::include}};
    recorder_ = recorder_with(own_);
    check(directory_.load(reader(), [] { return true; }));
  }
  ~RecorderTest() override {
    reader_.reset();
    writer().roll_back();
    store_.reset();
  }

  store::Writer& writer() { return store_->writer(); }
  store::Reader& reader() {
    if (!reader_) reader_ = value_of(store_->reader());
    return *reader_;
  }
  std::unique_ptr<Recorder> recorder_with(const OwnAddresses& own) {
    return std::make_unique<Recorder>(directory_, routes_, own, store_->id(), [this](std::span<std::uint8_t> to) {
      for (std::uint8_t& byte : to) byte = static_cast<std::uint8_t>(random_());
    });
  }

  // As the committer does.
  void commit() {
    check(writer().commit());
    directory_.committed();
  }
  void roll_back() {
    writer().roll_back();
    directory_.rolled_back();
  }

  // Commits it, a second after the one before.
  Counts take(const Source& from, const Submission& submission) {
    now_ += std::chrono::seconds{1};
    check(writer().begin());
    Recorded recorded = value_of(recorder_->record(writer(), from, submission, now_));
    commit();
    steps_ = std::move(recorded.steps);
    return recorded.counts;
  }
  Counts take(const Submission& submission) { return take(whatsapp_, submission); }
  Counts take(const IncomingInteraction& interaction) { return take(of({interaction})); }
  Counts take(const IncomingFact& fact) { return take(of({}, {fact})); }

  Counts release(const std::vector<Source>& sources, std::size_t limit = 100) {
    check(writer().begin());
    Recorded recorded = value_of(recorder_->release_parked(writer(), sources, now_, limit));
    commit();
    steps_ = std::move(recorded.steps);
    return recorded.counts;
  }

  // The contacts that came of it.
  Result<std::vector<store::ContactId>> correct(const Correction& correction) {
    check(writer().begin());
    Result<Recorded> recorded = recorder_->correct(writer(), correction, now_);
    if (!recorded) {
      roll_back();
      return failure(std::move(recorded.error()));
    }
    commit();
    steps_ = std::move(recorded->steps);
    return std::move(recorded->contacts);
  }

  // What the last submission told a destination, in order: "contact.created contact_1", "join contact_2 contact_1".
  std::vector<std::string> told(store::DestinationId destination) const {
    std::vector<std::string> lines;
    for (const Step& step : steps_) {
      if (const auto* join = std::get_if<LaneJoin>(&step)) {
        lines.push_back("join " + store::public_id(join->from) + " " + store::public_id(join->into));
      } else if (const auto* split = std::get_if<LaneSplit>(&step)) {
        lines.push_back("split " + store::public_id(split->from) + " " + store::public_id(split->into));
      } else if (const auto& open = std::get<store::OpenDelivery>(step); open.delivery.destination == destination) {
        const json event = json::parse(*open.event.payload);
        lines.push_back(event["type"].get<std::string>() + " " + event["subject"].get<std::string>());
      }
    }
    return lines;
  }
  // The data of the last event of that type.
  json data_of(std::string_view type) const {
    json data;
    for (const Step& step : steps_)
      if (const auto* open = std::get_if<store::OpenDelivery>(&step))
        if (const json event = json::parse(*open->event.payload); event["type"] == type) data = event["data"];
    return data;
  }
  // The lanes of what is open in the store, in the order of the events.
  std::vector<std::int64_t> lanes(store::DestinationId destination) {
    std::vector<std::int64_t> lanes;
    for (const auto& open : value_of(reader().open_deliveries(destination, store::EventId{}, 1000)))
      lanes.push_back(store::number(open.delivery.lane));
    return lanes;
  }
  store::InteractionDetails shown(std::int64_t interaction) {
    return value_of(reader().show_interaction(store::InteractionId{interaction}));
  }
  store::Counts counts() { return value_of(reader().counts()); }

  using Lines = std::vector<std::string>;

  SystemClock clock_;
  TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Reader> reader_;
  store::DestinationId odoo_{}, helpdesk_{};
  Source whatsapp_, sms_, letters_;
  Routes routes_;
  OwnAddresses own_;
  identity::Directory directory_{identity::Model(identity::shipped_parameters())};
  std::mt19937 random_{1};  // the same at every run
  std::unique_ptr<Recorder> recorder_;
  std::vector<Step> steps_;
  TimePoint now_{std::chrono::hours{491'532}};  // 2026-01-27T12:00:00Z
};

inline std::vector<std::string> keys_of(const json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

}  // namespace patchbay::intake
