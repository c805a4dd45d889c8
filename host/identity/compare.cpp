#include "identity/compare.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "identity/similarity.hpp"

namespace patchbay::identity {
namespace {

constexpr std::uint32_t nearly_one = 920;
constexpr std::uint32_t alike = 820;

class Filler {
 public:
  Filler(Comparison& comparison, const Sharing& sharing) : comparison_(comparison), sharing_(sharing) {
    comparison_.level.fill(no_level);
  }

  template <class AnyLevel>
  void set(Field field, AnyLevel level, std::uint64_t value = 0) {
    comparison_.level[static_cast<std::size_t>(field)] = static_cast<Level>(level);
    if (value != 0) set_step(field, sharing_.step(value));
  }
  void set_step(Field field, Step step) { comparison_.step[static_cast<std::size_t>(field)] = step; }
  [[nodiscard]] Step step(std::uint64_t value) const { return sharing_.step(value); }

 private:
  Comparison& comparison_;
  const Sharing& sharing_;
};

void compare_name_fields(const Name& left, const Name& right, Comparison& comparison, Filler& fill) {
  const NameComparison names = compare_names(left, right);
  const auto set = [&fill](Field field, const NameAgreement& agreement) {
    if (agreement.level != NameLevel::missing) fill.set(field, agreement.level, agreement.value);
  };
  set(Field::given_name, names.given);
  set(Field::family_name, names.family);
  if (names.further != NameLevel::missing) fill.set(Field::further_names, names.further);
  comparison.swapped = names.swapped;
  comparison.generation_of_one = (left.generation == Generation::unsaid) != (right.generation == Generation::unsaid);
  comparison.given_one_edit_apart = names.given_one_edit_apart;
}

std::array<char, 9> written(const BirthDate& date) {
  std::array<char, 9> text{};
  static_cast<void>(
      std::snprintf(text.data(), text.size(), "%04u%02u%02u", date.year % 10000U, date.month % 100U, date.day % 100U));
  return text;
}

BirthDateLevel compare_birth_dates(const BirthDate& left, const BirthDate& right) {
  if (left.value == right.value) return BirthDateLevel::exact;
  const bool same_year = left.year == right.year;
  if (same_year && left.month == right.day && left.day == right.month) return BirthDateLevel::turned;
  const bool vague = left.year_only() || right.year_only();
  if (same_year && vague) return BirthDateLevel::year_known;
  if (vague) {
    // Of a year alone four digits are known, and two strangers' years are one digit apart too often to tell a slip.
    const std::uint32_t digits = edits({written(left).data(), 4}, {written(right).data(), 4}, 1);
    return digits <= 1 ? BirthDateLevel::vague : BirthDateLevel::different;
  }
  const std::uint32_t apart = edits({written(left).data(), 8}, {written(right).data(), 8}, 2);
  if (apart == 1) return BirthDateLevel::one_digit;
  if (same_year && (left.month == right.month || left.day == right.day)) return BirthDateLevel::two_parts;
  if (left.month == right.month && left.day == right.day) return BirthDateLevel::other_year;
  return same_year || apart == 2 ? BirthDateLevel::vague : BirthDateLevel::different;
}

EmailLevel compare_emails(const Email& left, const Email& right) {
  if (left.value == right.value) return EmailLevel::exact;
  constexpr std::size_t telling = 4;  // letters: "info" and "anna" are everywhere
  if (left.mailbox() == right.mailbox() && left.mailbox().size() > telling && !left.of_a_role)
    return EmailLevel::same_mailbox;
  if (edits(left.address, right.address, 2) <= 2) return EmailLevel::near;
  if (left.domain() == right.domain() && likeness(left.mailbox(), right.mailbox(), 900) >= 900)
    return EmailLevel::similar;
  return EmailLevel::different;
}

bool is_built_from(std::string_view mailbox, const Name& name) {
  return std::any_of(name.words.begin(), name.words.end(), [mailbox](const NameWord& word) {
    return word.text.size() > 2 && mailbox.find(word.text) != std::string_view::npos;
  });
}

void compare_email_fields(const Features& left, const Features& right, Comparison& comparison, Filler& fill) {
  if (left.emails.empty() || right.emails.empty()) return;
  EmailLevel best = EmailLevel::different;
  Step fewest = Step::more;
  bool from_name = true;
  for (const Email& a : left.emails) {
    for (const Email& b : right.emails) {
      const EmailLevel level = compare_emails(a, b);
      if (level > best || level == EmailLevel::different) continue;
      if (level < best) {
        best = level;
        fewest = Step::more;
        from_name = true;
      }
      from_name = from_name && (is_built_from(a.mailbox(), left.name) || is_built_from(b.mailbox(), right.name));
      // Until it is known who uses an office's address, it counts as one that some twenty do.
      const Step step = a.of_a_role ? std::max(fill.step(a.value), Step::up_to_20) : fill.step(a.value);
      fewest = std::min(fewest, step);
    }
  }
  fill.set(Field::email, best);
  if (best == EmailLevel::exact) fill.set_step(Field::email, fewest);
  comparison.mailbox_from_name = best != EmailLevel::exact && best != EmailLevel::different && from_name;
}

void compare_phone_fields(const Features& left, const Features& right, Comparison& comparison, Filler& fill) {
  if (left.phones.empty() || right.phones.empty()) return;
  PhoneLevel level = PhoneLevel::different;
  std::pair best{Step::more, PhoneSort::landline};
  for (const Phone& a : left.phones) {
    for (const Phone& b : right.phones) {
      if (a.value != b.value) continue;
      level = PhoneLevel::exact;
      best = std::min(best, std::pair(fill.step(a.value), a.sort));
    }
  }
  fill.set(Field::phone, level);
  if (level != PhoneLevel::exact) return;
  fill.set_step(Field::phone, best.first);
  comparison.phone_sort = best.second;
}

void compare_ids(const Features& left, const Features& right, Comparison& comparison, Filler& fill) {
  bool same_kind = false;
  bool equal = false;
  std::pair best{false, Step::more};  // one per person last, so that it wins
  for (const Id& a : left.ids) {
    for (const Id& b : right.ids) {
      if (a.kind != b.kind) continue;
      same_kind = true;
      if (a.value != b.value) continue;
      const std::pair found{a.rule == IdentifierRule::one_per_person, fill.step(a.value)};
      if (!equal || found.first > best.first || (found.first == best.first && found.second < best.second)) best = found;
      equal = true;
    }
  }
  if (!same_kind) return;
  fill.set(Field::id, equal ? IdLevel::exact : IdLevel::different);
  if (!equal) return;
  fill.set_step(Field::id, best.second);
  comparison.id_is_one_per_person = best.first;
}

void compare_texts(Field field, const Value& left, const Value& right, Filler& fill) {
  if (!left.there() || !right.there()) return;
  if (left.value == right.value) return fill.set(field, TextLevel::exact, left.value);
  const bool one_edit = std::min(left.text.size(), right.text.size()) >= 4 && edits(left.text, right.text, 1) <= 1;
  const std::uint32_t measure = one_edit ? nearly_one : likeness(left.text, right.text, alike);
  fill.set(field, measure >= nearly_one ? TextLevel::near
                  : measure >= alike    ? TextLevel::similar
                                        : TextLevel::different);
}

void compare_postcodes(const Features& left, const Features& right, Comparison& comparison, Filler& fill) {
  if (!left.postcode.there() || !right.postcode.there()) return;
  // 1010 is in Vienna and in Lausanne.
  if (left.country.there() && right.country.there() && left.country.value != right.country.value) return;
  const auto is_fine = [](const std::string& text) {
    return text.size() >= 5 && text.find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos;
  };
  comparison.postcode_is_fine = is_fine(left.postcode.text) && is_fine(right.postcode.text);
  if (left.postcode.value == right.postcode.value)
    return fill.set(Field::postcode, PostcodeLevel::exact, left.postcode.value);
  if (edits(left.postcode.text, right.postcode.text, 1) <= 1) return fill.set(Field::postcode, PostcodeLevel::near);
  fill.set(Field::postcode,
           left.postal_district == right.postal_district ? PostcodeLevel::district : PostcodeLevel::different);
}

void compare_numbers(const Value& left, const Value& right, Filler& fill) {
  if (!left.there() || !right.there()) return;
  if (left.value == right.value) return fill.set(Field::number, NumberLevel::exact);
  fill.set(Field::number, edits(left.text, right.text, 1) <= 1 ? NumberLevel::near : NumberLevel::different);
}

AgeGap age_gap(const BirthDate& left, const BirthDate& right) {
  // Parents are sixteen to forty-five years older than their children, grandparents mostly less than eighty.
  const int years = left.year > right.year ? left.year - right.year : right.year - left.year;
  if (years < 16) return AgeGap::same_generation;
  if (years <= 45) return AgeGap::one_generation;
  return years <= 80 ? AgeGap::two_generations : AgeGap::more;
}

void compare_equal(Field field, const Value& left, const Value& right, Filler& fill) {
  if (!left.there() || !right.there()) return;
  if (left.value == right.value) return fill.set(field, EqualLevel::exact, left.value);
  fill.set(field, EqualLevel::different);
}

}  // namespace

Comparison compare(const Features& left, const Features& right, const Sharing& sharing) {
  Comparison comparison;
  Filler fill(comparison, sharing);
  compare_name_fields(left.name, right.name, comparison, fill);
  if (left.birth_date.there() && right.birth_date.there()) {
    const BirthDateLevel level = compare_birth_dates(left.birth_date, right.birth_date);
    fill.set(Field::birth_date, level, level == BirthDateLevel::exact ? left.birth_date.value : 0);
    // A year that two know is shared by many, whoever they are.
    if (level == BirthDateLevel::exact && left.birth_date.year_only())
      fill.set_step(Field::birth_date, std::max(fill.step(left.birth_date.value), Step::up_to_64));
    comparison.birth_year_only = left.birth_date.year_only() || right.birth_date.year_only();
    comparison.age_gap = age_gap(left.birth_date, right.birth_date);
  }
  compare_email_fields(left, right, comparison, fill);
  compare_phone_fields(left, right, comparison, fill);
  compare_ids(left, right, comparison, fill);
  compare_postcodes(left, right, comparison, fill);
  compare_texts(Field::town, left.town, right.town, fill);
  compare_texts(Field::street, left.street, right.street, fill);
  compare_numbers(left.number, right.number, fill);
  compare_texts(Field::birth_place, left.birth_place, right.birth_place, fill);
  compare_equal(Field::occupation, left.occupation, right.occupation, fill);
  compare_equal(Field::language, left.language, right.language, fill);
  compare_equal(Field::country, left.country, right.country, fill);
  if (left.house != 0 && left.house == right.house) comparison.house = sharing.step(left.house);
  return comparison;
}

bool forbids(const Features& left, const Features& right) {
  const Generation a = left.name.generation;
  const Generation b = right.name.generation;
  if (a != Generation::unsaid && b != Generation::unsaid && a != b) return true;
  for (const Id& one : left.ids) {
    if (one.rule != IdentifierRule::one_per_person) continue;
    for (const Id& other : right.ids)
      if (one.kind == other.kind && one.value != other.value) return true;
  }
  return false;
}

bool leave_open(const Features& third, const Features& left, const Features& right) {
  const Generation a = left.name.generation;
  const Generation b = right.name.generation;
  if (third.name.generation == Generation::unsaid && a != Generation::unsaid && b != Generation::unsaid && a != b)
    return true;

  for (const Id& one : left.ids) {
    const auto same_kind = [&one](const Id& id) { return id.kind == one.kind; };
    if (one.rule != IdentifierRule::one_per_person || std::any_of(third.ids.begin(), third.ids.end(), same_kind))
      continue;
    for (const Id& other : right.ids)
      if (one.kind == other.kind && one.value != other.value) return true;
  }
  const NameComparison names = compare_names(left.name, right.name);
  const NameLevel given = names.given.level;
  const bool names_agree = given <= NameLevel::initial;
  if (!third.birth_date.there() && !names_agree && birth_dates_contradict(left, right)) return true;

  if (given != NameLevel::other_name || names.given_one_edit_apart) return false;
  // A single word may be the family's name.
  const auto says_nothing = [&third](const Features& other) {
    return compare_names(third.name, other.name).given.level == NameLevel::missing;
  };
  const NameWord* own = first_given(third.name);
  return !own || own->text.size() == 1 || (says_nothing(left) && says_nothing(right));
}

bool birth_dates_contradict(const Features& left, const Features& right) {
  return left.birth_date.there() && right.birth_date.there() &&
         compare_birth_dates(left.birth_date, right.birth_date) == BirthDateLevel::different;
}

std::string_view name_of(Field field) {
  static constexpr std::array<std::string_view, fields> names{
      "given_name", "family_name", "further_names", "birth_date",  "email",      "phone",    "id",     "postcode",
      "town",       "street",      "number",        "birth_place", "occupation", "language", "country"};
  return names[static_cast<std::size_t>(field)];
}

std::string_view name_of(Field field, Level level) {
  using Names = std::array<std::string_view, most_levels>;
  static constexpr Names of_names{"exact", "variant", "near", "similar", "initial", "different", "other name", ""};
  static constexpr Names of_birth_dates{"exact",     "day and month turned", "year known",    "one digit",
                                        "two parts", "other year",           "vaguely alike", "different"};
  static constexpr Names of_emails{"exact", "same mailbox", "near", "similar", "different"};
  static constexpr Names of_postcodes{"exact", "near", "district", "different"};
  static constexpr Names of_texts{"exact", "near", "similar", "different"};
  static constexpr Names of_numbers{"exact", "near", "different"};
  static constexpr Names of_equals{"exact", "different"};
  if (level >= most_levels) return "missing";
  switch (field) {
    case Field::given_name:
    case Field::family_name:
    case Field::further_names:
      return of_names[level];
    case Field::birth_date:
      return of_birth_dates[level];
    case Field::email:
      return of_emails[level];
    case Field::postcode:
      return of_postcodes[level];
    case Field::town:
    case Field::street:
    case Field::birth_place:
      return of_texts[level];
    case Field::number:
      return of_numbers[level];
    case Field::phone:
    case Field::id:
    case Field::occupation:
    case Field::language:
    case Field::country:
      return of_equals[level];
  }
  return "missing";
}

}  // namespace patchbay::identity
