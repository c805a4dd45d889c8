// Signatures are those of RFC 4231, case 2, and of Standard Webhooks' own example.
#include "gateway/secrets.hpp"

#include <patchbay/bytes.hpp>

#include <gtest/gtest.h>

#include "base/signature.hpp"

namespace patchbay::gateway {
namespace {

constexpr const char* message = "what do ya want for nothing?";

SecretBox box() { return SecretBox({"Jefe", "", "whsec_too short"}); }
std::string rfc4231_case_2() {
  return from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843").value();
}

TEST(SecretBox, SignsWithTheSecretBehindAHandle) {
  std::string signature;
  EXPECT_EQ(box().sign(0, "hmac-sha256", message, writer(signature)), PB_OK);
  EXPECT_EQ(signature, rfc4231_case_2());
}

TEST(SecretBox, SignsStandardWebhooks) {
  const SecretBox keys({"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
  std::string signature;
  EXPECT_EQ(keys.sign(0, "standard-webhooks", R"(msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314})",
                      writer(signature)),
            PB_OK);
  EXPECT_EQ(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(SecretBox, VerifiesASignatureAndNoOther) {
  const std::string good = rfc4231_case_2();
  std::string wrong = good;
  wrong.back() = static_cast<char>(wrong.back() ^ 1);
  EXPECT_EQ(box().verify(0, "hmac-sha256", message, good), PB_OK);
  EXPECT_EQ(box().verify(0, "hmac-sha256", message, wrong), PB_AUTH_FAILED);
  EXPECT_EQ(box().verify(0, "hmac-sha256", message, ""), PB_AUTH_FAILED);
  EXPECT_EQ(box().verify(0, "hmac-sha256", "another message", good), PB_AUTH_FAILED);
  EXPECT_EQ(box().verify(1, "hmac-sha256", message, good), PB_AUTH_FAILED) << "another secret";
  EXPECT_EQ(box().verify(0, "hmac-sha1", message, good), PB_AUTH_FAILED) << "another scheme";
  EXPECT_EQ(box().verify(0, "equal", message, "Jefe"), PB_OK);
  EXPECT_EQ(box().verify(0, "equal", message, "jefe"), PB_AUTH_FAILED);
}

TEST(SecretBox, NeverPassesTheSecretForASignature) {
  std::string signature;
  EXPECT_EQ(box().sign(0, "equal", message, writer(signature)), PB_INVALID_SETTINGS);
  EXPECT_EQ(box().sign(0, "no scheme", message, writer(signature)), PB_INVALID_SETTINGS);
  EXPECT_EQ(box().sign(2, "standard-webhooks", message, writer(signature)), PB_INVALID_SETTINGS) << "a key too short";
  EXPECT_TRUE(signature.empty());
}

TEST(SecretBox, AHandleThatIsNoneIsNotFound) {
  for (const pb_secret none : {pb_secret{3}, pb_secret{UINT64_MAX}}) {
    std::string signature;
    EXPECT_EQ(box().sign(none, "hmac-sha256", message, writer(signature)), PB_NOT_FOUND);
    EXPECT_EQ(box().verify(none, "equal", message, ""), PB_NOT_FOUND);
    EXPECT_EQ(box().find(none), nullptr);
    EXPECT_TRUE(signature.empty());
  }
  const SecretBox some = box();
  ASSERT_NE(some.find(1), nullptr);
  EXPECT_EQ(*some.find(1), "");
}

}  // namespace
}  // namespace patchbay::gateway
