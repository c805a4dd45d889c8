// What valijson only calls invalid, in words: walks schema and settings side by side. Patterns are std::regex, whose
// recursion grows with the text, so that only short texts are matched.
#include "config/draft07.hpp"
#include "config/report.hpp"
#include "config/schema.hpp"
#include "config/text.hpp"
#include "config/wording.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>

namespace patchbay::config {

namespace {

using nlohmann::json;

constexpr int most_levels = 256;
constexpr std::size_t most_matched_bytes = 1024;

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::optional<std::size_t> limit(const json& schema, const char* keyword) {
  const json* value = member(schema, keyword);
  if (value == nullptr || !value->is_number() || value->get<double>() < 0) return std::nullopt;
  return static_cast<std::size_t>(value->get<double>());
}

class Explainer {
 public:
  explicit Explainer(const json& root) : root_(root) {}

  std::vector<Finding> findings(const json& schema, const json& value, const std::string& path, int level) {
    std::vector<Finding> kept;
    kept.swap(findings_);
    visit(schema, value, path, level);
    kept.swap(findings_);
    return kept;
  }

  // Whether a part was left out because it is known to be wrong.
  [[nodiscard]] bool skipped() const { return skipped_; }

 private:
  void add(const json& schema, const std::string& path, std::string expected, std::string remedy = {},
           Found found = Found::value) {
    if (remedy.empty()) remedy = hint(schema);
    findings_.push_back({path, std::move(expected), found, std::move(remedy)});
  }

  void visit(const json& written, const json& value, const std::string& path, int level) {
    if (value.is_discarded()) {
      skipped_ = true;
      return;
    }
    if (written.is_boolean()) {
      if (!written.get<bool>()) add(json::object(), path, "nothing here", "remove it", Found::key);
      return;
    }
    const json* target = resolved(root_, &written);
    if (target == nullptr || !target->is_object() || level > most_levels) return;
    const json& schema = *target;
    if (!right_kind(schema, value, path)) return;
    visit_value(schema, value, path);
    if (value.is_string()) visit_text(schema, value.get_ref<const std::string&>(), path);
    if (value.is_number()) visit_number(schema, value.get<double>(), path);
    if (value.is_array()) visit_list(schema, value, path, level);
    if (value.is_object()) visit_mapping(schema, value, path, level);
    visit_combinations(schema, value, path, level);
  }

  // What follows makes no sense to a reader once the type is wrong.
  bool right_kind(const json& schema, const json& value, const std::string& path) {
    const json* type = member(schema, "type");
    if (type == nullptr || has_type(value, *type)) return true;
    const bool text_wanted = *type == "string" && !value.is_structured() && !value.is_null();
    add(schema, path, kind_wanted(schema), text_wanted ? "write it in quotes" : "");
    return false;
  }

  void visit_value(const json& schema, const json& value, const std::string& path) {
    if (const json* wanted = member(schema, "const"); wanted != nullptr && *wanted != value)
      add(schema, path, shown(*wanted));
    const json* choices = member(schema, "enum");
    if (choices == nullptr || !choices->is_array()) return;
    if (std::find(choices->begin(), choices->end(), value) != choices->end()) return;
    std::vector<std::string> words;
    for (const json& each : *choices)
      if (each.is_string()) words.push_back(each.get<std::string>());
    std::optional<std::string> near;
    if (value.is_string() && !member(schema, "x-patchbay-secret")) near = meant(value.get<std::string>(), words);
    add(schema, path, one_of(*choices), near ? "did you mean " + *near + "?" : "");
  }

  void visit_text(const json& schema, const std::string& text, const std::string& path) {
    const auto least = limit(schema, "minLength"), most = limit(schema, "maxLength");
    const std::size_t length = characters(text);
    if (least && length < *least)
      add(schema, path, *least == 1 ? "some text" : "at least " + std::to_string(*least) + " characters");
    if (most && length > *most) add(schema, path, "at most " + std::to_string(*most) + " characters");
    const json* pattern = member(schema, "pattern");
    if (pattern == nullptr || !pattern->is_string()) return;
    const auto& written = pattern->get_ref<const std::string&>();
    if (text.size() > most_matched_bytes)
      add(schema, path, "at most 1024 bytes");
    else if (!matches(written, text))
      add(schema, path, "text that matches " + written);
  }

