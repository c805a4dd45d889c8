#include "gateway/suspects.hpp"

#include <algorithm>
#include <utility>

namespace patchbay::gateway {
namespace {

constexpr Duration longest_memory = std::chrono::hours{1};
constexpr Duration longest_patience = std::chrono::seconds{30};
constexpr std::size_t most_suspicions = 4096;

void run(const std::vector<Suspects::Give>& all) {
  for (const Suspects::Give& give : all) give();
}

}  // namespace

bool Suspects::is_guilty(const std::string& input) {
  const std::lock_guard lock(mutex_);
  const auto found = suspicions_.find(input);
  if (found == suspicions_.end() || !found->second.proven) return false;
  suspicions_.erase(found);
  return true;
}

void Suspects::offer(std::uint64_t number, const std::string& input, Give give) {
  std::vector<Give> now;
  {
    const std::lock_guard lock(mutex_);
    forget_old();
    waiting_.push_back({number, input, std::move(give)});
    now = next();
  }
  run(now);
}

void Suspects::ended(std::uint64_t number) {
  std::vector<Give> now;
  {
    const std::lock_guard lock(mutex_);
    const auto found = in_hand_.find(number);
    if (found == in_hand_.end()) return;
    suspicions_.erase(found->second.input);
    in_hand_.erase(found);
    now = next();
  }
  run(now);
}

std::optional<Suspects::Proven> Suspects::crashed(Company company) {
  std::vector<Give> refused;
  std::optional<Proven> proven;
  {
    const std::lock_guard lock(mutex_);
    const bool alone = in_hand_.size() == 1 && company == Company::alone;
    for (const auto& [number, given] : in_hand_) {
      const auto [at, is_new] = suspicions_.try_emplace(given.input);
      at->second.since = clock_.monotonic();
      if (!alone || is_new || at->second.proven) continue;
      at->second.proven = true;
      proven = Proven{number, given.input};
    }
    in_hand_.clear();
    for (Waiting& one : waiting_) refused.push_back(std::move(one.give));
    waiting_.clear();
  }
  run(refused);
  return proven;
}

// Under the lock. One that is proven is not given any more, and so no danger.
bool Suspects::is_careful() const {
  return std::ranges::any_of(suspicions_, [](const auto& one) { return !one.second.proven; });
}

// Under the lock: those that may go in now.
std::vector<Suspects::Give> Suspects::next() {
  std::vector<Give> now;
  while (!waiting_.empty() && (in_hand_.empty() || !is_careful())) {
    in_hand_[waiting_.front().number] = {std::move(waiting_.front().input), clock_.monotonic()};
    now.push_back(std::move(waiting_.front().give));
    waiting_.pop_front();
  }
  return now;
}

void Suspects::forget_old() {
  const Duration now = clock_.monotonic();
  while (!in_hand_.empty() && now - in_hand_.begin()->second.since > longest_patience) in_hand_.erase(in_hand_.begin());
  if (suspicions_.empty()) return;
  std::erase_if(suspicions_, [&](const auto& one) { return now - one.second.since > longest_memory; });
  while (suspicions_.size() > most_suspicions)
    suspicions_.erase(std::ranges::min_element(suspicions_, {}, [](const auto& one) { return one.second.since; }));
}

}  // namespace patchbay::gateway
