#include "mapping_parts.hpp"

namespace patchbay::whatsapp {

namespace {

constexpr PersonFields recipient_fields{"recipient_id", "recipient_user_id", "parent_recipient_user_id"};
constexpr PersonFields group_recipient_fields{"recipient_participant_id", "recipient_participant_user_id",
                                              "recipient_participant_parent_user_id"};

Receipt receipt_of(std::string_view status) {
  if (status == "sent") return Receipt::sent;
  if (status == "delivered") return Receipt::delivered;
  if (status == "read" || status == "played") return Receipt::read;  // a voice message is read by playing it
  if (status == "failed") return Receipt::failed;
  return Receipt::none;
}

// What the other side's telephone did with a call that the business made.
Receipt receipt_of_call(std::string_view status) {
  if (status == "RINGING") return Receipt::delivered;
  if (status == "ACCEPTED") return Receipt::read;
  if (status == "REJECTED") return Receipt::failed;
  return Receipt::none;
}

struct StatusFrame {
  std::string id;
  std::string status;
  Moment moment;
};

MaybeProblem read_frame(const Json& status, const std::string& pointer, StatusFrame& frame) {
  if (!status.is_object()) return Problem{pointer, "an object", describe(&status)};
  frame.id = text_at(status, "id");
  if (frame.id.empty()) return Problem{pointer + "/id", "text", describe(member(status, "id"))};
  frame.status = text_at(status, "status");
  if (frame.status.empty()) return Problem{pointer + "/status", "text", describe(member(status, "status"))};
  const std::optional<Moment> moment = moment_of(member(status, "timestamp"));
  if (!moment) return Problem{pointer + "/timestamp", "seconds as text", describe(member(status, "timestamp"))};
  frame.moment = *moment;
  return std::nullopt;
}

Json rest_of(const Json& status) {
  Json rest = status;
  for (const char* key : {"id", "timestamp"}) rest.erase(key);
  return rest;
}

void add_fact(Context& context, const Json& status, StatusFrame& frame, Receipt receipt) {
  const bool in_group = text_at(status, "recipient_type") == "group";
  const Person recipient =
      person_of(context, status, in_group ? group_recipient_fields : recipient_fields, Role::recipient);
  Fact fact;
  fact.kind = FactKind::receipt;
  fact.receipt = receipt;
  fact.precision = frame.moment.precision;
  fact.occurred_at = frame.moment.at;
  fact.account = context.account;
  fact.region = context.region;
  // Meta repeats a status under the message's id; each member of a group has a status of their own.
  fact.external_id = frame.id + ":" + frame.status;
  if (in_group && !recipient.id.empty()) fact.external_id += ":" + recipient.id;
  fact.target = std::move(frame.id);
  fact.content = rest_of(status);
  describe_person(context, recipient, fact.content);
  if (!recipient.empty()) fact.participants.push_back(recipient.participant);
  context.batch.facts.push_back(std::move(fact));
}

void add_unknown_status_notice(Context& context, const Json& status, const StatusFrame& frame) {
  Notice notice =
      notice_of(context, "unknown_status", Severity::warning,
                "WhatsApp reported a message status that this version does not know: " + frame.status + ".", status);
  notice.occurred_at = frame.moment.at;
  context.batch.notices.push_back(std::move(notice));
}

MaybeProblem map_with(Context& context, const Json& status, const std::string& pointer,
                      Receipt (*meaning)(std::string_view)) {
  StatusFrame frame;
  if (MaybeProblem problem = read_frame(status, pointer, frame)) return problem;
  const Receipt receipt = meaning(frame.status);
  if (receipt == Receipt::none)
    add_unknown_status_notice(context, status, frame);
  else
    add_fact(context, status, frame, receipt);
  return std::nullopt;
}

}  // namespace

MaybeProblem map_status(Context& context, const Json& status, const std::string& pointer) {
  return map_with(context, status, pointer, receipt_of);
}

MaybeProblem map_call_status(Context& context, const Json& status, const std::string& pointer) {
  return map_with(context, status, pointer, receipt_of_call);
}

}  // namespace patchbay::whatsapp
