#include "mapping_settings.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace patchbay::imap {

namespace {

constexpr const char* how_to_write =
    "write the label that stands before the value, as in `Name`, or between slashes a regular expression (RE2) whose "
    "first "
    "group is the value, as in `/Name = (.*)/`";

std::string text_at(const Json& object, const char* key) { return object.value(key, std::string{}); }

Failure wrong_form(const std::string& at, const std::string& reason, const char* remedy) {
  return invalid_settings(at, "reading the form: " + reason, remedy);
}

FormRule read_form(const Json& written, const std::string& at) {
  FormRule rule;
  rule.from = text_at(written, "from");
  std::transform(rule.from.begin(), rule.from.end(), rule.from.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (const std::string subject = text_at(written, "subject"); !subject.empty()) {
    Compiled made = compiled(subject);
    if (!made.expression)
      throw wrong_form(at + "/subject", "expected a regular expression (RE2), got \"" + subject + "\": " + made.error,
                       "correct it; a word alone is an expression that is found anywhere in the subject");
    rule.subject = std::move(made.expression);
  }
  const std::array<std::pair<const char*, Finder FormRule::*>, 4> finders{{{"name", &FormRule::name},
                                                                           {"email", &FormRule::email},
                                                                           {"phone", &FormRule::phone},
                                                                           {"message", &FormRule::message}}};
  for (const auto& [key, member] : finders) {
    const std::string value = text_at(written, key);
    if (value.empty()) continue;
    rule.*member = Finder(value);
    if (const std::string& error = (rule.*member).error(); !error.empty())
      throw wrong_form(at + "/" + key, "expected a label or a regular expression, got \"" + value + "\": " + error,
                       how_to_write);
  }
  if (!rule.name.is_there() && !rule.email.is_there() && !rule.phone.is_there())
    throw wrong_form(at, "expected at least one of `name`, `email` and `phone`, found none",
                     "say where the form writes who filled it in");
  if (!written.value("believed", true)) rule.belief = FormRule::Belief::claimed;
  return rule;
}

}  // namespace

void read_mapping_settings(Owner& owner, const Settings& settings, const std::string& place) {
  const auto pointer = [&](const std::string& key) {
    return place.empty() || !settings.at(place + "/" + key).is_null() ? place + "/" + key : "/" + key;
  };
  const std::string forms = pointer("forms");
  if (const Json& list = settings.at(forms); list.is_array())
    for (std::size_t i = 0; i < list.size(); ++i)
      owner.forms.push_back(read_form(list[i], forms + "/" + std::to_string(i)));

  const std::string preset = settings.text(pointer("preset"), "");
  const Json& certified = settings.at(pointer("certified"));
  const bool is_certified =
      certified.is_boolean() ? certified.get<bool>() : preset == "aruba_pec" || preset == "legalmail";
  if (is_certified) owner.post = Owner::Post::certified;
}

}  // namespace patchbay::imap
