// What crosses between an instance and its plugin: failures, answers, handles, structs of other versions.
#include "plugin/scripted_plugin.hpp"

#include <thread>

namespace patchbay::plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(InProcess, OpeningFailsWithAllThatWasReported) {
  script.open = [&](const pb_open&) {
    script.report(PB_INVALID_SETTINGS, "/token", "expected text, got 42", "write it in quotes");
    script.report(PB_INVALID_SETTINGS, "/portfolio", "expected a number", "take it from the account");
    return PB_INVALID_SETTINGS;
  };
  const auto instance = try_open(nullptr);
  ASSERT_FALSE(instance);
  EXPECT_EQ(instance.error().code, ErrorCode::invalid);
  EXPECT_EQ(instance.error().reason,
            "opening shop: at /token: expected text, got 42 (write it in quotes); "
            "at /portfolio: expected a number (take it from the account)");
  EXPECT_THAT(services.journal.lines(), IsEmpty());  // told once, by the error
}

TEST_F(InProcess, FailuresKeepTheirKind) {
  const std::pair<pb_code, ErrorCode> cases[] = {{PB_INVALID_SETTINGS, ErrorCode::invalid},
                                                 {PB_AUTH_FAILED, ErrorCode::denied},
                                                 {PB_NOT_CONNECTED, ErrorCode::unavailable},
                                                 {PB_TRANSIENT, ErrorCode::unavailable},
                                                 {PB_BUG, ErrorCode::internal},
                                                 {99, ErrorCode::internal}};
  for (const auto& [code, kind] : cases) {
    script.open = [code = code](const pb_open&) { return code; };
    const auto instance = try_open(nullptr);
    ASSERT_FALSE(instance);
    EXPECT_EQ(instance.error().code, kind) << code;
    EXPECT_THAT(instance.error().reason, HasSubstr("did not say why"));
  }
}

TEST_F(InProcess, CheckAndStartSayWhatWasReported) {
  offered[PATCHBAY_EXT_CHECK] = &check_table;
  script.check = script.start = [&] {
    script.report(PB_AUTH_FAILED, "", "the service refused the token", "renew it");
    return PB_AUTH_FAILED;
  };
  auto instance = open();
  const Status checked = wait(*instance, &Instance::check);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::denied);
  EXPECT_EQ(checked.error().text(), "checking: the service refused the token; renew it");
  const Status started = wait(*instance, &Instance::start);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().text(), "starting: the service refused the token; renew it");
  EXPECT_EQ(script.submit(1), PB_BUG);  // it is not running
}

TEST_F(InProcess, AnswersRequestsThatThePluginCannotTake) {
  offered.clear();
  auto without = open();
  ASSERT_TRUE(wait(*without, &Instance::start));
  without->receive(request(1));
  EXPECT_TRUE(services.journal.wait_for("respond 1 404"));
  without.reset();

  offered = {{PATCHBAY_EXT_HTTP_ENDPOINT, &endpoint_table}};
  auto instance = open();
  instance->receive(request(2));  // not started
  EXPECT_TRUE(services.journal.wait_for("respond 2 503"));
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  instance->receive(request(3));
  EXPECT_TRUE(services.journal.wait_for("respond 3 503"));
  EXPECT_FALSE(instance->offers(PATCHBAY_EXT_SEND));
  EXPECT_TRUE(instance->offers(PATCHBAY_EXT_HTTP_ENDPOINT));
}

TEST_F(InProcess, ExceptionOutOfThePluginIsReportedAndAnswered) {
  script.receive = [](const pb_http_request&) { throw std::runtime_error("oh"); };
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  instance->receive(request(1));
  EXPECT_TRUE(services.journal.wait_for("respond 1 500"));
  EXPECT_TRUE(services.journal.wait_for("report 7 receive: an exception came out of the plugin: oh"));
}

TEST_F(InProcess, CompletionsStillComeWhileItStops) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  instance->complete({.token = 8, .errors = {}});
  EXPECT_TRUE(script.journal.wait_for("complete 8 0"));
}

TEST_F(InProcess, TakesSubmitsOnlyWhileItRuns) {
  auto instance = open();
  EXPECT_EQ(script.submit(1), PB_BUG);
  EXPECT_TRUE(services.journal.wait_for("report 7 submitting a batch: the instance has not been started"));
  script.start = [&] { return script.submit(2); };
  ASSERT_TRUE(wait(*instance, &Instance::start));
  EXPECT_EQ(script.submit(3), PB_OK);
  const auto& intake = script.extension<pb_host_intake>(PATCHBAY_EXT_INTAKE);
  EXPECT_EQ(intake.submit(script.host->self, script.instance, nullptr), PB_BUG);
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  EXPECT_EQ(script.submit(4), PB_STOPPING);
  instance->close();
  EXPECT_EQ(script.submit(5), PB_NOT_FOUND);
  EXPECT_EQ(services.submits, 2);
}

