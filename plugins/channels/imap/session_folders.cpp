// A session that opens folders, lists what is new in them, and waits for news.
#include "date.hpp"
#include "session.hpp"

#include <algorithm>
#include <utility>

namespace patchbay::imap {

namespace {

constexpr std::size_t most_listed = 1'000'000;  // then the rest is listed once these are read
constexpr std::uint32_t most_fruitless = 3;
constexpr std::size_t longest_set = 4000;  // of a command: servers take lines of 8192 (RFC 7162, section 4)

std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

}  // namespace

void Session::visit(std::size_t folder) {
  folder_ = folder;
  has_tried_prefix_ = false;
  refuses_.resize(settings_.folders.size());
  open();
}

void Session::open() {
  validity_ = uid_next_ = 0;
  modseq_ = 0;
  is_examined_ = false;
  is_read_only_ = true;
  step_ = Step::examining;
  const bool acts = settings_.when_taken.is_anything() && folder().kind == FolderKind::inbound;
  Command opening = command(acts ? "SELECT" : "EXAMINE");
  opening.mailbox(has_tried_prefix_ ? prefix_ + folder().name : folder().name);
  // What of that which is still to be done went away meanwhile is told then.
  if (has_qresync_ && !folder().due.is_empty() && place().modseq != 0)
    opening.word("(QRESYNC (" + std::to_string(place().validity) + " " + std::to_string(place().modseq) + "))");
  else if (has("CONDSTORE") && !has("ENABLE"))
    opening.word("(CONDSTORE)");
  send(std::move(opening));
}

void Session::take_opening(const Response& response) {
  if (response.code_values.empty()) return;
  const auto number = number_of(response.code_values.front().text);
  if (!number) return;
  if (response.code == "HIGHESTMODSEQ") modseq_ = *number;
  if (*number > UINT32_MAX) return;
  if (response.code == "UIDVALIDITY") validity_ = static_cast<std::uint32_t>(*number);
  if (response.code == "UIDNEXT") uid_next_ = static_cast<std::uint32_t>(*number);
}

// RFC 7162, section 3.2.10: instead of EXPUNGE, and with (EARLIER) in front while a folder is opened.
void Session::take_vanished(const Response& response) {
  const bool is_earlier = !response.values.empty() && response.values[0].type == Value::Type::list;
  if (response.values.empty() || folder().due.is_empty()) return;
  if (is_earlier ? step_ != Step::examining || validity_ != place().validity : !is_examined_) return;
  const auto gone = UidSet::read(response.values.back().text);
  if (!gone) return;
  folder().due.remove(*gone);
  events_.emplace_back(Acted{folder_, place().validity, *gone});
}

void Session::examined(const Response& response) {
  const std::string doing = "opening the folder " + quoted(folder().name) + ": ";
  if (response.name != "OK" && !prefix_.empty() && !folder().name.starts_with(prefix_) &&
      !std::exchange(has_tried_prefix_, true))
    return open();
  if (response.name != "OK" || validity_ == 0) {
    events_.emplace_back(Trouble{doing + (response.name == "OK" ? "the server gives it no UIDVALIDITY"
                                                                : "the server refused: " + shown(response)),
                                 "correct `folders`; they are named as the server names them"});
    return folder_read();
  }
  is_examined_ = true;
  is_read_only_ = response.code == "READ-ONLY";
  if (place().validity != validity_) {
    const bool is_first = place().validity == 0;
    const std::uint32_t next = uid_next_ == 0 ? UINT32_MAX : uid_next_;
    place() = {validity_, 0, next, 0};
    folder().due = {};
    if (is_first && settings_.start == SessionSettings::Start::behind_all && uid_next_ != 0)
      place().uid = uid_next_ - 1;
    events_.emplace_back(Opened{folder_, place(), is_first ? Opened::Why::first : Opened::Why::changed});
  }
  const bool is_unchanged = modseq_ != 0 && modseq_ == place().modseq;
  if (is_unchanged || (uid_next_ != 0 && place().uid >= uid_next_ - 1)) return folder_read();
  list();
}

void Session::list() {
  floor_ = highest_ = place().uid;
  entries_.clear();
  found_ = {};
  asked_entries_ = 0;
  is_listing_cut_ = has_news_ = false;
  if (floor_ == UINT32_MAX) return folder_read();
  if (search()) return;
  step_ = Step::listing;
  send(command("UID FETCH").word(std::to_string(floor_ + 1) + ":*").word("(UID INTERNALDATE RFC822.SIZE)"));
}

// Where of what lies in a folder from long ago only the last part is wanted, the server finds it, where it answers with
// ranges; a day early, since it knows no zones here. What came in after the folder was first looked at is wanted in any
// case.
bool Session::search() {
  const Place& here = place();
  if (!settings_.since || !has("ESEARCH") || uid_next_ == 0 || floor_ + 1 >= std::min(here.old_below, uid_next_))
    return false;
  highest_ = uid_next_ - 1;
  step_ = Step::searching;
  send(command("UID SEARCH")
           .word("RETURN (ALL) UID " + std::to_string(floor_ + 1) + ":*")
           .word("OR UID " + std::to_string(here.old_below) + ":*")
           .word("SINCE " + written_day(*settings_.since - std::chrono::days{1})));
  return true;
}

// RFC 4731, section 3.1: (TAG "A282") UID ALL 2,10:11; without ALL nothing was found.
void Session::take_found(const Response& response) {
  for (std::size_t i = 0; i + 1 < response.values.size(); ++i)
    if (response.values[i].is("ALL"))
      if (auto found = UidSet::read(response.values[i + 1].text)) found_ = std::move(*found);
}

void Session::searched(const Response& response) {
  if (response.name != "OK") {
    capabilities_.erase("ESEARCH");  // it was offered, but is not meant
    return list();
  }
  if (floor_ != 0)
    if (const auto known = UidSet::read("1:" + std::to_string(floor_))) found_.remove(*known);
  step_ = Step::listing;
  if (!found_.is_empty()) return ask_listing();
  listed(response);
}

void Session::ask_listing() {
  const UidSet part = found_.beginning(longest_set);
  found_.remove(part);
  send(command("UID FETCH").word(part.text()).word("(UID INTERNALDATE RFC822.SIZE)"));
}

void Session::take_entry(const Response& response) {
  const Item item = Item::of(response);
  // "n:*" always names the last one, also where it lies below n; and changed flags are told at any time.
  if (!item.uid || *item.uid <= floor_ || !item.size) return;
  const std::uint32_t uid = *item.uid;
  const bool is_too_old =
      settings_.since && uid < place().old_below && item.came_in && *item.came_in < *settings_.since;
  if (entries_.size() >= most_listed) {
    is_listing_cut_ = true;
    return;
  }
  highest_ = std::max(highest_, uid);
  if (!is_too_old) entries_.push_back({uid, *item.size});
}

void Session::listed(const Response& response) {
  if (response.name != "OK") {
    events_.emplace_back(
        Trouble{"listing the folder " + quoted(folder().name) + ": the server refused: " + shown(response), {}});
    return folder_read();
  }
  if (!found_.is_empty() && !is_listing_cut_) return ask_listing();
  const auto by_uid = [](const Entry& one, const Entry& other) { return one.uid < other.uid; };
  std::sort(entries_.begin(), entries_.end(), by_uid);
  entries_.erase(std::unique(entries_.begin(), entries_.end(),
                             [](const Entry& one, const Entry& other) { return one.uid == other.uid; }),
                 entries_.end());
  if (is_listing_cut_) highest_ = entries_.back().uid;
  fruitless_ = highest_ == floor_ ? fruitless_ + 1 : 0;
  if (entries_.empty()) {
    if (highest_ != floor_) {
      place().uid = highest_;
      place().modseq = modseq_;
      events_.emplace_back(Fetched{folder_, place(), {}});
    }
    return folder_read();
  }
  step_ = Step::fetching;
  fetch_more();
}

// The folder that is waited in comes last, so that it is open then.
void Session::folder_read() {
  entries_ = {};
  asked_entries_ = 0;
  if (can_act(folder_)) return begin_acting();
  if (is_listing_cut_) return list();
  if (folder_ == 0) return rest();
  visit(folder_ + 1 < settings_.folders.size() ? folder_ + 1 : 0);
}

void Session::rest() {
  // What came in while the folder was read; a server that says so every time is not run after.
  if (has_news_ && is_examined_ && fruitless_ < most_fruitless) return list();
  for (std::size_t i = 0; i < settings_.folders.size(); ++i)
    if (i != folder_ && can_act(i)) return visit(i);
  fruitless_ = 0;
  has_news_ = false;
  events_.emplace_back(Rested{});
  const bool waits = has("IDLE") && is_examined_;
  round_at_ = now_ + (waits ? settings_.round : settings_.poll);
  renew_at_ = now_ + settings_.idle_renewal;
  step_ = waits ? Step::starting_idle : Step::pausing;
  if (waits) send(command("IDLE"));
}

void Session::leave_idle() {
  step_ = Step::ending_idle;
  heard_ = now_;
  output_ += "DONE\r\n";
}

// Also where nothing was said: connections die silently, and servers forget to tell.
void Session::look_again() {
  if (settings_.folders.size() > 1 && now_ >= round_at_) return begin_round();
  list();
}

}  // namespace patchbay::imap
