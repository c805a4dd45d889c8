#include "plugin/elf.hpp"

#include "plugin/elf_sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace patchbay::plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ElfHash : public testing::TestWithParam<sample::Hash> {};

TEST_P(ElfHash, LeadsToTheExportsAndTheNote) {
  sample::Parts parts;
  parts.hash = GetParam();
  parts.exports = {PATCHBAY_ENTRY, "another"};
  const auto library = read_library(sample::library(parts));
  ASSERT_TRUE(library) << library.error().text();
  EXPECT_THAT(library->exports, ElementsAre(PATCHBAY_ENTRY, "another"));
  ASSERT_EQ(library->notes.size(), 1u);
  EXPECT_EQ(library->notes[0].abi_major, PATCHBAY_ABI_MAJOR);
  EXPECT_EQ(library->notes[0].abi_minor, PATCHBAY_ABI_MINOR);
  EXPECT_EQ(library->notes[0].least_host_minor, PATCHBAY_ABI_OLDEST_MINOR);
  EXPECT_EQ(library->notes[0].magic, PATCHBAY_ABI_MAGIC);
  EXPECT_THAT(library->notes[0].extensions, ElementsAre(PATCHBAY_EXT_INTAKE, PATCHBAY_EXT_CLOCK));
}

TEST_P(ElfHash, OfALibraryWithoutExportsIsFine) {
  sample::Parts parts;
  parts.hash = GetParam();
  parts.exports = {};
  const auto library = read_library(sample::library(parts));
  ASSERT_TRUE(library) << library.error().text();
  EXPECT_THAT(library->exports, ElementsAre());
}

INSTANTIATE_TEST_SUITE_P(Elf, ElfHash, testing::Values(sample::Hash::classic, sample::Hash::gnu),
                         [](const auto& kind) { return kind.param == sample::Hash::gnu ? "gnu" : "classic"; });

struct Refusal {
  const char* name;
  std::function<void(std::vector<std::uint8_t>&)> change;
  const char* reason;
};

class ElfRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(ElfRefusal, SaysWhatItFoundAndHasARemedy) {
  auto file = sample::library({});
  GetParam().change(file);
  const auto library = read_library(file);
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().code, ErrorCode::invalid);
  EXPECT_THAT(library.error().reason, HasSubstr(GetParam().reason));
  EXPECT_FALSE(library.error().remedy.empty());
}

// Offsets are those of Elf64_Ehdr and Elf64_Phdr in the System V gABI, chapter 4 and 5.
constexpr std::size_t first_segment = 64, dynamic_segment = 64 + 56, note_segment = 64 + 2 * 56;

void put64(std::vector<std::uint8_t>& file, std::size_t at, std::uint64_t value) {
  std::memcpy(file.data() + at, &value, sizeof value);
}

const Refusal refusals[] = {
    {"an_empty_file", [](auto& file) { file.clear(); }, "expected an ELF file"},
    {"text", [](auto& file) { file.assign(500, 'x'); }, "expected an ELF file"},
    {"32_bit", [](auto& file) { file[4] = 1; }, "found a 32-bit one"},
    {"an_unknown_class", [](auto& file) { file[4] = 7; }, "found ELF class 7"},
    {"the_other_byte_order", [](auto& file) { file[5] = 2; }, "byte order"},
    {"another_machine", [](auto& file) { file[18] = 0xf7, file[19] = 0; }, "found one for machine number 247"},
    {"an_object_file", [](auto& file) { file[16] = 1; }, "found ELF type 1 (an object file)"},
    {"an_executable", [](auto& file) { file[16] = 2; }, "found ELF type 2"},
    {"odd_program_headers", [](auto& file) { file[54] = 55; }, "program headers have a size"},
    {"program_headers_beyond_the_end", [](auto& file) { put64(file, 32, ~0ull - 8); }, "program headers reach past"},
    {"a_segment_beyond_the_end", [](auto& file) { put64(file, first_segment + 8, ~0ull); }, "segment 0 reaches past"},
    {"a_segment_too_long", [](auto& file) { put64(file, first_segment + 32, ~0ull); }, "segment 0 reaches past"},
    {"no_dynamic_section", [](auto& file) { file[dynamic_segment] = 9; }, "no dynamic section"},
    {"a_dynamic_section_without_end", [](auto& file) { put64(file, dynamic_segment + 32, 16); }, "has no end"},
    {"a_note_cut_short", [](auto& file) { put64(file, note_segment + 32, 100); }, "notes is cut short"},
    {"a_note_without_room", [](auto& file) { put64(file, note_segment + 32, 5); }, "notes is cut short"},
};

INSTANTIATE_TEST_SUITE_P(Elf, ElfRefusal, testing::ValuesIn(refusals),
                         [](const auto& refusal) { return std::string(refusal.param.name); });

TEST(Elf, FileCutAnywhereIsRefused) {
  const auto whole = sample::library({});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_FALSE(read_library(cut)) << length;
  }
}

TEST(Elf, FileWithFlippedBitsIsReadWithinItsBounds) {
  std::mt19937 random(20260302);
  for (const auto hash : {sample::Hash::classic, sample::Hash::gnu}) {
    sample::Parts parts;
    parts.hash = hash;
    const auto whole = sample::library(parts);
    std::size_t readable = 0;
    for (int round = 0; round < 20'000; ++round) {
      auto damaged = whole;
      const auto flips = 1 + random() % 4;
      for (unsigned i = 0; i < flips; ++i) damaged[random() % damaged.size()] ^= std::uint8_t(1u << random() % 8);
      const auto library = read_library(damaged);
      if (library)
        ++readable;
      else
        EXPECT_FALSE(library.error().reason.empty());
    }
    EXPECT_GT(readable, 0u);       // some bits do not matter to the reader
    EXPECT_LT(readable, 20'000u);  // and others do
  }
}

TEST(Elf, SecondNoteIsRefused) {
  const auto file = sample::library({});
  // The program headers again at the end of the file, with a second one for the same note.
  auto grown = file;
  grown.insert(grown.end(), file.begin() + 64, file.begin() + 64 + 3 * 56);
  grown.insert(grown.end(), file.begin() + note_segment, file.begin() + note_segment + 56);
  const std::size_t headers_at = file.size();
  put64(grown, 32, headers_at);
  grown[56] = 4;
  const auto library = read_library(grown);
  ASSERT_FALSE(library);
  EXPECT_THAT(library.error().reason, HasSubstr("more than one Patchbay note"));
}

}  // namespace
}  // namespace patchbay::plugin
