// Numbers about the gateway, in the Prometheus text format 0.0.4.
//
// [any-thread] Counters, gauges and histograms live as long as their Metrics and are asked for once, by whoever counts;
// asking again for the same name and labels gives the same one. What is kept as a plain atomic on a hot path is read
// at scrape by a callback. All names begin with patchbay_, which is put in front where it is missing.
//
// A name that Prometheus does not know, or that another kind of metric has already, is a mistake in our own code: the
// answer then is a metric that counts and is shown nowhere.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::telemetry {

using Labels = std::map<std::string, std::string>;
using Buckets = std::vector<double>;  // upper bounds, ascending

// Each is [any-thread] and borrowed from its Metrics.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double amount = 1) = 0;  // below zero counts nothing
  [[nodiscard]] virtual double value() const = 0;
};
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
  [[nodiscard]] virtual double value() const = 0;
};
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

struct Sample {
  Labels labels;
  double value = 0;
};
enum class SampleKind : std::uint8_t { counter, gauge };
// Called at each scrape, on the thread that scrapes; must be quick and must not call the Metrics.
using Collect = std::function<std::vector<Sample>()>;

inline constexpr std::size_t most_plugin_metrics = 64;  // distinct names per channel or destination

class Metrics {
 public:
  [[nodiscard]] static std::unique_ptr<Metrics> make();
  virtual ~Metrics() = default;

  virtual Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {}) = 0;
  virtual Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {}) = 0;
  virtual Histogram& histogram(const std::string& name, const std::string& help, const Buckets& buckets,
                               const Labels& labels = {}) = 0;

  // Until the handle that is returned goes away. It must not outlive the Metrics.
  [[nodiscard]] virtual std::shared_ptr<void> collect(const std::string& name, const std::string& help, SampleKind kind,
                                                      Collect collect) = 0;

  // What plugins count: patchbay_plugin_NAME{instance="support"}. Refused: a name that is not [a-z_][a-z0-9_]*, one
  // that is a counter here and a gauge there, and more than 64 names of one instance.
  [[nodiscard]] virtual Status add_plugin(const std::string& instance, std::string_view name, double amount) = 0;
  [[nodiscard]] virtual Status set_plugin(const std::string& instance, std::string_view name, double value) = 0;

  [[nodiscard]] virtual std::string expose() const = 0;
};

// The Content-Type of expose().
inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace patchbay::telemetry
