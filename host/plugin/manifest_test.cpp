#include "plugin/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchbay::plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Json = nlohmann::json;

Json good() {
  return Json::parse(R"({
    "name": "whatsapp", "kind": "channel", "version": "0.1.0", "title": "WhatsApp", "summary": "Messages by webhook.",
    "status": "experimental", "library": "whatsapp.so",
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "capabilities": ["secrets.reveal"],
    "endpoint": {"signature": {"scheme": "hmac-sha256", "header": "X-Hub-Signature-256", "prefix": "sha256=",
                               "encoding": "hex", "secret": "/app_secret", "methods": ["POST"]}}
  })");
}

TEST(Manifest, OfAChannelIsRead) {
  const auto manifest = parse_manifest(good().dump());
  ASSERT_TRUE(manifest) << manifest.error().text();
  EXPECT_EQ(manifest->name, "whatsapp");
  EXPECT_EQ(manifest->kind, PluginKind::channel);
  EXPECT_EQ(manifest->version, "0.1.0");
  EXPECT_EQ(manifest->title, "WhatsApp");
  EXPECT_EQ(manifest->summary, "Messages by webhook.");
  EXPECT_EQ(manifest->library, "whatsapp.so");
  EXPECT_EQ(manifest->status, "experimental");
  EXPECT_THAT(manifest->capabilities, ElementsAre("secrets.reveal"));
  EXPECT_TRUE(manifest->endpoint);
  ASSERT_TRUE(manifest->signature);
  EXPECT_EQ(manifest->signature->scheme, "hmac-sha256");
  EXPECT_EQ(manifest->signature->header, "x-hub-signature-256");  // lower case, as the host has headers
  EXPECT_EQ(manifest->signature->prefix, "sha256=");
  EXPECT_EQ(manifest->signature->encoding, "hex");
  EXPECT_EQ(manifest->signature->secret, "/app_secret");
  EXPECT_THAT(manifest->signature->methods, ElementsAre("POST"));
}

TEST(Manifest, SaysWhichSettingsNameTheServersOfItsStreams) {
  Json document = good();
  document["capabilities"] = {"streams:/server", "streams:/accounts/*/server", "streams:imap.example.org:993"};
  const auto manifest = parse_manifest(document.dump());
  ASSERT_TRUE(manifest) << manifest.error().text();
  EXPECT_THAT(manifest->capabilities,
              ElementsAre("streams:/server", "streams:/accounts/*/server", "streams:imap.example.org:993"));
}

TEST(Manifest, SaysWhichAuthorisationServersItsAuthorKnows) {
  Json document = good();
  EXPECT_FALSE(parse_manifest(document.dump())->oauth2);
  document["oauth2"] = Json::parse(R"({"required": true, "providers": {"example": {
      "device_url": "https://login.example/{tenant}/device", "token_url": "https://login.example/{tenant}/token",
      "tenant": "common", "scopes": ["read", "offline_access"], "parameters": {"prompt": "consent"}}}})");
  const auto manifest = parse_manifest(document.dump());
  ASSERT_TRUE(manifest) << manifest.error().text();
  ASSERT_TRUE(manifest->oauth2);
  EXPECT_TRUE(manifest->oauth2->required);
  ASSERT_EQ(manifest->oauth2->providers.size(), 1U);
  const OAuth2Provider& provider = manifest->oauth2->providers[0];
  EXPECT_EQ(provider.name, "example");
  EXPECT_EQ(provider.flow, OAuth2Flow::device) << "the one that its addresses allow";
  EXPECT_EQ(provider.token_url, "https://login.example/{tenant}/token");
  EXPECT_THAT(provider.scopes, ElementsAre("read", "offline_access"));
  EXPECT_EQ(provider.parameters, (OAuth2Parameters{{"prompt", "consent"}}));
}