  void visit_number(const json& schema, double number, const std::string& path) {
    const auto bound = [&](const char* keyword) -> std::optional<double> {
      const json* value = member(schema, keyword);
      return value != nullptr && value->is_number() ? std::optional(value->get<double>()) : std::nullopt;
    };
    const auto words = [&](const char* keyword) { return member(schema, keyword)->dump(); };
    if (const auto least = bound("minimum"); least && number < *least)
      add(schema, path, "a number of " + words("minimum") + " or more");
    if (const auto most = bound("maximum"); most && number > *most)
      add(schema, path, "a number of " + words("maximum") + " or less");
    if (const auto least = bound("exclusiveMinimum"); least && number <= *least)
      add(schema, path, "a number above " + words("exclusiveMinimum"));
    if (const auto most = bound("exclusiveMaximum"); most && number >= *most)
      add(schema, path, "a number below " + words("exclusiveMaximum"));
  }

  void visit_list(const json& schema, const json& list, const std::string& path, int level) {
    const auto least = limit(schema, "minItems"), most = limit(schema, "maxItems");
    if (least && list.size() < *least) add(schema, path, "at least " + count_of(*least, "item"));
    if (most && list.size() > *most) add(schema, path, "at most " + count_of(*most, "item"));
    const json* items = member(schema, "items");
    const json* others = member(schema, "additionalItems");
    for (std::size_t i = 0; i < list.size(); ++i) {
      const json* each = items;
      if (items != nullptr && items->is_array()) each = i < items->size() ? &(*items)[i] : others;
      if (each != nullptr) visit(*each, list[i], pointer_to(path, i), level + 1);
    }
    if (const json* unique = member(schema, "uniqueItems"); unique != nullptr && *unique == true) {
      std::set<json> seen;
      for (std::size_t i = 0; i < list.size(); ++i) {
        if (!list[i].is_discarded() && !seen.insert(list[i]).second)
          add(schema, pointer_to(path, i), "each item once", "remove the second one");
      }
    }
  }

  void visit_mapping(const json& schema, const json& mapping, const std::string& path, int level) {
    const json* properties = member(schema, "properties");
    const auto least = limit(schema, "minProperties"), most = limit(schema, "maxProperties");
    if (least && mapping.size() < *least) add(schema, path, "at least " + count_of(*least, "entry"));
    if (most && mapping.size() > *most) add(schema, path, "at most " + count_of(*most, "entry"));
    if (const json* required = member(schema, "required"); required != nullptr && required->is_array()) {
      for (const json& key : *required)
        if (key.is_string()) require(properties, mapping, key.get<std::string>(), path);
    }
    for (const auto& [key, part] : mapping.items()) visit_member(schema, properties, key, part, path, level);
    if (const json* names = member(schema, "propertyNames")) {
      for (const auto& [key, part] : mapping.items()) {
        const auto wrong = findings(*names, json(key), "", level + 1);
        if (!wrong.empty())
          add(*names, pointer_to(path, key), "a name: " + wrong.front().expected, "write another name", Found::key);
      }
    }
  }

  void require(const json* properties, const json& mapping, const std::string& key, const std::string& path) {
    if (mapping.contains(key)) return;
    const json* named = properties == nullptr ? nullptr : member(*properties, key.c_str());
    const json* schema = named == nullptr ? nullptr : resolved(root_, named);
    static const json anything = json::object();
    if (schema == nullptr || !schema->is_object()) schema = &anything;
    const std::string more = hint(*schema);
    add(*schema, pointer_to(path, key), kind_wanted(*schema), "add " + key + (more.empty() ? "" : ": " + more),
        Found::nothing);
  }