TEST_F(InProcess, StructOfAnOlderPluginIsFilledUp) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  struct {  // a batch as it would be without all that follows the token
    std::uint32_t size, flags;
    pb_token token;
  } const batch{sizeof batch, 0, 6};
  const auto& intake = script.extension<pb_host_intake>(PATCHBAY_EXT_INTAKE);
  EXPECT_EQ(intake.submit(script.host->self, script.instance, reinterpret_cast<const pb_batch*>(&batch)), PB_OK);
  EXPECT_TRUE(services.journal.wait_for("submit 6"));
}

TEST_F(InProcess, UnknownHandleIsFoundOutEverywhere) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  const pb_instance old = script.instance;
  instance.reset();
  auto next_one = open();  // in the same place
  ASSERT_NE(script.instance, old);
  std::string text;
  const pb_writer out = writer(text);
  const pb_bytes none{};
  void* const self = script.host->self;
  for (const pb_instance handle : {pb_instance{0}, old, ~pb_instance{0}}) {
    script.host->log(self, handle, PB_LOG_INFO, none);
    script.host->report(self, handle, nullptr);
    EXPECT_EQ(script.extension<pb_host_state>(PATCHBAY_EXT_STATE).get(self, handle, none, &out), PB_NOT_FOUND);
    const auto& clock = script.extension<pb_host_clock>(PATCHBAY_EXT_CLOCK);
    EXPECT_EQ(clock.now_us(self, handle), 0);
    EXPECT_EQ(clock.monotonic_us(self, handle), 0);
    std::vector<std::uint8_t> bits(1000);
    clock.random(self, handle, bits.data(), bits.size());
    EXPECT_NE(bits, std::vector<std::uint8_t>(1000));  // random all the same, since nobody looks at a code
    const auto& secrets = script.extension<pb_host_secrets>(PATCHBAY_EXT_SECRETS);
    EXPECT_EQ(secrets.sign(self, handle, 1, none, none, &out), PB_NOT_FOUND);
    EXPECT_EQ(secrets.verify(self, handle, 1, none, none, none), PB_NOT_FOUND);
    EXPECT_EQ(secrets.reveal(self, handle, 1, &out), PB_NOT_FOUND);
    const auto& attachments = script.extension<pb_host_attachments>(PATCHBAY_EXT_ATTACHMENTS);
    std::uint64_t attachment = 0;
    EXPECT_EQ(attachments.create(self, handle, &attachment), PB_NOT_FOUND);
    EXPECT_EQ(attachments.append(self, handle, 1, none), PB_NOT_FOUND);
    EXPECT_EQ(attachments.discard(self, handle, 1), PB_NOT_FOUND);
    const auto& client = script.extension<pb_host_http_client>(PATCHBAY_EXT_HTTP_CLIENT);
    EXPECT_EQ(client.call(self, handle, nullptr), PB_NOT_FOUND);
    EXPECT_EQ(script.extension<pb_host_run>(PATCHBAY_EXT_RUN).next(self, handle, 0), PB_NOT_FOUND);
    script.extension<pb_host_http_endpoint>(PATCHBAY_EXT_HTTP_ENDPOINT).respond(self, handle, nullptr);
    script.extension<pb_host_send>(PATCHBAY_EXT_SEND).sent(self, handle, nullptr);
    script.extension<pb_host_sink>(PATCHBAY_EXT_SINK).rendered(self, handle, nullptr);
    script.extension<pb_host_sink>(PATCHBAY_EXT_SINK).judged(self, handle, nullptr);
    script.extension<pb_host_metrics>(PATCHBAY_EXT_METRICS).add(self, handle, none, 1);
    script.extension<pb_host_metrics>(PATCHBAY_EXT_METRICS).set(self, handle, none, 1);
  }
  EXPECT_EQ(script.host->extension(self, bytes("patchbay.intake/1x")), nullptr);
  EXPECT_EQ(script.host->extension(self, {nullptr, 17}), nullptr);
  EXPECT_THAT(services.journal.lines(), IsEmpty());
}

TEST_F(InProcess, RevealsSecretsOnlyWithTheCapability) {
  std::string text;
  const pb_writer out = writer(text);
  const auto reveal = [&] {
    return script.extension<pb_host_secrets>(PATCHBAY_EXT_SECRETS).reveal(script.host->self, script.instance, 1, &out);
  };
  auto without = open();
  EXPECT_EQ(reveal(), PB_PERMANENT);
  EXPECT_EQ(text, "");
  without.reset();
  manifest.capabilities = {"secrets.reveal"};
  auto with = open();
  EXPECT_EQ(reveal(), PB_OK);
  EXPECT_EQ(text, "secret");
}

