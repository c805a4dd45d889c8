#include "report.hpp"

#include "utf8.hpp"

#include <algorithm>
#include <utility>

namespace patchbay::imap {

namespace {

constexpr std::size_t most_groups = 200;
constexpr std::size_t longest_value = 2000;

std::string lower(std::string_view text) {
  std::string to(text);
  std::transform(to.begin(), to.end(), to.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return to;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// "rfc822; kasia@example.org": what stands behind the type.
std::string behind_type(std::string_view text) {
  const std::size_t type = text.find(';');
  std::string_view value = trimmed(type == std::string_view::npos ? text : text.substr(type + 1));
  if (value.starts_with('<') && value.ends_with('>')) value = value.substr(1, value.size() - 2);
  return to_utf8(value, "");
}

std::string field(const Fields& fields, std::string_view name) {
  const auto at = fields.find(name);
  return at == fields.end() ? std::string{} : at->second;
}

}  // namespace

std::vector<Fields> read_groups(std::string_view text) {
  std::vector<Fields> groups;
  Fields group;
  std::string* last = nullptr;
  for (std::size_t at = 0; at <= text.size() && groups.size() < most_groups;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (trimmed(line).empty()) {
      if (!group.empty()) groups.push_back(std::exchange(group, {}));
      last = nullptr;
    } else if (line[0] == ' ' || line[0] == '\t') {
      if (last != nullptr && last->size() < longest_value) last->append(" ").append(trimmed(line));
    } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      std::string& value = group[lower(trimmed(line.substr(0, colon)))];
      if (value.empty()) value = trimmed(line.substr(colon + 1)).substr(0, longest_value);
      last = &value;
    }
  }
  if (!group.empty() && groups.size() < most_groups) groups.push_back(std::move(group));
  return groups;
}

std::vector<RecipientReport> read_delivery_status(std::string_view text) {
  std::vector<RecipientReport> reports;
  for (const Fields& fields : read_groups(text)) {
    std::string recipient = behind_type(field(fields, "final-recipient"));
    if (recipient.empty()) recipient = behind_type(field(fields, "original-recipient"));
    std::string action = lower(field(fields, "action"));
    action = action.substr(0, action.find_first_of(" ;("));
    if (recipient.empty() || action.empty()) continue;  // the first group is about the message
    const std::string status = field(fields, "status");
    reports.push_back({std::move(recipient), to_utf8(action, ""),
                       to_utf8(status.substr(0, status.find_first_of(" (")), ""),
                       behind_type(field(fields, "diagnostic-code"))});
  }
  return reports;
}

std::vector<RecipientReport> read_disposition(std::string_view text) {
  for (const Fields& fields : read_groups(text)) {
    std::string recipient = behind_type(field(fields, "final-recipient"));
    const std::string disposition = lower(field(fields, "disposition"));
    const std::size_t type = disposition.find(';');
    if (recipient.empty() || type == std::string::npos) continue;
    const std::string_view what = trimmed(std::string_view(disposition).substr(type + 1));
    return {{std::move(recipient), to_utf8(what.substr(0, what.find('/')), ""), {}, {}}};
  }
  return {};
}

}  // namespace patchbay::imap
