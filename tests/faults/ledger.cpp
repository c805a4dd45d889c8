#include "faults/ledger.hpp"

#include "bench/measuring.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <stdexcept>

namespace patchbay::faults {
namespace {

constexpr std::size_t most_findings = 5;  // of each kind; the rest is counted

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

[[noreturn]] void refuse(std::string_view journal, std::string_view line) {
  throw std::runtime_error("reading the journal of what was " + std::string(journal) + ": \"" + std::string(line) +
                           "\" is no line of it");
}

template <class Number>
Number number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::runtime_error("reading a journal: \"" + std::string(text) + "\" is no number");
  return value;
}

void find(Verdict& verdict, std::size_t& count, std::string finding) {
  if (++count <= most_findings) verdict.findings.push_back(std::move(finding));
}

// Contacts that were merged into others are one lane with them from then on.
class Lanes {
 public:
  std::string root(std::string contact) const {
    for (auto at = into_.find(contact); at != into_.end(); at = into_.find(contact)) contact = at->second;
    return contact;
  }
  void join(const std::string& from, const std::string& into) {
    if (from != into) into_.emplace(from, into);
  }
  std::uint64_t& last(const std::string& root) { return last_[root]; }

 private:
  std::unordered_map<std::string, std::string> into_;
  std::unordered_map<std::string, std::uint64_t> last_;
};

}  // namespace

std::string Verdict::line() const {
  char text[256];
  std::snprintf(text, sizeof text,
                "faults: kills=%zu accepted=%zu delivered=%zu lost=%zu doubled=%zu disorder=%zu recovery_p99_ms=%.0f",
                kills, accepted, delivered, lost, doubled, disorder, recovery_p99_ms);
  return text;
}

void Ledger::read_accepted(std::string_view line) {
  if (line.empty() || line.find(' ') != line.npos) refuse("accepted", line);
  accepted_.emplace(line);
}

void Ledger::read_applied(std::string_view line) {
  const std::vector<std::string_view> words = split(line, ' ');
  if (words.size() == 2 && words[0] == "again") {
    ++repeated_;
    return;
  }
  if (words.size() != 7 || words[0] != "applied") refuse("applied", line);
  applied_.push_back(parse(words));
}

// applied ID SEQUENCE TYPE SUBJECT EXTERNAL_ID MERGED
Ledger::Applied Ledger::parse(const std::vector<std::string_view>& words) {
  Applied applied;
  applied.id = words[1];
  applied.sequence = number<std::uint64_t>(words[2]);
  applied.type = words[3];
  applied.contact = words[4];
  if (words[5] != "-") applied.external_id = words[5];
  if (words[6] != "-")
    for (const std::string_view merged : split(words[6], ',')) applied.merged.emplace_back(merged);
  return applied;
}

// kill NUMBER unanswered COUNT | recovery MILLISECONDS | anything else behind a "#"
void Ledger::read_faults(std::string_view line) {
  const std::vector<std::string_view> words = split(line, ' ');
  if (words.size() == 4 && words[0] == "kill" && words[2] == "unanswered") {
    ++kills_;
    if (number<std::uint64_t>(words[3]) > 0) ++unanswered_kills_;
  } else if (words.size() == 2 && words[0] == "recovery") {
    recoveries_ms_.push_back(number<double>(words[1]));
  } else if (words.empty() || words[0] != "#") {
    refuse("done to the gateway", line);
  }
}

Verdict Ledger::verdict() const {
  Verdict verdict;
  verdict.kills = kills_;
  verdict.unanswered_kills = unanswered_kills_;
  verdict.accepted = accepted_.size();
  verdict.repeated = repeated_;
  std::vector<double> recoveries = recoveries_ms_;
  verdict.recovery_p99_ms = bench::percentile(recoveries, 0.99);
  count_doubled(verdict);
  count_lost(verdict);
  count_disorder(verdict);
  return verdict;
}

// One external id makes one interaction, one event is applied once, and a contact is created once.
void Ledger::count_doubled(Verdict& verdict) const {
  std::unordered_map<std::string, std::string> event_of;
  const auto once = [&](const std::string& what, const std::string& event) {
    const auto [known, added] = event_of.emplace(what, event);
    if (!added) find(verdict, verdict.doubled, "doubled: " + what + " by " + known->second + " and by " + event);
  };
  for (const Applied& applied : applied_) {
    once("the event " + applied.id, applied.id);
    if (applied.type == "interaction.received") once("the interaction " + applied.external_id, applied.id);
    if (applied.type == "contact.created") once("the contact " + applied.contact, applied.id);
  }
}

// What was accepted is applied, and no committed event is missing: their numbers have no gap.
void Ledger::count_lost(Verdict& verdict) const {
  std::unordered_set<std::string_view> delivered;
  std::unordered_set<std::uint64_t> sequences;
  std::uint64_t highest = 0;
  for (const Applied& applied : applied_) {
    if (applied.type == "interaction.received") delivered.insert(applied.external_id);
    sequences.insert(applied.sequence);
    highest = std::max(highest, applied.sequence);
  }
  verdict.delivered = delivered.size();
  for (const std::string& id : accepted_)
    if (!delivered.contains(id))
      find(verdict, verdict.lost, "lost: the interaction " + id + " was accepted and never came");
  // What is a missing interaction and a gap at once is counted as the interaction alone, where all gaps are such.
  std::size_t gaps = 0;
  std::vector<std::string> missing;
  for (std::uint64_t sequence = 1; sequence <= highest; ++sequence) {
    if (sequences.contains(sequence)) continue;
    if (++gaps <= most_findings)
      missing.push_back("lost: event " + std::to_string(sequence) + " was committed and never came");
  }
  if (gaps > verdict.lost) {
    verdict.lost = gaps;
    verdict.findings.insert(verdict.findings.end(), missing.begin(), missing.end());
  }
}

void Ledger::count_disorder(Verdict& verdict) const {
  Lanes lanes;
  std::unordered_set<std::string_view> seen;
  for (const Applied& applied : applied_) {
    if (!applied.contact.starts_with("contact_") || !seen.insert(applied.id).second) continue;
    const auto follows = [&](const std::string& contact) {
      const std::uint64_t last = lanes.last(lanes.root(contact));
      if (last > applied.sequence)
        find(verdict, verdict.disorder,
             "disorder: " + applied.type + " " + std::to_string(applied.sequence) + " of " + contact + " came after " +
                 std::to_string(last));
      return last;
    };
    std::uint64_t last = follows(applied.contact);
    for (const std::string& merged : applied.merged) {
      last = std::max(last, follows(merged));
      lanes.join(lanes.root(merged), lanes.root(applied.contact));
    }
    std::uint64_t& of_lane = lanes.last(lanes.root(applied.contact));
    of_lane = std::max({of_lane, last, applied.sequence});
  }
}

}  // namespace patchbay::faults
