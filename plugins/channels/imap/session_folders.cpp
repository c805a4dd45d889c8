// A session that reads folders and waits for news.
#include "date.hpp"
#include "session.hpp"

#include <algorithm>
#include <utility>

namespace patchbay::imap {

namespace {

constexpr std::size_t most_listed = 1'000'000;  // then the rest is listed once these are read
constexpr std::size_t most_under_way = 2;       // the server reads the next while the last is on the wire
constexpr std::uint32_t most_fruitless = 3;

std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

struct Item {
  std::optional<std::uint32_t> uid;
  std::uint64_t size = 0;
  std::optional<std::chrono::sys_seconds> came_in;
  std::string* body = nullptr;
};
Item item_of(Response& response) {
  Item item;
  if (response.values.empty()) return item;
  std::vector<Value>& pairs = response.values[0].items;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    const std::string name = upper(pairs[i].text);
    Value& value = pairs[i + 1];
    const auto number = number_of(value.text);
    if (name == "UID" && number && *number != 0 && *number <= UINT32_MAX)
      item.uid = static_cast<std::uint32_t>(*number);
    if (name == "RFC822.SIZE" && number) item.size = *number;
    if (name == "INTERNALDATE") item.came_in = read_internal_date(value.text);
    if (name.starts_with("BODY[]") && value.type != Value::Type::list) item.body = &value.text;
  }
  return item;
}

}  // namespace

void Session::visit(std::size_t folder) {
  folder_ = folder;
  validity_ = uid_next_ = 0;
  is_examined_ = false;
  step_ = Step::examining;
  send(command("EXAMINE").mailbox(settings_.folders[folder].name));
}

void Session::examined(const Response& response) {
  const std::string doing = "opening the folder " + quoted(settings_.folders[folder_].name) + ": ";
  if (response.name != "OK" || validity_ == 0) {
    events_.emplace_back(Trouble{doing + (response.name == "OK" ? "the server gives it no UIDVALIDITY"
                                                                : "the server refused: " + shown(response)),
                                 "correct `folders`; they are named as the server names them"});
    return folder_read();
  }
  is_examined_ = true;
  if (place().validity != validity_) {
    const bool is_first = place().validity == 0;
    const std::uint32_t next = uid_next_ == 0 ? UINT32_MAX : uid_next_;
    place() = {validity_, 0, next};
    if (is_first && settings_.start == SessionSettings::Start::behind_all && uid_next_ != 0)
      place().uid = uid_next_ - 1;
    events_.emplace_back(Opened{folder_, place(), is_first ? Opened::Why::first : Opened::Why::changed});
  }
  if (uid_next_ != 0 && place().uid >= uid_next_ - 1) return folder_read();
  list();
}

void Session::list() {
  floor_ = highest_ = place().uid;
  entries_.clear();
  asked_entries_ = 0;
  is_listing_cut_ = has_news_ = false;
  if (floor_ == UINT32_MAX) return folder_read();
  step_ = Step::listing;
  send(command("UID FETCH").word(std::to_string(floor_ + 1) + ":*").word("(UID INTERNALDATE RFC822.SIZE)"));
}

void Session::take_fetched(Response& response) {
  const Item item = item_of(response);
  if (!item.uid || *item.uid <= floor_) return;  // "n:*" always names the last one, also where it lies below n
  const std::uint32_t uid = *item.uid;
  if (step_ == Step::listing) {
    const bool is_too_old =
        settings_.since && uid < place().old_below && item.came_in && *item.came_in < *settings_.since;
    if (entries_.size() >= most_listed) {
      is_listing_cut_ = true;
      return;
    }
    highest_ = std::max(highest_, uid);
    if (!is_too_old) entries_.push_back({uid, item.size});
  } else if (step_ == Step::fetching && item.body != nullptr) {
    for (Chunk& chunk : chunks_) {
      if (!std::binary_search(chunk.asked.begin(), chunk.asked.end(), uid)) continue;
      const auto [at, is_new] = chunk.came.try_emplace(uid);
      if (!is_new) return;
      chunk_bytes_ += item.body->size();
      if (chunk_bytes_ > 4 * settings_.largest_message)
        return end(Ended::Why::misunderstood, "reading messages: the server sends far more than the sizes that it told",
                   "see whether the server counts its messages' sizes rightly");
      at->second.uid = uid;
      at->second.came_in = item.came_in;
      at->second.size = std::max<std::uint64_t>(item.size, item.body->size());
      at->second.is_cut = chunk.is_larger && item.body->size() == settings_.part_of_larger;
      at->second.bytes = std::move(*item.body);
      return;
    }
  }
}

