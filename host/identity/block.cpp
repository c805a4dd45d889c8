#include "identity/block.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "identity/text.hpp"

namespace patchbay::identity {
namespace {

class Keys {
 public:
  // Nothing where a part is missing, or where all places are taken.
  void weak(std::string_view sort, std::initializer_list<std::string_view> parts) {
    std::uint64_t value = fingerprint("key", sort);
    for (const std::string_view part : parts) {
      if (part.empty()) return;
      value = joined(value, fingerprint("part", part));
    }
    take({value, KeyRule::weak});
  }
  void identifier(std::uint64_t value) { take({joined(fingerprint("key", "identifier"), value), KeyRule::identifier}); }

  [[nodiscard]] std::vector<Key> taken() && { return std::move(keys_); }

 private:
  void take(Key key) {
    if (keys_.size() == most_keys) return;
    const bool there =
        std::any_of(keys_.begin(), keys_.end(), [key](const Key& each) { return each.value == key.value; });
    if (!there) keys_.push_back(key);
  }

  std::vector<Key> keys_;
};

// The first letter and the next three consonants: what a misspelling mostly leaves as it was.
std::string consonants(std::string_view word) {
  constexpr std::size_t longest = 4;
  std::string kept(word.substr(0, 1));
  for (const char letter : word.substr(std::min<std::size_t>(1, word.size())))
    if (kept.size() < longest && std::string_view("aeiouy").find(letter) == std::string_view::npos) kept += letter;
  return kept;
}

}  // namespace

std::vector<Key> keys_of(const Features& features) {
  Keys keys;
  for (const Id& id : features.ids) keys.identifier(id.value);
  for (const Email& email : features.emails) keys.identifier(email.value);
  for (const Phone& phone : features.phones) keys.identifier(phone.value);

  const NameWord* given_word = first_given(features.name);
  const NameWord* family_word = last_family(features.name);
  const std::string_view given = given_word ? std::string_view(given_word->text) : std::string_view{};
  const std::string_view family = family_word ? std::string_view(family_word->text) : std::string_view{};
  const BirthDate& birth = features.birth_date;
  const std::string date = birth.there() ? std::to_string(birth.year * 10000 + birth.month * 100 + birth.day) : "";
  const std::string year = birth.there() ? std::to_string(birth.year) : "";
  const std::string month = birth.there() ? std::to_string(birth.year * 100 + birth.month) : "";
  const std::string day = birth.there() ? std::to_string(birth.month * 100 + birth.day) : "";
  const std::string_view postcode = features.postcode.text;
  const std::string_view district = features.postal_district;
  const std::string_view town = features.town.text;
  const std::string_view street = features.street.text;
  const std::string_view number = features.number.text;
  const std::string_view place = features.birth_place.text;

  // In the order of what they find for their price. The broad ones among them (a date or a postcode alone) serve a
  // young store; as it fills they pair nobody any more, and the narrow ones do.
  keys.weak("birth date", {date});
  keys.weak("postcode", {postcode});
  for (const Email& email : features.emails) keys.weak("mailbox", {email.mailbox()});
  keys.weak("initial and family name", {given.substr(0, 1), family});
  keys.weak("street and number", {street, number});
  keys.weak("town and number", {town, number});
  keys.weak("birth place and family name", {place, family.substr(0, 4)});
  keys.weak("birth place and given name", {place, given});
  keys.weak("district and family name", {district, family.substr(0, 4)});
  keys.weak("district and given name", {district, given.substr(0, 3)});
  keys.weak("town and given name", {town, given.substr(0, 3)});
  keys.weak("town and family name", {town, family});
  if (!given.empty() && !family.empty()) {
    const std::string one = consonants(given);
    const std::string other = consonants(family);
    keys.weak("sound of the name", {std::min(one, other), std::max(one, other)});
  }
  keys.weak("birth place and year", {place, year});
  keys.weak("month and given name", {month, given.substr(0, 2)});
  keys.weak("given name and initial", {given, family.substr(0, 1)});
  keys.weak("town and year", {town, year});
  keys.weak("given name and year", {given, year});
  keys.weak("family name and year", {family.substr(0, 4), year});
  for (const Email& email : features.emails)
    keys.weak("start of the mailbox", {email.mailbox().substr(0, 5), given.substr(0, 1)});
  keys.weak("street and given name", {street, given});
  keys.weak("day and family name", {day, family.substr(0, 3)});
  keys.weak("district and occupation", {district, features.occupation.text});
  return std::move(keys).taken();
}

std::vector<CountedValue> counted_values_of(const Features& features) {
  std::vector<CountedValue> values;
  for (const NameWord& word : features.name.words) values.push_back({word.value, features.fine_signature});
  if (features.birth_date.there()) values.push_back({features.birth_date.value, features.fine_signature});
  for (const Value* value :
       {&features.postcode, &features.town, &features.street, &features.birth_place, &features.occupation})
    if (value->there()) values.push_back({value->value, features.fine_signature});
  if (features.house != 0) values.push_back({features.house, features.coarse_signature});
  for (const Email& email : features.emails) values.push_back({email.value, features.coarse_signature});
  for (const Phone& phone : features.phones) values.push_back({phone.value, features.coarse_signature});
  for (const Id& id : features.ids) values.push_back({id.value, features.coarse_signature});
  std::sort(values.begin(), values.end(),
            [](const CountedValue& left, const CountedValue& right) { return left.value < right.value; });
  values.erase(
      std::unique(values.begin(), values.end(),
                  [](const CountedValue& left, const CountedValue& right) { return left.value == right.value; }),
      values.end());
  return values;
}

}  // namespace patchbay::identity