TEST_F(InProcess, LogLinesAreCutAndHarmless) {
  auto instance = open();
  const auto log = [&](std::int32_t level, std::string_view text) {
    script.host->log(script.host->self, script.instance, level, bytes(text));
  };
  log(PB_LOG_WARNING, "one\ntwo\x1b[31m\t\x7f");
  log(77, std::string(4095, 'x') + "\xc3\xa9");  // the accented letter would be cut in two
  EXPECT_THAT(services.journal.lines(),
              ElementsAre("log 2 one\\ntwo\\x1b[31m\\t\\x7f", "log 0 " + std::string(4095, 'x')));
}

TEST_F(InProcess, ClosesWhileThePluginsOwnThreadsSubmit) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  std::atomic<bool> gone{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      pb_code code = PB_OK;
      while (code != PB_NOT_FOUND) {
        const bool was_gone = gone;
        code = script.submit(1);
        if (code == PB_OK && was_gone) ADD_FAILURE() << "the services were used after the instance had been closed";
      }
    });
  ASSERT_TRUE(services.journal.wait_for("submit 1", 100));
  instance->close();
  gone = true;
  for (std::thread& thread : threads) thread.join();
}

TEST_F(InProcess, MayBeDestroyedInItsOwnDone) {
  auto instance = open();
  std::promise<void> destroyed;
  ASSERT_TRUE(wait(*instance, &Instance::start));
  instance->stop([&](const Status& status) {
    EXPECT_TRUE(status);
    instance.reset();
    destroyed.set_value();
  });
  ASSERT_EQ(destroyed.get_future().wait_for(20s), std::future_status::ready);
  EXPECT_THAT(script.journal.lines(), ElementsAre(testing::_, "start", "stop", "close"));
}

TEST_F(InProcess, TellsWhoAskedForWhatThePluginCannotDo) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  Outbound outbound;
  outbound.token = 4;
  instance->send(std::move(outbound));
  EXPECT_TRUE(services.journal.wait_for("sent 4 errors 1"));
  Event event;
  event.token = 5;
  instance->render(std::move(event));
  EXPECT_TRUE(services.journal.wait_for("rendered 5"));
  instance->replay({});
  EXPECT_TRUE(services.journal.wait_for("report 6 replaying: the plugin does not offer patchbay.replay/1"));
}

// A message that the plugin never saw may be sent later; one that got no answer would be a doubt.
TEST_F(InProcess, SaysThatAMessageNeverReachedAPluginThatStops) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  Outbound outbound;
  outbound.token = 9;
  instance->send(std::move(outbound));
  EXPECT_TRUE(services.journal.wait_for("sent 9 errors 1"));
}

TEST_F(InProcess, PluginThatIsNotWhatItsManifestSaysIsRefused) {
  const auto refusal = [&](const pb_plugin* table, const Manifest& expected) {
    const auto functions = take_table(table, expected);
    return functions ? std::string("taken") : functions.error().reason;
  };
  EXPECT_THAT(refusal(nullptr, manifest), HasSubstr("refuses to work with this host"));
  Manifest other = manifest;
  other.name = "other";
  EXPECT_EQ(refusal(&script_plugin, other), "it calls itself \"script\", and the manifest \"other\"");
  other = manifest;
  other.version = "0.2.0";
  EXPECT_EQ(refusal(&script_plugin, other), "it is version \"0.1.0\", and the manifest says \"0.2.0\"");
  other = manifest;
  other.kind = PluginKind::sink;
  EXPECT_THAT(refusal(&script_plugin, other), HasSubstr("offers neither patchbay.sink/1 nor patchbay.deliver/1"));
  offered.clear();
  other = manifest;
  other.endpoint = true;
  EXPECT_THAT(refusal(&script_plugin, other), HasSubstr("does not offer patchbay.http-endpoint/1"));
  pb_plugin table = script_plugin;
  table.close = nullptr;
  EXPECT_EQ(refusal(&table, manifest), "its table lacks a function");
  table = script_plugin;
  table.size = 16;
  EXPECT_THAT(refusal(&table, manifest), HasSubstr("its table has 16 bytes instead of"));
  table = script_plugin;
  table.abi_major = 9;
  EXPECT_THAT(refusal(&table, manifest), HasSubstr("its table is of version 9."));
  const pb_poll empty{sizeof(pb_poll), 0, nullptr};
  offered = {{PATCHBAY_EXT_POLL, &empty}};
  EXPECT_EQ(refusal(&script_plugin, manifest), "its table patchbay.poll/1 lacks a function");
}

}  // namespace
}  // namespace patchbay::plugin
