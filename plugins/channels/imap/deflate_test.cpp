#include "deflate.hpp"

#include <gtest/gtest.h>

namespace patchbay::imap {
namespace {

using namespace std::string_literals;

constexpr std::size_t plenty = std::size_t{1} << 20U;

TEST(ImapDeflate, UnpacksWhatAnotherProgramPacked) {
  // Made with Python's zlib: compressobj(6, DEFLATED, -15), each followed by Z_SYNC_FLUSH.
  Unpacker unpacker;
  std::string packed = "\xd2\x52\xf0\xf7\x56\xc8\x48\xcd\xc9\xc9\xc7\x24\x79\xb9\x00\x00\x00\x00\xff\xff"s;
  EXPECT_EQ(unpacker.unpack(packed, plenty), "* OK hello hello hello hello\r\n");
  EXPECT_EQ(packed, "");
  packed = "\xd2\x52\x30\x54\x70\x8d\xf0\x0c\x0e\x09\xe6\xe5\x02\x00\x00\x00\xff\xff"s;
  std::string said;
  for (const char byte : packed) {
    std::string one(1, byte);
    said += unpacker.unpack(one, plenty);
  }
  EXPECT_EQ(said, "* 1 EXISTS\r\n");
}

TEST(ImapDeflate, PacksSoThatTheOtherSideHasAllAtOnce) {
  Packer packer;
  Unpacker unpacker;
  const std::string longer(100'000, 'x');
  for (const std::string& text : {"p1 NOOP\r\n"s, longer, "p2 IDLE\r\n"s}) {
    std::string packed = packer.pack(text);
    EXPECT_LT(packed.size(), text.size() + 20);
    EXPECT_EQ(unpacker.unpack(packed, plenty), text);
  }
  EXPECT_EQ(packer.pack(""), "");
}

TEST(ImapDeflate, GivesNoMoreAtOnceThanIsWanted) {
  Packer packer;
  Unpacker unpacker;
  std::string packed = packer.pack(std::string(1'000'000, 'x'));
  ASSERT_LT(packed.size(), 20'000U);
  std::size_t count = 0;
  for (std::string part(1, ' '); !part.empty(); count += part.size()) {
    part = unpacker.unpack(packed, 1000);
    ASSERT_LE(part.size(), 1000U);
  }
  EXPECT_EQ(count, 1'000'000U);
}

TEST(ImapDeflate, TellsWhatIsNotPacked) {
  Unpacker unpacker;
  std::string packed = "* OK not packed at all\r\n";
  static_cast<void>(unpacker.unpack(packed, plenty));
  EXPECT_TRUE(unpacker.error().starts_with("unpacking what the server sent: ")) << unpacker.error();
}

}  // namespace
}  // namespace patchbay::imap
