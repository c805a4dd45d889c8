// What the mapping's files share: the context of one change, and the people in it. Internal to the plugin.
//
// A Context borrows from the envelope and the settings for the time of one map_body() and appends to its batch. Each
// map_ function takes one element whole or leaves the batch as it was and says what is wrong with the element.
#pragma once

#include "mapping.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::whatsapp {

enum class Age : std::uint8_t { live, historical };

struct Context {
  const Numbers& numbers;
  const Change& change;
  TimePoint now;
  Batch& batch;
  // Of the number that the change came over; empty where it names none.
  std::string number_id;
  std::string display_number;  // "+" and digits, or empty
  std::string account;
  std::string region;
  std::string business_name;
  const Json* contacts = nullptr;  // value.contacts, a list, or null
  // The same by their ids: a body may hold many contacts and many messages.
  std::map<std::string, const Json*, std::less<>> contact_by_user_id;
  std::map<std::string, const Json*, std::less<>> contact_by_phone;
};

// [mapping_context.cpp]
[[nodiscard]] Context context_of(const Numbers& numbers, const Change& change, TimePoint now, Batch& batch);

// ---- mapping_people.cpp

// Where an element names a person: `from` and `from_user_id` of a message, `recipient_id` of a status ...
struct PersonFields {
  std::string_view phone;
  std::string_view user_id;
  std::string_view parent_user_id;
};

// A person as WhatsApp showed them: the element's own fields, completed from the contact that has the same id.
struct Person {
  Participant participant;
  std::string id;              // user id, else phone digits: what their conversation is named by
  std::string parent_user_id;  // of the portfolio above ours, where there is one
  bool known_contact = false;

  [[nodiscard]] bool empty() const noexcept { return participant.identifiers.empty(); }
};

// "+" and digits, or empty when `text` is no international number. A leading plus and blanks are allowed.
[[nodiscard]] std::string phone_of(std::string_view text);

[[nodiscard]] Person person_of(const Context& context, const Json& element, const PersonFields& fields, Role role);
// The business's own number.
[[nodiscard]] Participant business_of(const Context& context, Role role);
// Adds an identifier that is not there yet and has a value.
void add_identifier(Participant& participant, Identifier identifier);
// The name of the conversation with one person over this number.
[[nodiscard]] std::string conversation_with(const Context& context, std::string_view person_id);
// Adds to an element's content what is known of its person beside the identifiers, and the contacts of the change that
// match nobody in the element, so that neither is lost.
void describe_person(const Context& context, const Person& person, Json& content);

// ---- mapping_message.cpp

using MaybeProblem = std::optional<Problem>;

[[nodiscard]] MaybeProblem map_message(Context& context, const Json& message, const std::string& pointer);
[[nodiscard]] MaybeProblem map_echo(Context& context, const Json& message, const std::string& pointer);
// A message of a synchronised past, in the thread that it belongs to.
[[nodiscard]] MaybeProblem map_past_message(Context& context, const Json& message, const Json& thread,
                                            const std::string& pointer);

// ---- mapping_content.cpp

// What a message says, apart from who, when and where.
struct MessageBody {
  std::string text;
  Json content = Json::object();
  std::vector<Attachment> attachments;
  bool understood = true;  // false: of a type that this version does not know, or without its content
};

[[nodiscard]] MessageBody body_of(const Json& message);

// ---- mapping_cards.cpp

// Contact cards: other people become mentions; a card that WhatsApp vouches for is the sender's own phone.
void add_cards(const Context& context, const Json& message, Participant& author, std::string_view author_user_id,
               std::vector<Participant>& participants);

// ---- mapping_system.cpp

// The identifiers that a system message says belong to one person: before and after a change.
void add_system_identifiers(const Context& context, const Json& message, Participant& author);

// ---- the other elements

[[nodiscard]] MaybeProblem map_status(Context& context, const Json& status, const std::string& pointer);
[[nodiscard]] MaybeProblem map_call(Context& context, const Json& call, const std::string& pointer);
[[nodiscard]] MaybeProblem map_call_status(Context& context, const Json& status, const std::string& pointer);
[[nodiscard]] MaybeProblem map_preference(Context& context, const Json& preference, const std::string& pointer);
[[nodiscard]] MaybeProblem map_call_permission(Context& context, const Json& message, const Json& reply,
                                               const Moment& moment);
void map_history(Context& context, const Json& history, const std::string& pointer, Rejected& rejected);
// A change that is news about the account, or of a field that this version does not know.
void map_account_notice(Context& context);
void map_errors_notice(Context& context, const Json& errors);

// ---- mapping_notice.cpp

// A notice of this change with an id that every delivery of the same body gives again.
[[nodiscard]] Notice notice_of(const Context& context, std::string kind, Severity severity, std::string text,
                               const Json& content);

}  // namespace patchbay::whatsapp
