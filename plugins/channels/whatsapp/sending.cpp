#include "sending.hpp"

#include "mapping_parts.hpp"

#include <algorithm>
#include <string_view>

namespace patchbay::whatsapp {

namespace {

constexpr const char* default_base = "https://graph.facebook.com/v25.0";
// What Meta hands back of `biz_opaque_callback_data`.
constexpr std::size_t longest_callback = 512;

Failure refused(const std::string& what, std::string remedy) {
  return permanent("sending: " + what, std::move(remedy));
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_number_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.find_first_not_of("0123456789") == text.npos;
}

// "https://host:1/v25.0" -> "host"; "[::1]" keeps its brackets.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_loopback(std::string_view host) {
  const bool is_address = !host.empty() && host.find_first_not_of("0123456789.") == host.npos;
  return host == "localhost" || host == "[::1]" || (is_address && host.starts_with("127."));
}

struct From {
  std::string number_id;
  std::string pointer;  // of its id in the settings
};

std::string names_of(const Numbers& numbers) {
  std::string names;
  for (const auto& [id, number] : numbers.by_id) {
    if (names.size() > 200) return names + ", ...";
    names += (names.empty() ? "" : ", ") + number.key;
  }
  return names.empty() ? "none is set" : names;
}

// The number to send from, by what its interactions bear as their account.
From sender_of(const Numbers& numbers, const std::string& account) {
  for (const auto& [id, number] : numbers.by_id) {
    const bool only = account.empty() && numbers.by_id.size() == 1;
    if (number.key != account && !only) continue;
    if (!is_number_id(id))
      throw invalid_settings("/numbers/" + number.key + "/id",
                             "sending: expected a phone number id, which is digits only",
                             "copy it from the app's WhatsApp settings");
    return {id, "/numbers/" + number.key + "/id"};
  }
  if (account.empty())
    throw refused("no account is named, and the channel has not exactly one number",
                  "name the number to send from; the channel's are: " + names_of(numbers));
  // What comes over a number without a name has its id for an account.
  if (is_number_id(account)) return {account, ""};
  throw refused("the channel has no number " + account,
                "name one of the channel's numbers, which are: " + names_of(numbers));
}

// A conversation is named PERSON@NUMBER-ID, a group group:ID.
void expect_own_conversation(const std::string& conversation, const From& from) {
  if (conversation.starts_with("group:"))
    throw refused("expected a conversation with one person, found a group",
                  "write to the person without answering the group's message");
  const std::size_t at = conversation.rfind('@');
  if (at == conversation.npos || conversation.substr(at + 1) == from.number_id) return;
  throw refused("the conversation is with another number of the business than the one to send from",
                "answer from the number that the person wrote to");
}

void expect_only_text(const Outbound& outbound) {
  if (!outbound.attachments.empty())
    throw refused("WhatsApp attachments are not sent by this version", "send the text alone, with a link");
  if (!outbound.subject.empty()) throw refused("WhatsApp has no subject", "leave it out, or put it into the text");
  if (!outbound.content.empty()) throw refused("only text is sent by this version", "leave the content out");
  if (outbound.text.empty()) throw refused("expected text, found none", "write something");
  if (const std::size_t found = characters(outbound.text); found > longest_text)
    throw refused(
        "WhatsApp takes texts of up to " + std::to_string(longest_text) + " characters, found " + std::to_string(found),
        "shorten it, or send it as several messages");
}

// Whom the request names. An identifier that somebody merely claimed may be a stranger's.
void name_recipient(const Numbers& numbers, const Outbound& outbound, Json& body) {
  if (outbound.recipients.size() != 1)
    throw refused("expected one recipient, found " + std::to_string(outbound.recipients.size()),
                  "send it to each person on their own");
  const Participant& person = outbound.recipients.front();
  if (person.party == Party::business)
    throw refused("the recipient is the business itself", "name the person to write to");
  const auto usable = [&](const Identifier& identifier, std::string_view kind) {
    return identifier.kind == kind && identifier.trust == Trust::attested;
  };
  for (const Identifier& identifier : person.identifiers) {
    if (!usable(identifier, "phone")) continue;
    const std::string phone = phone_of(identifier.value);
    if (phone.empty() || !identifier.value.starts_with('+')) continue;
    body["to"] = phone;
    return;
  }
  for (const Identifier& identifier : person.identifiers) {
    // The same text in another portfolio is another person.
    if (!usable(identifier, "whatsapp_user") || identifier.scope != numbers.portfolio) continue;
    body["recipient"] = identifier.value;
    return;
  }
  throw refused("the recipient has no phone number, and no WhatsApp user id of the portfolio " + numbers.portfolio +
                    ", that WhatsApp vouches for",
                "write to a phone number with + and country code, or answer a message of this person");
}

}  // namespace

Api read_api(const Settings& settings) {
  Api api{settings.text("/api", default_base)};
  if (settings.at("/link_previews") == true) api.link_preview = LinkPreview::shown;
  const auto expected = [](const std::string& what) {
    return invalid_settings("/api", "reading /api: expected " + what,
                            std::string("write it like ") + default_base + ", or leave it out");
  };
  const std::size_t scheme = api.base.find("://");
  if (scheme == api.base.npos || api.base.find_first_of("?#@ ") != api.base.npos)
    throw expected("an address https://HOST/VERSION, without user, query and fragment");
  const std::string_view authority = std::string_view(api.base).substr(scheme + 3);
  const std::string_view host = host_of(authority.substr(0, authority.find('/')));
  if (host.empty()) throw expected("an address with a host");
  if (!api.base.starts_with("https://") && !(api.base.starts_with("http://") && is_loopback(host)))
    throw expected("https: the access token must not be read on its way");
  while (api.base.ends_with('/')) api.base.pop_back();
  return api;
}

SendRequest request_of(const Numbers& numbers, const Api& api, const Outbound& outbound) {
  expect_only_text(outbound);
  From from = sender_of(numbers, outbound.account);
  expect_own_conversation(outbound.conversation, from);
  Json body = {{"messaging_product", "whatsapp"},
               {"recipient_type", "individual"},
               {"type", "text"},
               {"text", {{"preview_url", api.link_preview == LinkPreview::shown}, {"body", outbound.text}}}};
  name_recipient(numbers, outbound, body);
  // Calls have ids, too (wacid...), which cannot be quoted.
  if (outbound.in_reply_to.starts_with("wamid.")) body["context"] = {{"message_id", outbound.in_reply_to}};
  if (!outbound.id.empty() && outbound.id.size() <= longest_callback) body["biz_opaque_callback_data"] = outbound.id;
  return {api.base + "/" + from.number_id + "/messages", one_line(body), std::move(from.pointer)};
}

}  // namespace patchbay::whatsapp
