#include "store/sqlite/codec.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

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

// Takes [[kind, value, scope, trust, normal], ...] as it is read, without a tree of it: this runs twice for each
// interaction. Anything else ends the reading.
class IdentifierReader final : public nlohmann::json_sax<Json> {
 public:
  [[nodiscard]] std::vector<Identifier> take() { return std::move(identifiers_); }

  bool start_array(std::size_t) override {
    if (++depth_ == 2) identifiers_.emplace_back();
    place_ = 0;
    return depth_ <= 2;
  }
  bool end_array() override { return --depth_ == 0 || place_ == 5; }
  bool string(std::string& text) override {
    if (depth_ != 2) return false;
    Identifier& one = identifiers_.back();
    switch (place_++) {
      case 0:
        one.kind = std::move(text);
        return true;
      case 1:
        one.value = std::move(text);
        return true;
      case 2:
        one.scope = std::move(text);
        return true;
      case 4:
        one.normal = std::move(text);
        return true;
      default:
        return false;
    }
  }
  bool number_unsigned(std::uint64_t number) override {
    if (depth_ != 2 || place_++ != 3) return false;
    identifiers_.back().trust = static_cast<Trust>(number);
    return true;
  }

  bool null() override { return false; }
  bool boolean(bool) override { return false; }
  bool number_integer(std::int64_t) override { return false; }
  bool number_float(double, const std::string&) override { return false; }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return false; }
  bool key(std::string&) override { return false; }
  bool end_object() override { return false; }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override { return false; }

 private:
  std::vector<Identifier> identifiers_;
  int depth_ = 0, place_ = 0;
};

}  // namespace

std::string encode(std::span<const Identifier> identifiers) {
  Json list = Json::array();
  for (const Identifier& one : identifiers) {
    list.push_back(Json::array({one.kind, one.value, one.scope, static_cast<int>(one.trust), one.normal}));
  }
  return dump(list);
}

Result<std::vector<Identifier>> decode_identifiers(std::string_view json) {
  IdentifierReader reader;
  if (!Json::sax_parse(json, &reader)) return unreadable("identifiers", json);
  return reader.take();
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
