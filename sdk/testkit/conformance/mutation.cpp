#include "conformance/mutation.hpp"

#include <algorithm>
#include <array>

namespace patchbay::conformance {
namespace {

using Json = nlohmann::json;

void add_places(const Json& value, const std::string& here, std::vector<std::string>& to) {
  if (!value.is_structured()) return;
  const Json flat = value.flatten();
  for (const auto& [key, inner] : flat.items()) {
    // Each step on the way is a place, too.
    for (std::size_t at = key.find('/', 1); at != std::string::npos; at = key.find('/', at + 1))
      to.push_back(here + key.substr(0, at));
    to.push_back(here + key);
  }
}

Json hostile_text(Random& random) {
  static const std::array<std::string, 12> texts{"",
                                                 " ",
                                                 "\x01\x02",
                                                 "\xc3\xa9\xcc\x81 \xf0\x9f\x98\x80",
                                                 "../../etc/passwd",
                                                 "${env:HOME}",
                                                 "%s%n%x",
                                                 "-1",
                                                 "https://127.0.0.1:1/",
                                                 "\"}{\"",
                                                 "null",
                                                 std::string("a\0b", 3)};
  // Long ones find the most.
  if (random.below(3) == 0) return std::string(random.below(2) == 0 ? 300 : 100'000, 'x');
  return texts[random.below(texts.size())];
}

Json hostile_number(Random& random) {
  static const std::array<Json, 8> numbers{
      0, -1, 1, 2147483648, -9223372036854775807LL - 1, 18446744073709551615ULL, 0.5, 1e308};
  return numbers[random.below(numbers.size())];
}

Json add_unasked(Json to, Json value) {
  if (to.is_array())
    to.push_back(std::move(value));
  else if (to.is_object())
    to["nobody_asked_for_this"] = std::move(value);
  return to;
}

Json deep(std::size_t levels) {
  Json value = 1;
  for (std::size_t i = 0; i < levels; ++i) value = Json::array({std::move(value)});
  return value;
}

}  // namespace

std::vector<std::string> places_in(const Json& value) {
  std::vector<std::string> places;
  add_places(value, "", places);
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  places.erase(std::remove(places.begin(), places.end(), ""), places.end());
  return places;
}

const std::vector<Json>& one_of_each_type() {
  static const std::vector<Json> all{"text", 7, 7.5, true, nullptr, Json::array(), Json::object()};
  return all;
}

Json mutated(Json value, Random& random) {
  const std::vector<std::string> places = places_in(value);
  if (places.empty()) return add_unasked(std::move(value), hostile_text(random));
  const Json::json_pointer place(places[random.below(places.size())]);
  Json& at = value.at(place);
  switch (random.below(7)) {
    case 0:
      at = one_of_each_type()[random.below(one_of_each_type().size())];
      break;
    case 1:
      at = hostile_text(random);
      break;
    case 2:
      at = hostile_number(random);
      break;
    case 3: {
      Json& parent = value.at(place.parent_pointer());
      if (parent.is_object())
        parent.erase(place.back());
      else
        parent.erase(parent.begin() + static_cast<std::ptrdiff_t>(random.below(parent.size())));
      break;
    }
    case 4:
      at = Json::array({at, at});
      break;
    case 5:
      return add_unasked(value, at);
    default:
      at = deep(50);
  }
  return value;
}

std::string mutated_bytes(std::string bytes, Random& random) {
  const auto any_byte = [&random] { return static_cast<char>(random.below(256)); };
  const std::size_t at = random.below(bytes.size());
  switch (random.below(6)) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      for (std::size_t i = 0; i < 1 + bytes.size() / 20 && !bytes.empty(); ++i)
        bytes[random.below(bytes.size())] = any_byte();
      break;
    case 2:
      bytes.insert(at, 1 + random.below(20), any_byte());
      break;
    case 3:
      bytes.insert(at, bytes.substr(at, 100));
      break;
    case 4:
      bytes.insert(at, std::string(20'000, random.below(2) == 0 ? '[' : '{'));
      break;
    default:
      bytes.assign(random.below(200), any_byte());
      std::generate(bytes.begin(), bytes.end(), any_byte);
  }
  return bytes;
}

}  // namespace patchbay::conformance
