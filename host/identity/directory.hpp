// Everybody whom the gateway knows: the engine's memory and what the store holds of its decisions, kept as one.
//
// A decision is made inside the store's transaction and comes out as moves of the store's contacts, for the caller to
// write. The engine is ahead of the store until the transaction ends: committed() lets its state stand, rolled_back()
// takes back what was told since. Where the two differ after that (what was drained in a transaction that failed, a
// process that was killed with work pending), the contacts concerned are overdue, and catch_up() brings the store to
// where the engine is, a few contacts at a time. So nothing has to be queued on disk: what is left to do is the
// difference between the store and what the engine makes of all its personas.
//
// [the committer's thread], but for state(), which is [any-thread]. Owns the engine. Before load() has ended, every
// decision fails with `unavailable`. Fails as the store does.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "identity/engine.hpp"
#include "store/store.hpp"

namespace patchbay::identity {

enum class PersonaIs : std::uint8_t { known, added };

enum class MoveKind : std::uint8_t {
  split,  // `personas` leave the contact `from` and are the contact `into`
  merge,  // the contact `from` becomes part of the contact `into`
};

// One step from the contacts as the store has them to those that the engine sees. To be taken in their order.
struct Move {
  MoveKind kind = MoveKind::merge;
  store::ContactId from{}, into{};
  std::vector<store::PersonaId> personas;  // ascending; of a split
  std::string evidence;                    // JSON array
};

struct Resolution {
  // Known: as the store has it. Else to be added to the store after the moves; `contact` is 0 where it is a new one.
  store::Persona persona;
  PersonaIs is = PersonaIs::known;
  std::vector<Move> moves;
  std::string evidence;  // why it belongs to its contact: JSON array, empty for a known persona
};

// How the directory stands.
enum class DirectoryState : std::uint8_t {
  loading,   // the engine is being rebuilt
  behind,    // decisions wait to be written
  complete,  // the contacts are what the personas, the decisions and the model make of them
};

class Directory {
 public:
  explicit Directory(const Model& model, std::size_t most_nodes_at_once = Engine::most_nodes_at_once);

  // By which to decide from the next load() on.
  void use(const Model& model) { model_ = model; }
  // Rebuilds the engine from what the store holds, which a thread of its own reads. Ends early, and fails, once `go_on`
  // says no.
  [[nodiscard]] Status load(store::Reader& reader, const std::function<bool()>& go_on);

  // `region` is where national phone numbers are read; identifiers come as given and are normalised here. `from` is the
  // same whenever this sighting is told again: it tells apart those of whom nothing else does.
  [[nodiscard]] Result<Resolution> resolve(store::Writer& writer, std::vector<store::Identifier> identifiers,
                                           std::string_view region, const Digest16& from);
  using Pair = std::pair<store::PersonaId, store::PersonaId>;  // the smaller first
  // An operator's word about pairs of personas, and taking it back.
  [[nodiscard]] Result<std::vector<Move>> decide(store::Writer& writer, std::span<const store::Decision> decisions);
  [[nodiscard]] Result<std::vector<Move>> take_back(store::Writer& writer, std::span<const Pair> pairs);
  [[nodiscard]] std::vector<Pair> decided_about(store::PersonaId persona) const;
  [[nodiscard]] std::optional<store::Verdict> verdict_on(const Pair& pair) const;  // in either order
  // All personas that look just like it, itself among them.
  [[nodiscard]] std::vector<store::PersonaId> equal_to(store::PersonaId persona) const;
  // Some of what waits.
  [[nodiscard]] Result<std::vector<Move>> catch_up(store::Writer& writer);

  void committed();
  void rolled_back();

  // The contact of a persona, or of the persona that gave a contact its id, as the moves leave it.
  [[nodiscard]] store::ContactId contact_of(store::PersonaId persona) const;
  [[nodiscard]] DirectoryState state() const { return state_; }
  // What the engine can be asked. Not while a call above is under way.
  [[nodiscard]] const Engine& engine() const { return *engine_; }

 private:
  // What the transaction that is open told the engine.
  struct Journal {
    std::vector<PersonaId> added;
    std::vector<std::pair<PersonaId, ContactId>> moved;                   // and the contact that the store has it in
    std::vector<std::pair<Pair, std::optional<store::Verdict>>> decided;  // and what held before
  };

  void reset();
  [[nodiscard]] Status check_loaded() const;
  void put_stored(PersonaId persona, ContactId contact);
  [[nodiscard]] ContactId stored(PersonaId persona) const;
  void apply(const Pair& pair, std::optional<store::Verdict> verdict, Changes& changes);
  void compare_with_store(std::span<const ContactId> contacts);
  [[nodiscard]] Status close(store::Writer& writer, std::vector<ContactId>& contacts) const;
  [[nodiscard]] Result<std::vector<Move>> moves_to(store::Writer& writer, std::vector<ContactId> contacts,
                                                   const store::Persona* added);
  [[nodiscard]] Result<std::string> evidence_for(store::Writer& writer, std::span<const PersonaId> part,
                                                 const store::Persona* added) const;
  void renew_state();

  Model model_;
  std::size_t most_nodes_at_once_;
  std::unique_ptr<Engine> engine_;
  // As the store has them, where a contact does not bear the persona's own id.
  std::unordered_map<PersonaId, ContactId> stored_;
  std::map<Pair, store::Verdict> decisions_;
  std::set<ContactId> overdue_;  // contacts of the engine that the store has otherwise
  Journal journal_;
  std::atomic<DirectoryState> state_ = DirectoryState::loading;
};

}  // namespace patchbay::identity
