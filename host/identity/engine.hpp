// Who is this? The engine that answers, in memory: it takes personas one at a time, in any order, and says which
// contacts they make up.
//
// Once nothing is pending, the contacts are a function of the personas, the operators' decisions and the model alone:
// no order of arrival, no correction and nothing taken back leaves a trace but the ids, which follow the first persona.
// Work that would touch more than `most_nodes_at_once` nodes waits in a queue that the caller drains; until then what
// it concerns stays as it was.
//
// [one thread at a time] Owns all that it was told; keeps no clock and writes nothing. An id that was never added, or
// was added before, is the caller's mistake and is answered with an Error; else it cannot fail.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "identity/clusters.hpp"
#include "identity/constraints.hpp"
#include "identity/contacts.hpp"
#include "identity/counts.hpp"
#include "identity/edges.hpp"
#include "identity/key_index.hpp"
#include "identity/nodes.hpp"
#include "identity/paged.hpp"
#include "identity/persona.hpp"
#include "identity/variants.hpp"
#include "identity/view.hpp"

namespace patchbay::identity {

// Two contacts that may be one, or one that may be two: somebody should look.
struct ReviewItem {
  ContactId left{};
  // Greater than left; or the same, where two personas are joined that may be relatives or neighbours.
  ContactId right{};
  // The pair of personas that agrees best.
  PersonaId left_persona{};
  PersonaId right_persona{};
  Probability probability = 0;
  bool held = false;  // it fits, and fits another that contradicts it
};

// Two contacts that share a house, a telephone or a mailbox and are two.
struct Relation {
  ContactId left{};  // less than right
  ContactId right{};
  friend auto operator<=>(const Relation&, const Relation&) = default;
};

// Of two contacts, or of one and the rest of it, the two personas that agree best.
struct Bridge {
  PersonaId inside{}, outside{};
};

// Who is related to a contact, and the pair of personas that says so: `outside` is the other's.
struct RelatedContact {
  ContactId contact{};
  Bridge by;
};

enum class Outcome : std::uint8_t { same, possible, related, apart };

// Why two personas are, or are not, one.
struct Explanation {
  Outcome outcome = Outcome::apart;
  Comparison comparison;
  Judgement judgement;
  bool compared = false;  // they share a key; else they stand apart without being judged
  bool held = false;
  bool forbidden = false;
  bool contradict = false;  // forbidden by what they say: Jr and Sr, or two ids of which everybody has one
  bool equal = false;       // in everything: one node
  bool variants = false;    // of one sender of whom there are many: one from the start
  std::optional<Decision> decision;
};

class Engine {
 public:
  static constexpr std::size_t most_nodes_at_once = 200;

  explicit Engine(const Model& model, std::size_t most_nodes = most_nodes_at_once);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // `origin` is the same for the same persona in every order of arrival (a digest of where it comes from), and tells it
  // from others that look alike.
  [[nodiscard]] Result<Changes> add(PersonaId id, const Persona& persona, const Digest16& origin);
  // The same where they were read before.
  [[nodiscard]] Result<Changes> add(PersonaId id, const Features& features, const Digest16& origin);
  [[nodiscard]] Result<Changes> remove(PersonaId id);
  // The same persona, read anew.
  [[nodiscard]] Result<Changes> correct(PersonaId id, const Persona& persona);
  [[nodiscard]] Result<Changes> decide(PersonaId left, PersonaId right, Decision decision);
  [[nodiscard]] Result<Changes> take_back(PersonaId left, PersonaId right);

  [[nodiscard]] bool pending() const { return !late_nodes_.empty() || !late_values_.empty(); }
  Changes drain();
  // Does one piece of what is pending, the smallest that can be done alone.
  Changes drain_some();

  [[nodiscard]] Result<ContactId> contact_of(PersonaId id) const;
  // Ascending; none where no contact bears the id.
  [[nodiscard]] std::vector<PersonaId> personas_of(ContactId contact) const;
  [[nodiscard]] std::vector<ContactId> contacts() const;  // ascending

