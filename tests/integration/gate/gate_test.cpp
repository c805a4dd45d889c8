// The gate and the loader on real libraries, each laid out in a folder of its own as patchbay_add_plugin does.
#include "plugin/gate.hpp"

#include "base/digest.hpp"
#include "base/temporary_folder.hpp"
#include "plugin/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <future>
#include <random>
#include <sstream>

namespace patchbay::plugin {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string contents(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void write(const fs::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

std::string fixture(const std::string& name) { return contents(fs::path(GATE_FIXTURES) / (name + ".so")); }

class Gate : public testing::Test {
 protected:
  Gate() {
    folder = root / "fixture";
    trace = root / "trace";
    ::setenv("PATCHBAY_GATE_TRACE", trace.c_str(), 1);
  }
  ~Gate() override { ::unsetenv("PATCHBAY_GATE_TRACE"); }

  static nlohmann::json manifest_for(std::string_view library) {
    return {{"name", "fixture"},       {"kind", "channel"},
            {"version", "0.1.0"},      {"title", "Fixture"},
            {"summary", "For tests."}, {"status", "experimental"},
            {"library", "fixture.so"}, {"sha256", hex(bytes_of(sha256(library)))}};
  }
  void lay_out(const fs::path& where, std::string_view library) const {
    fs::create_directories(where);
    write(where / "fixture.so", library);
    write(where / "manifest.json", manifest_for(library).dump());
    write(where / "settings.schema.json", R"({"type": "object"})");
  }
  std::string refusal() const {
    const auto admitted = pass_gate(folder);
    if (admitted) return "admitted";
    EXPECT_FALSE(admitted.error().remedy.empty()) << admitted.error().reason;
    return admitted.error().reason;
  }

  const TemporaryFolder temporary;
  const fs::path root = temporary.path();
  fs::path folder, trace;
};

TEST_F(Gate, AdmitsAGoodPluginWithoutRunningIt) {
  lay_out(folder, fixture("good"));
  const auto admitted = pass_gate(folder);
  ASSERT_TRUE(admitted) << admitted.error().text();
  EXPECT_EQ(admitted->plugin.manifest.name, "fixture");
  EXPECT_EQ(admitted->plugin.schema["type"], "object");
  EXPECT_FALSE(fs::exists(trace));
}

struct Variant {
  const char* name;
  const char* reason;
};

class GateVariant : public Gate, public testing::WithParamInterface<Variant> {};

TEST_P(GateVariant, IsRefusedBeforeAnyOfItsCodeRuns) {
  lay_out(folder, fixture(GetParam().name));
  const auto catalog = Catalog::scan({root});
  ASSERT_THAT(catalog->plugins(), IsEmpty());
  ASSERT_THAT(catalog->refused(), SizeIs(1));
  EXPECT_EQ(catalog->refused()[0].folder, folder);
  EXPECT_THAT(catalog->refused()[0].error.reason, HasSubstr(GetParam().reason));
  EXPECT_FALSE(catalog->refused()[0].error.remedy.empty());
  EXPECT_FALSE(fs::exists(trace));
}

const Variant variants[] = {
    {"wrong_magic", "reading fixture.so: its Patchbay note has another magic number"},
    {"newer_major", "built for version 9."},
    {"newer_minor", "built for version 0.99 of the plugin interface, and this host has 0."},
    {"missing_extension", "it needs what this host does not have: patchbay.telepathy/1"},
    {"extra_export", "it exports more than its entry: helper_that_should_be_hidden"},
    {"no_entry", "it does not export patchbay_plugin_v1"},
    {"no_note", "it has no Patchbay note"},
};

INSTANTIATE_TEST_SUITE_P(Library, GateVariant, testing::ValuesIn(variants),
                         [](const auto& variant) { return std::string(variant.param.name); });

struct Version {
  const char* name;
  std::uint32_t major, minor, least_host_minor;
  const char* reason;
};

class GateVersion : public testing::TestWithParam<Version> {};

TEST_P(GateVersion, DecidesByTheRulesOfTheHeader) {
  const auto& [name, major, minor, least, reason] = GetParam();
  Library library;
  library.exports = {PATCHBAY_ENTRY};
  library.notes = {{major, minor, least, PATCHBAY_ABI_MAGIC, {}}};
  const Status judged = judge_library(library, {0, 3, 5, {}});
  EXPECT_THAT(judged ? "admitted" : judged.error().reason, HasSubstr(reason));
}

// Host 0.5, which takes minors from 3 on.
const Version versions[] = {
    {"the_same", 0, 5, 3, "admitted"},
    {"the_oldest", 0, 3, 3, "admitted"},
    {"older_than_the_oldest", 0, 2, 2, "takes none before 0.3"},
    {"newer_minor", 0, 6, 3, "an older minor version"},
    {"a_host_that_is_too_old", 0, 5, 6, "it needs at least version 0.6"},
    {"newer_major", 1, 0, 0, "an older major version"},
};

INSTANTIATE_TEST_SUITE_P(Abi, GateVersion, testing::ValuesIn(versions),
                         [](const auto& version) { return std::string(version.param.name); });

TEST(GateVersionOne, TakesEveryOlderAndNewerMinorThatTakesIt) {
  const HostAbi host{1, 0, 5, {}};
  const auto judge = [&](std::uint32_t major, std::uint32_t minor, std::uint32_t least) {
    Library library{{PATCHBAY_ENTRY}, {{major, minor, least, PATCHBAY_ABI_MAGIC, {}}}};
    const Status judged = judge_library(library, host);
    return judged ? "admitted" : judged.error().reason;
  };
  EXPECT_EQ(judge(1, 0, 0), "admitted");
  EXPECT_EQ(judge(1, 9, 5), "admitted");
  EXPECT_THAT(judge(1, 9, 6), HasSubstr("at least version 1.6"));
  EXPECT_THAT(judge(0, 5, 5), HasSubstr("a newer major version"));
}

TEST_F(Gate, RefusesAFileThatIsNoLibrary) {
  lay_out(folder, "#!/bin/sh\n");
  EXPECT_EQ(refusal(), "reading fixture.so: expected an ELF file, found none of its magic bytes");
  lay_out(folder, "");
  EXPECT_EQ(refusal(), "reading fixture.so: expected an ELF file, found none of its magic bytes");
}

TEST_F(Gate, RefusesAnotherLibraryThanTheManifests) {
  lay_out(folder, fixture("good"));
  write(folder / "fixture.so", fixture("good") + "x");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("its SHA-256 is "), HasSubstr("and the manifest says ")));
  write(folder / "fixture.so", "text");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("expected an ELF file"), HasSubstr("besides, its SHA-256 is ")));
}