void Session::listed(const Response& response) {
  if (response.name != "OK") {
    events_.emplace_back(Trouble{
        "listing the folder " + quoted(settings_.folders[folder_].name) + ": the server refused: " + shown(response),
        {}});
    return folder_read();
  }
  const auto by_uid = [](const Entry& one, const Entry& other) { return one.uid < other.uid; };
  std::sort(entries_.begin(), entries_.end(), by_uid);
  entries_.erase(std::unique(entries_.begin(), entries_.end(),
                             [](const Entry& one, const Entry& other) { return one.uid == other.uid; }),
                 entries_.end());
  fruitless_ = highest_ == floor_ ? fruitless_ + 1 : 0;
  if (entries_.empty()) {
    if (highest_ != floor_) {
      place().uid = highest_;
      events_.emplace_back(Fetched{folder_, place(), {}});
    }
    return folder_read();
  }
  step_ = Step::fetching;
  fetch_more();
}

void Session::fetch_more() {
  while (chunks_.size() < most_under_way && chunks_.size() < credit_ && asked_entries_ < entries_.size()) {
    Chunk chunk;
    std::uint64_t bytes = 0;
    for (; asked_entries_ < entries_.size() && chunk.asked.size() < settings_.batch_messages; ++asked_entries_) {
      const Entry& entry = entries_[asked_entries_];
      const bool is_larger = entry.size > settings_.largest_message;
      if (!chunk.asked.empty() && (is_larger || chunk.is_larger || bytes + entry.size > settings_.batch_bytes)) break;
      chunk.is_larger = is_larger;
      chunk.asked.push_back(entry.uid);
      bytes += entry.size;
    }
    chunk.upto = asked_entries_ == entries_.size() ? highest_ : chunk.asked.back();
    ask(chunks_.emplace_back(std::move(chunk)));
  }
  if (chunks_.empty() && asked_entries_ == entries_.size()) folder_read();
}

void Session::ask(Chunk& chunk) {
  Command asking = command("UID FETCH");
  chunk.tag = std::exchange(tag_, {});
  chunk.state = Chunk::State::under_way;
  const std::string part = chunk.is_larger ? "<0." + std::to_string(settings_.part_of_larger) + ">" : "";
  send(std::move(asking.word(set_of(chunk.asked)).word("(UID INTERNALDATE RFC822.SIZE BODY.PEEK[]" + part + ")")));
}

void Session::chunk_ended(const Response& response) {
  const auto at = std::find_if(chunks_.begin(), chunks_.end(), [&](const Chunk& c) { return c.tag == response.tag; });
  if (at == chunks_.end() || at->state != Chunk::State::under_way) return;
  at->state = response.name == "OK" ? Chunk::State::whole : Chunk::State::refused;
  at->refusal = shown(response);
  if (at->state == Chunk::State::refused && at->asked.size() > 1) {
    // One odd message must not hold up its neighbours: each is asked for by itself.
    Chunk all = std::move(*at);
    for (const auto& [uid, message] : all.came) chunk_bytes_ -= message.bytes.size();
    auto before = chunks_.erase(at);
    for (const std::uint32_t uid : all.asked) {
      Chunk single;
      single.asked = {uid};
      single.upto = uid == all.asked.back() ? all.upto : uid;
      before = std::next(chunks_.insert(before, std::move(single)));
    }
    for (Chunk& chunk : chunks_)
      if (chunk.tag.empty()) ask(chunk);
  }
  deliver();
}

// In the order of the UIDs, whatever the server ended first.
void Session::deliver() {
  while (!chunks_.empty() && chunks_.front().state != Chunk::State::under_way) {
    Chunk chunk = std::move(chunks_.front());
    chunks_.pop_front();
    Fetched fetched;
    for (auto& [uid, message] : chunk.came) {
      chunk_bytes_ -= message.bytes.size();
      fetched.messages.push_back(std::move(message));
    }
    if (chunk.state == Chunk::State::refused && fetched.messages.empty()) {
      Message& message = fetched.messages.emplace_back();
      message.uid = chunk.asked.front();
      message.refusal = chunk.refusal;
    }
    place().uid = chunk.upto;
    fetched.folder = folder_;
    fetched.place = place();
    events_.emplace_back(std::move(fetched));
    credit_ -= std::min<std::size_t>(credit_, 1);
  }
  fetch_more();
}

void Session::allow(std::size_t batches, Time now) {
  now_ = now;
  credit_ = batches;
  if (!is_over_ && step_ == Step::fetching) fetch_more();
}

// The folder that is waited in comes last, so that it is open then.
void Session::folder_read() {
  entries_ = {};
  if (is_listing_cut_) return list();
  if (folder_ == 0) return rest();
  visit(folder_ + 1 < settings_.folders.size() ? folder_ + 1 : 0);
}

void Session::rest() {
  // What came in while the folder was read; a server that says so every time is not run after.
  if (has_news_ && is_examined_ && fruitless_ < most_fruitless) return list();
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
