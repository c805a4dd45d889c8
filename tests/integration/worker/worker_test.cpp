// A plugin in a worker process: it serves, it is confined, and its end is reported and harms nobody else.
#include "base/temporary_folder.hpp"
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

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr pb_request request = 7;

class AnyWorker : public testing::Test {
 protected:
  explicit AnyWorker(Workers mode) : workers(mode) {}

  Result<std::unique_ptr<Instance>> try_open(const std::string& fault) { return try_open("shop", fault, services); }
  Result<std::unique_ptr<Instance>> try_open(const std::string& name, const std::string& fault, Services& to) {
    return catalog().open(*catalog().find(PluginKind::channel, "chaos"),
                          {.name = name,
                           .settings = {{"fault", fault}},
                           .region = "IT",
                           .credit = 4,
                           .isolation = Isolation::worker,
                           .workers = workers},
                          to, nullptr);
  }

  // Opened, started, and given one request.
  std::unique_ptr<Instance> given_a_request(const std::string& fault) {
    return given_a_request("shop", fault, services);
  }
  std::unique_ptr<Instance> given_a_request(const std::string& name, const std::string& fault, Services& to) {
    auto instance = started(name, fault, to);
    if (instance) instance->receive({.id = request, .method = "POST", .body = "hello"});
    return instance;
  }
  std::unique_ptr<Instance> started(const std::string& name, const std::string& fault, Services& to) {
    auto instance = try_open(name, fault, to);
    EXPECT_TRUE(instance) << instance.error().text();
    if (!instance) return nullptr;
    EXPECT_TRUE(ended([&](Done done) { (*instance)->start(std::move(done)); }));
    return std::move(*instance);
  }

  static Status ended(const std::function<void(Done)>& ask) {
    auto promise = std::make_shared<std::promise<Status>>();
    ask([promise](Status status) { promise->set_value(std::move(status)); });
    return promise->get_future().get();
  }

  // What was said when the instance was lost; waits for it.
  std::string lost() { return lost(services); }
  static std::string lost(const FakeServices& of) {
    for (int i = 0; i < 2000; ++i) {
      for (const std::string& line : of.journal.lines())
        if (line.starts_with("lost: ")) return line;
      std::this_thread::sleep_for(10ms);
    }
    return "it was not lost";
  }

  // Their folders in /proc: the children of this process.
  static std::vector<std::filesystem::path> processes() {
    const std::string child_of_self = "PPid:\t" + std::to_string(::getpid());
    std::vector<std::filesystem::path> found;
    for (const auto& process : std::filesystem::directory_iterator("/proc")) {
      std::ifstream status(process.path() / "status");
      for (std::string line; std::getline(status, line);)
        if (line == child_of_self) found.push_back(process.path());
    }
    return found;
  }
  static std::filesystem::path process_of_worker() {
    const auto found = processes();
    return found.empty() ? std::filesystem::path() : found.front();
  }

  static Catalog& catalog() {
    static const std::shared_ptr<Catalog> scanned = Catalog::scan({WORKER_PLUGINS});
    return *scanned;
  }

  const Workers workers;
  FakeServices services;
};

// Of what is the same however many share it.
class Worker : public AnyWorker, public testing::WithParamInterface<Workers> {
 protected:
  Worker() : AnyWorker(GetParam()) {}
};
INSTANTIATE_TEST_SUITE_P(OfEitherKind, Worker, testing::Values(Workers::per_channel, Workers::shared),
                         [](const auto& of) { return of.param == Workers::shared ? "Shared" : "PerChannel"; });

class WorkerOfOne : public AnyWorker {
 protected:
  WorkerOfOne() : AnyWorker(Workers::per_channel) {}
};

std::string answered(int status) { return "respond 7 " + std::to_string(status); }

