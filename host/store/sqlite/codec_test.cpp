#include "store/sqlite/codec.hpp"

#include <gtest/gtest.h>

namespace patchbay::store::sqlite {
namespace {

TEST(IdentifierCodec, GivesBackWhatWasWritten) {
  const std::vector<Identifier> identifiers = {{"name", "Zo\u00eb \"Zo\" \\ van der Berg\n", "", Trust::claimed, ""},
                                               {"phone", "0048 601 234 567", "", Trust::attested, "+48601234567"},
                                               {"whatsapp_user", "PL.1", "1029", Trust::attested, "PL.1"}};
  const auto read = decode_identifiers(encode(identifiers));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), identifiers.size());
  for (std::size_t i = 0; i < identifiers.size(); ++i) {
    EXPECT_EQ((*read)[i].kind, identifiers[i].kind);
    EXPECT_EQ((*read)[i].value, identifiers[i].value);
    EXPECT_EQ((*read)[i].scope, identifiers[i].scope);
    EXPECT_EQ((*read)[i].trust, identifiers[i].trust);
    EXPECT_EQ((*read)[i].normal, identifiers[i].normal);
  }
  EXPECT_TRUE(decode_identifiers("[]")->empty());
}

TEST(IdentifierCodec, CallsEverythingElseCorrupt) {
  struct Case {
    const char* what;
    const char* text;
  };
  for (const Case& c : {
           Case{"nothing", ""},
           Case{"cut off", R"([["phone","1","",0,")"},
           Case{"text behind it", R"([["phone","1","",0,""]] x)"},
           Case{"an object", R"({"phone":"1"})"},
           Case{"a bare text", R"("phone")"},
           Case{"a bare number", "1"},
           Case{"texts without their array", R"(["phone","1","",0,""])"},
           Case{"too few", R"([["phone","1","",0]])"},
           Case{"none", "[[]]"},
           Case{"too many", R"([["phone","1","",0,"",""]])"},
           Case{"a number for a text", R"([[1,"1","",0,""]])"},
           Case{"a text for a number", R"([["phone","1","","0",""]])"},
           Case{"a negative number", R"([["phone","1","",-1,""]])"},
           Case{"null", R"([["phone",null,"",0,""]])"},
           Case{"an array too deep", R"([["phone",["1"],"",0,""]])"},
           Case{"an array behind five", R"([["phone","1","",0,"",[]]])"},
       }) {
    const auto read = decode_identifiers(c.text);
    ASSERT_FALSE(read) << c.what;
    EXPECT_EQ(read.error().code, ErrorCode::corrupt) << c.what;
  }
}

}  // namespace
}  // namespace patchbay::store::sqlite
