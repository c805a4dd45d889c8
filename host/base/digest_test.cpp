#include "base/digest.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(Digest, IsSha256) {  // FIPS 180-2, appendix B.1
  EXPECT_EQ(hex(bytes_of(sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, KnowsWhereOnePartEnds) { EXPECT_NE(digest_of({"ab", "c"}), digest_of({"a", "bc"})); }

}  // namespace
}  // namespace patchbay
