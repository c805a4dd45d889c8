// The plugin's entry and its answer to ids: clauses A1, A2.
#include "conformance/all_checks.hpp"
#include "conformance/random.hpp"
#include "conformance/session.hpp"

#include <patchbay/bytes.hpp>

#include <array>

namespace patchbay::conformance {
namespace {

constexpr std::array ids{PATCHBAY_EXT_CHECK,       PATCHBAY_EXT_HTTP_ENDPOINT, PATCHBAY_EXT_POLL,   PATCHBAY_EXT_RUN,
                         PATCHBAY_EXT_HTTP_CLIENT, PATCHBAY_EXT_SEND,          PATCHBAY_EXT_REPLAY, PATCHBAY_EXT_SINK,
                         PATCHBAY_EXT_DELIVER,     PATCHBAY_EXT_STREAM};

pb_entry entry_of(const std::string& library) {
  void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  return handle == nullptr ? nullptr : reinterpret_cast<pb_entry>(dlsym(handle, PATCHBAY_ENTRY));
}

}  // namespace

std::vector<Finding> check_entry(const Subject& subject) {
  std::vector<Finding> found;
  subject.doing("load");
  const pb_entry entry = entry_of(subject.library);
  if (entry == nullptr) return {fail("A1", "loading it failed: " + std::string(dlerror()), "install what it links to")};
  subject.doing("patchbay_plugin_v1");
  const pb_plugin* const table = entry(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR);
  if (table == nullptr) return {fail("A1", "its entry refuses this host", "return the table for this ABI major")};
  if (view(table->name) != subject.name || view(table->version) != subject.version)
    found.push_back(fail("A1",
                         "its table says " + std::string(view(table->name)) + " " + std::string(view(table->version)) +
                             ", and the manifest " + subject.name + " " + subject.version,
                         "build it with patchbay_add_plugin, which takes both from the manifest"));
  for (const std::uint32_t other : {PATCHBAY_ABI_MAJOR + 1, PATCHBAY_ABI_MAJOR + 77, 0xffffffffU})
    if (entry(other, 0) != nullptr) {
      found.push_back(fail("A1", "its entry takes a host of ABI major " + std::to_string(other),
                           "return null unless host_abi_major is PATCHBAY_ABI_MAJOR"));
      break;
    }
  return or_pass(std::move(found), "A1");
}

std::vector<Finding> check_unknown_ids(const Subject& subject) {
  const pb_plugin* const table = testkit::load(subject.library);
  if (table == nullptr) return {skip("A2", "its entry refuses this host")};
  std::vector<std::string> unknown{"",
                                   "/",
                                   "patchbay",
                                   "patchbay.",
                                   "patchbay.poll",
                                   "patchbay.poll/",
                                   "poll/1",
                                   std::string(1'000'000, 'x'),
                                   std::string("\0", 1),
                                   "\xff\xfe"};
  for (const char* const id : ids) {
    const std::string known = id;
    unknown.push_back(known + " ");
    unknown.push_back(known + "0");
    unknown.push_back(known + std::string("\0", 1));
    unknown.push_back(" " + known);
    unknown.push_back(known.substr(0, known.size() - 1) + "2");
    unknown.push_back(known.substr(0, known.size() - 1));
  }
  Random random(subject.seed);
  for (int i = 0; i < 100; ++i) {
    std::string id = "patchbay.";
    for (std::size_t left = random.below(20); left > 0; --left) id += static_cast<char>(random.below(256));
    unknown.push_back(id + "/1");
  }
  for (const std::string& id : unknown) {
    subject.doing("extension(\"" + id.substr(0, 40) + "\")");
    // A copy of exactly that length, so that reading past its end is seen by tools that look for it.
    const std::vector<std::uint8_t> exact(id.begin(), id.end());
    if (table->extension({exact.data(), exact.size()}) == nullptr) continue;
    return {fail("A2", "extension() answers \"" + id.substr(0, 40) + "\", which does not exist",
                 "compare the whole id, its length included, and return null for all others")};
  }
  return {pass("A2", std::to_string(unknown.size()) + " ids")};
}

}  // namespace patchbay::conformance