  void visit_member(const json& schema, const json* properties, const std::string& key, const json& part,
                    const std::string& path, int level) {
    const std::string at = pointer_to(path, key);
    bool known = false;
    if (const json* named = properties == nullptr ? nullptr : member(*properties, key.c_str())) {
      known = true;
      visit(*named, part, at, level + 1);
    }
    if (const json* patterns = member(schema, "patternProperties"); patterns != nullptr && patterns->is_object()) {
      for (const auto& [pattern, each] : patterns->items()) {
        if (!matches(pattern, key)) continue;
        known = true;
        visit(each, part, at, level + 1);
      }
    }
    const json* others = member(schema, "additionalProperties");
    if (known || others == nullptr) return;
    if (!others->is_boolean()) return visit(*others, part, at, level + 1);
    if (others->get<bool>()) return;
    std::vector<std::string> words;
    if (properties != nullptr && properties->is_object())
      for (const auto& property : properties->items()) words.push_back(property.key());
    add(json::object(), at, "a key that is known here", known_words(key, words, "remove it"), Found::key);
  }

  void visit_combinations(const json& schema, const json& value, const std::string& path, int level) {
    if (const json* all = member(schema, "allOf"); all != nullptr && all->is_array())
      for (const json& each : *all) visit(each, value, path, level + 1);
    for (const char* keyword : {"anyOf", "oneOf"}) {
      if (const json* branches = member(schema, keyword); branches != nullptr && branches->is_array())
        choose(schema, *branches, keyword, value, path, level);
    }
    if (const json* condition = member(schema, "if")) {
      const bool holds = findings(*condition, value, path, level + 1).empty();
      if (const json* each = member(schema, holds ? "then" : "else")) visit(*each, value, path, level + 1);
    }
  }

  // One readable mistake out of several alternatives: that of the one that was evidently meant, else the choice.
  void choose(const json& schema, const json& branches, std::string_view keyword, const json& value,
              const std::string& path, int level) {
    std::size_t fitting = 0, close = 0;
    std::vector<Finding> of_the_close_one;
    std::vector<std::string> choices;
    for (const json& branch : branches) {
      std::vector<Finding> wrong = findings(branch, value, path, level + 1);
      if (wrong.empty()) {
        ++fitting;
        continue;
      }
      const json* target = resolved(root_, &branch);
      if (target != nullptr) choices.push_back(summary(*target));
      if (target == nullptr || !is_meant(*target, value, wrong)) continue;
      ++close;
      of_the_close_one = std::move(wrong);
    }
    if (fitting == 1 || (fitting > 1 && keyword == "anyOf")) return;
    if (fitting > 1) return add(schema, path, "what fits one alternative only", "remove what belongs to another");
    if (close == 1) {
      findings_.insert(findings_.end(), of_the_close_one.begin(), of_the_close_one.end());
      return;
    }
    std::sort(choices.begin(), choices.end());
    choices.erase(std::unique(choices.begin(), choices.end()), choices.end());
    add(schema, path, listed(choices));
  }

  // A branch is meant where the type fits and its fixed words ("kind: smtp") are there.
  bool is_meant(const json& branch, const json& value, const std::vector<Finding>& wrong) {
    const json* type = member(branch, "type");
    if (type == nullptr && !branch.contains("properties")) return false;
    if (type != nullptr && !has_type(value, *type)) return false;
    const json* properties = member(branch, "properties");
    if (properties == nullptr || !properties->is_object() || !value.is_object()) return !wrong.empty();
    for (const auto& [key, property] : properties->items()) {
      const json* fixed = member(property, "const");
      if (fixed != nullptr && value.contains(key) && value[key] != *fixed) return false;
    }
    return true;
  }

  bool matches(const std::string& pattern, const std::string& text) {
    try {
      auto found = patterns_.find(pattern);
      if (found == patterns_.end()) found = patterns_.emplace(pattern, std::regex(pattern)).first;
      return std::regex_search(text, found->second);
    } catch (const std::regex_error&) {
      return false;  // too complex for this text
    }
  }

  const json& root_;
  std::vector<Finding> findings_;
  std::map<std::string, std::regex> patterns_;
  bool skipped_ = false;
};

}  // namespace

std::vector<Finding> explain(const json& schema, const json& settings) {
  Explainer explainer(schema);
  std::vector<Finding> findings = explainer.findings(schema, settings, "", 0);
  if (!findings.empty() || explainer.skipped()) return findings;
  // The rest of draft-07 (not, contains, dependencies, multipleOf) is rare in settings: valijson's word must do.
  if (const Status status = validate(schema, settings); !status)
    findings.push_back({"", "what the plugin's settings schema asks for", Found::value, status.error().text()});
  return findings;
}

}  // namespace patchbay::config
