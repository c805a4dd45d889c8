#include "base/signature.hpp"

#include "base/digest.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(Signature, HmacIsRfc4231AndRfc2202) {
  // RFC 4231, test case 2; RFC 2202, section 3, test case 2.
  EXPECT_EQ(hex(*sign("Jefe", "hmac-sha256", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(*sign("Jefe", "hmac-sha1", "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

TEST(Signature, Ed25519IsRfc8032) {  // section 7.1, test 2
  const std::string seed = *from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const std::string expected = *from_hex(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_EQ(*sign("whsk_" + base64(seed), "standard-webhooks", "\x72"), "v1a," + base64(expected));
}

TEST(Signature, StandardWebhooksIsTheSpecificationsExample) {
  // Standard Webhooks 1.0.0, the example of the reference implementations' tests.
  EXPECT_EQ(*sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "standard-webhooks",
                  "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Signature, RefusesKeysThatAreNoneWithoutShowingThem) {
  for (const char* secret : {"", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ=", "whsk_c2hvcnQ=", "hunter2hunter2hunter2"}) {
    const auto signature = sign(secret, "standard-webhooks", "message");
    ASSERT_FALSE(signature) << secret;
    EXPECT_EQ(signature.error().code, ErrorCode::invalid) << secret;
    if (std::string_view(secret).size() > 6) {
      EXPECT_EQ(signature.error().text().find(secret + 6), std::string::npos) << secret;
    }
  }
  EXPECT_FALSE(sign("secret", "rot13", "message"));
}

TEST(Signature, VerifiesOnlyWhatItIs) {
  const std::string signature = *sign("key", "hmac-sha256", "message");
  EXPECT_TRUE(verifies("key", "hmac-sha256", "message", signature));
  EXPECT_FALSE(verifies("key", "hmac-sha256", "messagf", signature));
  EXPECT_FALSE(verifies("kez", "hmac-sha256", "message", signature));
  EXPECT_FALSE(verifies("key", "hmac-sha256", "message", signature.substr(1)));
  EXPECT_FALSE(verifies("key", "hmac-sha256", "message", ""));
  EXPECT_TRUE(verifies("token", "equal", "", "token"));
  EXPECT_FALSE(verifies("token", "equal", "", "tokem"));
}

TEST(Base64, IsRfc4648WithPadding) {  // section 10
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(from_base64(text).value(), bytes);
  }
  for (const char* wrong : {"Z", "Zg", "Zg=", "Z===", "====", "Zm9v\n", "Zm 9v", "Zg==Zg=="})
    EXPECT_FALSE(from_base64(wrong)) << wrong;
}

}  // namespace
}  // namespace patchbay