  // Of the contact of `part`, which is ascending, and the others in it. Nothing where no pair holds it, but an
  // operator's decision or the pairs of others.
  [[nodiscard]] std::optional<Bridge> bridge(std::span<const PersonaId> part) const;

  [[nodiscard]] std::vector<ReviewItem> review() const;   // ascending by its contacts
  [[nodiscard]] std::vector<Relation> relations() const;  // ascending
  [[nodiscard]] Result<Explanation> explain(PersonaId left, PersonaId right) const;

  // What an operator is asked and shown; questions.cpp.
  // Of review(), what has this contact on the left and no operator has answered.
  [[nodiscard]] std::vector<ReviewItem> questions_of(ContactId contact) const;
  [[nodiscard]] std::vector<RelatedContact> related_to(ContactId contact) const;  // ascending
  // Of two lists, both ascending, those that agree best; the first of each where none are compared. Nothing where one
  // is empty.
  [[nodiscard]] std::optional<Bridge> closest(std::span<const PersonaId> left, std::span<const PersonaId> right) const;
  // All that look just like it, itself among them; ascending.
  [[nodiscard]] std::vector<PersonaId> equal_to(PersonaId persona) const;
  [[nodiscard]] std::span<const Constraints::Entry> decided_about(PersonaId persona) const;
  [[nodiscard]] const Model& model() const { return model_; }

  // What the last call cost.
  struct Effort {
    std::size_t candidates = 0;
    std::size_t judged = 0;
    std::size_t linked = 0;  // nodes that were clustered anew
  };
  [[nodiscard]] Effort effort() const { return effort_; }

 private:
  struct Known {
    NodeIndex node = no_node;
    Digest16 origin{};
  };

  Changes place(PersonaId id, const Features& features, const Digest16& origin);
  Changes take_away(PersonaId id);
  // Places them anew, since a decision may have changed what nodes they are of.
  Changes replace(std::span<const PersonaId> ids);
  void open_node(NodeIndex node);
  // Takes it out of keys, counts, edges and clusters.
  void close_node(NodeIndex node);
  Changes close_for_good(NodeIndex node);

  // A node that may be one of several variants comes, or stands for nobody any more and goes.
  Changes seat(NodeIndex node);
  Changes unseat(NodeIndex node);
  // Opens and closes nodes, so that the right ones of a sender's variants speak.
  Changes fill_seats(Sender sender);
  Changes renew_if_placed(NodeIndex node);
  // The node among the clusters that speaks for this one; mostly itself.
  [[nodiscard]] NodeIndex speaker(NodeIndex node) const;

  // `features` are the left one's.
  void judge(NodeIndex left, const Features& features, NodeIndex right);
  // The same, or no edge where nothing pairs them any more.
  void judge_again(NodeIndex left, NodeIndex right);
  void judge_holders_again(std::uint64_t value);
  void rebuild_decisions(NodeIndex node);
  void clear_decisions(NodeIndex node);
  Changes settle(std::size_t most_nodes);

  [[nodiscard]] const Known* find(PersonaId id) const;
  using Items = std::map<std::pair<ContactId, ContactId>, ReviewItem>;
  enum class Ask : std::uint8_t { all, unanswered };
  void review_into(Items& items, ContactId contact, Ask ask) const;
  [[nodiscard]] bool doubtful_within(NodeIndex node, const Edge& edge) const;
  [[nodiscard]] bool joined_by_operator(NodeIndex left, NodeIndex right) const;
  [[nodiscard]] bool placed_by_operator(NodeIndex node) const;

  Model model_;
  std::size_t most_nodes_;
  Nodes nodes_;
  Variants variants_;
  Constraints constraints_;
  KeyIndex keys_;
  Counts counts_;
  Edges edges_;
  GraphView view_;
  Clusters clusters_;
  Contacts contacts_;
  Paged<Known> personas_;
  std::vector<NodeIndex> dirty_;         // whose weights changed in this call
  std::set<NodeIndex> late_nodes_;       // and in earlier ones, with too much to do at once
  std::set<std::uint64_t> late_values_;  // whose step changed, with too many holders
  Effort effort_;
  Features left_, right_;  // of whom is being compared, so that their memory is used again
};

}  // namespace patchbay::identity
