#include "people.hpp"

#include "gmime.hpp"
#include "response.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace patchbay::imap {

namespace {

constexpr std::size_t longest_address = 320;  // RFC 5321: 64 before the @, 255 behind
constexpr std::size_t longest_name = 500;
constexpr int most_groups = 32;

std::string lower(std::string_view text) {
  std::string to(text);
  std::transform(to.begin(), to.end(), to.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return to;
}

// Letters that no name or address has, and white space in a row, as one space.
std::string tidy(std::string_view text) {
  std::string to;
  for (const char letter : text) {
    const bool is_blank = static_cast<unsigned char>(letter) <= ' ' || letter == '\x7F';
    if (!is_blank)
      to += letter;
    else if (!to.empty() && to.back() != ' ')
      to += ' ';
  }
  if (to.ends_with(' ')) to.pop_back();
  return to;
}

struct Person {
  std::string address, name;
};

bool is_address(std::string_view text) {
  const std::size_t at = text.rfind('@');
  // "big bug"@example.org: what is in quotes may be anything (RFC 5321, section 4.1.2).
  if (at != std::string_view::npos && at > 2 && text.front() == '"' && text[at - 1] == '"')
    return text.size() <= longest_address && text.find_first_of(" <>\",;()", at) == std::string_view::npos;
  return at != std::string_view::npos && at != 0 && at + 1 < text.size() && text.size() <= longest_address &&
         text.find_first_of(" <>\",;()") == std::string_view::npos;
}

void add_people(InternetAddressList* list, int depth, std::vector<Person>& to) {
  const int count = list == nullptr || depth > most_groups ? 0 : internet_address_list_length(list);
  for (int i = 0; i < count; ++i) {
    InternetAddress* const one = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_GROUP(one)) {
      add_people(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(one)), depth + 1, to);
      continue;
    }
    if (!INTERNET_ADDRESS_IS_MAILBOX(one)) continue;
    Person person;
    std::string address = to_utf8(view(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one))), "");
    person.name = tidy(cut_utf8(to_utf8(view(internet_address_get_name(one)), ""), longest_name));
    std::erase_if(address, [](char letter) { return static_cast<unsigned char>(letter) < ' '; });
    if (is_address(address))
      person.address = std::move(address);
    else if (person.name.empty())
      person.name = tidy(cut_utf8(address, longest_name));
    if (person.name == person.address) person.name.clear();
    if (!person.address.empty() || !person.name.empty()) to.push_back(std::move(person));
  }
}

std::vector<Person> people_in(GMimeMessage* message, const char* name) {
  std::vector<Person> people;
  for (const std::string& raw : headers(GMIME_OBJECT(message), name)) {
    const Owned<InternetAddressList> list(internet_address_list_parse(parser_options(), with_whole_words(raw).c_str()));
    add_people(list.get(), 0, people);
    if (!people.empty()) continue;
    // A name and an address without the brackets between them: the library makes nothing of that.
    const std::string text = tidy(cut_utf8(decoded_text(raw), longest_name));
    const std::size_t last = text.rfind(' ');
    if (last != std::string::npos && is_address(std::string_view(text).substr(last + 1)))
      people.push_back({text.substr(last + 1), text.substr(0, last)});
  }
  return people;
}

class Gathering {
 public:
  Gathering(const Owner& owner, Trust trust) : owner_(owner), trust_(trust) {}

  void add(Role role, const Person& person) {
    if (!person.address.empty() && !seen_.emplace(lower(person.address), role).second) return;
    if (people.participants.size() >= most_people) {
      ++people.left_out;
      return;
    }
    Participant participant;
    participant.role = role;
    const bool is_writing = role == Role::author || role == Role::on_behalf_of;
    const bool is_own = owner_.is_own(person.address) && !(is_writing && trust_ == Trust::claimed);
    if (is_own) participant.party = Party::business;
    if (!person.address.empty())
      participant.identifiers.push_back(
          {"email", person.address, {}, role == Role::mentioned ? Trust::claimed : trust_});
    if (!person.name.empty()) participant.identifiers.push_back({"name", person.name, {}, Trust::claimed});
    has_own_recipient = has_own_recipient || (is_own && (role == Role::recipient || role == Role::copy));
    people.participants.push_back(std::move(participant));
  }

  People people;
  bool has_own_recipient = false;

 private:
  const Owner& owner_;
  const Trust trust_;
  std::set<std::pair<std::string, Role>> seen_;
};

void add_recipients(GMimeMessage* message, Gathering& to) {
  for (const Person& person : people_in(message, "To")) to.add(Role::recipient, person);
  for (const Person& person : people_in(message, "Cc")) to.add(Role::copy, person);
  for (const Person& person : people_in(message, "Bcc")) to.add(Role::copy, person);
}

