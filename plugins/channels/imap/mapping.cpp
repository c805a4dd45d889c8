#include "mapping.hpp"

#include "gmime.hpp"
#include "mime_guard.hpp"
#include "parts.hpp"
#include "quotation.hpp"
#include "report.hpp"
#include "response.hpp"
#include "utf8.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace patchbay::imap {

namespace {

using std::chrono::sys_seconds;

constexpr const char* media_type = "message/rfc822";
constexpr std::chrono::hours furthest_ahead{24};  // clocks of senders are wrong, but not by more
constexpr std::size_t longest_subject = 4000;
constexpr std::size_t most_references = 50;

std::string digest(std::string_view bytes, std::size_t length) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> sum{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), sum.data());
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string to;
  for (std::size_t i = 0; i < length; ++i) {
    to += digits[sum.at(i) >> 4U];
    to += digits[sum.at(i) & 15U];
  }
  return to;
}

std::string subject_of(GMimeMessage* message) {
  std::string subject = decoded_text(header(GMIME_OBJECT(message), "Subject"));
  for (char& letter : subject)
    if (static_cast<unsigned char>(letter) < ' ' || letter == '\x7F') letter = ' ';
  return std::string(cut_utf8(subject, longest_subject));
}

// The Message-ID, and behind it what tells apart messages that bear the same by mistake, or by intent: whoever knows
// the id of a message cannot put another in its place. Copies in other folders have the same. Needs no more than the
// header, so that it is also known of a message that a report returns.
std::string external_id_of(GMimeMessage* message, std::string_view bytes) {
  GMimeObject* const object = GMIME_OBJECT(message);
  const std::vector<std::string> ids = message_ids(header(object, "Message-ID"));
  if (ids.empty()) return bytes.empty() ? std::string{} : "sha256:" + digest(bytes, 16);
  std::string told_by;
  for (const char* const name : {"From", "Date", "Subject"}) told_by.append(header(object, name)).append(1, '\0');
  return ids.front() + "/" + digest(told_by, 6);
}

// What the sender says, unless it cannot be: then what the server says.
sys_seconds time_of(GMimeMessage* message, std::optional<sys_seconds> came_in) {
  GDateTime* const date = g_mime_message_get_date(message);
  if (date == nullptr) return came_in.value_or(sys_seconds{});
  const sys_seconds said{std::chrono::seconds{g_date_time_to_unix(date)}};
  const bool is_possible = said > sys_seconds{} && (!came_in || said <= *came_in + furthest_ahead);
  return is_possible ? said : came_in.value_or(sys_seconds{});
}

// The oldest message that this one goes back to. Siblings of a message that was never seen have the same, too.
struct Thread {
  std::string conversation, in_reply_to;
  std::vector<std::string> references;
};
Thread thread_of(GMimeMessage* message) {
  GMimeObject* const object = GMIME_OBJECT(message);
  Thread thread;
  thread.references = message_ids(header(object, "References"));
  const std::vector<std::string> answered = message_ids(header(object, "In-Reply-To"));
  if (!answered.empty()) thread.in_reply_to = answered.front();
  if (thread.in_reply_to.empty() && !thread.references.empty()) thread.in_reply_to = thread.references.back();
  if (!thread.references.empty()) {
    thread.conversation = thread.references.front();
  } else if (!thread.in_reply_to.empty()) {
    thread.conversation = thread.in_reply_to;
  } else {
    const std::vector<std::string> own = message_ids(header(object, "Message-ID"));
    if (!own.empty()) thread.conversation = own.front();
  }
  if (thread.references.size() > most_references)
    thread.references.erase(thread.references.begin() + 1, thread.references.end() - most_references + 1);
  return thread;
}

Json labels_of(GMimeObject* message, const Contents& contents, std::string_view subject) {
  Json labels = Json::array();
  const auto label = [&](bool holds, const char* name) {
    if (holds) labels.push_back(name);
  };
  const std::string automatic = upper(header(message, "Auto-Submitted"));
  const std::string precedence = upper(header(message, "Precedence"));
  label((!automatic.empty() && !automatic.starts_with("NO")) || !header(message, "X-Autoreply").empty() ||
            !header(message, "X-Autorespond").empty() || precedence == "AUTO_REPLY",
        "auto_reply");
  label(contents.report_type == "DELIVERY-STATUS", "delivery_report");
  label(contents.report_type == "DISPOSITION-NOTIFICATION", "read_report");
  label(!header(message, "List-Id").empty() || precedence == "LIST", "list");
  label(precedence == "BULK" || precedence == "JUNK" || !header(message, "List-Unsubscribe").empty(), "bulk");
  label(contents.has_calendar, "calendar");
  label(contents.has_message || is_forwarded(subject) || !header(message, "X-Forwarded-For").empty(), "forwarded");
  label(contents.is_signed, "signed");
  label(contents.is_encrypted, "encrypted");
  return labels;
}

