// When an instance calls its plugin, and on which thread.
#include "plugin/scripted_plugin.hpp"

#include <thread>

namespace patchbay::plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(InProcess, OpensWithItsSettingsStartsStopsAndClosesInOrder) {
  script.open = [&](const pb_open& open) {
    EXPECT_EQ(view(open.name), "shop");
    EXPECT_EQ(view(open.region), "IT");
    EXPECT_EQ(open.credit, 64u);
    return PB_OK;
  };
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  instance.reset();
  EXPECT_THAT(script.journal.lines(), ElementsAre(R"(open {"token":{"$secret":1}})", "start", "stop", "close"));
}

TEST_F(InProcess, ClosingStopsFirstAndHappensOnce) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  instance->close();
  instance->close();
  instance.reset();
  EXPECT_THAT(script.journal.lines(), ElementsAre(testing::_, "start", "stop", "close"));
}

TEST_F(InProcess, NeverMakesTwoCallsAtOnce) {
  script.receive = [&](const pb_http_request& request) {
    EXPECT_EQ(request.headers.count, 1u);
    EXPECT_EQ(script.submit(request.id), PB_OK);
  };
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  constexpr int each_thread = 250;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      for (int i = 0; i < each_thread; ++i) {
        instance->receive(request(1));
        instance->complete({.token = 1, .errors = {}, .accepted = 1});
      }
    });
  for (std::thread& thread : threads) thread.join();
  // Each completion was posted after its request.
  EXPECT_TRUE(script.journal.wait_for("complete 1 0", 4 * each_thread));
  EXPECT_FALSE(script.was_concurrent);
  EXPECT_EQ(services.submits, 4 * each_thread);
}

TEST_F(InProcess, PollsAfterTheTimeThatThePluginReturned) {
  offered[PATCHBAY_EXT_POLL] = &poll_table;
  auto instance = open(&executor);
  std::int64_t answer = 1500;
  script.poll = [&] { return answer; };
  instance->start([](const Status& status) { EXPECT_TRUE(status); });
  executor.run_ready();
  ASSERT_EQ(executor.later.size(), 1u);
  EXPECT_EQ(executor.advance(), 1500ms);
  const struct {
    std::int64_t answered;
    Duration waited;
  } cases[] = {{1, 1ms}, {86'400'001, 24h}, {INT64_MAX, 24h}, {0, 60s}, {-5, 60s}};
  for (const auto& [answered, waited] : cases) {
    answer = answered;
    executor.run_ready();
    ASSERT_EQ(executor.later.size(), 1u);
    EXPECT_EQ(executor.advance(), waited) << answered;
  }
  EXPECT_THAT(services.journal.lines(), testing::Each(HasSubstr("report 7 polling: expected the milliseconds")));
  EXPECT_EQ(services.journal.lines().size(), 2u);  // for 0 and for -5
}

TEST_F(InProcess, DoesNotPollOnceItStops) {
  offered[PATCHBAY_EXT_POLL] = &poll_table;
  auto instance = open(&executor);
  instance->start([](const Status&) {});
  executor.run_ready();
  instance->stop([](const Status&) {});
  executor.advance();
  executor.run_ready();
  EXPECT_THAT(script.journal.lines(), ElementsAre(testing::_, "start", "poll", "stop"));
  EXPECT_THAT(executor.later, IsEmpty());
}

TEST_F(InProcess, RunHasItsThreadAndTakesCallsOnlyInNext) {
  offered[PATCHBAY_EXT_RUN] = &run_table;
  offered[PATCHBAY_EXT_POLL] = &poll_table;  // run wins
  std::promise<void> go;
  pb_code quiet = PB_OK, last = PB_OK;
  script.run = [&] {
    go.get_future().wait();  // what is posted meanwhile must wait too
    script.journal.write("asking");
    EXPECT_EQ(script.next(10'000), PB_OK);
    quiet = script.next(1);
    script.journal.write("asked");
    do last = script.next(60'000);
    while (last == PB_OK);
    return PB_OK;
  };
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(script.journal.wait_for("run"));
  instance->complete({.token = 3, .errors = {{PB_TRANSIENT, 0, "", "full", ""}}});
  go.set_value();
  ASSERT_TRUE(script.journal.wait_for("asked"));
  EXPECT_EQ(script.next(0), PB_BUG);  // not on the run's thread
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  instance.reset();
  EXPECT_EQ(quiet, PB_TIMEOUT);
  EXPECT_EQ(last, PB_STOPPING);
  EXPECT_THAT(script.journal.lines(),
              ElementsAre(testing::_, "start", "run", "asking", "complete 3 1", "asked", "run ended", "stop", "close"));
  EXPECT_FALSE(script.was_concurrent);
}

TEST_F(InProcess, ClosingWakesARunThatWaits) {
  offered[PATCHBAY_EXT_RUN] = &run_table;
  script.run = [&] {
    while (script.next(600'000) != PB_STOPPING) continue;
    return PB_OK;
  };
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(script.journal.wait_for("run"));
  instance->close();
  EXPECT_THAT(script.journal.lines(), ElementsAre(testing::_, "start", "run", "run ended", "stop", "close"));
}

TEST_F(InProcess, RunThatEndsByItselfIsReported) {
  offered[PATCHBAY_EXT_RUN] = &run_table;
  script.run = [] { return PB_NOT_CONNECTED; };
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  EXPECT_TRUE(services.journal.wait_for("report 4 running: it returned with code 4 before it was asked to stop"));
}

TEST_F(InProcess, RunHasAThreadOfItsOwnAlsoWhereAnExecutorIsGiven) {
  offered[PATCHBAY_EXT_RUN] = &run_table;
  script.run = [&] { return script.next(10'000); };
  auto instance = open(&executor);
  ASSERT_TRUE(wait(*instance, &Instance::start));
  instance->close();
  EXPECT_TRUE(executor.ready.empty());
  EXPECT_EQ(script.journal.lines().back(), "close");
}

TEST_F(InProcess, DeliversAnEventAndTakesItsEndLater) {
  static Script* inside = nullptr;
  inside = &script;
  static const pb_deliver deliver_table{sizeof(pb_deliver), 0, [](void*, const pb_event* event) {
                                          inside->journal.write("deliver " + std::string(view(event->payload)));
                                        }};
  offered[PATCHBAY_EXT_DELIVER] = &deliver_table;
  manifest.kind = PluginKind::sink;
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  EXPECT_TRUE(instance->offers(PATCHBAY_EXT_DELIVER));
  Event event;
  event.token = 6;
  event.payload = std::make_shared<const std::string>("{}");
  instance->deliver(event);
  ASSERT_TRUE(script.journal.wait_for("deliver {}"));
  const pb_judged judged{sizeof(pb_judged), PB_VERDICT_DELIVERED, 6, 0, {}};
  script.extension<pb_host_sink>(PATCHBAY_EXT_SINK).judged(script.host->self, script.instance, &judged);
  EXPECT_TRUE(services.journal.wait_for("judged 6"));
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  instance->deliver(event);  // dropped: it stays in its queue
  instance->close();
  EXPECT_THAT(script.journal.lines(), ElementsAre(testing::_, "start", "deliver {}", "stop", "close"));
}

}  // namespace
}  // namespace patchbay::plugin
