// A Directory over a real store in a folder of its own, for the tests of identity: moves are written as intake does,
// and transactions end as the committer ends them.
#pragma once

#include "base/must.hpp"
#include "base/temporary_folder.hpp"
#include "identity/directory.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace patchbay::identity {

using Identifiers = std::vector<store::Identifier>;

inline store::Identifier attested(std::string kind, std::string value, std::string scope = {}) {
  return {std::move(kind), std::move(value), std::move(scope), store::Trust::attested, {}};
}
inline store::Identifier phone(std::string number) { return attested("phone", std::move(number)); }
inline store::Identifier email(std::string address) { return attested("email", std::move(address)); }
inline store::Identifier whatsapp(std::string user, std::string portfolio = "1029") {
  return attested("whatsapp_user", std::move(user), std::move(portfolio));
}
inline store::Identifier claimed(store::Identifier identifier) {
  identifier.trust = store::Trust::claimed;
  return identifier;
}
inline store::Identifier name(std::string text) { return claimed(attested("name", std::move(text))); }

class Archive {
 public:
  explicit Archive(std::size_t most_nodes = Engine::most_nodes_at_once)
      : most_nodes_(most_nodes), store_(value_of(store::open_sqlite(folder_.path(), store::OpenAs::writer, clock_))) {
    restart();
  }
  ~Archive() { store_.reset(); }

  store::Writer& writer() { return store_->writer(); }
  Directory& directory() { return *directory_; }
  std::unique_ptr<store::Reader> reader() { return value_of(store_->reader()); }

  // As after a crash: what was not committed is gone, and the engine is made of what the store holds.
  void restart(const Model& model = Model(shipped_parameters())) {
    writer().roll_back();
    directory_ = std::make_unique<Directory>(model, most_nodes_);
    check(directory_->load(*reader(), [] { return true; }));
    check(writer().begin());
  }
  void commit() {
    check(writer().commit());
    directory_->committed();
    check(writer().begin());
  }
  void roll_back() {
    writer().roll_back();
    directory_->rolled_back();
    check(writer().begin());
  }

  void take(const std::vector<Move>& moves) {
    for (const Move& move : moves) {
      if (move.kind == MoveKind::split)
        check(writer().split_contact(move.from, move.into, move.personas, move.evidence, noon));
      else
        check(writer().merge_contact(move.from, move.into, move.evidence, noon));
    }
  }
  // What was decided; `persona` as it was added.
  Resolution resolve(const Identifiers& identifiers, std::string_view from = "somewhere",
                     std::string_view region = "PL") {
    Resolution resolution = value_of(directory_->resolve(writer(), identifiers, region, digest_of({from})));
    if (resolution.is == PersonaIs::known) return resolution;
    take(resolution.moves);
    resolution.persona.first_seen = noon;
    resolution.persona = value_of(writer().add_persona(resolution.persona));
    check(writer().add_link({resolution.persona.id, resolution.persona.contact, resolution.evidence, noon}));
    return resolution;
  }
  void decide(store::PersonaId left, store::PersonaId right, store::Verdict verdict) {
    const store::Decision decision{left, right, verdict, noon};
    take(value_of(directory_->decide(writer(), {&decision, 1})));
  }
  void take_back(store::PersonaId left, store::PersonaId right) { take(value_of(taken_back(left, right))); }
  Result<std::vector<Move>> taken_back(store::PersonaId left, store::PersonaId right) {
    const Directory::Pair pair(left, right);
    return directory_->take_back(writer(), {&pair, 1});
  }
  void catch_up() {
    while (directory_->state() == DirectoryState::behind) {
      take(value_of(directory_->catch_up(writer())));
      commit();
    }
  }
  store::ContactId contact_of(store::PersonaId persona) { return value_of(writer().persona(persona)).contact; }

  using Partition = std::map<store::ContactId, std::set<store::PersonaId>>;
  // As committed.
  Partition partition() {
    Partition all;
    const auto reader = this->reader();
    for (const store::Persona& persona : value_of(reader->list_personas({}, 100'000)))
      all[persona.contact].insert(persona.id);
    return all;
  }
  // What an engine makes of them that takes all at once.
  Partition batch() {
    const auto reader = this->reader();
    Directory rebuilt{Model(shipped_parameters())};
    check(rebuilt.load(*reader, [] { return true; }));
    Partition all;
    for (const store::Persona& persona : value_of(reader->list_personas({}, 100'000))) {
      const PersonaId id{static_cast<std::uint64_t>(store::number(persona.id))};
      const auto contact = static_cast<std::int64_t>(value_of(rebuilt.engine().contact_of(id)));
      all[store::ContactId{contact}].insert(persona.id);
    }
    return all;
  }

  static constexpr TimePoint noon{std::chrono::hours{491'532}};

 private:
  std::size_t most_nodes_;
  SystemClock clock_;
  TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Directory> directory_;
};

}  // namespace patchbay::identity