struct Reported {
  Json list = Json::array();
  std::vector<Fact> facts;
};
Reported reported(const Contents& contents, const Interaction& by) {
  Reported to;
  const bool is_delivery = contents.report_type == "DELIVERY-STATUS";
  const std::string target = contents.about ? external_id_of(contents.about.get(), {}) : std::string{};
  for (const RecipientReport& one :
       is_delivery ? read_delivery_status(contents.report) : read_disposition(contents.report)) {
    Json said = {{"recipient", one.recipient}, {"action", one.action}};
    if (!one.status.empty()) said["status"] = one.status;
    if (!one.diagnostic.empty()) said["diagnostic"] = one.diagnostic;
    to.list.push_back(said);
    Receipt receipt = Receipt::none;
    if (one.action == "failed") receipt = Receipt::failed;
    if (one.action == "delivered") receipt = Receipt::delivered;
    if (one.action == "displayed") receipt = Receipt::read;
    if (receipt == Receipt::none || target.empty()) continue;
    Fact fact;
    fact.kind = FactKind::receipt;
    fact.receipt = receipt;
    fact.precision = by.precision;
    fact.occurred_at = by.occurred_at;
    fact.account = by.account;
    fact.target = target;
    fact.external_id = by.external_id + "#" + std::to_string(to.list.size());
    fact.content = std::move(said);
    to.facts.push_back(std::move(fact));
  }
  return to;
}

Original quarantined(const Mail& mail, const std::string& found) {
  constexpr std::size_t most_kept = std::size_t{15} << 20U;  // what the host takes as one text
  return {std::string(mail.bytes.substr(0, most_kept)), media_type, "reading a message: " + found,
          "look at the original; if it is honest mail, have its sender send it in another form"};
}

void describe(Interaction& to, const Contents& contents, const People& people, const Thread& thread,
              GMimeMessage* message) {
  GMimeObject* const object = GMIME_OBJECT(message);
  const std::vector<std::string> ids = message_ids(header(object, "Message-ID"));
  if (!ids.empty()) to.content["message_id"] = ids.front();
  if (!thread.references.empty()) to.content["references"] = thread.references;
  if (!people.reply_to.empty()) to.content["reply_to"] = people.reply_to;
  if (people.left_out != 0) to.content["more_recipients"] = people.left_out;
  if (const Json labels = labels_of(object, contents, to.subject); !labels.empty()) to.content["labels"] = labels;
  if (const std::string list = header(object, "List-Id"); !list.empty())
    to.content["list"] = std::string(cut_utf8(decoded_text(list), longest_subject));
  if (contents.left_out != 0) to.content["parts_left_out"] = contents.left_out;
  for (const auto& [id, index] : contents.inline_images)
    to.content["inline"].push_back({{"content_id", id}, {"attachment", index}});
}

}  // namespace

Mapped map_mail(const Mail& mail, const Owner& owner) {
  Mapped mapped;
  if (const auto found = exceeded(mail.bytes)) {
    mapped.quarantined = quarantined(mail, *found);
    return mapped;
  }
  // Some put an empty line before the header, which would then be the text.
  const std::size_t begin = std::min(mail.bytes.find_first_not_of("\r\n"), mail.bytes.size());
  const Owned<GMimeMessage> message = parse_message(mail.bytes.substr(begin));
  if (!message || g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(message.get()))) == 0) {
    mapped.quarantined = quarantined(mail, "expected a header, found none");
    return mapped;
  }
  Contents contents = contents_of(message.get());
  const Authentication authentication =
      authentication_of(headers(GMIME_OBJECT(message.get()), "Authentication-Results"), owner);
  const bool is_sent = mail.box == Box::outbound;
  const Trust trust = authentication.is_forged && !is_sent ? Trust::claimed : Trust::attested;
  const People people = people_of(message.get(), owner, trust);
  const Thread thread = thread_of(message.get());

  Interaction& to = mapped.interaction.emplace();
  to.direction =
      is_sent || (people.is_authored_by_owner && trust == Trust::attested) ? Direction::outbound : Direction::inbound;
  to.historical = mail.is_historical;
  to.account = owner.account;
  to.external_id = external_id_of(message.get(), mail.bytes);
  to.occurred_at = time_of(message.get(), mail.came_in);
  to.conversation = thread.conversation;
  to.in_reply_to = thread.in_reply_to;
  to.subject = subject_of(message.get());
  to.participants = people.participants;
  Written written = take_apart(contents.text);
  if (written.text.empty()) written = {contents.text, {}, {}};  // handed on without a word
  to.text = std::move(written.text);
  if (!written.quoted.empty()) to.content["quoted"] = std::move(written.quoted);
  if (!written.signature.empty()) to.content["signature"] = std::move(written.signature);
  describe(to, contents, people, thread, message.get());
  if (to.direction == Direction::inbound && !authentication.results.empty())
    to.content["authentication"] = authentication.results;
  if (!header(GMIME_OBJECT(message.get()), "List-Id").empty()) to.visibility = Visibility::group;
  if (mail.whole_size > mail.bytes.size()) to.content["cut_from"] = mail.whole_size;
  if (!contents.report.empty()) {
    Reported report = reported(contents, to);
    to.content["reports"] = std::move(report.list);
    mapped.facts = std::move(report.facts);
  }
  to.attachments = std::move(contents.attachments);
  if (mail.bytes.size() <= largest_original) {
    to.original = mail.bytes;
    to.original_type = media_type;
  }
  return mapped;
}

}  // namespace patchbay::imap
