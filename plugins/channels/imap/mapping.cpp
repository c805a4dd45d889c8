#include "mapping.hpp"

#include "authentication.hpp"
#include "gmime.hpp"
#include "ids.hpp"
#include "labels.hpp"
#include "language.hpp"
#include "mime_guard.hpp"
#include "parts.hpp"
#include "pec.hpp"
#include "quotation.hpp"
#include "receipts.hpp"
#include "report.hpp"
#include "response.hpp"
#include "signature.hpp"
#include "thread.hpp"
#include "utf8.hpp"

#include <algorithm>

namespace patchbay::imap {

namespace {

using std::chrono::sys_seconds;

constexpr const char* media_type = "message/rfc822";
constexpr std::chrono::hours furthest_ahead{24};  // clocks of senders are wrong, but not by more
constexpr std::size_t longest_subject = 4000;

std::string subject_of(GMimeMessage* message) {
  std::string subject = decoded_text(header(GMIME_OBJECT(message), "Subject"));
  for (char& letter : subject)
    if (static_cast<unsigned char>(letter) < ' ' || letter == '\x7F') letter = ' ';
  return std::string(cut_utf8(subject, longest_subject));
}

// What the sender says, unless it cannot be: then what the server says.
sys_seconds time_of(GMimeMessage* message, std::optional<sys_seconds> came_in) {
  GDateTime* const date = g_mime_message_get_date(message);
  if (date == nullptr) return came_in.value_or(sys_seconds{});
  const sys_seconds said{std::chrono::seconds{g_date_time_to_unix(date)}};
  const bool is_possible = said > sys_seconds{} && (!came_in || said <= *came_in + furthest_ahead);
  return is_possible ? said : came_in.value_or(sys_seconds{});
}

// How certified mail (PEC) comes: in an envelope that says that it is certified, or that it is not; or as a receipt.
enum class Wrapping : std::uint8_t { none, certified, uncertified, receipt };
Wrapping wrapping_of(GMimeMessage* message) {
  GMimeObject* const object = GMIME_OBJECT(message);
  const std::string transport = upper(header(object, "X-Trasporto"));
  if (transport.find("POSTA-CERTIFICATA") != std::string::npos) return Wrapping::certified;
  if (!transport.empty()) return Wrapping::uncertified;
  return header(object, "X-Ricevuta").empty() ? Wrapping::none : Wrapping::receipt;
}

// A message as the mailbox has it, and out of its envelope where it came in one.
struct Unwrapped {
  Owned<GMimeMessage> outer, letter;
  Wrapping wrapping = Wrapping::none;
  Contents contents;  // the letter's
  std::optional<Certificate> certificate;

