#include "thread.hpp"

#include "gmime.hpp"
#include "ids.hpp"
#include "quotation.hpp"

#include <algorithm>
#include <optional>

namespace patchbay::imap {

namespace {

constexpr std::string_view mark = "pb1.";
constexpr std::size_t key_bytes = 16;
constexpr std::size_t key_length = 2 * key_bytes;

std::string key_of(std::string_view message_id) { return hex_digest(message_id, key_bytes); }

// The key in "pb1.KEY" with `end` behind it: mail servers may write an address in capitals.
std::optional<std::string> key_behind_mark(std::string_view text, std::string_view ends) {
  if (text.size() < mark.size() + key_length) return std::nullopt;
  std::string lower(text.substr(0, mark.size() + key_length));
  for (char& letter : lower) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  const std::string_view behind = text.substr(lower.size());
  if (!lower.starts_with(mark) || !behind.starts_with(ends)) return std::nullopt;
  std::string key = lower.substr(mark.size());
  if (key.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
  return key;
}

std::optional<std::string> token_in(std::string_view message_id) { return key_behind_mark(message_id, "."); }

// The nearest one counts: whoever takes an old message to begin another conversation answers the newer.
std::optional<std::string> token_among(const std::vector<std::string>& message_ids) {
  for (auto one = message_ids.rbegin(); one != message_ids.rend(); ++one)
    if (auto key = token_in(*one)) return key;
  return std::nullopt;
}

std::optional<std::string> token_to(const std::vector<std::string>& recipients) {
  for (const std::string& address : recipients) {
    const std::size_t plus = address.find('+');
    if (plus == std::string::npos) continue;
    if (auto key = key_behind_mark(std::string_view(address).substr(plus + 1), "@")) return key;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(JoinedBy by) {
  switch (by) {
    case JoinedBy::token:
      return "token";
    case JoinedBy::references:
      return "references";
    case JoinedBy::in_reply_to:
      return "in_reply_to";
    case JoinedBy::nothing:
      break;
  }
  return "";
}

Thread thread_of(const ThreadHeader& header) {
  Thread thread;
  const std::vector<std::string> ids = message_ids(header.message_id);
  const std::string own = ids.empty() ? std::string{} : ids.front();
  // Some name the message itself among those that it goes back to: it would be its own parent.
  thread.references = message_ids(header.references);
  std::erase(thread.references, own);
  std::vector<std::string> answered = message_ids(header.in_reply_to);
  std::erase(answered, own);
  if (!answered.empty()) thread.in_reply_to = answered.front();
  if (thread.in_reply_to.empty() && !thread.references.empty()) thread.in_reply_to = thread.references.back();

  const auto join = [&](std::string key, JoinedBy by) {
    thread.conversation = std::move(key);
    thread.joined_by = by;
  };
  if (auto key = token_in(own)) {
    join(std::move(*key), JoinedBy::token);
  } else if (is_forwarded(header.subject)) {
    // Handed on to others it is about the same, and with somebody else.
    if (!own.empty()) thread.conversation = key_of(own);
  } else if (auto answer = token_among(answered)) {
    join(std::move(*answer), JoinedBy::token);
  } else if (auto reference = token_among(thread.references)) {
    join(std::move(*reference), JoinedBy::token);
  } else if (auto detail = token_to(header.own_recipients)) {
    join(std::move(*detail), JoinedBy::token);
  } else if (!thread.references.empty()) {
    join(key_of(thread.references.front()), JoinedBy::references);
  } else if (!thread.in_reply_to.empty()) {
    join(key_of(thread.in_reply_to), JoinedBy::in_reply_to);
  } else if (!own.empty()) {
    thread.conversation = key_of(own);
  }
  if (thread.references.size() > most_references)
    thread.references.erase(thread.references.begin() + 1, thread.references.end() - most_references + 1);
  return thread;
}

}  // namespace patchbay::imap
