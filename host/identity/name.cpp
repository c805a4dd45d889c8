#include "identity/name.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "identity/similarity.hpp"
#include "identity/text.hpp"

namespace patchbay::identity {
namespace {

constexpr auto particles = std::to_array<std::string_view>(
    {"van", "von",   "vom",   "der",   "den", "ter",   "ten", "de",  "di",  "da", "do", "dos", "das",
     "del", "della", "dello", "delle", "dei", "degli", "la",  "las", "los", "le", "lo", "du",  "des",
     "af",  "av",    "zu",    "zur",   "zum", "und",   "the", "bin", "ibn", "st", "mc"});
constexpr auto titles = std::to_array<std::string_view>(
    {"mr",      "mrs",     "ms",       "miss",     "mister",      "dr",       "prof",    "professor", "sir",
     "dame",    "lord",    "lady",     "rev",      "herr",        "frau",     "sig",     "signor",    "signora",
     "signore", "pan",     "pani",     "senor",    "senora",      "sr",       "sra",     "dhr",       "mevr",
     "mw",      "mevrouw", "meneer",   "monsieur", "madame",      "mme",      "mlle",    "dott",      "dottssa",
     "avv",     "mgr",     "reverend", "viscount", "viscountess", "countess", "baroness"});

// What stands behind a name, and is none: of rank, or of learning.
constexpr auto ranks = std::to_array<std::string_view>(
    {"baronet", "bt", "esq", "esquire", "phd", "mbe", "obe", "cbe", "kbe", "kcb", "qc", "kc", "mp"});

template <std::size_t Size>
bool holds(const std::array<std::string_view, Size>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// 1st, 22nd, 5th
bool is_ordinal(std::string_view word) {
  const std::size_t digits = std::min(word.find_first_not_of("0123456789"), word.size());
  const std::string_view ending = word.substr(digits);
  return digits > 0 && (ending.empty() || ending == "st" || ending == "nd" || ending == "rd" || ending == "th");
}

Generation generation_of(std::string_view word) {
  if (word == "jr" || word == "junior" || word == "jnr" || word == "ii") return Generation::junior;
  if (word == "sr" || word == "senior" || word == "snr") return Generation::senior;
  if (word == "iii") return Generation::third;
  return Generation::unsaid;
}

// Takes the words of one field into `name`.
void take_words(std::string_view field, NameRole role, Name& name) {
  const std::string text = folded(field);
  if (is_placeholder(text)) return;
  const std::vector<std::string_view> words = words_of(text);
  // A field of particles only is a name all the same (Le, Van, Dos).
  const bool only_particles =
      std::all_of(words.begin(), words.end(), [](std::string_view word) { return holds(particles, word); });
  // "Sir" where a given name belongs is nobody's name; a family may be called Lord.
  const bool may_be_all_titles = role != NameRole::family;
  bool in_front = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    in_front = in_front && holds(titles, word) && (may_be_all_titles || words.size() > 1);
    // "Sr" is a title before a name and a generation after it.
    const bool may_be_title = name.words.empty() && i == 0 && words.size() > 1;
    const Generation generation = may_be_title ? Generation::unsaid : generation_of(word);
    if (generation != Generation::unsaid) {
      name.generation = generation;
      continue;
    }
    if (in_front) continue;
    if ((role != NameRole::given || word.size() > 2) && holds(ranks, word)) continue;
    if (!only_particles && words.size() > 1 && holds(particles, word)) continue;
    if (is_ordinal(word)) continue;
    if (name.words.size() == most_words) return;
    name.words.push_back({.text = std::string(word), .role = role, .known = given_name(word), .value = 0});
  }
}

void finish(Name& name) {
  std::vector<std::string_view> sorted;
  for (NameWord& word : name.words) {
    word.value = fingerprint("name", word.text);
    sorted.push_back(word.text);
  }
  std::sort(sorted.begin(), sorted.end());
  if (sorted.empty()) return;
  name.whole = fingerprint("generation", std::to_string(static_cast<int>(name.generation)));
  for (const std::string_view word : sorted) name.whole = joined(name.whole, fingerprint("name", word));
}

NameLevel level_of(const NameWord& left, const NameWord& right) {
  const std::size_t shorter = std::min(left.text.size(), right.text.size());
  if (left.text == right.text) return shorter == 1 ? NameLevel::initial : NameLevel::exact;
  const bool may_be_given = left.role != NameRole::family || right.role != NameRole::family;
  if (may_be_given && forms_of_one(left.known.formal, right.known.formal)) return NameLevel::variant;
  if (shorter == 1) return left.text[0] == right.text[0] ? NameLevel::initial : NameLevel::different;
  const bool both_given = left.role != NameRole::family && right.role != NameRole::family;
  if (both_given && left.known.known && right.known.known) return NameLevel::other_name;
  if (shorter >= 3) {
    if (edits(left.text, right.text, 1) <= 1) return NameLevel::near;
    const bool left_is_longer = left.text.size() > right.text.size();
    const std::string& longer = left_is_longer ? left.text : right.text;
    const std::string& other = left_is_longer ? right.text : left.text;
    // Cut off, or with its particle written as one word: Vanderberg.
    if (longer.starts_with(other) || (shorter >= 4 && longer.ends_with(other))) return NameLevel::near;
  }
  constexpr std::uint32_t nearly_one = 920;
  constexpr std::uint32_t alike = 820;
  const std::uint32_t measure = likeness(left.text, right.text, alike);
  if (measure >= nearly_one) return NameLevel::near;
  return measure >= alike ? NameLevel::similar : NameLevel::different;
}

// Whether one edit makes one name the other; but for a vowel at the end, in which mostly a brother's and a sister's
// name differ (Paolo, Paola; Daniel, Daniela).
bool is_slip(std::string_view left, std::string_view right) {
  const auto is_vowel = [](char letter) { return std::string_view("aeio").find(letter) != std::string_view::npos; };
  const std::string_view shorter = left.size() < right.size() ? left : right;
  const std::string_view longer = left.size() < right.size() ? right : left;
  bool of_two_sexes = false;
  if (left.size() == right.size()) {
    const bool at_the_end = left.substr(0, left.size() - 1) == right.substr(0, right.size() - 1);
    of_two_sexes = at_the_end && (is_vowel(left.back()) || is_vowel(right.back()));
  } else if (longer.starts_with(shorter)) {
    of_two_sexes = longer.back() == 'a' || (is_vowel(longer.back()) && !is_vowel(shorter.back()));
  }
  return !of_two_sexes && edits(left, right, 1) <= 1;
}

struct Pairing {
  NameLevel level;
  bool crosses;  // a given with a family name
  std::uint8_t left, right;
};

// Whether words of these roles may stand for one another at this level. Given and family names change places as a
// whole, so only a likeness that is no accident counts across.
bool may_pair(const NameWord& left, const NameWord& right, NameLevel level) {
  if (left.role == NameRole::either || right.role == NameRole::either || left.role == right.role) return true;
  return level == NameLevel::exact || level == NameLevel::near;
}

bool stands_before(const Name& left, const Name& right) {
  if (left.whole != right.whole) return left.whole < right.whole;
  return std::lexicographical_compare(
      left.words.begin(), left.words.end(), right.words.begin(), right.words.end(),
      [](const NameWord& a, const NameWord& b) { return std::pair(a.value, a.role) < std::pair(b.value, b.role); });
}

// A word whose side does not tell its role takes the other's.
NameRole role_of(const NameWord& left, const NameWord& right) {
  return left.role != NameRole::either ? left.role : right.role;
}

void take_agreement(NameAgreement& best, NameLevel level, std::uint64_t value) {
  if (level < best.level) best = {level, level == NameLevel::exact ? value : 0};
}

}  // namespace

Name read_name(std::string_view display) {
  Name name;
  const std::size_t comma = display.find(',');
  if (comma != std::string_view::npos) {
    take_words(display.substr(comma + 1), NameRole::given, name);
    const bool only_generation = name.words.empty();
    take_words(display.substr(0, comma), only_generation ? NameRole::either : NameRole::family, name);
    if (!only_generation) {
      finish(name);
      return name;
    }
  } else {
    take_words(display, NameRole::either, name);
  }
  if (name.words.size() > 1) {
    const bool family_first =
        !name.words.front().known.known && name.words.back().known.known && name.words.front().text.size() > 1;
    for (NameWord& word : name.words) word.role = NameRole::given;
    (family_first ? name.words.front() : name.words.back()).role = NameRole::family;
    // Compound surnames: what follows the given names is all family name.
    if (!family_first && name.words.front().known.known)
      for (std::size_t i = name.words.size() - 1;
           i-- > 1 && !name.words[i].known.known && name.words[i].text.size() > 1;)
        name.words[i].role = NameRole::family;
  }
  finish(name);
  return name;
}

Name read_name(std::string_view given, std::string_view family) {
  Name name;
  take_words(given, NameRole::given, name);
  take_words(family, NameRole::family, name);
  finish(name);
  return name;
}

const NameWord* first_given(const Name& name) {
  for (const NameWord& word : name.words)
    if (word.role != NameRole::family) return &word;
  return nullptr;
}

const NameWord* last_family(const Name& name) {
  for (auto word = name.words.rbegin(); word != name.words.rend(); ++word)
    if (word->role == NameRole::family) return &*word;
  return nullptr;
}

NameComparison compare_names(const Name& first, const Name& second) {
  // One order, whoever asks, so that ties fall the same way.
  const bool turn = stands_before(second, first);
  const Name& left = turn ? second : first;
  const Name& right = turn ? first : second;

  NameComparison result;
  result.generations_contradict = left.generation != Generation::unsaid && right.generation != Generation::unsaid &&
                                  left.generation != right.generation;
  std::array<Pairing, most_words * most_words> pairings;
  std::size_t count = 0;
  for (std::uint8_t i = 0; i < left.words.size(); ++i) {
    for (std::uint8_t j = 0; j < right.words.size(); ++j) {
      const NameWord& a = left.words[i];
      const NameWord& b = right.words[j];
      const NameLevel level = level_of(a, b);
      if (!may_pair(a, b, level)) continue;
      const bool crosses = a.role != b.role && a.role != NameRole::either && b.role != NameRole::either;
      pairings[count++] = {level, crosses, i, j};
    }
  }
  std::sort(pairings.begin(), pairings.begin() + count, [](const Pairing& a, const Pairing& b) {
    if (a.level != b.level) return a.level < b.level;
    if (a.crosses != b.crosses) return b.crosses;
    return std::pair(a.left, a.right) < std::pair(b.left, b.right);
  });

  std::array<bool, most_words> used_left{};
  std::array<bool, most_words> used_right{};
  for (std::size_t n = 0; n < count; ++n) {
    const Pairing& pairing = pairings[n];
    if (used_left[pairing.left] || used_right[pairing.right]) continue;
    used_left[pairing.left] = used_right[pairing.right] = true;
    const NameWord& a = left.words[pairing.left];
    const NameWord& b = right.words[pairing.right];
    const NameRole role = role_of(a, b);
    NameAgreement& agreement = role == NameRole::family ? result.family : result.given;
    if (agreement.level == NameLevel::missing) {
      take_agreement(agreement, pairing.level, a.value);
      const bool slip = pairing.level == NameLevel::other_name && is_slip(a.text, b.text);
      result.given_one_edit_apart = result.given_one_edit_apart || slip;
      result.swapped = result.swapped || pairing.crosses;
      continue;
    }
    NameLevel further = pairing.level;
    if (further == NameLevel::variant || further == NameLevel::near) further = NameLevel::exact;
    if (further == NameLevel::similar || further == NameLevel::other_name) further = NameLevel::different;
    if (result.further == NameLevel::missing || further < result.further) result.further = further;
  }
  return result;
}

}  // namespace patchbay::identity