TEST_P(Worker, ServesARequestWithTheBatchThatCarriesItsAnswer) {
  const auto instance = given_a_request("none");
  EXPECT_TRUE(services.journal.wait_for("submit 7"));
  EXPECT_TRUE(instance->offers(PATCHBAY_EXT_HTTP_ENDPOINT));
  EXPECT_FALSE(instance->offers(PATCHBAY_EXT_POLL));
  EXPECT_TRUE(ended([&](Done done) { instance->stop(std::move(done)); }));
  instance->receive({.id = request + 1});
  EXPECT_TRUE(services.journal.wait_for("respond 8 503"));
}

TEST_P(Worker, SaysBusyWhenTheCreditIsUsedAndGoesOnAfterACompletion) {
  const auto instance = given_a_request("none");
  for (pb_request id = 8; id <= 11; ++id) instance->receive({.id = id});
  EXPECT_TRUE(services.journal.wait_for("respond 11 503"));  // the fifth; none has been completed
  EXPECT_EQ(services.submits, 4);
  instance->complete({.token = 7});
  instance->receive({.id = 12});
  EXPECT_TRUE(services.journal.wait_for("submit 12"));
}

TEST_P(Worker, TakesRequestsThatAreLargerThanADatagram) {
  const auto instance = given_a_request("none");
  instance->receive({.id = 8, .body = std::string(3'000'000, 'x')});
  EXPECT_TRUE(services.journal.wait_for("submit 8"));
}

TEST_P(Worker, FailsToOpenWithWhatThePluginSaid) {
  const auto instance = try_open("throw_in_open");
  ASSERT_FALSE(instance);
  EXPECT_THAT(instance.error().text(), HasSubstr("no wish to open"));
}

TEST_P(Worker, FailsToOpenWhenThePluginCrashesThere) {
  const auto instance = try_open("crash_in_open");
  ASSERT_FALSE(instance);
  EXPECT_THAT(instance.error().text(), HasSubstr("signal 11"));
  EXPECT_THAT(instance.error().text(), HasSubstr("about to crash"));
  EXPECT_THAT(services.journal.lines(), Not(Contains(HasSubstr("lost: "))));
}

TEST_P(Worker, IsLostWithItsSignalItsLastCallAndItsLastWords) {
  const auto instance = given_a_request("segfault");
  const std::string said = lost();
  EXPECT_THAT(said, HasSubstr("worker of shop"));
  EXPECT_THAT(said, HasSubstr("signal 11 (Segmentation fault)"));
  EXPECT_THAT(said, HasSubstr("given last: receive"));
  EXPECT_THAT(said, HasSubstr("about to crash"));
  EXPECT_THAT(services.journal.lines(), Contains(answered(503)));
}

TEST_P(Worker, IsLostHoweverThePluginEndsIt) {
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

TEST_P(Worker, AnswersAtOnceWhatIsAskedAfterItsEnd) {
  const auto instance = given_a_request("abort");
  EXPECT_THAT(lost(), HasSubstr("signal 6"));
  instance->receive({.id = 9});
  EXPECT_TRUE(services.journal.wait_for("respond 9 503"));
  instance->send({.token = 3});
  EXPECT_TRUE(services.journal.wait_for("sent 3 errors 1"));
  EXPECT_FALSE(ended([&](Done done) { instance->stop(std::move(done)); }));
}

TEST_F(WorkerOfOne, EndsAPluginThatDoesNotCloseInTime) {
  auto instance = given_a_request("deadlock");
  instance.reset();
  EXPECT_THAT(services.journal.lines(), Contains(HasSubstr("did not end within 11 s")));
}

TEST_P(Worker, LetsAPluginHaveNoSocketsProcessesOrSignals) {
  for (const char* fault : {"socket", "fork", "execute", "kill_parent"}) {
    const auto instance = given_a_request(fault);
    EXPECT_TRUE(services.journal.wait_for("log 1 " + std::string(fault) + ": Operation not permitted")) << fault;
  }
}

TEST_P(Worker, LetsAPluginReadNoFilesFromItsConstructorOnwards) {
  if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) < 1) GTEST_SKIP() << "this kernel has no Landlock";
  const auto instance = given_a_request("read_passwd");
  EXPECT_TRUE(services.journal.wait_for("log 1 read_passwd: Permission denied"));
  EXPECT_TRUE(services.journal.wait_for("log 1 constructor: Permission denied"));
}