TEST_F(Gate, RefusesFilesThatAreMissingOrElsewhere) {
  lay_out(folder, fixture("good"));
  fs::rename(folder / "fixture.so", root / "fixture.so");
  EXPECT_EQ(pass_gate(folder).error().code, ErrorCode::not_found);
  fs::create_symlink("../fixture.so", folder / "fixture.so");
  EXPECT_EQ(refusal(), "reading fixture.so: it is a symbolic link out of the plugin's folder");
  fs::remove(folder / "fixture.so");
  fs::create_directory(folder / "fixture.so");
  EXPECT_EQ(refusal(), "reading fixture.so: expected a file, found a folder");
  fs::remove(folder / "fixture.so");
  ASSERT_EQ(::mkfifo((folder / "fixture.so").c_str(), 0600), 0);
  EXPECT_EQ(refusal(), "reading fixture.so: it is no regular file");
  fs::remove(folder / "fixture.so");
  fs::rename(root / "fixture.so", folder / "fixture.so.1");
  fs::create_symlink("fixture.so.1", folder / "fixture.so");
  EXPECT_TRUE(pass_gate(folder));
  fs::remove(folder / "settings.schema.json");
  EXPECT_THAT(pass_gate(folder).error().reason, HasSubstr("reading settings.schema.json: "));
  fs::remove(folder / "manifest.json");
  EXPECT_THAT(pass_gate(folder).error().reason, HasSubstr("reading manifest.json: "));
}

TEST_F(Gate, RefusesALibraryThatIsTooLarge) {
  lay_out(folder, fixture("good"));
  fs::resize_file(folder / "fixture.so", (256u << 20) + 1);  // with a hole
  EXPECT_THAT(refusal(), HasSubstr("it has 268435457 bytes, of which at most 268435456 are taken"));
}

TEST_F(Gate, NothingChangesWhatWasReadOfALibrary) {
  lay_out(folder, fixture("good"));
  auto admitted = pass_gate(folder);
  ASSERT_TRUE(admitted);
  EXPECT_EQ(::pwrite(admitted->library.number(), "x", 1, 0), -1);
  EXPECT_EQ(::ftruncate(admitted->library.number(), 0), -1);
}

TEST_F(Gate, LibraryCutAnywhereIsReadWithinItsBounds) {
  const std::string whole = fixture("good");
  const auto* first = reinterpret_cast<const std::uint8_t*>(whole.data());
  for (std::size_t length = 0; length < whole.size(); length += 64) {
    const std::vector<std::uint8_t> cut(first, first + length);  // of its own, so that a step too far is seen
    const auto library = read_library(cut);
    EXPECT_TRUE(library || !library.error().reason.empty());
  }
}

TEST_F(Gate, LibraryWithFlippedBitsIsReadWithinItsBounds) {
  const std::string whole = fixture("good");
  std::vector<std::uint8_t> bytes(whole.begin(), whole.end());
  std::mt19937 random(20260302);
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    // Half of them in the first page, where headers, symbols and notes are.
    const std::size_t at = random() % (round % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 4096));
    const auto bit = static_cast<std::uint8_t>(1u << random() % 8);
    bytes[at] ^= bit;
    const auto library = read_library(bytes);
    if (!library || !judge_library(*library, host_abi())) ++refused;
    bytes[at] ^= bit;
  }
  EXPECT_GT(refused, 0u);
}

