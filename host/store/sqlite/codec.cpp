#include "store/sqlite/codec.hpp"

#include <nlohmann/json.hpp>

namespace patchbay::store::sqlite {

namespace {

using Json = nlohmann::json;

// Identifiers are a stranger's: bytes that are no UTF-8 must not throw.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

tl::unexpected<Error> unreadable(std::string_view what, std::string_view json) {
  return failure(ErrorCode::corrupt,
                 "reading " + std::string(what) + " in the store: found " + std::string(json.substr(0, 80)),
                 "restore the last backup");
}

}  // namespace

std::string encode(std::span<const Identifier> identifiers) {
  Json list = Json::array();
  for (const Identifier& one : identifiers) {
    list.push_back(Json::array({one.kind, one.value, one.scope, static_cast<int>(one.trust), one.normal}));
  }
  return dump(list);
}

Result<std::vector<Identifier>> decode_identifiers(std::string_view json) {
  const Json list = Json::parse(json, nullptr, false);
  if (!list.is_array()) return unreadable("identifiers", json);
  std::vector<Identifier> identifiers;
  identifiers.reserve(list.size());
  for (const Json& one : list) {
    const bool whole = one.is_array() && one.size() == 5 && one[0].is_string() && one[1].is_string() &&
                       one[2].is_string() && one[3].is_number_integer() && one[4].is_string();
    if (!whole) return unreadable("identifiers", json);
    identifiers.push_back({one[0].get_ref<const std::string&>(), one[1].get_ref<const std::string&>(),
                           one[2].get_ref<const std::string&>(), static_cast<Trust>(one[3].get<int>()),
                           one[4].get_ref<const std::string&>()});
  }
  return identifiers;
}

std::string encode(std::span<const Participant> participants) {
  std::string json = "[";
  for (const Participant& one : participants) {
    if (json.size() > 1) json += ',';
    json += '[';
    json += std::to_string(static_cast<int>(one.role));
    json += ',';
    json += std::to_string(number(one.persona));
    json += ']';
  }
  json += ']';
  return json;
}

Result<std::vector<Participant>> decode_participants(std::string_view json) {
  const Json list = Json::parse(json, nullptr, false);
  if (!list.is_array()) return unreadable("participants", json);
  std::vector<Participant> participants;
  participants.reserve(list.size());
  for (const Json& one : list) {
    const bool whole = one.is_array() && one.size() == 2 && one[0].is_number_integer() && one[1].is_number_integer();
    if (!whole) return unreadable("participants", json);
    participants.push_back({static_cast<Role>(one[0].get<int>()), PersonaId{one[1].get<std::int64_t>()}});
  }
  return participants;
}

std::string like_pattern(std::string_view text) {
  const std::string spelled = dump(Json(text));
  std::string pattern = "%";
  for (const char c : std::string_view(spelled).substr(1, spelled.size() - 2)) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  pattern += '%';
  return pattern;
}

}  // namespace patchbay::store::sqlite
