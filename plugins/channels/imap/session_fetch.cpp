// A session that reads messages, some ahead of who takes them.
#include "date.hpp"
#include "session.hpp"

#include <algorithm>
#include <utility>

namespace patchbay::imap {

namespace {

constexpr std::size_t most_under_way = 2;      // the server reads the next while the last is on the wire
constexpr std::uint64_t many_to_act_on = 512;  // then reading on waits for that
constexpr std::size_t longest_id = 255;        // RFC 8474, section 7

}  // namespace

Session::Item Session::Item::of(const Response& response) {
  Item item;
  if (response.values.empty()) return item;
  const std::vector<Value>& pairs = response.values[0].items;
  const auto text_of = [](const Value& value) {  // EMAILID (M6d99ac3275bb4e), X-GM-MSGID 1278455344230334865
    const Value& one = value.items.size() == 1 ? value.items[0] : value;
    const bool is_id = one.text.size() <= longest_id && std::all_of(one.text.begin(), one.text.end(), [](char letter) {
                         return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') ||
                                (letter >= 'a' && letter <= 'z') || letter == '_' || letter == '-';
                       });
    return is_id ? std::string_view(one.text) : std::string_view();
  };
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    const std::string name = upper(pairs[i].text);
    const Value& value = pairs[i + 1];
    const auto number = number_of(value.text);
    if (name == "UID" && number && *number != 0 && *number <= UINT32_MAX)
      item.uid = static_cast<std::uint32_t>(*number);
    if (name == "RFC822.SIZE") item.size = number;
    if (name == "INTERNALDATE") item.came_in = read_internal_date(value.text);
    if (name == "EMAILID" || name == "X-GM-MSGID") item.id = text_of(value);
    if (name == "THREADID" || name == "X-GM-THRID") item.thread = text_of(value);
    if (name.starts_with("BODY[]") && value.type != Value::Type::list) item.body = i + 1;
  }
  return item;
}

void Session::take_body(Response& response) {
  const Item item = Item::of(response);
  if (!item.uid || !item.body) return;
  std::string& body = response.values[0].items[*item.body].text;
  const std::uint32_t uid = *item.uid;
  for (Chunk& chunk : chunks_) {
    if (!std::binary_search(chunk.asked.begin(), chunk.asked.end(), uid)) continue;
    const auto [at, is_new] = chunk.came.try_emplace(uid);
    if (!is_new) return;
    chunk_bytes_ += body.size();
    if (chunk_bytes_ > 4 * settings_.largest_message)
      return end(Ended::Why::misunderstood, "reading messages: the server sends far more than the sizes that it told",
                 "see whether the server counts its messages' sizes rightly");
    Message& message = at->second;
    message.uid = uid;
    message.came_in = item.came_in;
    message.size = std::max<std::uint64_t>(item.size.value_or(0), body.size());
    message.is_cut = chunk.is_larger && body.size() == settings_.part_of_larger;
    message.id = item.id;
    message.thread = item.thread;
    message.bytes = std::move(body);
    return;
  }
}

void Session::fetch_more() {
  const bool waits = can_act(folder_) && folder().due.count() >= many_to_act_on;
  if (waits && chunks_.empty()) return begin_acting();
  while (!waits && chunks_.size() < most_under_way && chunks_.size() < credit_ && asked_entries_ < entries_.size()) {
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
  const std::string ids = has("OBJECTID") ? "EMAILID THREADID " : has("X-GM-EXT-1") ? "X-GM-MSGID X-GM-THRID " : "";
  send(std::move(
      asking.word(set_of(chunk.asked)).word("(UID INTERNALDATE RFC822.SIZE " + ids + "BODY.PEEK[]" + part + ")")));
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
    if (chunks_.empty() && asked_entries_ == entries_.size() && !is_listing_cut_) place().modseq = modseq_;
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

}  // namespace patchbay::imap
