// What the programs of the benchmark measure with: a clock that all processes share, percentiles, Zipf's law, the
// values of a command line. Plain functions; any thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::bench {

// CLOCK_MONOTONIC: the same for every process of the machine, so that one notes when it sent and another when it got.
inline std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// The value that `share` of all are at most; 0 where there is none.
inline double percentile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(rank, 1, values.size()) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// Person n, counted from 1, comes with a weight of 1/n^exponent; the result counts from 0. Exponent 0: all alike.
class Zipf {
 public:
  explicit Zipf(std::int64_t people, double exponent = 1.0) {
    double sum = 0;
    for (std::int64_t n = 1; n <= people; ++n) cumulated_.push_back(sum += std::pow(static_cast<double>(n), -exponent));
  }
  std::int64_t operator()(std::mt19937_64& random) const {
    std::uniform_real_distribution<double> uniform(0.0, cumulated_.back());
    return std::lower_bound(cumulated_.begin(), cumulated_.end(), uniform(random)) - cumulated_.begin();
  }

 private:
  std::vector<double> cumulated_;
};

// "--name value" pairs of a command line. A name that is not in `defaults` throws, as does a number that is none.
class Words {
 public:
  Words(int count, char** words, std::map<std::string, std::string, std::less<>> defaults)
      : values_(std::move(defaults)) {
    for (int i = 1; i < count; i += 2) {
      const std::string_view word = words[i];
      const auto found = word.starts_with("--") ? values_.find(word.substr(2)) : values_.end();
      if (found == values_.end() || i + 1 == count) throw std::runtime_error(usage(word));
      found->second = words[i + 1];
    }
  }

  [[nodiscard]] const std::string& text(std::string_view name) const { return values_.find(name)->second; }
  [[nodiscard]] std::int64_t number(std::string_view name) const {
    const std::string& value = text(name);
    char* end = nullptr;
    const std::int64_t number = std::strtoll(value.c_str(), &end, 10);
    if (value.empty() || *end != '\0' || number < 0)
      throw std::runtime_error("--" + std::string(name) + ": expected a number from 0, got \"" + value + "\"");
    return number;
  }

 private:
  [[nodiscard]] std::string usage(std::string_view word) const {
    std::string text = "reading " + std::string(word) + ": expected one of these, each with a value:";
    for (const auto& [name, value] : values_) text += " --" + name;
    return text;
  }

  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace patchbay::bench
