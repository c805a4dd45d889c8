#include "contact/golden.hpp"

#include "contact/json_text.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

namespace patchbay::contact {
namespace {

using Json = nlohmann::json;

struct Golden {
  std::string name;
  // (kind, value, scope) to trust; the normal form where there is one, so that +48… and 0048… are one line.
  std::map<std::tuple<std::string, std::string, std::string>, std::string> identifiers;
};

constexpr std::string_view attested = "attested";

std::size_t words_in(std::string_view name) {
  return 1 + static_cast<std::size_t>(std::count(name.begin(), name.end(), ' '));
}

// The fuller name: more words, then more letters, then the first in the alphabet, so that order makes no difference.
bool fuller(const std::string& left, const std::string& right) {
  if (left.empty() != right.empty()) return right.empty();
  const auto rank = [](const std::string& name) { return std::pair(words_in(name), name.size()); };
  if (rank(left) != rank(right)) return rank(left) > rank(right);
  return left < right;
}

void offer_name(Golden& golden, const std::string& name) {
  if (fuller(name, golden.name)) golden.name = name;
}

void add(Golden& golden, const std::string& kind, const std::string& value, const std::string& scope,
         std::string_view trust) {
  auto [at, is_new] = golden.identifiers.try_emplace({kind, value, scope}, trust);
  if (!is_new && trust == attested) at->second = trust;
}

void add(Golden& golden, std::string_view record) {
  const Json json = Json::parse(record, nullptr, false);
  if (!json.is_object()) return;  // the empty record of a contact that is being made
  if (json["name"].is_string()) offer_name(golden, json["name"].get<std::string>());
  for (const Json& identifier : json["identifiers"])
    add(golden, identifier["kind"].get<std::string>(), identifier["value"].get<std::string>(),
        identifier["scope"].get<std::string>(), identifier["trust"].get<std::string>());
}

std::string written(const Golden& golden) {
  std::string text;
  ObjectText record(text);
  char before = '[';
  record.member("identifiers");
  for (const auto& [key, trust] : golden.identifiers) {
    const auto& [kind, value, scope] = key;
    text += std::exchange(before, ',');
    ObjectText(text).text("kind", kind).text("scope", scope).text("trust", trust).text("value", value).end();
  }
  text += golden.identifiers.empty() ? "[]" : "]";
  record.text_or_null("name", golden.name).end();
  return text;
}

}  // namespace

std::string with_persona(std::string_view golden, const std::vector<store::Identifier>& identifiers) {
  Golden record;
  add(record, golden);
  for (const store::Identifier& identifier : identifiers) {
    if (identifier.kind == "name")
      offer_name(record, identifier.value);
    else
      add(record, identifier.kind, identifier.normal.empty() ? identifier.value : identifier.normal, identifier.scope,
          store::name_of(identifier.trust));
  }
  return written(record);
}

std::string joined(std::string_view one, std::string_view other) {
  Golden record;
  add(record, one);
  add(record, other);
  return written(record);
}

}  // namespace patchbay::contact
