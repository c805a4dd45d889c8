// A plugin in a worker process: it serves, it is confined, and its end is reported and harms nobody else.
#include "plugin/catalog.hpp"
#include "plugin/scripted_plugin.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace patchbay::plugin {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr pb_request request = 7;

class Worker : public testing::Test {
 protected:
  Result<std::unique_ptr<Instance>> try_open(const std::string& fault) {
    return catalog().open(
        *catalog().find(PluginKind::channel, "chaos"),
        {.name = "shop", .settings = {{"fault", fault}}, .region = "IT", .credit = 4, .isolation = Isolation::worker},
        services, nullptr);
  }

  // Opened, started, and given one request.
  std::unique_ptr<Instance> given_a_request(const std::string& fault) {
    auto instance = try_open(fault);
    EXPECT_TRUE(instance) << instance.error().text();
    if (!instance) return nullptr;
    EXPECT_TRUE(ended([&](Done done) { (*instance)->start(std::move(done)); }));
    (*instance)->receive({.id = request, .method = "POST", .body = "hello"});
    return std::move(*instance);
  }

  static Status ended(const std::function<void(Done)>& ask) {
    auto promise = std::make_shared<std::promise<Status>>();
    ask([promise](Status status) { promise->set_value(std::move(status)); });
    return promise->get_future().get();
  }

  // What was said when the instance was lost; waits for it.
  std::string lost() {
    for (int i = 0; i < 2000; ++i) {
      for (const std::string& line : services.journal.lines())
        if (line.starts_with("lost: ")) return line;
      std::this_thread::sleep_for(10ms);
    }
    return "it was not lost";
  }

  // Its folder in /proc: a child of this process.
  static std::filesystem::path process_of_worker() {
    const std::string child_of_self = "PPid:\t" + std::to_string(::getpid());
    for (const auto& process : std::filesystem::directory_iterator("/proc")) {
      std::ifstream status(process.path() / "status");
      for (std::string line; std::getline(status, line);)
        if (line == child_of_self) return process.path();
    }
    return {};
  }

  static Catalog& catalog() {
    static const std::shared_ptr<Catalog> scanned = Catalog::scan({WORKER_PLUGINS});
    return *scanned;
  }

  FakeServices services;
};

std::string answered(int status) { return "respond 7 " + std::to_string(status); }

TEST_F(Worker, ServesARequestWithTheBatchThatCarriesItsAnswer) {
  const auto instance = given_a_request("none");
  EXPECT_TRUE(services.journal.wait_for("submit 7"));
  EXPECT_TRUE(instance->offers(PATCHBAY_EXT_HTTP_ENDPOINT));
  EXPECT_FALSE(instance->offers(PATCHBAY_EXT_POLL));
  EXPECT_TRUE(ended([&](Done done) { instance->stop(std::move(done)); }));
  instance->receive({.id = request + 1});
  EXPECT_TRUE(services.journal.wait_for("respond 8 503"));
}

TEST_F(Worker, SaysBusyWhenTheCreditIsUsedAndGoesOnAfterACompletion) {
  const auto instance = given_a_request("none");
  for (pb_request id = 8; id <= 11; ++id) instance->receive({.id = id});
  EXPECT_TRUE(services.journal.wait_for("respond 11 503"));  // the fifth; none has been completed
  EXPECT_EQ(services.submits, 4);
  instance->complete({.token = 7});
  instance->receive({.id = 12});
  EXPECT_TRUE(services.journal.wait_for("submit 12"));
}

TEST_F(Worker, TakesRequestsThatAreLargerThanADatagram) {
  const auto instance = given_a_request("none");
  instance->receive({.id = 8, .body = std::string(3'000'000, 'x')});
  EXPECT_TRUE(services.journal.wait_for("submit 8"));
}

TEST_F(Worker, FailsToOpenWithWhatThePluginSaid) {
  const auto instance = try_open("throw_in_open");
  ASSERT_FALSE(instance);
  EXPECT_THAT(instance.error().text(), HasSubstr("no wish to open"));
}

TEST_F(Worker, FailsToOpenWhenThePluginCrashesThere) {
  const auto instance = try_open("crash_in_open");
  ASSERT_FALSE(instance);
  EXPECT_THAT(instance.error().text(), HasSubstr("signal 11"));
  EXPECT_THAT(instance.error().text(), HasSubstr("about to crash"));
  EXPECT_THAT(services.journal.lines(), Not(Contains(HasSubstr("lost: "))));
}

TEST_F(Worker, IsLostWithItsSignalItsLastCallAndItsLastWords) {
  const auto instance = given_a_request("segfault");
  const std::string said = lost();
  EXPECT_THAT(said, HasSubstr("worker of shop"));
  EXPECT_THAT(said, HasSubstr("signal 11 (Segmentation fault)"));
  EXPECT_THAT(said, HasSubstr("given last: receive"));
  EXPECT_THAT(said, HasSubstr("about to crash"));
  EXPECT_THAT(services.journal.lines(), Contains(answered(503)));
}

