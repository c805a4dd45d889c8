#include "joiner.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace patchbay::sms {

namespace {

using nlohmann::json;

constexpr std::string_view gap = " [...] ";

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4U];
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) & 0x0FU];
  }
  return text;
}

std::string bytes_of(const std::string& hexadecimal) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < hexadecimal.size(); at += 2)
    bytes += static_cast<char>(std::stoi(hexadecimal.substr(at, 2), nullptr, 16));
  return bytes;
}

Language language_at(const json& fragment, const char* which) {
  return static_cast<Language>(fragment.at(which).get<std::uint8_t>() % languages);
}

TimePoint last_arrival(const Joined& joined) {
  TimePoint last{};
  for (const auto& [number, fragment] : joined.fragments) last = std::max(last, fragment.arrived);
  return last;
}

}  // namespace

std::optional<std::string> Joined::text() const {
  // Octets before characters: careless senders tear an escape or a surrogate from what follows it.
  std::string text, run;
  const Fragment* like = nullptr;
  const auto end_run = [&] {
    const auto read = like == nullptr ? std::string() : text_of(std::exchange(run, {}), like->coding, like->alphabet);
    if (read) text += *read;
    return read.has_value();
  };
  for (std::uint8_t number = 1; number <= total && number != 0; ++number) {
    const auto found = fragments.find(number);
    const bool goes_on = found != fragments.end() && like != nullptr && found->second.coding == like->coding &&
                         found->second.alphabet == like->alphabet && found->second.coding != Coding::packed_gsm;
    if (!goes_on && !end_run()) return std::nullopt;
    like = found == fragments.end() ? nullptr : &found->second;
    if (like != nullptr)
      run += like->octets;
    else if (!text.ends_with(gap))
      text += gap;
  }
  return end_run() ? std::optional(text) : std::nullopt;
}

std::string key_of(std::string_view from, std::string_view to, const Part& part, const UserDataHeader& header) {
  UserDataHeader others;
  for (const HeaderElement& element : header)
    if (!is_concatenation(element)) others.push_back(element);
  return json::array({from, to, part.reference, part.total, hexadecimal(write_header(others))})
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Joiner::Added Joiner::add(const std::string& key, const Part& part, Fragment fragment) {
  Joined& joined = begun_[key];
  joined.key = key;
  joined.total = part.total;
  if (!joined.fragments.emplace(part.number, std::move(fragment)).second) return Added::known;
  return joined.is_complete() ? Added::whole : Added::kept;
}

std::string Joiner::stored(const std::string& key) const {
  const Joined& joined = begun_.at(key);
  json fragments = json::object();
  for (const auto& [number, fragment] : joined.fragments)
    fragments[std::to_string(number)] = {{"octets", hexadecimal(fragment.octets)},
                                         {"coding", name_of(fragment.coding)},
                                         {"locking", static_cast<int>(fragment.alphabet.locking)},
                                         {"single", static_cast<int>(fragment.alphabet.single)},
                                         {"arrived_us", fragment.arrived.time_since_epoch().count()}};
  return json{{"total", joined.total}, {"fragments", fragments}}.dump();
}

void Joiner::restore(const std::string& key, std::string_view stored) {
  try {
    const json read = json::parse(stored);
    Joined joined{key, read.at("total").get<std::uint8_t>(), {}};
    for (const auto& [number, from] : read.at("fragments").items()) {
      joined.fragments[static_cast<std::uint8_t>(std::stoi(number))] = {
          bytes_of(from.at("octets").get<std::string>()),
          coding_called(from.at("coding").get<std::string>()).value_or(Coding::binary),
          {language_at(from, "locking"), language_at(from, "single")},
          TimePoint(std::chrono::microseconds(from.at("arrived_us").get<std::int64_t>()))};
    }
    begun_[key] = std::move(joined);
  } catch (const std::exception& error) {
    throw Failure(
        Error{PB_BUG, "reading the parts of a message that were kept: " + std::string(error.what()), {}, {}, {}});
  }
}

Joined Joiner::take(const std::string& key) {
  auto node = begun_.extract(key);
  return node ? std::move(node.mapped()) : Joined{key, 0, {}};
}

std::vector<std::string> Joiner::overdue(TimePoint now) const {
  std::vector<std::string> keys;
  for (const auto& [key, joined] : begun_)
    if (last_arrival(joined) + patience_ <= now) keys.push_back(key);
  return keys;
}

std::optional<TimePoint> Joiner::next_overdue() const {
  std::optional<TimePoint> next;
  for (const auto& [key, joined] : begun_) {
    const TimePoint due = last_arrival(joined) + patience_;
    if (!next || due < *next) next = due;
  }
  return next;
}

}  // namespace patchbay::sms