  [[nodiscard]] GMimeMessage* message() const { return letter ? letter.get() : outer.get(); }
  // What a machine wrote about another message.
  [[nodiscard]] bool is_report() const {
    return contents.report_type == "DELIVERY-STATUS" || wrapping == Wrapping::receipt || is_informal_bounce(message());
  }
};
Unwrapped unwrap(Owned<GMimeMessage> outer) {
  Unwrapped all;
  all.wrapping = wrapping_of(outer.get());
  all.contents = contents_of(outer.get(), all.wrapping == Wrapping::none ? Form::letter : Form::envelope);
  all.outer = std::move(outer);
  if (!all.contents.certificate.empty()) all.certificate = read_certificate(all.contents.certificate);
  if (!all.contents.enclosed || all.wrapping == Wrapping::receipt) return all;
  all.letter = std::move(all.contents.enclosed);
  all.contents = contents_of(all.letter.get());
  return all;
}

Trust trust_in(const Unwrapped& all, const Authentication& authentication, const Mail& mail, const Owner& owner) {
  if (mail.box == Box::outbound) return Trust::attested;
  if (!all.letter) return authentication.is_forged ? Trust::claimed : Trust::attested;
  // Anybody can write an envelope; in a mailbox of certified mail only providers do.
  const bool is_certified = all.wrapping == Wrapping::certified && owner.post == Owner::Post::certified &&
                            all.certificate && same(all.certificate->sender, author_of(all.letter.get()));
  return is_certified ? Trust::attested : Trust::claimed;
}

struct Filled {
  const FormRule* rule = nullptr;  // none: no form's mail
  FilledIn in;
};
Filled filled_in(const Unwrapped& all, std::string_view subject, const Mail& mail, const Owner& owner) {
  if (mail.box == Box::outbound || all.wrapping != Wrapping::none || owner.forms.empty()) return {};
  const std::string author = author_of(all.outer.get());
  for (const FormRule& rule : owner.forms)
    if (rule.is_about(author, subject))
      if (auto found = rule.read(all.contents.text)) return {&rule, std::move(*found)};
  return {};
}

// A receipt's word counts in a mailbox of certified mail alone: elsewhere anybody could write it.
Reported reported(const Unwrapped& all, const Owner& owner, const Interaction& by) {
  const Contents& contents = all.contents;
  if (all.wrapping == Wrapping::receipt) {
    if (!all.certificate || owner.post != Owner::Post::certified) return {};
    const Certificate& certificate = *all.certificate;
    std::string id = certificate.message_id;
    if (id.empty())
      if (const auto ids = message_ids(header(GMIME_OBJECT(all.outer.get()), "X-Riferimento-Message-ID")); !ids.empty())
        id = ids.front();
    const bool is_about_own = !id.empty() && owner.is_own(certificate.sender);
    return reported(read_receipt(certificate), is_about_own ? external_id_of_own(id) : std::string{}, by);
  }
  if (contents.report.empty()) {
    std::vector<RecipientReport> failed;
    for (const std::string& address : failed_recipients(all.outer.get())) failed.push_back({address, "failed", {}, {}});
    return reported(failed, {}, by);
  }
  std::string target;
  if (contents.about) {
    const bool is_own = people_of(contents.about.get(), owner, Trust::attested).is_authored_by_owner;
    target = external_id_of(contents.about.get(), is_own ? WrittenBy::business : WrittenBy::anybody, {});
  }
  const bool is_delivery = contents.report_type == "DELIVERY-STATUS";
  return reported(is_delivery ? read_delivery_status(contents.report) : read_disposition(contents.report), target, by);
}

Original quarantined(const Mail& mail, const std::string& found) {
  constexpr std::size_t most_kept = std::size_t{15} << 20U;  // what the host takes as one text
  return {std::string(mail.bytes.substr(0, most_kept)), media_type, "reading a message: " + found,
          "look at the original; if it is honest mail, have its sender send it in another form"};
}

Thread thread_in(const Unwrapped& all, const People& people, const std::string& subject) {
  if (all.is_report()) return {};  // what it says stands with the message that it is about
  GMimeObject* const object = GMIME_OBJECT(all.message());
  ThreadHeader of;
  // Who answers certified mail answers the envelope.
  of.message_id = header(GMIME_OBJECT(all.outer.get()), "Message-ID");
  of.in_reply_to = header(object, "In-Reply-To");
  of.references = header(object, "References");
  of.subject = subject;
  for (const Participant& one : people.participants)
    if (one.party == Party::business && (one.role == Role::recipient || one.role == Role::copy))
      of.own_recipients.push_back(one.identifiers.front().value);
  return thread_of(of);
}

void write_text(Interaction& to, const Contents& contents, const Filled& form) {
  Written written = take_apart(contents.text);
  if (written.text.empty()) written = {contents.text, {}, {}};  // handed on without a word
  to.text = std::move(written.text);
  if (form.rule != nullptr) {
    if (!form.in.message.empty()) to.text = form.in.message;
    to.content["form"] = {{"name", form.in.name}, {"email", form.in.email}, {"phone", form.in.phone}};
  } else {
    if (!written.quoted.empty()) to.content["quoted"] = std::move(written.quoted);
    if (!written.signature.empty()) {
      const Mentions mentions = mentions_in(written.signature);
      const auto mention = [&](const char* name, const std::vector<std::string>& values) {
        if (!values.empty()) to.content["signature_mentions"][name] = values;
      };
      mention("phones", mentions.phones);
      mention("emails", mentions.emails);
      mention("postal_addresses", mentions.postal_addresses);
      to.content["signature"] = std::move(written.signature);
    }
  }
  to.language = language_of(to.text);
}

void describe(Interaction& to, const Unwrapped& all, const People& people, const Thread& thread, Trust trust) {
  GMimeObject* const object = GMIME_OBJECT(all.message());
  const std::vector<std::string> ids = message_ids(header(object, "Message-ID"));
  if (!ids.empty()) to.content["message_id"] = ids.front();
  if (!thread.references.empty()) to.content["references"] = thread.references;
  if (thread.joined_by != JoinedBy::nothing) to.content["joined_by"] = name_of(thread.joined_by);
  if (!people.reply_to.empty()) to.content["reply_to"] = people.reply_to;
  if (people.left_out != 0) to.content["more_recipients"] = people.left_out;
  Json labels = labels_of(all.message(), all.contents, to.subject);
  if (all.letter && all.wrapping == Wrapping::certified && trust == Trust::attested) labels.push_back("certified");
  if (all.letter && all.wrapping == Wrapping::uncertified) labels.push_back("uncertified");
  if (all.wrapping == Wrapping::receipt) labels.push_back("certified_receipt");
  if (trust == Trust::claimed) labels.push_back("unverified_sender");
  if (!labels.empty()) to.content["labels"] = std::move(labels);
  if (const std::string list = header(object, "List-Id"); !list.empty())
    to.content["list"] = std::string(cut_utf8(decoded_text(list), longest_subject));
  if (all.contents.left_out != 0) to.content["parts_left_out"] = all.contents.left_out;
  for (const auto& [id, index] : all.contents.inline_images)
    to.content["inline"].push_back({{"content_id", id}, {"attachment", index}});
  if (!all.contents.calendar_method.empty()) to.content["calendar"] = {{"method", all.contents.calendar_method}};
  if (all.certificate) to.content["certificate"] = shown(*all.certificate);
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
  Owned<GMimeMessage> parsed = parse_message(mail.bytes.substr(begin));
  if (!parsed || g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(parsed.get()))) == 0) {
    mapped.quarantined = quarantined(mail, "expected a header, found none");
    return mapped;
  }
  Unwrapped all = unwrap(std::move(parsed));
  const Authentication authentication =
      authentication_of(headers(GMIME_OBJECT(all.outer.get()), "Authentication-Results"), owner);
  const bool is_sent = mail.box == Box::outbound;
  const Trust trust = trust_in(all, authentication, mail, owner);

