#include "store/records.hpp"

#include <charconv>

namespace patchbay::store {

namespace {

std::string numbered(std::string_view word, std::int64_t value) {
  std::string text(word);
  text += '_';
  text += std::to_string(value);
  return text;
}

}  // namespace

std::string public_id(ContactId id) { return numbered("contact", number(id)); }
std::string public_id(PersonaId id) { return numbered("persona", number(id)); }
std::string public_id(ConversationId id) { return numbered("conversation", number(id)); }
std::string public_id(InteractionId id) { return numbered("interaction", number(id)); }
std::string public_id(FactId id) { return numbered("fact", number(id)); }
std::string public_id(EventId id) { return numbered("event", number(id)); }
std::string public_id(QuarantineId id) { return numbered("quarantine", number(id)); }
std::string public_id(OutboundId id) { return numbered("outbound", number(id)); }

std::optional<std::int64_t> number_of(std::string_view public_id, std::string_view word) {
  if (public_id.size() > word.size() && public_id.starts_with(word) && public_id[word.size()] == '_') {
    public_id.remove_prefix(word.size() + 1);
  }
  // from_chars would take a minus sign, which no id has.
  if (public_id.empty() || public_id.front() < '0' || public_id.front() > '9') return std::nullopt;
  std::int64_t value = 0;
  const char* const end = public_id.data() + public_id.size();
  const auto [stopped, error] = std::from_chars(public_id.data(), end, value);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

std::string_view name_of(Kind value) {
  switch (value) {
    case Kind::message:
      return "message";
    case Kind::letter:
      return "letter";
    case Kind::review:
      return "review";
    case Kind::comment:
      return "comment";
    case Kind::call:
      return "call";
  }
  return "unknown";
}

std::string_view name_of(Direction value) {
  switch (value) {
    case Direction::inbound:
      return "inbound";
    case Direction::outbound:
      return "outbound";
  }
  return "unknown";
}

std::string_view name_of(Visibility value) {
  switch (value) {
    case Visibility::private_:
      return "private";
    case Visibility::group:
      return "group";
    case Visibility::public_:
      return "public";
  }
  return "unknown";
}

std::string_view name_of(Precision value) {
  switch (value) {
    case Precision::microsecond:
      return "microsecond";
    case Precision::second:
      return "second";
    case Precision::minute:
      return "minute";
    case Precision::day:
      return "day";
  }
  return "unknown";
}

std::string_view name_of(Role value) {
  switch (value) {
    case Role::author:
      return "author";
    case Role::recipient:
      return "recipient";
    case Role::copy:
      return "copy";
    case Role::on_behalf_of:
      return "on_behalf_of";
    case Role::mentioned:
      return "mentioned";
    case Role::agent:
      return "agent";
  }
  return "unknown";
}

std::string_view name_of(Trust value) {
  switch (value) {
    case Trust::attested:
      return "attested";
    case Trust::claimed:
      return "claimed";
  }
  return "unknown";
}

std::string_view name_of(FactKind value) {
  switch (value) {
    case FactKind::edit:
      return "edit";
    case FactKind::deletion:
      return "deletion";
    case FactKind::reaction:
      return "reaction";
    case FactKind::receipt:
      return "receipt";
  }
  return "unknown";
}

std::string_view name_of(Receipt value) {
  switch (value) {
    case Receipt::none:
      return "none";
    case Receipt::sent:
      return "sent";
    case Receipt::delivered:
      return "delivered";
    case Receipt::read:
      return "read";
    case Receipt::failed:
      return "failed";
  }
  return "unknown";
}

std::string_view name_of(Severity value) {
  switch (value) {
    case Severity::information:
      return "information";
    case Severity::warning:
      return "warning";
    case Severity::alert:
      return "alert";
  }
  return "unknown";
}

std::string_view name_of(ConsentState value) {
  switch (value) {
    case ConsentState::unknown:
      return "unknown";
    case ConsentState::granted:
      return "granted";
    case ConsentState::withdrawn:
      return "withdrawn";
  }
  return "unknown";
}

std::string_view name_of(Verdict value) { return value == Verdict::same ? "same" : "not_the_same"; }

std::string_view name_of(EventType value) {
  switch (value) {
    case EventType::contact_created:
      return "contact.created";
    case EventType::contact_updated:
      return "contact.updated";
    case EventType::contact_merged:
      return "contact.merged";
    case EventType::contact_split:
      return "contact.split";
    case EventType::contact_erased:
      return "contact.erased";
    case EventType::interaction_received:
      return "interaction.received";
    case EventType::interaction_sent:
      return "interaction.sent";
    case EventType::interaction_edited:
      return "interaction.edited";
    case EventType::interaction_deleted:
      return "interaction.deleted";
    case EventType::interaction_reacted:
      return "interaction.reacted";
    case EventType::interaction_receipt:
      return "interaction.receipt";
    case EventType::channel_notice:
      return "channel.notice";
  }
  return "unknown";
}

std::string_view name_of(DeliveryState value) {
  switch (value) {
    case DeliveryState::open:
      return "open";
    case DeliveryState::delivered:
      return "delivered";
    case DeliveryState::dead:
      return "dead";
  }
  return "unknown";
}

std::string_view name_of(QuarantineState value) {
  switch (value) {
    case QuarantineState::held:
      return "held";
    case QuarantineState::replayed:
      return "replayed";
  }
  return "unknown";
}

std::string_view name_of(OutboundState value) {
  switch (value) {
    case OutboundState::queued:
      return "queued";
    case OutboundState::sending:
      return "sending";
    case OutboundState::sent:
      return "sent";
    case OutboundState::failed:
      return "failed";
    case OutboundState::uncertain:
      return "uncertain";
    case OutboundState::refused:
      return "refused";
  }
  return "unknown";
}

}  // namespace patchbay::store
