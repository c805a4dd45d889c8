#include "mapping_parts.hpp"

namespace patchbay::whatsapp {

namespace {

ConsentState state_of(std::string_view value) {
  if (value == "stop" || value == "reject") return ConsentState::withdrawn;
  if (value == "resume" || value == "signup" || value == "accept") return ConsentState::granted;
  return ConsentState::unknown;
}

// Meta's name of the category in ours, which the suppression list knows.
std::string category_of(std::string category) {
  if (category.empty()) return "all";
  if (category == "marketing_messages") return "marketing";
  return category;
}

Consent consent_of(const Context& context, const Person& person, const Moment& moment, ConsentState state) {
  Consent consent;
  consent.state = state;
  consent.occurred_at = moment.at;
  consent.account = context.account;
  consent.region = context.region;
  consent.participant = person.participant;
  return consent;
}

}  // namespace

MaybeProblem map_preference(Context& context, const Json& preference, const std::string& pointer) {
  if (!preference.is_object()) return Problem{pointer, "an object", describe(&preference)};
  const std::optional<Moment> moment = moment_of(member(preference, "timestamp"));
  if (!moment) return Problem{pointer + "/timestamp", "seconds as text", describe(member(preference, "timestamp"))};
  const Person person = person_of(context, preference, {"wa_id", "user_id", "parent_user_id"}, Role::author);
  if (person.empty())
    return Problem{pointer + "/wa_id", "a phone number or, in user_id, a user id",
                   describe(member(preference, "wa_id"))};
  const std::string value = text_at(preference, "value");
  if (value.empty()) return Problem{pointer + "/value", "text", describe(member(preference, "value"))};
  Consent consent = consent_of(context, person, *moment, state_of(value));
  consent.category = category_of(text_at(preference, "category"));
  consent.content = preference;
  for (const char* key : {"timestamp", "wa_id", "user_id", "parent_user_id"}) consent.content.erase(key);
  describe_person(context, person, consent.content);
  context.batch.consents.push_back(std::move(consent));
  return std::nullopt;
}

MaybeProblem map_call_permission(Context& context, const Json& message, const Json& reply, const Moment& moment) {
  const Person person = person_of(context, message, {"from", "from_user_id", "from_parent_user_id"}, Role::author);
  Consent consent = consent_of(context, person, moment, state_of(text_at(reply, "response")));
  consent.category = "calls";
  consent.content = reply;
  consent.content["message_id"] = text_at(message, "id");
  if (const Json* replied = object_member(message, "context"); replied != nullptr && !text_at(*replied, "id").empty())
    consent.content["in_reply_to"] = text_at(*replied, "id");
  describe_person(context, person, consent.content);
  context.batch.consents.push_back(std::move(consent));
  return std::nullopt;
}

}  // namespace patchbay::whatsapp