// A blind copy, or an address that is passed on to this one.
void add_owner(Gathering& to, const Owner& owner) {
  if (to.people.is_authored_by_owner || to.has_own_recipient || owner.address.empty()) return;
  if (to.people.participants.size() >= most_people) to.people.participants.pop_back();
  to.add(Role::recipient, {owner.address, {}});
}

// Lists write themselves into From where the author's server would let nobody else send (DMARC): then the author stands
// elsewhere, and by the list's word alone.
std::vector<Person> behind_list(GMimeMessage* message, const std::vector<Person>& from) {
  GMimeObject* const object = GMIME_OBJECT(message);
  if (from.size() != 1 || header(object, "List-Id").empty()) return {};
  const std::string list = lower(header(object, "List-Post"));
  const std::string address = lower(from.front().address);
  if (address.empty() || list.find("mailto:" + address) == std::string::npos) return {};
  for (const char* const name : {"X-Original-From", "Original-From", "Reply-To"})
    for (Person& person : people_in(message, name))
      if (!person.address.empty() && lower(person.address) != address) return {std::move(person)};
  return {};
}

}  // namespace

bool Owner::is_own(std::string_view candidate) const {
  const std::string wanted = lower(candidate);
  if (wanted.empty()) return false;
  if (wanted == lower(address)) return true;
  const bool is_named = std::any_of(own.begin(), own.end(), [&](const std::string& one) {
    return one.starts_with('@') ? wanted.ends_with(one) : wanted == one;
  });
  const std::size_t detail = wanted.find('+'), at = wanted.rfind('@');
  if (is_named || detail == std::string::npos || at == std::string::npos || detail == 0 || detail > at) return is_named;
  return is_own(wanted.substr(0, detail) + wanted.substr(at));
}

std::string author_of(GMimeMessage* message) {
  std::vector<Person> from = people_in(message, "From");
  if (from.empty()) from = people_in(message, "Sender");
  return from.empty() ? std::string{} : lower(from.front().address);
}

std::vector<std::string> failed_recipients(GMimeMessage* message) {
  std::vector<std::string> addresses;
  for (Person& person : people_in(message, "X-Failed-Recipients"))
    if (!person.address.empty() && addresses.size() < most_people) addresses.push_back(std::move(person.address));
  return addresses;
}

People people_of(GMimeMessage* message, const Owner& owner, Trust trust) {
  std::vector<Person> from = people_in(message, "From");
  const std::vector<Person> sender = people_in(message, "Sender");
  if (from.empty()) from = sender;
  if (std::vector<Person> author = behind_list(message, from); !author.empty()) {
    from = std::move(author);
    trust = Trust::claimed;
  }
  Gathering gathering(owner, trust);
  if (!from.empty()) gathering.people.author = lower(from.front().address);
  gathering.people.is_authored_by_owner = trust == Trust::attested && owner.is_own(gathering.people.author);

  // Who sends for another (RFC 5322, section 3.6.2); a list or a bulk mailer that names itself there is nobody's agent.
  GMimeObject* const object = GMIME_OBJECT(message);
  const bool is_automatic = !header(object, "List-Id").empty() || !header(object, "List-Unsubscribe").empty() ||
                            !header(object, "Precedence").empty();
  const bool is_for_another = !sender.empty() && !sender.front().address.empty() && !is_automatic && !from.empty() &&
                              lower(sender.front().address) != gathering.people.author;
  if (is_for_another) gathering.add(Role::author, sender.front());
  for (const Person& person : from) gathering.add(is_for_another ? Role::on_behalf_of : Role::author, person);
  if (gathering.people.participants.empty())
    gathering.people.participants.push_back(
        {Role::author, {{"name", "(unknown sender)", {}, Trust::claimed}}, Party::person});
  add_recipients(message, gathering);
  for (const Person& person : people_in(message, "Reply-To")) {
    if (person.address.empty() || lower(person.address) == gathering.people.author) continue;
    gathering.people.reply_to.push_back(person.address);
    if (!is_automatic) gathering.add(Role::mentioned, person);
  }
  add_owner(gathering, owner);
  return std::move(gathering.people);
}

People people_of(GMimeMessage* message, const Owner& owner, const FilledIn& form, Trust trust) {
  Gathering gathering(owner, Trust::attested);
  Participant author;
  if (is_address(form.email)) {
    author.identifiers.push_back({"email", form.email, {}, trust});
    gathering.people.author = lower(form.email);
  }
  if (!form.phone.empty()) author.identifiers.push_back({"phone", form.phone, {}, trust});
  if (!form.name.empty() || author.identifiers.empty())
    author.identifiers.push_back({"name", form.name.empty() ? form.email : form.name, {}, Trust::claimed});
  gathering.people.participants.push_back(std::move(author));
  add_recipients(message, gathering);
  add_owner(gathering, owner);
  return std::move(gathering.people);
}

}  // namespace patchbay::imap