  Interaction& to = mapped.interaction.emplace();
  to.subject = subject_of(all.message());
  const Filled form = filled_in(all, to.subject, mail, owner);
  const bool is_believed = form.rule == nullptr || form.rule->belief == FormRule::Belief::believed;
  const People people = form.rule != nullptr
                            ? people_of(all.message(), owner, form.in, is_believed ? trust : Trust::claimed)
                            : people_of(all.message(), owner, trust);
  const Thread thread = thread_in(all, people, to.subject);
  to.direction = is_sent || people.is_authored_by_owner ? Direction::outbound : Direction::inbound;
  to.historical = mail.is_historical;
  to.account = owner.account;
  const bool is_ours = people.is_authored_by_owner && !all.letter && (is_sent || authentication.vouches());
  to.external_id = external_id_of(all.outer.get(), is_ours ? WrittenBy::business : WrittenBy::anybody, mail.bytes);
  to.occurred_at = time_of(all.message(), mail.came_in);
  to.conversation = thread.conversation;
  to.in_reply_to = thread.in_reply_to;
  to.participants = people.participants;
  write_text(to, all.contents, form);
  describe(to, all, people, thread, trust);
  if (to.direction == Direction::inbound && !authentication.results.empty())
    to.content["authentication"] = authentication.results;
  if (to.content.contains("list")) to.visibility = Visibility::group;
  if (mail.whole_size > mail.bytes.size()) to.content["cut_from"] = mail.whole_size;
  if (Reported report = reported(all, owner, to); !report.list.empty()) {
    to.content["reports"] = std::move(report.list);
    mapped.facts = std::move(report.facts);
  }
  to.attachments = std::move(all.contents.attachments);
  if (mail.bytes.size() <= largest_original) {
    to.original = mail.bytes;
    to.original_type = media_type;
  }
  return mapped;
}

}  // namespace patchbay::imap
