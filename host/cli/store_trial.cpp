#include "cli/store_trial.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <nlohmann/json.hpp>
#include <string>

#include "base/random.hpp"
#include "cli/work_folder.hpp"
#include "identity/directory.hpp"
#include "intake/recorder.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace patchbay::cli {
namespace {

using store::Trust;

std::atomic<bool> asked_to_end = false;
static_assert(std::atomic<bool>::is_always_lock_free);

// For as long as it lives, SIGINT and SIGTERM are noted and end nothing.
class Patience {
 public:
  Patience() : interrupted_(std::signal(SIGINT, note)), terminated_(std::signal(SIGTERM, note)) {}
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;
  ~Patience() {
    std::signal(SIGINT, interrupted_);
    std::signal(SIGTERM, terminated_);
  }

 private:
  using Handler = void (*)(int);
  static void note(int) { asked_to_end = true; }
  Handler interrupted_, terminated_;
};

store::Identifier attested(std::string kind, std::string value, std::string scope = {}) {
  return {std::move(kind), std::move(value), std::move(scope), Trust::attested, {}};
}

// As a plugin would show them.
std::vector<store::Identifier> identifiers_of(const identity::Persona& persona) {
  std::vector<store::Identifier> shown;
  const auto show = [&shown](const char* kind, const std::string& value, Trust trust = Trust::attested) {
    if (!value.empty()) shown.push_back({kind, value, {}, trust, {}});
  };
  show("name", persona.name, Trust::claimed);
  show("given_name", persona.given_name);
  show("family_name", persona.family_name);
  show("birth_date", persona.birth_date);
  show("birth_place", persona.birth_place);
  show("occupation", persona.occupation);
  show("language", persona.language);
  for (const std::string& email : persona.emails) show("email", email);
  for (const std::string& phone : persona.phones) show("phone", phone);
  for (const identity::ServiceId& id : persona.ids) {
    // Of the kinds, these alone are everybody's own; what a map calls so becomes one of them.
    const bool own_name = id.rule == identity::IdentifierRule::account || id.kind == "customer_number";
    shown.push_back(own_name ? attested(id.kind, id.value, id.scope)
                             : attested("national_id", id.value, id.kind + "/" + id.scope));
  }
  const identity::PostalAddress& address = persona.address;
  const nlohmann::json parts = {{"street", address.street},
                                {"number", address.number},
                                {"postcode", address.postcode},
                                {"town", address.town},
                                {"country", address.country}};
  const bool has_address = std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part != ""; });
  if (has_address) show("postal_address", parts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  return shown;
}

class StoreTrial final : public identity::Trial {
 public:
  StoreTrial(const identity::Model& model, const Clock& clock) : clock_(clock), directory_(model) {}
  ~StoreTrial() override {
    if (store_) store_->writer().roll_back();
    store_.reset();
  }

  Status open() {
    if (folder_.path().empty())
      return failure(ErrorCode::unavailable, "making a folder for the trial failed",
                     "set TMPDIR to a folder that can be written to");
    store_ = PATCHBAY_TRY(store::open_sqlite(folder_.path(), store::OpenAs::writer, clock_));
    const auto reader = PATCHBAY_TRY(store_->reader());
    PATCHBAY_CHECK(directory_.load(*reader, [] { return true; }));
    PATCHBAY_CHECK(store_->writer().begin());
    source_.id = PATCHBAY_TRY(store_->writer().channel(source_.name, source_.connector));
    PATCHBAY_CHECK(store_->writer().commit());
    recorder_ = std::make_unique<intake::Recorder>(directory_, routes_, own_, store_->id(), system_random);
    return {};
  }

  Status add(std::uint32_t row, const identity::Persona& persona) override {
    if (asked_to_end.exchange(false))
      return failure(ErrorCode::unavailable, "evaluating: the command was asked to end", "start it again");
    intake::Submission submission;
    intake::IncomingInteraction& incoming = submission.interactions.emplace_back();
    incoming.interaction.external_id = std::to_string(row);
    incoming.interaction.content = "{}";
    incoming.region = persona.region;
    incoming.participants.push_back({.role = store::Role::author, .identifiers = identifiers_of(persona)});
    PATCHBAY_CHECK(
        commit([&](store::Writer& writer) { return recorder_->record(writer, source_, submission, clock_.now()); }));
    return directory_.state() == identity::DirectoryState::behind ? catch_up() : Status{};
  }

  Status finish() override {
    while (directory_.state() == identity::DirectoryState::behind) PATCHBAY_CHECK(catch_up());
    return {};
  }

  Result<std::vector<identity::ContactId>> contacts(std::size_t rows) override {
    std::vector<identity::ContactId> found(rows);
    const auto reader = PATCHBAY_TRY(store_->reader());
    constexpr std::size_t at_once = 1000;
    for (store::Page page{.after = 0, .limit = at_once};;) {
      const auto interactions = PATCHBAY_TRY(reader->list_interactions({}, page));
      for (const store::Interaction& interaction : interactions)
        found[std::stoul(interaction.external_id)] =
            identity::ContactId{static_cast<std::uint64_t>(store::number(interaction.contact))};
      if (interactions.size() < at_once) return found;
      page.after = store::number(interactions.back().id);
    }
  }

  [[nodiscard]] std::size_t reviewed() const override { return directory_.engine().review().size(); }

 private:
  template <class Write>
  Status commit(Write write) {
    store::Writer& writer = store_->writer();
    PATCHBAY_CHECK(writer.begin());
    PATCHBAY_CHECK(write(writer));
    PATCHBAY_CHECK(writer.commit());
    directory_.committed();
    return writer.checkpoint_if_due();
  }
  Status catch_up() {
    return commit([this](store::Writer& writer) { return recorder_->catch_up(writer, clock_.now()); });
  }

  const Clock& clock_;
  const Patience patience_;
  WorkFolder folder_{"evaluate"};
  identity::Directory directory_;
  intake::Source source_{.id = {}, .name = "table", .connector = "table", .region = {}};
  intake::Routes routes_;
  intake::OwnAddresses own_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<intake::Recorder> recorder_;
};

}  // namespace

Result<std::unique_ptr<identity::Trial>> trial_in_store(const identity::Model& model, const Clock& clock) {
  auto trial = std::make_unique<StoreTrial>(model, clock);
  PATCHBAY_CHECK(trial->open());
  return std::unique_ptr<identity::Trial>(std::move(trial));
}

}  // namespace patchbay::cli