TEST_F(Worker, IsLostHoweverThePluginEndsIt) {
  for (const auto& [fault, why] : {std::pair{"abort", "signal 6"},
                                   {"exit", "by itself with status"},
                                   {"close_socket", "the socket to the host was closed in the worker"},
                                   {"garbage", "it broke the rules of its socket"}}) {
    services.journal.clear();
    const auto instance = given_a_request(fault);
    EXPECT_THAT(lost(), HasSubstr(why)) << fault;
    EXPECT_THAT(services.journal.lines(), Contains(answered(503))) << fault;
  }
}

TEST_F(Worker, AnswersAtOnceWhatIsAskedAfterItsEnd) {
  const auto instance = given_a_request("abort");
  EXPECT_THAT(lost(), HasSubstr("signal 6"));
  instance->receive({.id = 9});
  EXPECT_TRUE(services.journal.wait_for("respond 9 503"));
  instance->send({.token = 3});
  EXPECT_TRUE(services.journal.wait_for("sent 3 errors 1"));
  EXPECT_FALSE(ended([&](Done done) { instance->stop(std::move(done)); }));
}

TEST_F(Worker, EndsAPluginThatDoesNotCloseInTime) {
  auto instance = given_a_request("deadlock");
  instance.reset();
  EXPECT_THAT(services.journal.lines(), Contains(HasSubstr("did not end within 11 s")));
}

TEST_F(Worker, LetsAPluginHaveNoSocketsProcessesOrSignals) {
  for (const char* fault : {"socket", "fork", "execute", "kill_parent"}) {
    const auto instance = given_a_request(fault);
    EXPECT_TRUE(services.journal.wait_for("log 1 " + std::string(fault) + ": Operation not permitted")) << fault;
  }
}

TEST_F(Worker, LetsAPluginReadNoFilesFromItsConstructorOnwards) {
  if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) < 1) GTEST_SKIP() << "this kernel has no Landlock";
  const auto instance = given_a_request("read_passwd");
  EXPECT_TRUE(services.journal.wait_for("log 1 read_passwd: Permission denied"));
  EXPECT_TRUE(services.journal.wait_for("log 1 constructor: Permission denied"));
}

TEST_F(Worker, LetsAPluginWriteNoFiles) {
  const auto instance = given_a_request("write_file");
  EXPECT_TRUE(services.journal.wait_for("log 1 write_file: Permission denied"));
}

TEST_F(Worker, BoundsDescriptorsAndMemory) {
  const auto leaking = given_a_request("leak_descriptors");
  EXPECT_TRUE(services.journal.wait_for("log 1 leak_descriptors: Too many open files"));
#ifndef PATCHBAY_SANITIZED
  const auto allocating = given_a_request("allocate");
  EXPECT_TRUE(services.journal.wait_for("log 1 allocate: refused"));
#endif
}

TEST_F(Worker, TellsAnAnswerToNothingAndPassesItOnToNobody) {
  const auto instance = given_a_request("answer_another");
  EXPECT_TRUE(services.journal.wait_for(answered(200)));
  EXPECT_THAT(services.journal.lines(), Contains(HasSubstr("report 7 answering a request: nothing of that number")));
  EXPECT_THAT(services.journal.lines(), Not(Contains("respond 8 200")));
}

TEST_F(Worker, HasNoEnvironmentAndNoDescriptorsOfTheHost) {
  const auto instance = given_a_request("none");
  EXPECT_TRUE(services.journal.wait_for("submit 7"));
  const std::filesystem::path process = process_of_worker();
  ASSERT_FALSE(process.empty());
  std::ifstream environment(process / "environ");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(environment), {}), "");
  std::size_t descriptors = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(process / "fd")) ++descriptors;
  EXPECT_LE(descriptors, 8u);  // three streams, the socket, the library twice, what wakes it
}

TEST_F(Worker, LeavesTheProcessorToTheHostFirst) {
  const auto instance = given_a_request("none");
  EXPECT_TRUE(services.journal.wait_for("submit 7"));
  const pid_t process = std::stoi(process_of_worker().filename());
  EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(process)), 5);
}

TEST_F(Worker, EndsAPluginThatIsBusyForLongerThanItsManifestAllows) {
  for (const char* fault : {"deadlock", "endless_loop"}) {
    services.journal.clear();
    const auto instance = given_a_request(fault);
    EXPECT_THAT(lost(), HasSubstr("busy with one call for more than 2 s")) << fault;
  }
}

}  // namespace
}  // namespace patchbay::plugin
