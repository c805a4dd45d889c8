#include <gtest/gtest.h>
#include <patchbay/connector.hpp>
#include <patchbay/testkit/fake_host.hpp>

namespace patchbay::testkit {
namespace {

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

TEST(Secrets, HmacIsThatOfRfc4231AndRfc2202) {
  EXPECT_EQ(sign(Scheme::hmac_sha256, "Jefe", "what do ya want for nothing?"),
            from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
  EXPECT_EQ(sign(Scheme::hmac_sha1, "Jefe", "what do ya want for nothing?"),
            from_hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
}

TEST(Secrets, Ed25519IsThatOfRfc8032WithTheSeedAloneOrWithItsPublicKey) {
  const std::string seed = from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  const std::string public_key = from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const std::string signature =
      "v1a," + detail::base64(from_hex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33b"
                                       "acc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"));
  EXPECT_EQ(sign(Scheme::standard_webhooks, "whsk_" + detail::base64(seed), ""), signature);
  EXPECT_EQ(sign(Scheme::standard_webhooks, "whsk_" + detail::base64(seed + public_key), ""), signature);
}

TEST(Secrets, StandardWebhooksIsThatOfTheSpecificationsExample) {
  EXPECT_EQ(sign(Scheme::standard_webhooks, "whsec_plJ3nmyCDGBKInavdOK15jsl",
                 R"(msg_loFOjxBNrRLzqYUf.1731705121.{"event_type":"ping","data":{"success":true}})"),
            "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=");
}

TEST(Secrets, AKeyOfAnotherSchemeIsNone) {
  for (const char* const key : {"", "whsec_", "whsec_%%%%", "whsk_AAAA", "plain"})
    EXPECT_EQ(sign(Scheme::standard_webhooks, key, "x"), std::nullopt) << key;
}

TEST(Secrets, VerifyingTellsTheRightOneFromTheRest) {
  EXPECT_EQ(verify(Scheme::equal, "token", "", "token"), true);
  EXPECT_EQ(verify(Scheme::equal, "token", "", "tokem"), false);
  EXPECT_EQ(verify(Scheme::equal, "token", "", ""), false);
  EXPECT_EQ(verify(Scheme::hmac_sha256, "Jefe", "what do ya want for nothing!",
                   from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")),
            false);
}

// Breaks the contract in the way that the path of the request names.
struct Careless : Connector {
  Careless(Host& to, const Settings&) : host(to) {}
  void receive(const HttpRequest& request) override {
    if (request.path == "/silent") return;
    if (request.path == "/malformed") {
      Batch batch;
      batch.facts.resize(1);
      (void)host.submit(1, batch);
    }
    if (request.path == "/same token") {
      (void)host.submit(1, {});
      (void)host.submit(1, {});
    }
    host.respond(request.id, {});
    if (request.path == "/twice") host.respond(request.id, {});
  }
  void send(const Outbound&) override {}
  Host& host;
};

TEST(FakeHost, NamesWhatBreaksTheContract) {
  struct Case {
    const char* path;
    const char* violation;
  };
  for (const Case& c : {Case{"/silent", "receive: request 2 was never answered"},
                        Case{"/twice", "respond: request 2 does not wait for an answer"},
                        Case{"/malformed", "submit: facts[0].target: expected text, got nothing"},
                        Case{"/same token", "submit: token 1 is on its way already"}}) {
    FakeHost host{&patchbay::detail::connector_plugin<Careless>()};
    ASSERT_EQ(host.open(Json::object()), PB_OK);
    ASSERT_EQ(host.start(), PB_OK);
    host.receive({.path = c.path});
    host.close();
    EXPECT_EQ(host.take_violations(), std::vector<std::string>{c.violation}) << c.path;
  }
}

TEST(FakeHost, ASendingThatNeverEndsIsAViolation) {
  FakeHost host{&patchbay::detail::connector_plugin<Careless>()};
  ASSERT_EQ(host.open(Json::object()), PB_OK);
  ASSERT_EQ(host.start(), PB_OK);
  host.send({});
  host.close();
  EXPECT_EQ(host.take_violations(), std::vector<std::string>{"send: token 2 was never ended"});
}

TEST(FakeHost, RefusesWhatTheStateOfTheInstanceForbids) {
  FakeHost host{&patchbay::detail::connector_plugin<Careless>()};
  EXPECT_THROW(host.receive({}), std::logic_error);
  ASSERT_EQ(host.open(Json::object()), PB_OK);
  EXPECT_THROW(host.receive({}), std::logic_error);
  EXPECT_THROW((void)host.check(), std::logic_error);  // not offered
}

}  // namespace
}  // namespace patchbay::testkit