TEST_P(Worker, LetsAPluginWriteNoFiles) {
  const auto instance = given_a_request("write_file");
  EXPECT_TRUE(services.journal.wait_for("log 1 write_file: Permission denied"));
}

TEST_P(Worker, BoundsDescriptorsAndMemory) {
  const auto leaking = given_a_request("leak_descriptors");
  EXPECT_TRUE(services.journal.wait_for("log 1 leak_descriptors: Too many open files"));
#ifndef PATCHBAY_SANITIZED
  const auto allocating = given_a_request("allocate");
  EXPECT_TRUE(services.journal.wait_for("log 1 allocate: refused"));
#endif
}

TEST_P(Worker, TellsAnAnswerToNothingAndPassesItOnToNobody) {
  const auto instance = given_a_request("answer_another");
  EXPECT_TRUE(services.journal.wait_for(answered(200)));
  EXPECT_THAT(services.journal.lines(), Contains(HasSubstr("report 7 answering a request: nothing of that number")));
  EXPECT_THAT(services.journal.lines(), Not(Contains("respond 8 200")));
}

TEST_P(Worker, HasNoEnvironmentAndNoDescriptorsOfTheHost) {
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

TEST_P(Worker, LeavesTheProcessorToTheHostFirst) {
  const auto instance = given_a_request("none");
  EXPECT_TRUE(services.journal.wait_for("submit 7"));
  const pid_t process = std::stoi(process_of_worker().filename());
  EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(process)), 5);
}

TEST_F(WorkerOfOne, ClaimsLeastOfTheProcessorOnProbation) {
  const auto instance = catalog().open(*catalog().find(PluginKind::channel, "chaos"),
                                       {.name = "shop",
                                        .settings = {{"fault", "none"}},
                                        .region = "IT",
                                        .credit = 4,
                                        .isolation = Isolation::worker,
                                        .trust = Trust::on_probation},
                                       services, nullptr);
  ASSERT_TRUE(instance);
  std::ifstream group(process_of_worker() / "autogroup");
  const std::string said(std::istreambuf_iterator<char>(group), {});
  // The kernel lets others than root change it but ten times a second, all together.
  if (said.empty() || ::geteuid() != 0) GTEST_SKIP() << "this kernel has no such groups, or not for this user";
  EXPECT_THAT(said, HasSubstr("nice 15"));
}

// Under load one that waits for its turn would look the same, and step back further and further.
TEST_F(WorkerOfOne, ClaimsLessOnlyOfTheProcessorThatItBurns) {
  for (const std::string fault : {"deadlock", "endless_loop"}) {
    services.journal.clear();
    const auto instance = given_a_request(fault.c_str());
    const auto group = process_of_worker() / "autogroup";
    if (!std::filesystem::exists(group) || ::geteuid() != 0) GTEST_SKIP() << "no such groups, or not for this user";
    bool stepped_back = false;
    std::string said;
    for (std::ifstream file(group); std::getline(file, said); file = std::ifstream(group)) {
      stepped_back = stepped_back || said.ends_with("nice 10");
      std::this_thread::sleep_for(5ms);
    }
    EXPECT_EQ(stepped_back, fault == "endless_loop") << fault;
    EXPECT_THAT(lost(), HasSubstr("busy with one call for more than 2 s")) << fault;
  }
}

TEST_F(WorkerOfOne, EndsAPluginThatIsBusyForLongerThanItsManifestAllows) {
  for (const char* fault : {"deadlock", "endless_loop"}) {
    services.journal.clear();
    const auto instance = given_a_request(fault);
    EXPECT_THAT(lost(), HasSubstr("busy with one call for more than 2 s")) << fault;
  }
}

// Several instances in one process.
class SharedWorker : public AnyWorker {
 protected:
  SharedWorker() : AnyWorker(Workers::shared) {}