TEST(Manifest, TellsWhatIsWrongWithAnAuthorisationServer) {
  for (const auto& [oauth2, place] :
       {std::pair{R"([])", "/oauth2"},
        {R"({"requierd": true})", "/oauth2"},
        {R"({"providers": {"Example": {}}})", "/oauth2/providers"},
        {R"({"providers": {"a": []}})", "/oauth2/providers/a"},
        {R"({"providers": {"a": {}}})", "/oauth2/providers/a/token_url"},
        {R"({"providers": {"a": {"token_url": "http://a.example"}}})", "/oauth2/providers/a/token_url"},
        {R"({"providers": {"a": {"token_url": "https://a.example", "flow": "device"}}})", "/oauth2/providers/a/flow"},
        {R"({"providers": {"a": {"token_url": "https://a.example", "scopes": ["a b"]}}})",
         "/oauth2/providers/a/scopes"},
        {R"({"providers": {"a": {"token_url": "https://a.example", "parameters": {"x": 1}}}})",
         "/oauth2/providers/a/parameters"}}) {
    Json document = good();
    document["oauth2"] = Json::parse(oauth2);
    const auto manifest = parse_manifest(document.dump());
    ASSERT_FALSE(manifest) << oauth2;
    EXPECT_THAT(manifest.error().reason, HasSubstr("at " + std::string(place) + ": ")) << oauth2;
  }
}

TEST(Manifest, OfAChannelThatSendsSaysItsWindowAndWhetherTheProviderTellsRepeatsApart) {
  Json document = good();
  EXPECT_EQ(parse_manifest(document.dump())->sending.window_s, 0U);
  EXPECT_FALSE(parse_manifest(document.dump())->sending.idempotent);
  document["sending"] =
      Json::parse(R"({"window": {"seconds": 86400, "remedy": "Send a template."}, "idempotent": true})");
  const auto manifest = parse_manifest(document.dump());
  ASSERT_TRUE(manifest) << manifest.error().text();
  EXPECT_EQ(manifest->sending.window_s, 86400U);
  EXPECT_EQ(manifest->sending.window_remedy, "Send a template.");
  EXPECT_TRUE(manifest->sending.idempotent);
  document["sending"] = Json::parse(R"({"window": {"seconds": 60}})");
  EXPECT_EQ(parse_manifest(document.dump())->sending.window_remedy, "wait until they write again");
}

TEST(Manifest, MistakesInHowAChannelSendsAreTold) {
  for (const char* wrong :
       {R"(true)", R"({"window": 86400})", R"({"window": {"seconds": 0}})", R"({"window": {"seconds": "1"}})",
        R"({"window": {"seconds": 31622401}})", R"({"window": {"seconds": 1, "hours": 2}})", R"({"idempotent": "yes"})",
        R"({"windows": {}})"}) {
    Json document = good();
    document["sending"] = Json::parse(wrong);
    const auto manifest = parse_manifest(document.dump());
    ASSERT_FALSE(manifest) << wrong;
    EXPECT_THAT(manifest.error().text(), HasSubstr("/sending")) << wrong;
  }
}

TEST(Manifest, SaysWhatItsWorkerProcessMayUse) {
  const auto silent = parse_manifest(good().dump());
  ASSERT_TRUE(silent) << silent.error().text();
  EXPECT_FALSE(silent->strict);
  EXPECT_EQ(silent->limits.memory_mb, 512u);
  EXPECT_EQ(silent->limits.cpu_seconds, 0u);
  EXPECT_EQ(silent->limits.call_seconds, 30u);

  Json document = good();
  document["strict"] = true;
  document["limits"] = {{"memory_mb", 64}, {"cpu_seconds", 3600}, {"call_seconds", 0}};
  document["capabilities"] = {"files.read:/models", "files.write:/folder"};
  const auto manifest = parse_manifest(document.dump());
  ASSERT_TRUE(manifest) << manifest.error().text();
  EXPECT_TRUE(manifest->strict);
  EXPECT_EQ(manifest->limits.memory_mb, 64u);
  EXPECT_EQ(manifest->limits.cpu_seconds, 3600u);
  EXPECT_EQ(manifest->limits.call_seconds, 0u);
  EXPECT_THAT(manifest->capabilities, testing::ElementsAre("files.read:/models", "files.write:/folder"));
}

TEST(Manifest, OfASinkHasItsIdempotencyClass) {
  Json document = good();
  document.erase("endpoint");
  document["kind"] = "sink";
  document["idempotency"] = "B";
  const auto manifest = parse_manifest(document.dump());
  ASSERT_TRUE(manifest) << manifest.error().text();
  EXPECT_EQ(manifest->kind, PluginKind::sink);
  EXPECT_EQ(manifest->idempotency, "B");
  EXPECT_FALSE(manifest->endpoint);
}

TEST(Manifest, MayHaveAnEndpointWithoutASignature) {
  for (const Json& endpoint : {Json::object(), Json(true)}) {
    Json document = good();
    document["endpoint"] = endpoint;
    const auto manifest = parse_manifest(document.dump());
    ASSERT_TRUE(manifest) << manifest.error().text();
    EXPECT_TRUE(manifest->endpoint);
    EXPECT_FALSE(manifest->signature);
  }
}

struct Mistaken {
  const char* name;
  const char* patch;  // RFC 6902
  const char* reason;
};

class ManifestMistake : public testing::TestWithParam<Mistaken> {};

TEST_P(ManifestMistake, IsToldWithItsPlaceAndARemedy) {
  const auto manifest = parse_manifest(good().patch(Json::parse(GetParam().patch)).dump());
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().code, ErrorCode::invalid);
  EXPECT_THAT(manifest.error().reason, HasSubstr(GetParam().reason));
  EXPECT_FALSE(manifest.error().remedy.empty());
}

const Mistaken mistakes[] = {
    {"no_name", R"([{"op":"remove","path":"/name"}])", "at /name: expected a name"},
    {"a_name_in_capitals", R"([{"op":"replace","path":"/name","value":"WhatsApp"}])", "got \"WhatsApp\""},
    {"a_number_for_a_name", R"([{"op":"replace","path":"/name","value":42}])", "at /name: expected a name"},
    {"an_unknown_kind", R"([{"op":"replace","path":"/kind","value":"source"}])", "at /kind: expected \"channel\""},
    {"a_version_of_two_numbers", R"([{"op":"replace","path":"/version","value":"1.0"}])", "at /version: expected"},
    {"a_version_with_a_leading_zero", R"([{"op":"replace","path":"/version","value":"1.02.0"}])", "at /version"},
    {"a_library_elsewhere", R"([{"op":"replace","path":"/library","value":"../x.so"}])", "at /library: expected"},
    {"no_library", R"([{"op":"remove","path":"/library"}])", "at /library: expected"},
    {"a_short_digest", R"([{"op":"replace","path":"/sha256","value":"ba78"}])", "at /sha256: expected 64"},
    {"an_unknown_status", R"([{"op":"replace","path":"/status","value":"beta"}])", "at /status: expected"},
    {"an_unknown_capability", R"([{"op":"add","path":"/capabilities/-","value":"root"}])", "at /capabilities/1: "},
    {"files_without_a_pointer", R"([{"op":"add","path":"/capabilities/-","value":"files.read:tmp"}])",
     "at /capabilities/1: "},
    {"streams_without_a_pointer", R"([{"op":"add","path":"/capabilities/-","value":"streams:imap.example"}])",
     "at /capabilities/1: "},
    {"streams_of_an_escaped_pointer", R"([{"op":"add","path":"/capabilities/-","value":"streams:/a~1b"}])",
     "at /capabilities/1: "},
    {"strict_as_text", R"([{"op":"add","path":"/strict","value":"yes"}])", "at /strict: expected true or false"},
    {"limits_as_a_number", R"([{"op":"add","path":"/limits","value":5}])", "at /limits: expected an object"},
    {"too_little_memory", R"([{"op":"add","path":"/limits","value":{"memory_mb":1}}])", "at /limits/memory_mb: "},
    {"an_unknown_limit", R"([{"op":"add","path":"/limits","value":{"disk":1}}])", "at /limits/disk: no such key"},
    {"capabilities_as_text", R"([{"op":"replace","path":"/capabilities","value":"x"}])", "expected a list of"},
    {"an_unknown_key", R"([{"op":"add","path":"/colour","value":1}])", "at /colour: no such key is known"},
    {"an_unknown_key_with_a_slash", R"([{"op":"add","path":"/a~1b","value":1}])", "at /a~1b: no such key"},
    {"an_endpoint_as_text", R"([{"op":"replace","path":"/endpoint","value":"x"}])", "at /endpoint: expected"},
    {"an_unknown_key_of_the_endpoint", R"([{"op":"add","path":"/endpoint/x","value":1}])", "at /endpoint/x: no such"},
    {"an_unknown_scheme", R"([{"op":"replace","path":"/endpoint/signature/scheme","value":"md5"}])",
     "at /endpoint/signature/scheme: expected"},
    {"a_header_with_a_space", R"([{"op":"replace","path":"/endpoint/signature/header","value":"a b"}])",
     "at /endpoint/signature/header: expected"},
    {"a_secret_without_a_pointer", R"([{"op":"replace","path":"/endpoint/signature/secret","value":"key"}])",
     "at /endpoint/signature/secret: expected"},
    {"an_idempotency_class_of_a_channel", R"([{"op":"add","path":"/idempotency","value":"A"}])",
     "at /idempotency: a channel has no"},
};

INSTANTIATE_TEST_SUITE_P(Manifest, ManifestMistake, testing::ValuesIn(mistakes),
                         [](const auto& mistake) { return std::string(mistake.param.name); });

TEST(Manifest, MistakesComeAllAtOnceEachWithItsRemedy) {
  Json document = good();
  document["name"] = 42;
  document["kind"] = "source";
  document["colour"] = "red";
  const auto manifest = parse_manifest(document.dump());
  ASSERT_FALSE(manifest);
  EXPECT_THAT(manifest.error().reason,
              testing::AllOf(HasSubstr("at /name: "), HasSubstr("at /kind: "), HasSubstr("at /colour: "),
                             HasSubstr("(remove it, or correct its spelling)")));
}

TEST(Manifest, SinkNeedsAClassAndHasNoEndpoint) {
  Json document = good();
  document["kind"] = "sink";
  document["capabilities"] = {"streams:/server"};
  const auto manifest = parse_manifest(document.dump());
  ASSERT_FALSE(manifest);
  EXPECT_THAT(manifest.error().reason,
              testing::AllOf(HasSubstr("at /idempotency: "), HasSubstr("at /endpoint: a sink has no endpoint"),
                             HasSubstr("at /capabilities: a sink has no streams")));
}

TEST(Manifest, MustBeAJsonObject) {
  for (const char* text : {"", "nonsense", "[1,2]", "{\"name\": ", "{\"name\": \"\xff\"}"}) {
    const auto manifest = parse_manifest(text);
    ASSERT_FALSE(manifest) << text;
    EXPECT_THAT(manifest.error().reason, HasSubstr("expected"));
  }
}

TEST(Manifest, NestedWithoutEndIsRefusedAndNotFollowed) {
  EXPECT_FALSE(parse_manifest(std::string(100'000, '[')));
  EXPECT_FALSE(parse_manifest("{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"));
}

TEST(Schema, MustBeThatOfAnObject) {
  EXPECT_TRUE(parse_schema(R"({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"})"));
  for (const char* text : {"{}", R"({"type": "string"})", R"({"type": ["object"]})", "true", "{"}) {
    const auto schema = parse_schema(text);
    ASSERT_FALSE(schema) << text;
    EXPECT_FALSE(schema.error().remedy.empty());
  }
}

}  // namespace
}  // namespace patchbay::plugin
