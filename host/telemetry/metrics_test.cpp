#include "telemetry/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <atomic>
#include <thread>

namespace patchbay::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, AreShownInThePrometheusTextFormat) {
  const auto metrics = Metrics::make();
  metrics->counter("patchbay_interactions_total", "Interactions accepted", {{"channel", "support"}}).add(2);
  metrics->gauge("queue", "Waiting").set(7);
  Histogram& histogram = metrics->histogram("patchbay_commit_seconds", "Commits", {0.1, 1});
  histogram.observe(0.05);
  histogram.observe(0.5);
  histogram.observe(5);
  const std::string text = metrics->expose();
  for (const char* line :
       {"# HELP patchbay_interactions_total Interactions accepted\n", "# TYPE patchbay_interactions_total counter\n",
        "patchbay_interactions_total{channel=\"support\"} 2\n", "# TYPE patchbay_queue gauge\n", "patchbay_queue 7\n",
        "# TYPE patchbay_commit_seconds histogram\n", "patchbay_commit_seconds_bucket{le=\"0.1\"} 1\n",
        "patchbay_commit_seconds_bucket{le=\"1\"} 2\n", "patchbay_commit_seconds_bucket{le=\"+Inf\"} 3\n",
        "patchbay_commit_seconds_count 3\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(Metrics, AreTheSameForTheSameNameAndLabels) {
  const auto metrics = Metrics::make();
  Counter& first = metrics->counter("a_total", "A", {{"channel", "x"}});
  EXPECT_EQ(&metrics->counter("patchbay_a_total", "A", {{"channel", "x"}}), &first);
  EXPECT_NE(&metrics->counter("a_total", "A", {{"channel", "y"}}), &first);
}

TEST(Metrics, CountOnUnshownUnderANameThatPrometheusRefuses) {
  const auto metrics = Metrics::make();
  metrics->gauge("taken", "G").set(1);
  for (const char* name : {"taken", "with blank"}) {
    Counter& counter = metrics->counter(name, "C");
    counter.add(3);
    EXPECT_EQ(counter.value(), 3) << name;
  }
  EXPECT_THAT(metrics->expose(), Not(HasSubstr(" 3\n")));
}

TEST(Metrics, ReadPlainAtomicsAtScrapeUntilTheHandleGoes) {
  const auto metrics = Metrics::make();
  std::atomic<int> waiting{1};
  auto handle = metrics->collect("waiting", "Waiting", SampleKind::gauge, [&waiting] {
    return std::vector<Sample>{{{{"destination", "odoo"}}, static_cast<double>(waiting.load())}};
  });
  EXPECT_THAT(metrics->expose(), HasSubstr("patchbay_waiting{destination=\"odoo\"} 1\n"));
  waiting = 2;
  EXPECT_THAT(metrics->expose(), HasSubstr("patchbay_waiting{destination=\"odoo\"} 2\n"));
  handle.reset();
  EXPECT_THAT(metrics->expose(), Not(HasSubstr("waiting")));
}

TEST(Metrics, OfSeveralSourcesOfOneNameMakeOneFamily) {
  const auto metrics = Metrics::make();
  const auto one = metrics->collect("n", "N", SampleKind::counter, [] {
    return std::vector<Sample>{{{{"c", "a"}}, 1}};
  });
  const auto two = metrics->collect("n", "N", SampleKind::counter, [] {
    return std::vector<Sample>{{{{"c", "b"}}, 2}};
  });
  EXPECT_EQ(metrics->expose(),
            "# HELP patchbay_n N\n# TYPE patchbay_n counter\npatchbay_n{c=\"a\"} 1\npatchbay_n{c=\"b\"} 2\n");
}

TEST(Metrics, OfPluginsAreCheckedAndBounded) {
  const auto metrics = Metrics::make();
  for (const char* name : {"", "Upper", "1st", "with-dash", "a b", "a\n"})
    EXPECT_FALSE(metrics->add_plugin("support", name, 1)) << name;
  EXPECT_FALSE(metrics->add_plugin("support", "down", -1));
  for (int i = 0; i < 64; ++i) EXPECT_TRUE(metrics->add_plugin("support", "m" + std::to_string(i), 1)) << i;
  EXPECT_FALSE(metrics->add_plugin("support", "one_more", 1));
  EXPECT_FALSE(metrics->set_plugin("support", "m1", 1)) << "a counter already";
  EXPECT_TRUE(metrics->add_plugin("support", "m1", 1)) << "known ones go on";
  EXPECT_TRUE(metrics->set_plugin("sms", "level", 4)) << "another channel has its own bound";
  EXPECT_THAT(metrics->expose(), HasSubstr("patchbay_plugin_m1{instance=\"support\"} 2\n"));
  EXPECT_THAT(metrics->expose(), HasSubstr("patchbay_plugin_level{instance=\"sms\"} 4\n"));
}

TEST(Metrics, CountFromAllThreadsWhileTheyAreShown) {
  const auto metrics = Metrics::make();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&metrics] {
      for (int n = 0; n < 200; ++n) {
        metrics->counter("n_total", "N").add();
        EXPECT_TRUE(metrics->add_plugin("c", "n", 1));
      }
    });
  }
  for (int n = 0; n < 20; ++n) (void)metrics->expose();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(metrics->counter("n_total", "N").value(), 800);
}

}  // namespace
}  // namespace patchbay::telemetry