  Result<std::unique_ptr<Instance>> open_file_sink(const std::string& name, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    return catalog().open(*catalog().find(PluginKind::sink, "file"),
                          {.name = name,
                           .settings = {{"folder", folder.string()}, {"name", name}},
                           .region = "IT",
                           .credit = 4,
                           .isolation = Isolation::worker,
                           .workers = workers},
                          services, nullptr);
  }

  FakeServices neighbour, other;
};

TEST_F(SharedWorker, IsOneProcessForAllWhoMayDoTheSame) {
  std::vector<std::unique_ptr<FakeServices>> each;
  std::vector<std::unique_ptr<Instance>> instances;
  for (int i = 0; i < 20; ++i) {
    each.push_back(std::make_unique<FakeServices>());
    instances.push_back(given_a_request("shop" + std::to_string(i), "none", *each.back()));
  }
  for (const auto& one : each) EXPECT_TRUE(one->journal.wait_for("submit 7"));
  EXPECT_EQ(processes().size(), 1u);
  instances.clear();
  EXPECT_EQ(processes().size(), 0u);
}

TEST_F(SharedWorker, IsAnotherOneForWhomOtherSettingsNameOtherFiles) {
  const TemporaryFolder folder;
  const auto first = open_file_sink("first", folder.path() / "a"),
             second = open_file_sink("second", folder.path() / "a");
  ASSERT_TRUE(first && second) << first.error().text();
  EXPECT_EQ(processes().size(), 1u);
  const auto third = open_file_sink("third", folder.path() / "b");
  ASSERT_TRUE(third) << third.error().text();
  EXPECT_EQ(processes().size(), 2u);
}

TEST_F(SharedWorker, GoesOnForTheOthersWhenOneIsClosed) {
  auto first = given_a_request("first", "none", services);
  const auto second = given_a_request("second", "none", neighbour);
  EXPECT_TRUE(ended([&](Done done) { first->stop(std::move(done)); }));
  first.reset();
  second->receive({.id = 8});
  EXPECT_TRUE(neighbour.journal.wait_for("submit 8"));
  const auto again = given_a_request("first", "none", other);
  EXPECT_TRUE(other.journal.wait_for("submit 7"));
  EXPECT_EQ(processes().size(), 1u);
}

TEST_F(SharedWorker, LetsNobodyWaitForANeighbourThatIsBusy) {
  for (const std::string fault : {"deadlock", "endless_loop"}) {
    services.journal.clear();
    neighbour.journal.clear();
    const auto innocent = started("innocent", "none", neighbour);
    const auto busy = given_a_request(fault, fault, services);
    innocent->receive({.id = request});
    EXPECT_TRUE(neighbour.journal.wait_for("submit 7")) << "else it was refused when the worker was ended";
    const std::string why = "shared with 1 more: " + fault + " was busy with one call for more than 2 s";
    EXPECT_THAT(lost(services), HasSubstr(why));
    EXPECT_THAT(lost(neighbour), HasSubstr(why));
  }
}

TEST_F(SharedWorker, ThatCrashesComesBackWithoutWhoeverMayHaveDoneIt) {
  auto innocent = started("innocent", "none", neighbour), third = started("third", "none", other);
  auto guilty = given_a_request("guilty", "segfault", services);
  EXPECT_THAT(lost(services), HasSubstr("signal 11"));
  EXPECT_THAT(lost(neighbour), HasSubstr("shared with 2 more"));
  EXPECT_THAT(lost(other), HasSubstr("signal 11"));
  for (auto* instance : {&guilty, &innocent, &third}) instance->reset();
  EXPECT_EQ(processes().size(), 0u);

  services.journal.clear();
  neighbour.journal.clear();
  innocent = started("innocent", "none", neighbour);
  third = started("third", "none", other);
  EXPECT_EQ(processes().size(), 1u);
  guilty = given_a_request("guilty", "segfault", services);
  EXPECT_THAT(lost(services), AllOf(HasSubstr("signal 11"), Not(HasSubstr("shared"))));
  innocent->receive({.id = 9});
  EXPECT_TRUE(neighbour.journal.wait_for("submit 9"));
}

}  // namespace
}  // namespace patchbay::plugin
