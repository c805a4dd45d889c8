#include "population.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace patchbay::bench {
namespace {

#include "identity/given_names.inc"

using store::Identifier;
using store::Trust;

constexpr std::size_t family_names = 40'000;
constexpr std::int64_t towns = 2'000;
constexpr std::int64_t streets = 3'000;
constexpr std::uint32_t offices = 400;  // for each, a handful of people in each hundred thousand

std::vector<std::string> names_in(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("reading " + file + " failed");
  std::vector<std::string> names;
  for (std::string line; std::getline(in, line);)
    if (std::string name = line.substr(0, line.find_first_of(" ,\t\r")); !name.empty())
      names.push_back(std::move(name));
  if (names.empty()) throw std::runtime_error("reading " + file + ": there are no names in it");
  return names;
}

// The words of the table that stand before a colon.
std::vector<std::string> formal_names() {
  std::vector<std::string> names;
  constexpr std::string_view white = " \n";
  for (std::size_t at = listed_forms.find_first_not_of(white); at != std::string_view::npos;) {
    const std::size_t end = std::min(listed_forms.find_first_of(white, at), listed_forms.size());
    if (listed_forms[end - 1] == ':') names.emplace_back(listed_forms.substr(at, end - at - 1));
    at = listed_forms.find_first_not_of(white, end);
  }
  // No frequencies are known of them: any order will do, but that of the alphabet, which would make all frequent names
  // begin with A.
  std::mt19937_64 random(1);
  for (std::size_t i = names.size(); i > 1; --i) std::swap(names[i - 1], names[random() % i]);
  return names;
}

std::vector<std::string> made_family_names() {
  constexpr auto onsets =
      std::to_array<std::string_view>({"b",  "br", "c", "d",   "f",  "fr", "g",  "gr", "k", "l", "m",  "n", "p",
                                       "pr", "r",  "s", "sch", "st", "t",  "tr", "v",  "w", "z", "kl", "h", "j"});
  constexpr auto vowels = std::to_array<std::string_view>({"a", "e", "i", "o", "u", "au", "ie"});
  constexpr auto middles = std::to_array<std::string_view>(
      {"l", "r", "n", "nd", "rt", "ll", "ss", "tt", "mb", "rg", "st", "ck", "v", "z", "lm", "rn"});
  constexpr auto endings =
      std::to_array<std::string_view>({"ini", "etti", "owski", "berg", "mann", "ez", "sen", "ska", "elli", "ato", "ard",
                                       "son", "o", "i", "er", "stra", "eau", "ienko"});
  std::vector<std::string> names;
  std::mt19937_64 random(2);
  const auto one_of = [&random](const auto& list) { return std::string(list[random() % list.size()]); };
  while (names.size() < family_names) {
    std::string name = one_of(onsets) + one_of(vowels) + one_of(middles);
    if (random() % 3 == 0) name += one_of(vowels) + one_of(middles);
    names.push_back(name + one_of(endings));
  }
  return names;
}

std::string title_case(std::string name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto letter = static_cast<unsigned char>(name[i]);
    name[i] = static_cast<char>(i == 0 ? std::toupper(letter) : std::tolower(letter));
  }
  return name;
}

std::string padded(std::uint64_t number, std::size_t digits) {
  std::string text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

bool chance(std::mt19937_64& random, std::uint32_t of_a_thousand) { return random() % 1000 < of_a_thousand; }

// One letter left out, doubled, or two neighbours swapped.
void misspell(std::string& name, std::mt19937_64& random) {
  if (name.size() < 4) return;
  const std::size_t at = 1 + random() % (name.size() - 2);
  switch (random() % 3) {
    case 0:
      name.erase(at, 1);
      break;
    case 1:
      name.insert(at, 1, name[at]);
      break;
    default:
      std::swap(name[at], name[at - 1]);
  }
}

Identifier attested(std::string kind, std::string value, std::string scope = {}) {
  return {std::move(kind), std::move(value), std::move(scope), Trust::attested, {}};
}
Identifier claimed_name(std::string name) { return {"name", std::move(name), {}, Trust::claimed, {}}; }

enum class Channel : std::uint8_t { whatsapp, mail, shop, instagram, review, letter };
constexpr std::uint64_t channels = 6;
constexpr std::size_t most_personas = 3;

// Of a hundred first personas so many come by each channel.
Channel first_channel(std::mt19937_64& random) {
  const std::uint64_t place = random() % 100;
  if (place < 35) return Channel::whatsapp;
  if (place < 65) return Channel::mail;
  if (place < 85) return Channel::shop;
  if (place < 90) return Channel::instagram;
  return place < 95 ? Channel::review : Channel::letter;
}

}  // namespace

