#include "mapping_parts.hpp"

namespace patchbay::whatsapp {

namespace {

constexpr PersonFields caller_fields{"from", "from_user_id", "from_parent_user_id"};
constexpr PersonFields called_fields{"to", "to_user_id", "to_parent_user_id"};

}  // namespace

// The start and the end of a call come under one id and are one interaction: what comes later amends it, and an end
// whose start was never reported stands by itself.
MaybeProblem map_call(Context& context, const Json& call, const std::string& pointer) {
  if (!call.is_object()) return Problem{pointer, "an object", describe(&call)};
  std::string id = text_at(call, "id");
  if (id.empty()) return Problem{pointer + "/id", "text", describe(member(call, "id"))};
  std::optional<Moment> moment = moment_of(member(call, "start_time"));
  if (!moment) moment = moment_of(member(call, "timestamp"));
  if (!moment) return Problem{pointer + "/timestamp", "seconds as text", describe(member(call, "timestamp"))};
  const bool outbound = text_at(call, "direction") == "BUSINESS_INITIATED";

  Interaction interaction;
  interaction.kind = Kind::call;
  interaction.direction = outbound ? Direction::outbound : Direction::inbound;
  interaction.precision = moment->precision;
  interaction.occurred_at = moment->at;
  interaction.account = context.account;
  interaction.region = context.region;
  interaction.external_id = std::move(id);
  const Person customer =
      person_of(context, call, outbound ? called_fields : caller_fields, outbound ? Role::recipient : Role::author);
  interaction.conversation = conversation_with(context, customer.id);
  if (outbound) {
    interaction.participants.push_back(business_of(context, Role::author));
    if (!customer.empty()) interaction.participants.push_back(customer.participant);
  } else {
    if (!customer.empty()) interaction.participants.push_back(customer.participant);
    interaction.participants.push_back(business_of(context, Role::recipient));
  }
  interaction.content = call;
  interaction.content["type"] = "call";
  // The session is the telephones' negotiation: of no use afterwards, and it holds network addresses.
  for (const char* key : {"id", "timestamp", "from", "from_user_id", "from_parent_user_id", "to", "to_user_id",
                          "to_parent_user_id", "session"})
    interaction.content.erase(key);
  describe_person(context, customer, interaction.content);
  context.batch.interactions.push_back(std::move(interaction));
  return std::nullopt;
}

}  // namespace patchbay::whatsapp
