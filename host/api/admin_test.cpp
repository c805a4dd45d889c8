// The admin API over a real store: its routes, who may ask, and the shape of its answers and errors.
#include "api/admin_fixture.hpp"

namespace patchbay::api {
namespace {

TEST_F(AdminTest, HealthReadinessAndMetricsNeedNoToken) {
  EXPECT_EQ(ask("GET", "/healthz", "").status, 200U);
  EXPECT_EQ(ask("HEAD", "/healthz", "").status, 200U);
  EXPECT_EQ(ask("GET", "/readyz", "").status, 200U);
  control_.ready = false;
  EXPECT_EQ(ask("GET", "/readyz", "").status, 503U);
  EXPECT_EQ(ask("GET", "/healthz", "").status, 200U) << "alive, though not ready";
  const Answer metrics = ask("GET", "/metrics", "");
  EXPECT_EQ(metrics.text, "patchbay_up 1\n");
  EXPECT_EQ(metrics.type.substr(0, 10), "text/plain");
}

TEST_F(AdminTest, TheApiIsForWhoHasTheTokenPromise8) {
  for (const char* target : {"/api/v1/status", "/api/v1/contacts", "/api/v1/quarantine/1", "/api/v1/nothing"})
    for (const char* wrong :
         {"", "Bearer", "Bearer ", "Bearer 0123456789abcdeF", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0",
          "bearer0123456789abcdef", "Basic 0123456789abcdef", "0123456789abcdef"}) {
      const Answer answer = ask("GET", target, wrong);
      EXPECT_EQ(answer.status, 401U) << target << " with " << wrong;
      EXPECT_EQ(answer.body["error"]["code"], "denied");
      EXPECT_EQ(answer.text.find(token), std::string::npos);
    }
  EXPECT_EQ(ask("POST", "/api/v1/quarantine/1/replay", "Bearer wrong").status, 401U);
  EXPECT_TRUE(control_.asked.empty());
  EXPECT_EQ(get("/api/v1/status").status, 200U);
}

TEST_F(AdminTest, ErrorsSayWhatWhyAndWhatToDo) {
  struct Case {
    const char* target;
    std::uint32_t status;
    const char* code;
    const char* says;
  };
  const Case cases[] = {
      {"/api/v1/contacts/contact_99", 404, "not_found", "contact_99: no such contact"},
      {"/api/v1/contacts/interaction_1", 400, "invalid", "expected contact_ and a number, got interaction_1"},
      {"/api/v1/contacts/", 200, "", ""},
      {"/api/v1/contacts/contact_1/nothing", 404, "not_found", "no route is GET"},
      {"/api/v1/interactions/interaction_99", 404, "not_found", "interaction_99"},
      {"/api/v1/interactions/x", 400, "invalid", "got x"},
      {"/api/v1/quarantine/quarantine_99", 404, "not_found", "quarantine_99"},
      {"/api/v1/deliveries?state=lost", 400, "invalid", "expected state to be open, delivered or dead, got lost"},
      {"/api/v1/deliveries?event=x", 400, "invalid", "expected event_ and a number"},
      {"/api/v1/contacts?limit=0", 400, "invalid", "expected limit to be a whole number from 1 to 500, got 0"},
      {"/api/v1/contacts?q=%zz", 400, "invalid", "reading the query"},
      {"/api/v1/", 404, "not_found", "no route is GET /api/v1/"},
      {"/api/v1/status/more", 404, "not_found", "no route is"},
      {"/api/v2/status", 404, "not_found", "no route is"},
      {"/", 404, "not_found", "no route is GET /"},
  };
  for (const Case& c : cases) {
    const Answer answer = get(c.target);
    EXPECT_EQ(answer.status, c.status) << c.target;
    EXPECT_EQ(answer.type, "application/json") << c.target;
    if (c.status == 200) continue;
    ASSERT_TRUE(answer.body.is_object()) << c.target;
    EXPECT_EQ(intake::keys_of(answer.body), (std::vector<std::string>{"error"})) << c.target;
    EXPECT_EQ(intake::keys_of(answer.body["error"]), (std::vector<std::string>{"code", "reason", "remedy"}));
    EXPECT_EQ(answer.body["error"]["code"], c.code) << c.target;
    EXPECT_NE(answer.body["error"]["reason"].get<std::string>().find(c.says), std::string::npos) << answer.text;
  }
}

TEST_F(AdminTest, TheStatusIsOfTheGatewayAndItsStore) {
  const json status = get("/api/v1/status").body;
  EXPECT_EQ(status["ready"], true);
  EXPECT_EQ(status["contacts"], 2);
  EXPECT_EQ(status["interactions"], 2);
  EXPECT_EQ(status["quarantined"], 1);
  EXPECT_EQ(status["channels"][0]["name"], "whatsapp");
  EXPECT_EQ(status["channels"][0]["reason"], nullptr);
  EXPECT_EQ(status["destinations"][0]["name"], "odoo");
}

TEST_F(AdminTest, ContactsAreFoundShownAndHaveATimeline) {
  const json all = get("/api/v1/contacts").body;
  EXPECT_EQ(all["items"].size(), 2U);
  EXPECT_EQ(all["next"], nullptr);
  const json first = get("/api/v1/contacts?limit=1").body;
  ASSERT_EQ(first["items"].size(), 1U);
  const json second = get("/api/v1/contacts?limit=1&after=" + first["next"].dump()).body;
  ASSERT_EQ(second["items"].size(), 1U);
  EXPECT_NE(second["items"][0]["id"], first["items"][0]["id"]);
  const json found = get("/api/v1/contacts?q=%2B48601234567").body;
  ASSERT_EQ(found["items"].size(), 1U);
  EXPECT_EQ(found["items"][0]["id"], "contact_1");

  const json shown = get("/api/v1/contacts/contact_1").body;
  EXPECT_EQ(shown["personas"][0]["id"], "persona_1");
  EXPECT_EQ(shown["identifiers"][0]["value"], "+48601234567");
  EXPECT_EQ(get("/api/v1/contacts/1").body, shown) << "the bare number will do";
  const json timeline = get("/api/v1/contacts/contact_1/interactions").body;
  ASSERT_EQ(timeline["items"].size(), 1U);
  EXPECT_EQ(timeline["items"][0]["id"], "interaction_1");
}

TEST_F(AdminTest, InteractionsAreListedByChannelAndShownWithTheirFacts) {
  EXPECT_EQ(get("/api/v1/interactions").body["items"].size(), 2U);
  const json of_sms = get("/api/v1/interactions?channel=sms").body;
  ASSERT_EQ(of_sms["items"].size(), 1U);
  EXPECT_EQ(of_sms["items"][0]["text"], "By SMS");
  EXPECT_EQ(get("/api/v1/interactions?channel=other").body["items"].size(), 0U);
  const json shown = get("/api/v1/interactions/interaction_1").body;
  EXPECT_EQ(shown["contact"], "contact_1");
  EXPECT_EQ(shown["participants"][0]["contact"], "contact_1");
  ASSERT_EQ(shown["facts"].size(), 1U);
  EXPECT_EQ(shown["facts"][0]["receipt"], "read");
}

TEST_F(AdminTest, DeliveriesAreListedByDestinationStateAndEvent) {
  EXPECT_EQ(get("/api/v1/deliveries").body["items"].size(), 8U);  // 3 events to two, 2 to one
  EXPECT_EQ(get("/api/v1/deliveries?destination=helpdesk").body["items"].size(), 3U);
  EXPECT_EQ(get("/api/v1/deliveries?state=open").body["items"].size(), 8U);
  EXPECT_EQ(get("/api/v1/deliveries?state=dead").body["items"].size(), 0U);
  const json of_event = get("/api/v1/deliveries?event=event_1").body;
  ASSERT_EQ(of_event["items"].size(), 2U);
  EXPECT_EQ(of_event["items"][0]["type"], "contact.created");
  EXPECT_FALSE(of_event["items"][0].contains("payload"));
}

TEST_F(AdminTest, QuarantineIsListedWithoutTheOriginalShownWithItAndReplayed) {
  const json list = get("/api/v1/quarantine").body;
  ASSERT_EQ(list["items"].size(), 1U);
  EXPECT_FALSE(list["items"][0].contains("original"));
  const json shown = get("/api/v1/quarantine/quarantine_1").body;
  EXPECT_EQ(shown["reason"], "no JSON");
  EXPECT_EQ(shown["original"], "{\xEF\xBF\xBD") << "what is no text is shown as far as it is";

  EXPECT_EQ(post("/api/v1/quarantine/quarantine_1/replay").body, (json{{"replayed", true}}));
  EXPECT_EQ(control_.asked, (std::vector<std::int64_t>{1}));
  control_.outcome = failure(ErrorCode::conflict, "replaying: it was replayed before", "see it");
  const Answer again = post("/api/v1/quarantine/1/replay");
  EXPECT_EQ(again.status, 409U);
  EXPECT_EQ(again.body["error"]["code"], "conflict");
  EXPECT_EQ(post("/api/v1/quarantine/x/replay").status, 400U);
  for (const char* no_route : {"/api/v1/quarantine/1", "/api/v1/quarantine/1/replay/now", "/api/v1/contacts"})
    EXPECT_EQ(post(no_route).status, 404U) << no_route;
  EXPECT_EQ(get("/api/v1/quarantine/1/replay").status, 404U) << "reading replays nothing";
  EXPECT_EQ(control_.asked.size(), 2U);
}

TEST_F(AdminTest, ReplayAndFillAreHandedOverAsAsked) {
  const std::string bearer = std::string("Bearer ") + token;
  const Answer replayed =
      ask("POST", "/api/v1/deliveries/replay", bearer, R"({"destination": "crm", "reason": "HTTP 500"})");
  EXPECT_EQ(replayed.status, 200U);
  EXPECT_EQ(replayed.body["opened"], 3);
  EXPECT_EQ(replayed.body["total"], 5);
  ASSERT_EQ(control_.replays.size(), 1U);
  EXPECT_EQ(control_.replays.front().filter.destination, "crm");
  EXPECT_EQ(control_.replays.front().filter.reason, "HTTP 500");

  EXPECT_EQ(ask("POST", "/api/v1/deliveries/fill", bearer, R"({"destination": "crm", "channels": ["sms"]})").status,
            200U);
  ASSERT_EQ(control_.fillings.size(), 1U);
  EXPECT_EQ(control_.fillings.front().channels, std::vector<std::string>{"sms"});

  EXPECT_EQ(ask("POST", "/api/v1/deliveries/replay", bearer, R"({"destinatoin": "crm"})").status, 400U);
  EXPECT_EQ(ask("POST", "/api/v1/deliveries/replay", "Bearer wrong", R"({"all": true})").status, 401U);
  EXPECT_EQ(control_.replays.size(), 1U);
}

TEST_F(AdminTest, AnOperatorSaysWhoIsWho) {
  const std::string bearer = std::string("Bearer ") + token;
  const auto merged = ask("POST", "/api/v1/contacts/merge", bearer, R"({"contacts": ["contact_5", "contact_1"]})");
  EXPECT_EQ(merged.status, 200U);
  EXPECT_EQ(merged.body, (json{{"contacts", {"contact_1", "contact_5"}}}));
  EXPECT_EQ(ask("POST", "/api/v1/contacts/split", bearer, R"({"personas": ["persona_7"]})").status, 200U);
  EXPECT_EQ(ask("POST", "/api/v1/contacts/undo", bearer, R"({"personas": ["persona_7"]})").status, 200U);
  ASSERT_EQ(control_.corrections.size(), 3U);
  EXPECT_EQ(control_.corrections[0].what, intake::Correct::merge);
  EXPECT_EQ(control_.corrections[0].contacts, (std::vector{store::ContactId{5}, store::ContactId{1}}));
  EXPECT_EQ(control_.corrections[1].what, intake::Correct::split);
  EXPECT_EQ(control_.corrections[1].personas, std::vector{store::PersonaId{7}});
  EXPECT_EQ(control_.corrections[2].what, intake::Correct::undo);
  for (const char* body : {"", "[]", R"({"contacts": "contact_1"})", R"({"contacts": [1]})",
                           R"({"contacts": ["persona_1"]})", R"({"contacts": [], "force": true})"})
    EXPECT_EQ(ask("POST", "/api/v1/contacts/merge", bearer, body).status, 400U) << body;
  EXPECT_EQ(ask("POST", "/api/v1/contacts/merge", "Bearer wrong", R"({"contacts": []})").status, 401U);
  EXPECT_EQ(control_.corrections.size(), 3U);
  control_.outcome = failure(ErrorCode::not_found, "contact_9: no such contact", "see it");
  EXPECT_EQ(ask("POST", "/api/v1/contacts/merge", bearer, R"({"contacts": ["contact_9"]})").status, 404U);
}

TEST_F(AdminTest, AChannelIsPausedAndResumedByItsName) {
  EXPECT_EQ(post("/api/v1/channels/support/pause").body, (json{{"paused", true}}));
  EXPECT_EQ(post("/api/v1/channels/support/resume").body, (json{{"resumed", true}}));
  EXPECT_EQ(get("/api/v1/channels/support/pause").status, 404U) << "reading pauses nothing";
  EXPECT_EQ(ask("POST", "/api/v1/channels/support/pause", "Bearer wrong").status, 401U);
  EXPECT_EQ(control_.names, (std::vector<std::string>{"pause support", "channel support"}));
  control_.outcome = failure(ErrorCode::not_found, "pausing: no channel is called desk", "see it");
  EXPECT_EQ(post("/api/v1/channels/desk/pause").status, 404U);
}

TEST_F(AdminTest, ConsentIsAskedForAndTold) {
  const auto tell = [&](const std::string& target, const char* body) {
    return ask("POST", target, std::string("Bearer ") + token, body);
  };
  control_.consent.account = "support";
  control_.consent.user_code = "WDJB-MJHT";
  control_.consent.verification_url = "https://login.example/device";
  const Answer begun =
      tell("/api/v1/channels/support/authorize", R"({"flow": "browser", "redirect_uri": "http://127.0.0.1:40000/"})");
  EXPECT_EQ(begun.status, 200U);
  EXPECT_EQ(begun.body["state"], "waiting");
  EXPECT_EQ(begun.body["user_code"], "WDJB-MJHT");
  EXPECT_EQ(begun.body["verification_uri"], "https://login.example/device");
  ASSERT_EQ(control_.consents.size(), 1U);
  EXPECT_EQ(control_.consents[0].flow, OAuth2Flow::browser);
  EXPECT_EQ(control_.consents[0].redirect_url, "http://127.0.0.1:40000/");
  EXPECT_EQ(get("/api/v1/channels/support/authorization").body["name"], "support");
  EXPECT_EQ(tell("/api/v1/channels/support/authorization", R"({"answer": "code=a&state=b"})").status, 200U);
  EXPECT_EQ(post("/api/v1/destinations/crm/authorize").status, 200U);
  EXPECT_EQ(control_.names, (std::vector<std::string>{"authorize channel support", "finish support code=a&state=b",
                                                      "authorize destination crm"}));
  for (const char* body : {"[]", R"({"flow": 7})", R"({"flow": "magic"})"})
    EXPECT_EQ(tell("/api/v1/channels/support/authorize", body).status, 400U) << body;
  EXPECT_EQ(ask("POST", "/api/v1/channels/support/authorize", "Bearer wrong").status, 401U);
  EXPECT_EQ(control_.names.size(), 3U);
}

TEST_F(AdminTest, ADestinationIsEnabledByItsName) {
  EXPECT_EQ(post("/api/v1/destinations/helpdesk/enable").body, (json{{"enabled", true}}));
  EXPECT_EQ(control_.names, (std::vector<std::string>{"helpdesk"}));
  control_.outcome = failure(ErrorCode::not_found, "enabling: no destination is called desk", "see it");
  EXPECT_EQ(post("/api/v1/destinations/desk/enable").status, 404U);
  EXPECT_EQ(get("/api/v1/destinations/helpdesk/enable").status, 404U) << "reading enables nothing";
  EXPECT_EQ(post("/api/v1/destinations/helpdesk").status, 404U);
  EXPECT_EQ(ask("POST", "/api/v1/destinations/helpdesk/enable", "Bearer wrong").status, 401U);
  EXPECT_EQ(control_.names.size(), 2U);
}

TEST_F(AdminTest, AnAnswerUnderWayOutlivesTheAdmin) {
  std::uint32_t status = 0;
  admin_->handle(
      {.method = "GET", .path = "/api/v1/status", .headers = {{"authorization", std::string("Bearer ") + token}}},
      [&](const net::ServerResponse& response) { status = response.status; });
  admin_.reset();
  queue_.run();
  EXPECT_EQ(status, 200U);
}

TEST_F(AdminTest, AMessageIsAcceptedRefusedOrAKeyIsAnotherRequests) {
  const std::string body = R"({"in_reply_to": "interaction_1", "text": "Tak."})";
  control_.outbound.row.id = store::OutboundId{7};
  control_.outbound.row.channel_name = "whatsapp";
  const Answer accepted = send("key-1", body);
  EXPECT_EQ(accepted.status, 202U);
  EXPECT_EQ(accepted.body["id"], "outbound_7");
  EXPECT_FALSE(accepted.body.contains("state")) << "what changes is no part of an answer that never does";
  EXPECT_EQ(control_.outbound.row.key, "key-1");
  EXPECT_EQ(control_.outbound.row.text, "Tak.");

  control_.outbound.row.state = store::OutboundState::sent;
  EXPECT_EQ(send("key-1", body).text, accepted.text);

  control_.outbound.row.state = store::OutboundState::refused;
  control_.outbound.row.reason = "the window is closed";
  control_.outbound.row.remedy = "wait";
  const Answer refused = send("key-2", body);
  EXPECT_EQ(refused.status, 422U);
  EXPECT_EQ(refused.body, json::parse(R"({"id": "outbound_7",
    "error": {"code": "refused", "reason": "the window is closed", "remedy": "wait"}})"));
  control_.outbound.row.changed_at += Duration{1};
  EXPECT_EQ(send("key-3", body).status, 202U) << "it was accepted, and refused only when its turn came";

  control_.outbound.conflict = true;
  EXPECT_EQ(send("key-1", body).status, 409U);
}

TEST_F(AdminTest, WhatIsAskedForWithoutAKeyOrWithAMistakeIsNotAccepted) {
  EXPECT_EQ(send("", R"({"in_reply_to": "interaction_1", "text": "a"})").status, 400U);
  EXPECT_EQ(send("k", "").status, 400U);
  EXPECT_EQ(send("k", R"({"in_reply_to": "interaction_1"})").status, 400U);
  EXPECT_EQ(
      ask("POST", "/api/v1/outbound", "Bearer wrong", R"({"in_reply_to": "interaction_1", "text": "a"})", "k").status,
      401U);
  EXPECT_TRUE(control_.outbound.row.key.empty());
}

TEST_F(AdminTest, TheOperatorDecidesAndKeepsTheSuppressionList) {
  EXPECT_EQ(
      change("POST", "/api/v1/outbound/outbound_3/resolve", R"({"decision": "sent", "external_id": "w1"})").status,
      200U);
  EXPECT_EQ(change("POST", "/api/v1/outbound/3/resolve", R"({"decision": "again"})").status, 200U);
  EXPECT_EQ(change("POST", "/api/v1/outbound/3/resolve", R"({"decision": "maybe"})").status, 400U);
  EXPECT_EQ(change("POST", "/api/v1/outbound/3/resolve", R"({"decision": "failed", "external_id": "w1"})").status,
            400U);
  EXPECT_EQ(
      change("POST", "/api/v1/suppressions", R"({"kind": "phone", "value": "+48601234567", "reason": "by letter"})")
          .status,
      200U);
  EXPECT_EQ(change("POST", "/api/v1/suppressions", R"({"kind": "phone"})").status, 400U);
  EXPECT_EQ(change("DELETE", "/api/v1/suppressions?kind=phone&value=%2B48601234567", "").status, 404U);
  EXPECT_EQ(change("DELETE", "/api/v1/outbound", "").status, 404U);
  EXPECT_EQ(control_.outbound.asked,
            (std::vector<std::string>{"outbound_3 0 w1", "outbound_3 2 ", "suppress +48601234567 by letter",
                                      "allow phone +48601234567"}));
}

}  // namespace
}  // namespace patchbay::api