NameLists read_names(const std::string& given_file, const std::string& family_file) {
  return {given_file.empty() ? formal_names() : names_in(given_file),
          family_file.empty() ? made_family_names() : names_in(family_file)};
}

struct Population::Human {
  std::string given, family, mailbox, mobile, given_number, landline, birth_date;
  std::string street, number, postcode, town;
  bool grown_up = true;
};

Population::Population(NameLists names, std::uint32_t people, std::uint64_t seed)
    : names_(std::move(names)),
      seed_(seed),
      given_(static_cast<std::int64_t>(names_.given.size()), 0.8),
      family_(static_cast<std::int64_t>(names_.family.size()), 0.8),
      towns_(towns, 1.0),
      streets_(streets, 0.8) {
  places_.reserve(people);
  for (std::uint32_t household = 0; places_.size() < people; ++household) {
    // Of a hundred households 34 have one member, 33 two, 14 three, 14 four, 5 five.
    const std::uint64_t place = random_of("size", household)() % 100;
    const std::uint8_t size = place < 34 ? 1 : place < 67 ? 2 : place < 81 ? 3 : place < 95 ? 4 : 5;
    for (std::uint8_t number = 0; number < size && places_.size() < people; ++number)
      places_.push_back({household, number});
  }
}

std::mt19937_64 Population::random_of(std::string_view what, std::uint64_t number) const {
  std::uint64_t state = seed_;
  for (const char letter : what) state = state * 1'099'511'628'211ULL + static_cast<unsigned char>(letter);
  return std::mt19937_64(state ^ (number + 1) * 0x9e3779b97f4a7c15ULL);
}

std::uint32_t Population::personas_of(std::uint32_t person) const {
  const std::uint64_t place = random_of("personas", person)() % 100;
  return place < 72 ? 1 : place < 92 ? 2 : most_personas;
}

std::vector<std::size_t> Population::given_names_of_household(std::uint32_t last) const {
  std::vector<std::size_t> given;
  for (std::uint32_t person = last - places_[last].number; person <= last; ++person) {
    std::mt19937_64 random = random_of("given name", person);
    auto name = static_cast<std::size_t>(given_(random));
    // Nobody calls two children alike.
    while (std::find(given.begin(), given.end(), name) != given.end()) name = (name + 1) % names_.given.size();
    given.push_back(name);
  }
  return given;
}

