#include "config/mapping_reader.hpp"

#include "config/text.hpp"

#include <algorithm>

namespace patchbay::config {

MappingReader::MappingReader(const Node* node, Position at, std::string path, Report& report)
    : node_(node), at_(at), path_(std::move(path)), report_(report) {
  if (node_ == nullptr || node_->kind == NodeKind::mapping) return;
  const bool empty = node_->kind == NodeKind::scalar && node_->scalar.is_null();
  const bool told = node_->kind == NodeKind::scalar && node_->scalar.is_discarded();
  if (!empty && !told) report_.add({at_, path_, "a mapping", describe(*node_), "write its keys below it, indented"});
  node_ = nullptr;
}

const Member* MappingReader::take(const std::string& key, Need need, const std::string& expected) {
  known_.push_back(key);
  const Member* member = node_ == nullptr ? nullptr : node_->find(key);
  const bool empty = member != nullptr && member->value.kind == NodeKind::scalar && member->value.scalar.is_null();
  if (member != nullptr && !empty) return member;
  if (need == Need::required)
    report_.add({member == nullptr ? at_ : member->at, pointer_to(path_, key), expected, "nothing", "add " + key});
  return nullptr;
}

std::string MappingReader::text(const std::string& key, Need need, const std::string& expected, Check check,
                                Privacy privacy) {
  const Member* member = take(key, need, expected);
  if (member == nullptr || member->value.scalar.is_discarded()) return {};
  if (member->value.kind != NodeKind::scalar || !member->value.scalar.is_string()) {
    const bool scalar = member->value.kind == NodeKind::scalar;
    mistake(*member, expected, scalar ? "write it in quotes" : "write it as one text", privacy);
    return {};
  }
  const std::string& text = member->value.text;
  if (text.empty()) {
    mistake(*member, expected, "write something, or remove " + key, privacy);
    return {};
  }
  if (check != nullptr) {
    if (const auto wish = check(text)) mistake(*member, wish->expected, wish->remedy, privacy);
  }
  return text;
}

std::vector<std::string> MappingReader::texts(const std::string& key, const std::string& expected, Check check) {
  const Member* member = take(key, Need::optional, "");
  if (member == nullptr || member->value.scalar.is_discarded()) return {};
  if (member->value.kind != NodeKind::list) {
    mistake(*member, "a list: " + expected, "write it between [ and ]");
    return {};
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < member->value.items.size(); ++i) {
    const Node& item = member->value.items[i];
    const std::string path = pointer_to(pointer_to(path_, key), i);
    if (item.scalar.is_discarded()) continue;
    if (!item.scalar.is_string() || item.text.empty()) {
      const bool scalar = item.kind == NodeKind::scalar && !item.scalar.is_null() && !item.text.empty();
      report_.add({item.at, path, expected, describe(item), scalar ? "write it in quotes" : "write it as one text"});
      continue;
    }
    if (check != nullptr) {
      if (const auto wish = check(item.text))
        report_.add({item.at, path, wish->expected, describe(item), wish->remedy});
    }
    texts.push_back(item.text);
  }
  return texts;
}

bool MappingReader::flag(const std::string& key, bool otherwise) {
  const Member* member = take(key, Need::optional, "");
  if (member == nullptr || member->value.scalar.is_discarded()) return otherwise;
  if (member->value.scalar.is_boolean()) return member->value.scalar.get<bool>();
  mistake(*member, "true or false", "write true or false, without quotes");
  return otherwise;
}

std::optional<double> MappingReader::number(const std::string& key, Need need, double lowest, double highest) {
  const std::string expected =
      "a number from " + nlohmann::json(lowest).dump() + " to " + nlohmann::json(highest).dump();
  const Member* member = take(key, need, expected);
  if (member == nullptr || member->value.scalar.is_discarded()) return std::nullopt;
  const nlohmann::json& scalar = member->value.scalar;
  if (member->value.kind == NodeKind::scalar && scalar.is_number() && scalar.get<double>() >= lowest &&
      scalar.get<double>() <= highest)
    return scalar.get<double>();
  mistake(*member, expected, "");
  return std::nullopt;
}

std::optional<std::uint32_t> MappingReader::whole_number(const std::string& key, std::uint32_t lowest,
                                                         std::uint32_t highest) {
  const Member* member = take(key, Need::optional, "");
  if (member == nullptr || member->value.scalar.is_discarded()) return std::nullopt;
  const nlohmann::json& scalar = member->value.scalar;
  if (member->value.kind == NodeKind::scalar && scalar.is_number_integer() && scalar.get<std::int64_t>() >= lowest &&
      scalar.get<std::int64_t>() <= highest)
    return scalar.get<std::uint32_t>();
  mistake(*member, "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest), "");
  return std::nullopt;
}

MappingReader MappingReader::mapping(const std::string& key, Need need, const std::string& expected) {
  const Member* member = take(key, need, expected);
  return {member == nullptr ? nullptr : &member->value, member == nullptr ? at_ : member->at, pointer_to(path_, key),
          report_};
}

void MappingReader::mistake(const Member& member, std::string expected, std::string remedy, Privacy privacy) {
  const bool hidden = privacy == Privacy::secret && member.value.kind == NodeKind::scalar;
  report_.add({member.at, pointer_to(path_, member.key), std::move(expected),
               hidden ? "a secret" : describe(member.value), std::move(remedy)});
}

void MappingReader::finish() {
  if (node_ == nullptr) return;
  for (const Member& member : node_->members) {
    if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
    report_.add({member.at, pointer_to(path_, member.key), "a key that is known here", in_quotes(member.key),
                 known_words(member.key, known_, "remove it")});
  }
}

}  // namespace patchbay::config
