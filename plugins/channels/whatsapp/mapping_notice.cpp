#include "mapping_parts.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace patchbay::whatsapp {

namespace {

// FNV-1a, 64 bits: tells one account's own news apart, against nobody's malice.
std::string fingerprint(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

// "PARTNER_REMOVED" as people write it: "partner removed".
std::string in_words(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    if (c == '_') return ' ';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name;
}

// Field names are Meta's and come in snake_case; one that does not is made so.
std::string kind_of_field(std::string field) {
  for (char& c : field) {
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
    else if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
      c = '_';
  }
  constexpr std::size_t longest_kind = 64;
  if (field.size() > longest_kind) field.resize(longest_kind);
  return field.empty() ? "unknown_field" : field;
}

bool is_in(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

struct News {
  std::string kind;
  Severity severity = Severity::information;
  std::string text;
};

std::string template_of(const Json& value) {
  std::string text = "Template " + text_at(value, "message_template_name");
  const std::string language = text_at(value, "message_template_language");
  return language.empty() ? text : text + " (" + language + ")";
}

News template_status(const Json& value) {
  const std::string event = text_at(value, "event");
  News news{"template_status", Severity::information, template_of(value) + " is now " + in_words(event)};
  if (is_in(event, {"REJECTED", "DISABLED", "PAUSED", "FLAGGED", "PENDING_DELETION", "DELETED", "LIMIT_EXCEEDED"}))
    news.severity = Severity::warning;
  const std::string reason = text_at(value, "reason");
  if (!reason.empty() && reason != "NONE") news.text += ": " + in_words(reason);
  news.text += ".";
  return news;
}

News template_quality(const Json& value) {
  const std::string score = text_at(value, "new_quality_score");
  News news{"template_quality", Severity::information,
            template_of(value) + " went from quality " + in_words(text_at(value, "previous_quality_score")) + " to " +
                in_words(score) + "."};
  if (score == "YELLOW") news.severity = Severity::warning;
  if (score == "RED") news.severity = Severity::alert;
  return news;
}

News template_category(const Json& value) {
  // The category that Meta holds to be right is announced before it takes effect. Another category has another price.
  const std::string announced = text_at(value, "correct_category");
  const bool to_come = !announced.empty();
  return {"template_category", Severity::warning,
          template_of(value) + (to_come ? " will be" : " is now") + " in the category " +
              in_words(to_come ? announced : text_at(value, "new_category")) + "."};
}

News account_update(const Json& value) {
  const std::string event = text_at(value, "event");
  News news{"account", Severity::information, "WhatsApp Business Account: " + in_words(event) + "."};
  if (is_in(event, {"ACCOUNT_DELETED", "ACCOUNT_RESTRICTION", "ACCOUNT_VIOLATION", "ACCOUNT_OFFBOARDED"}))
    news.severity = Severity::alert;
  if (is_in(event, {"PARTNER_REMOVED", "PARTNER_APP_UNINSTALLED"})) news.severity = Severity::warning;
  if (event != "DISABLED_UPDATE") return news;
  const Json* ban = object_member(value, "ban_info");
  const std::string state = ban == nullptr ? std::string() : text_at(*ban, "waba_ban_state");
  news.severity = state == "REINSTATE" ? Severity::information : Severity::alert;
  news.text = "WhatsApp Business Account: " + in_words(state.empty() ? "disabled" : state) + ".";
  return news;
}

News account_review(const Json& value) {
  const std::string decision = text_at(value, "decision");
  return {"account_review", decision == "REJECTED" ? Severity::alert : Severity::information,
          "The review of the WhatsApp Business Account ended: " + in_words(decision) + "."};
}

News account_alert(const Json& value) {
  const std::string severity = text_at(value, "alert_severity");
  News news{"account_alert", Severity::warning, "WhatsApp alert: " + in_words(text_at(value, "alert_type")) + "."};
  if (severity == "CRITICAL") news.severity = Severity::alert;
  if (is_in(severity, {"INFORMATIONAL", "INFO"})) news.severity = Severity::information;
  return news;
}

News phone_quality(const Json& value) {
  const std::string event = text_at(value, "event");
  return {"phone_number_quality", is_in(event, {"DOWNGRADE", "FLAGGED"}) ? Severity::warning : Severity::information,
          "Number " + text_at(value, "display_phone_number") + ": " + in_words(event) + ", sending limit " +
              in_words(text_at(value, "current_limit")) + "."};
}

News phone_name(const Json& value) {
  const std::string decision = text_at(value, "decision");
  return {"phone_number_name", decision == "REJECTED" ? Severity::warning : Severity::information,
          "The name " + text_at(value, "requested_verified_name") + " of number " +
              text_at(value, "display_phone_number") + " was reviewed: " + in_words(decision) + "."};
}

News security(const Json& value) {
  // A changed or reset PIN that nobody here asked for is how numbers are stolen.
  return {
      "security", Severity::alert,
      "Security of number " + text_at(value, "display_phone_number") + ": " + in_words(text_at(value, "event")) + "."};
}

News news_of(const std::string& field, const Json& value) {
  if (field == "message_template_status_update") return template_status(value);
  if (field == "message_template_quality_update") return template_quality(value);
  if (field == "message_template_components_update")
    return {"template_components", Severity::information, template_of(value) + " was changed."};
  if (field == "template_category_update") return template_category(value);
  if (field == "account_update") return account_update(value);
  if (field == "account_review_update") return account_review(value);
  if (field == "account_alerts") return account_alert(value);
  if (field == "phone_number_quality_update") return phone_quality(value);
  if (field == "phone_number_name_update") return phone_name(value);
  if (field == "security") return security(value);
  if (field == "business_capability_update")
    return {"business_capability", Severity::information, "WhatsApp changed what the business may send."};
  if (field == "smb_app_state_sync")
    return {"contact_sync", Severity::information, "The address book of the WhatsApp Business app changed."};
  const std::string kind = kind_of_field(field);
  return {kind, Severity::information, "WhatsApp sent news of a kind that this version does not know: " + kind + "."};
}

}  // namespace

Notice notice_of(const Context& context, std::string kind, Severity severity, std::string text, const Json& content) {
  Notice notice;
  notice.severity = severity;
  notice.occurred_at = context.change.time ? context.change.time->at : context.now;
  notice.account = context.account;
  notice.kind = std::move(kind);
  notice.text = std::move(text);
  notice.content = content;
  if (!context.change.account.empty()) notice.content["business_account"] = context.change.account;
  // Meta gives news no id. Without the time of a body that has none, its repetition makes the same one.
  const std::string at =
      context.change.time ? std::to_string(context.change.time->at.time_since_epoch().count()) : std::string("undated");
  notice.external_id = notice.kind + ":" + at + ":" + fingerprint(one_line(notice.content));
  return notice;
}

void map_account_notice(Context& context) {
  News news = news_of(context.change.field, *context.change.value);
  context.batch.notices.push_back(
      notice_of(context, std::move(news.kind), news.severity, std::move(news.text), *context.change.value));
}

void map_errors_notice(Context& context, const Json& errors) {
  Json content = Json::object();
  content["field"] = context.change.field;
  content["errors"] = errors;
  context.batch.notices.push_back(
      notice_of(context, "error", Severity::warning, "WhatsApp reported an error of the channel.", content));
}

}  // namespace patchbay::whatsapp