TEST_F(Gate, EarlierRootCountsAndTheLaterOneIsTold) {
  lay_out(root / "one" / "b", fixture("good"));
  lay_out(root / "one" / "a", fixture("good"));
  lay_out(root / "two" / "fixture", fixture("good"));
  fs::create_directories(root / "two" / "no plugin at all");
  const auto catalog = Catalog::scan({root / "one", root / "two", root / "absent"});
  ASSERT_THAT(catalog->plugins(), SizeIs(1));
  EXPECT_EQ(catalog->plugins()[0].folder, root / "one" / "a");
  ASSERT_THAT(catalog->refused(), SizeIs(2));
  EXPECT_EQ(catalog->refused()[0].folder, root / "one" / "b");
  EXPECT_EQ(catalog->refused()[1].folder, root / "two" / "fixture");
  EXPECT_EQ(catalog->refused()[1].error.text(), "the channel fixture has been found before, in " +
                                                    (root / "one" / "a").string() + "; remove one of the two");
  EXPECT_EQ(catalog->find(PluginKind::sink, "fixture"), nullptr);
  EXPECT_EQ(catalog->find(PluginKind::channel, "fixture"), &catalog->plugins()[0]);
}

// Takes batches, and nothing else.
class CountingServices final : public Services {
 public:
  void log(std::int32_t, std::string_view) override {}
  void report(const pb_error&) override {}
  pb_code submit(const pb_batch& batch) override { return last_token = batch.token, PB_OK; }
  pb_code state(std::string_view, const pb_writer&) override { return PB_NOT_FOUND; }
  std::int64_t now_us() override { return 0; }
  std::int64_t monotonic_us() override { return 0; }
  void random(std::uint8_t*, std::uint64_t) override {}
  void add_metric(std::string_view, double) override {}
  void set_metric(std::string_view, double) override {}
  pb_code sign(pb_secret, std::string_view, std::string_view, const pb_writer&) override { return PB_NOT_FOUND; }
  pb_code verify(pb_secret, std::string_view, std::string_view, std::string_view) override { return PB_NOT_FOUND; }
  pb_code reveal(pb_secret, const pb_writer&) override { return PB_NOT_FOUND; }
  pb_code create_attachment(std::uint64_t&) override { return PB_TRANSIENT; }
  pb_code append_attachment(std::uint64_t, std::string_view) override { return PB_NOT_FOUND; }
  pb_code discard_attachment(std::uint64_t) override { return PB_NOT_FOUND; }
  pb_code http_call(const pb_http_call&) override { return PB_TRANSIENT; }
  pb_code access(const pb_access_call&) override { return PB_NOT_FOUND; }
  pb_code connect(const pb_stream_call&) override { return PB_NOT_FOUND; }
  pb_code authorities(const pb_writer&) override { return PB_NOT_FOUND; }
  void respond(const pb_http_response&) override {}
  void sent(const pb_sent&) override {}
  void rendered(const pb_rendered&) override {}
  void judged(const pb_judged&) override {}
  void lost(const Error&) override {}

  std::atomic<pb_token> last_token{0};
};

TEST_F(Gate, AdmittedPluginIsLoadedWhenItIsOpenedAndRuns) {
  lay_out(folder, fixture("good"));
  const auto catalog = Catalog::scan({root});
  ASSERT_THAT(catalog->plugins(), SizeIs(1));
  EXPECT_FALSE(fs::exists(trace));
  fs::remove_all(folder);  // what was admitted is in memory
  CountingServices services;
  auto instance = catalog->open(catalog->plugins()[0], {"shop", nlohmann::json::object(), "IT", 4}, services, nullptr);
  ASSERT_TRUE(instance) << instance.error().text();
  EXPECT_TRUE(fs::exists(trace));  // the constructor does run, once it may
  auto ended = std::make_shared<std::promise<Status>>();
  (*instance)->start([ended](Status status) { ended->set_value(std::move(status)); });
  EXPECT_TRUE(ended->get_future().get());
  EXPECT_EQ(services.last_token, 42u);
}

TEST_F(Gate, LibrariesOfTwoCatalogsAreNotMistakenForOneAnother) {
  CountingServices services;
  for (const char* version : {"0.1.0", "0.9.0"}) {
    lay_out(folder, fixture("good") + version);  // what follows the library does not matter to it
    auto manifest = manifest_for(fixture("good") + version);
    manifest["version"] = version;
    write(folder / "manifest.json", manifest.dump());
    const auto catalog = Catalog::scan({root});
    ASSERT_THAT(catalog->plugins(), SizeIs(1));
    fs::remove(trace);
    auto instance = catalog->open(catalog->plugins()[0], {"shop", nlohmann::json::object(), "", 4}, services, nullptr);
    EXPECT_TRUE(fs::exists(trace)) << version;  // its own constructor, each time
    EXPECT_EQ(instance.has_value(), std::string_view(version) == "0.1.0");
    const std::string refusal = instance ? "" : instance.error().reason;
    EXPECT_THAT(refusal, HasSubstr(instance ? "" : "it is version \"0.1.0\""));
  }
}

}  // namespace
}  // namespace patchbay::plugin
