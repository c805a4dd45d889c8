#include "telemetry/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <algorithm>
#include <mutex>
#include <set>
#include <sstream>
#include <utility>

namespace patchbay::telemetry {

namespace {

constexpr std::string_view prefix = "patchbay_";

std::string full_name(const std::string& name) { return name.starts_with(prefix) ? name : std::string(prefix) + name; }

class OwnCounter final : public Counter {
 public:
  explicit OwnCounter(prometheus::Counter* counted) : counted_(counted) {}
  void add(double amount) override {
    if (amount > 0) counted_->Increment(amount);
  }
  [[nodiscard]] double value() const override { return counted_->Value(); }

 private:
  prometheus::Counter* counted_;
};

class OwnGauge final : public Gauge {
 public:
  explicit OwnGauge(prometheus::Gauge* gauge) : gauge_(gauge) {}
  void set(double value) override { gauge_->Set(value); }
  [[nodiscard]] double value() const override { return gauge_->Value(); }

 private:
  prometheus::Gauge* gauge_;
};

class OwnHistogram final : public Histogram {
 public:
  explicit OwnHistogram(prometheus::Histogram* histogram) : histogram_(histogram) {}
  void observe(double value) override { histogram_->Observe(value); }

 private:
  prometheus::Histogram* histogram_;
};

bool is_plugin_name(std::string_view name) {
  const auto begins = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  constexpr std::size_t longest = 100;
  return !name.empty() && name.size() <= longest && begins(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return begins(c) || (c >= '0' && c <= '9'); });
}

struct Source {
  std::string name, help;
  SampleKind kind;
  Collect collect;
};

class PrometheusMetrics final : public Metrics {
 public:
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels) override {
    const std::lock_guard lock(mutex_);
    return find_or_make<OwnCounter>(counters_, {full_name(name), labels}, [&](prometheus::Registry& registry) {
      return &prometheus::BuildCounter().Name(full_name(name)).Help(help).Register(registry).Add(labels);
    });
  }
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels) override {
    const std::lock_guard lock(mutex_);
    return find_or_make<OwnGauge>(gauges_, {full_name(name), labels}, [&](prometheus::Registry& registry) {
      return &prometheus::BuildGauge().Name(full_name(name)).Help(help).Register(registry).Add(labels);
    });
  }
  Histogram& histogram(const std::string& name, const std::string& help, const Buckets& buckets,
                       const Labels& labels) override {
    const std::lock_guard lock(mutex_);
    return find_or_make<OwnHistogram>(histograms_, {full_name(name), labels}, [&](prometheus::Registry& registry) {
      return &prometheus::BuildHistogram().Name(full_name(name)).Help(help).Register(registry).Add(labels, buckets);
    });
  }

  std::shared_ptr<void> collect(const std::string& name, const std::string& help, SampleKind kind,
                                Collect collect) override {
    auto source = std::make_shared<Source>(Source{full_name(name), help, kind, std::move(collect)});
    const std::lock_guard lock(mutex_);
    sources_.push_back(source);
    return {source.get(), [this, source](void*) {
              const std::lock_guard again(mutex_);
              std::erase(sources_, source);
            }};
  }

  Status add_plugin(const std::string& instance, std::string_view name, double amount) override {
    if (!(amount >= 0)) return failure(ErrorCode::invalid, "counting: a counter only goes up", "use set for a gauge");
    if (Status status = admit(instance, name, SampleKind::counter); !status) return status;
    counter(plugin_name(name), plugin_help, {{"instance", instance}}).add(amount);
    return {};
  }
  Status set_plugin(const std::string& instance, std::string_view name, double value) override {
    if (Status status = admit(instance, name, SampleKind::gauge); !status) return status;
    gauge(plugin_name(name), plugin_help, {{"instance", instance}}).set(value);
    return {};
  }

  [[nodiscard]] std::string expose() const override {
    std::vector<prometheus::MetricFamily> families = registry_.Collect();
    {
      // Held while the callbacks run, so that a handle that went away is not called any more.
      const std::lock_guard lock(mutex_);
      for (const auto& source : sources_) append(families, *source);
    }
    std::ostringstream text;
    text.imbue(std::locale::classic());
    prometheus::TextSerializer().Serialize(text, families);
    return text.str();
  }

 private:
  static constexpr const char* plugin_help = "Counted by a plugin";

  using Key = std::pair<std::string, Labels>;

  // Under the mutex. Where Prometheus refuses the name, the metric lives in a registry that nobody reads.
  template <class Own, class Build>
  Own& find_or_make(std::map<Key, std::unique_ptr<Own>>& known, Key key, Build build) {
    const auto found = known.find(key);
    if (found != known.end()) return *found->second;
    std::unique_ptr<Own> made;
    try {
      made = std::make_unique<Own>(build(registry_));
    } catch (const std::exception&) {
      unread_.push_back(std::make_unique<prometheus::Registry>());
      made = std::make_unique<Own>(unshown<Own>());
    }
    return *known.emplace(std::move(key), std::move(made)).first->second;
  }

  template <class Own>
  auto* unshown() {
    prometheus::Registry& registry = *unread_.back();
    if constexpr (std::is_same_v<Own, OwnCounter>)
      return &prometheus::BuildCounter().Name("unshown").Register(registry).Add({});
    else if constexpr (std::is_same_v<Own, OwnGauge>)
      return &prometheus::BuildGauge().Name("unshown").Register(registry).Add({});
    else
      return &prometheus::BuildHistogram().Name("unshown").Register(registry).Add(
          {}, prometheus::Histogram::BucketBoundaries{});
  }

  static std::string plugin_name(std::string_view name) { return "patchbay_plugin_" + std::string(name); }

  Status admit(const std::string& instance, std::string_view name, SampleKind kind) {
    if (!is_plugin_name(name))
      return failure(ErrorCode::invalid, "counting: a metric's name must match [a-z_][a-z0-9_]*", "rename it");
    const std::lock_guard lock(mutex_);
    std::set<std::string, std::less<>>& names = plugin_names_[instance];
    const bool fresh = !names.contains(name);
    if (fresh && names.size() >= most_plugin_metrics)
      return failure(ErrorCode::denied, "counting: " + instance + " has 64 metrics already", "use fewer names");
    const auto [known, first] = plugin_kinds_.emplace(std::string(name), kind);
    if (!first && known->second != kind)
      return failure(ErrorCode::conflict, "counting: " + std::string(name) + " is a metric of another kind",
                     "use another name");
    if (fresh) names.emplace(name);
    return {};
  }

  static void append(std::vector<prometheus::MetricFamily>& families, const Source& source) {
    const auto type =
        source.kind == SampleKind::counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    // One family per name, as the format asks, also where several parts give samples of it.
    auto family = std::find_if(families.begin(), families.end(), [&](const auto& f) { return f.name == source.name; });
    if (family == families.end()) family = families.insert(families.end(), {source.name, source.help, type, {}});
    if (family->type != type) return;
    for (const Sample& sample : source.collect()) {
      prometheus::ClientMetric metric;
      for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
      (source.kind == SampleKind::counter ? metric.counter.value : metric.gauge.value) = sample.value;
      family->metric.push_back(std::move(metric));
    }
  }

  mutable std::mutex mutex_;
  prometheus::Registry registry_;
  std::vector<std::unique_ptr<prometheus::Registry>> unread_;
  std::map<Key, std::unique_ptr<OwnCounter>> counters_;
  std::map<Key, std::unique_ptr<OwnGauge>> gauges_;
  std::map<Key, std::unique_ptr<OwnHistogram>> histograms_;
  std::vector<std::shared_ptr<Source>> sources_;
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> plugin_names_;
  std::map<std::string, SampleKind, std::less<>> plugin_kinds_;
};

}  // namespace

std::unique_ptr<Metrics> Metrics::make() { return std::make_unique<PrometheusMetrics>(); }

}  // namespace patchbay::telemetry
