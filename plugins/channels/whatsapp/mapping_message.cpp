#include "mapping_parts.hpp"

namespace patchbay::whatsapp {

namespace {

constexpr PersonFields sender_fields{"from", "from_user_id", "from_parent_user_id"};
constexpr PersonFields receiver_fields{"to", "to_user_id", "to_parent_user_id"};

// What every message has, whatever its type.
struct Frame {
  std::string id;
  std::string type;
  Moment moment;
  Direction direction = Direction::inbound;
  Age age = Age::live;
  Person customer;
  std::string customer_id;
};

MaybeProblem missing(const std::string& pointer, std::string_view key, std::string expected, const Json* found) {
  return Problem{pointer + "/" + std::string(key), std::move(expected), describe(found)};
}

MaybeProblem read_frame(const Json& message, const std::string& pointer, Frame& frame) {
  if (!message.is_object()) return Problem{pointer, "an object", describe(&message)};
  frame.id = text_at(message, "id");
  if (frame.id.empty()) return missing(pointer, "id", "text", member(message, "id"));
  const std::optional<Moment> moment = moment_of(member(message, "timestamp"));
  if (!moment) return missing(pointer, "timestamp", "seconds as text", member(message, "timestamp"));
  frame.moment = *moment;
  const Json* type = member(message, "type");
  if (type == nullptr || !type->is_string() || type->get_ref<const std::string&>().empty())
    return missing(pointer, "type", "text", type);
  frame.type = type->get<std::string>();
  return std::nullopt;
}

std::string group_of(const Json& message) { return text_at(message, "group_id"); }

std::string replied_to(const Json& message) {
  const Json* context = object_member(message, "context");
  return context == nullptr ? std::string() : text_at(*context, "id");
}

Participant author_of(const Context& context, const Frame& frame) {
  return frame.direction == Direction::inbound ? frame.customer.participant : business_of(context, Role::author);
}

Fact fact_of(const Context& context, const Frame& frame, FactKind kind, std::string target) {
  Fact fact;
  fact.kind = kind;
  fact.precision = frame.moment.precision;
  fact.occurred_at = frame.moment.at;
  fact.account = context.account;
  fact.region = context.region;
  fact.target = std::move(target);
  fact.external_id = frame.id;
  Participant author = author_of(context, frame);
  if (!author.identifiers.empty()) fact.participants.push_back(std::move(author));
  return fact;
}

MaybeProblem map_reaction(Context& context, const Frame& frame, const Json& message, const std::string& pointer) {
  const Json* reaction = object_member(message, "reaction");
  if (reaction == nullptr) return missing(pointer, "reaction", "an object", member(message, "reaction"));
  std::string target = text_at(*reaction, "message_id");
  if (target.empty()) return missing(pointer, "reaction/message_id", "text", member(*reaction, "message_id"));
  Fact fact = fact_of(context, frame, FactKind::reaction, std::move(target));
  fact.text = text_at(*reaction, "emoji");  // empty or missing: taken back
  fact.content["type"] = frame.type;
  describe_person(context, frame.customer, fact.content);
  context.batch.facts.push_back(std::move(fact));
  return std::nullopt;
}

MaybeProblem map_revoke(Context& context, const Frame& frame, const Json& message, const std::string& pointer) {
  const Json* revoke = object_member(message, "revoke");
  if (revoke == nullptr) return missing(pointer, "revoke", "an object", member(message, "revoke"));
  std::string target = text_at(*revoke, "original_message_id");
  if (target.empty())
    return missing(pointer, "revoke/original_message_id", "text", member(*revoke, "original_message_id"));
  Fact fact = fact_of(context, frame, FactKind::deletion, std::move(target));
  fact.content["type"] = frame.type;
  describe_person(context, frame.customer, fact.content);
  context.batch.facts.push_back(std::move(fact));
  return std::nullopt;
}

MaybeProblem map_edit(Context& context, const Frame& frame, const Json& message, const std::string& pointer) {
  const Json* edit = object_member(message, "edit");
  if (edit == nullptr) return missing(pointer, "edit", "an object", member(message, "edit"));
  std::string target = text_at(*edit, "original_message_id");
  if (target.empty()) return missing(pointer, "edit/original_message_id", "text", member(*edit, "original_message_id"));
  const Json* edited = object_member(*edit, "message");
  if (edited == nullptr) return missing(pointer, "edit/message", "an object", member(*edit, "message"));
  Fact fact = fact_of(context, frame, FactKind::edit, std::move(target));
  MessageBody body = body_of(*edited);
  fact.text = std::move(body.text);
  fact.content = std::move(body.content);
  if (!body.understood) {
    fact.original = one_line(message);
    fact.original_type = "application/json";
  }
  describe_person(context, frame.customer, fact.content);
  context.batch.facts.push_back(std::move(fact));
  return std::nullopt;
}

void map_interaction(Context& context, const Frame& frame, const Json& message) {
  Interaction interaction;
  interaction.direction = frame.direction;
  interaction.historical = frame.age == Age::historical;
  interaction.precision = frame.moment.precision;
  interaction.occurred_at = frame.moment.at;
  interaction.account = context.account;
  interaction.region = context.region;
  interaction.external_id = frame.id;
  interaction.in_reply_to = replied_to(message);
  const std::string group = group_of(message);
  interaction.visibility = group.empty() ? Visibility::private_ : Visibility::group;
  interaction.conversation = group.empty() ? conversation_with(context, frame.customer.id) : "group:" + group;

  Participant author = author_of(context, frame);
  std::vector<Participant> mentioned;
  if (frame.type == "contacts") add_cards(context, message, author, frame.customer_id, mentioned);
  if (frame.type == "system") add_system_identifiers(context, message, author);
  if (!author.identifiers.empty()) interaction.participants.push_back(std::move(author));
  if (frame.direction == Direction::inbound)
    interaction.participants.push_back(business_of(context, Role::recipient));
  else if (!frame.customer.empty())
    interaction.participants.push_back(frame.customer.participant);
  for (Participant& participant : mentioned) interaction.participants.push_back(std::move(participant));

  MessageBody body = body_of(message);
  interaction.text = std::move(body.text);
  interaction.content = std::move(body.content);
  interaction.attachments = std::move(body.attachments);
  describe_person(context, frame.customer, interaction.content);
  if (!body.understood) {
    interaction.original = one_line(message);
    interaction.original_type = "application/json";
  }
  context.batch.interactions.push_back(std::move(interaction));
}

MaybeProblem map_framed(Context& context, Frame& frame, const Json& message, const std::string& pointer) {
  for (const Identifier& identifier : frame.customer.participant.identifiers)
    if (identifier.kind == "whatsapp_user") frame.customer_id = identifier.value;
  if (frame.type == "reaction") return map_reaction(context, frame, message, pointer);
  if (frame.type == "revoke") return map_revoke(context, frame, message, pointer);
  if (frame.type == "edit") return map_edit(context, frame, message, pointer);
  if (frame.type == "interactive" && frame.direction == Direction::inbound) {
    const Json* interactive = object_member(message, "interactive");
    const Json* reply = interactive == nullptr ? nullptr : object_member(*interactive, "call_permission_reply");
    if (reply != nullptr) return map_call_permission(context, message, *reply, frame.moment);
  }
  map_interaction(context, frame, message);
  return std::nullopt;
}

// A private thread is named by its person, who may also be described in the thread's own context.
void complete_from_thread(const Context& context, const Json& thread, Role role, Person& customer) {
  if (customer.empty()) customer = person_of(context, thread, {"id", "user_id", "parent_user_id"}, role);
  const Json* described = object_member(thread, "context");
  if (described == nullptr) return;
  const std::string user_id = text_at(*described, "user_id");
  const std::string phone = phone_of(text_at(*described, "wa_id"));
  Participant& person = customer.participant;
  person.role = role;
  add_identifier(person, {"whatsapp_user", user_id, context.numbers.portfolio, Trust::attested});
  add_identifier(person, {"phone", phone, "", Trust::attested});
  add_identifier(person, {"username", text_at(*described, "username"), "whatsapp", Trust::claimed});
  if (!user_id.empty())
    customer.id = user_id;
  else if (customer.id.empty() && !phone.empty())
    customer.id = phone.substr(1);
}

}  // namespace

MaybeProblem map_message(Context& context, const Json& message, const std::string& pointer) {
  Frame frame;
  if (MaybeProblem problem = read_frame(message, pointer, frame)) return problem;
  frame.customer = person_of(context, message, sender_fields, Role::author);
  // A system message that tells of a new user id may name its person nowhere else.
  if (frame.customer.empty() && frame.type != "system")
    return missing(pointer, "from", "a phone number or, in from_user_id, a user id", member(message, "from"));
  return map_framed(context, frame, message, pointer);
}

MaybeProblem map_echo(Context& context, const Json& message, const std::string& pointer) {
  Frame frame;
  if (MaybeProblem problem = read_frame(message, pointer, frame)) return problem;
  frame.direction = Direction::outbound;
  frame.customer = person_of(context, message, receiver_fields, Role::recipient);
  return map_framed(context, frame, message, pointer);
}

MaybeProblem map_past_message(Context& context, const Json& message, const Json& thread, const std::string& pointer) {
  Frame frame;
  if (MaybeProblem problem = read_frame(message, pointer, frame)) return problem;
  frame.age = Age::historical;
  const Json* history = object_member(message, "history_context");
  const std::string from = phone_of(text_at(message, "from"));
  const bool from_business = (history != nullptr && true_at(*history, "from_me")) || member(message, "to") != nullptr ||
                             (!from.empty() && from == context.display_number);
  frame.direction = from_business ? Direction::outbound : Direction::inbound;
  const Role role = from_business ? Role::recipient : Role::author;
  frame.customer = person_of(context, message, from_business ? receiver_fields : sender_fields, role);
  if (group_of(message).empty()) complete_from_thread(context, thread, role, frame.customer);
  if (frame.customer.empty())
    return missing(pointer, "from", "a phone number or, in from_user_id, a user id", member(message, "from"));
  return map_framed(context, frame, message, pointer);
}

}  // namespace patchbay::whatsapp