Population::Human Population::human(std::uint32_t person) const {
  const Place& place = places_[person];
  Human human;
  std::mt19937_64 home = random_of("household", place.household);
  const std::string family = names_.family[static_cast<std::size_t>(family_(home))];
  const std::int64_t town = towns_(home);
  human.town = title_case("bor" + names_.family[static_cast<std::size_t>(town) * 7 % names_.family.size()]);
  human.postcode = padded(static_cast<std::uint64_t>(10'000 + town * 37 + static_cast<std::int64_t>(home() % 8)), 5);
  const auto street = static_cast<std::size_t>(streets_(home));
  human.street = "Via " + title_case(names_.family[street * 11 % names_.family.size()]);
  human.number = std::to_string(1 + home() % 120);
  const bool has_landline = chance(home, 300);
  const bool shares_mailbox = chance(home, 60);
  if (has_landline) human.landline = "+39011" + padded(place.household % 10'000'000, 7);

  std::mt19937_64 own = random_of("person", person);
  human.grown_up = place.number < 2;
  human.given = title_case(names_.given[given_names_of_household(person).back()]);
  const bool kept_own_name = place.number == 1 && chance(own, 400);
  human.family = title_case(kept_own_name ? names_.family[static_cast<std::size_t>(family_(own))] : family);
  // Two generations, some thirty years apart.
  const std::uint64_t year = (human.grown_up ? 1940 : 1975) + own() % 45;
  human.birth_date = std::to_string(year) + "-" + padded(1 + own() % 12, 2) + "-" + padded(1 + own() % 28, 2);

  const std::uint32_t first_of_household = person - place.number;
  const auto mobile_of = [](std::uint32_t owner) {
    return "+393" + padded(20 + owner % 60, 2) + padded(owner / 60 * 13 % 10'000'000, 7);
  };
  human.mobile = mobile_of(person);
  // A child may give a parent's number.
  human.given_number = !human.grown_up && chance(own, 300) ? mobile_of(first_of_household) : human.mobile;
  constexpr auto providers = std::to_array<std::string_view>({"posta.example", "mail.example", "web.example"});
  const auto provider = [&providers](std::uint64_t number) {
    return std::string(providers[number % providers.size()]);
  };
  const auto lower = [](std::string text) {
    for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return text;
  };
  if (chance(own, 8)) {
    human.mailbox = "info@firma" + std::to_string(own() % offices) + ".example";
  } else if (shares_mailbox && place.number < 2) {
    human.mailbox = "casa." + lower(family) + std::to_string(place.household % 1000) + "@" + provider(place.household);
  } else {
    human.mailbox =
        lower(human.given) + "." + lower(human.family) + std::to_string(person % 997) + "@" + provider(own());
  }
  return human;
}

std::vector<Identifier> Population::persona(std::uint32_t person, std::uint32_t number) const {
  Human human = this->human(person);
  std::mt19937_64 first = random_of("channel", person);
  std::mt19937_64 random = random_of("persona", std::uint64_t{person} * 8 + number);
  const auto came_by = static_cast<std::uint64_t>(first_channel(first));
  const std::array<std::uint64_t, most_personas> further{0, 1 + first() % 2, 3};
  const auto channel = static_cast<Channel>((came_by + further[number]) % channels);
  if (chance(random, 30)) misspell(human.family, random);
  const std::string full = human.given + " " + human.family;
  const std::string user = std::to_string(1'000'000'000ULL + person);
  const auto address = [&human] {
    return attested("postal_address", nlohmann::json{{"street", human.street},
                                                     {"number", human.number},
                                                     {"postcode", human.postcode},
                                                     {"town", human.town},
                                                     {"country", "IT"}}
                                          .dump());
  };
  std::vector<Identifier> shown;
  switch (channel) {
    case Channel::whatsapp:
      shown = {attested("phone", human.mobile), attested("whatsapp_user", "IT." + user, "1029")};
      if (!chance(random, 100)) shown.push_back(claimed_name(chance(random, 500) ? human.given : full));
      break;
    case Channel::mail:
      shown = {attested("email", human.mailbox)};
      if (!chance(random, 100))
        shown.push_back(claimed_name(chance(random, 150) ? human.family + " " + human.given : full));
      break;
    case Channel::shop:
      shown = {attested("email", human.mailbox), attested("given_name", human.given),
               attested("family_name", human.family), address()};
      if (chance(random, 700))
        shown.push_back(
            attested("phone", !human.landline.empty() && chance(random, 300) ? human.landline : human.given_number));
      if (chance(random, 500)) shown.push_back(attested("customer_number", "C" + user));
      if (chance(random, 300)) shown.push_back(attested("birth_date", human.birth_date));
      break;
    case Channel::instagram:
      shown = {attested("instagram_user", "17841" + user, "rossi"), claimed_name(full)};
      break;
    case Channel::review:
      shown = {attested("review_author", "a" + user, "trustpilot"),
               claimed_name(human.given + " " + human.family.substr(0, 1) + ".")};
      break;
    case Channel::letter:
      shown = {claimed_name(full), address()};
      break;
  }
  return shown;
}

}  // namespace patchbay::bench
