// The routes about who is who.
#include "api/admin_fixture.hpp"

namespace patchbay::api {
namespace {

TEST_F(AdminTest, TheReviewQueueIsListedExplainedAndAnswered) {
  const Answer list = get("/api/v1/identity/review?after=2&limit=7");
  EXPECT_EQ(list.status, 200U);
  EXPECT_EQ(list.body["next"], 3);
  const json item = list.body["items"].at(0);
  EXPECT_EQ(item["id"], "persona_3-persona_9");
  EXPECT_EQ(item["why"], "held");
  EXPECT_EQ(item["probability"], 0.875);
  EXPECT_EQ(item["left"]["contact"], (json{{"id", "contact_3"}, {"name", "Rossi"}}));
  EXPECT_EQ(item["right"]["persona"], "persona_9");
  EXPECT_EQ(get("/api/v1/identity/review?limit=0").status, 400U);

  const Answer shown = get("/api/v1/identity/review/persona_3-persona_9");
  EXPECT_EQ(shown.status, 200U);
  EXPECT_EQ(shown.body["id"], "persona_3-persona_9");
  EXPECT_EQ(shown.body["outcome"], "related");
  std::int64_t sum = 0;
  for (const json& line : shown.body["evidence"]) sum += line["millibits"].get<std::int64_t>();
  EXPECT_EQ(shown.body["score"], sum);
  EXPECT_EQ(shown.body["thresholds"]["link"], 0.5);
  EXPECT_EQ(shown.body["decisions"].at(0),
            (json{{"persona", "persona_3"}, {"other", "persona_9"}, {"verdict", "not_the_same"}}));

  EXPECT_EQ(post("/api/v1/identity/review/persona_3-persona_9/accept").body,
            (json{{"contacts", {"contact_1", "contact_5"}}}));
  EXPECT_EQ(post("/api/v1/identity/review/persona_3-persona_9/reject").status, 200U);
  ASSERT_EQ(control_.corrections.size(), 2U);
  EXPECT_EQ(control_.corrections[0].what, intake::Correct::same);
  EXPECT_EQ(control_.corrections[1].what, intake::Correct::not_the_same);
  EXPECT_EQ(control_.corrections[1].personas, (std::vector{store::PersonaId{3}, store::PersonaId{9}}));
  for (const char* wrong : {"persona_3", "contact_3-contact_9", "persona_3-", "-", "persona_3-persona_9-persona_4"})
    EXPECT_EQ(post("/api/v1/identity/review/" + std::string(wrong) + "/accept").status, 400U) << wrong;
  EXPECT_EQ(post("/api/v1/identity/review/persona_3-persona_9/forget").status, 404U);
  EXPECT_EQ(post("/api/v1/identity/review").status, 404U);
  EXPECT_EQ(get("/api/v1/identity/review/persona_3-persona_9/accept").status, 404U) << "reading decides nothing";
  EXPECT_EQ(ask("GET", "/api/v1/identity/review", "Bearer wrong").status, 401U);
  EXPECT_EQ(control_.corrections.size(), 2U);
  EXPECT_EQ(control_.desk.asked, (std::vector<std::string>{"questions 2 7", "explain persona_3 persona_9"}));
  control_.desk.outcome = failure(ErrorCode::unavailable, "asking who is who: the identities are being rebuilt");
  EXPECT_EQ(get("/api/v1/identity/review").status, 503U);
}

TEST_F(AdminTest, TwoAreExplainedAndRelationsListed) {
  EXPECT_EQ(get("/api/v1/identity/explain?left=persona_3&right=contact_9").status, 200U);
  EXPECT_EQ(get("/api/v1/identity/explain?left=persona_3").status, 200U);
  for (const char* query : {"", "?right=persona_3", "?left=person_3", "?left=contact_3&right=x"})
    EXPECT_EQ(get("/api/v1/identity/explain" + std::string(query)).status, 400U) << query;
  EXPECT_EQ(get("/api/v1/contacts/contact_3/relations").body,
            (json{{"items",
                   {{{"contact", {{"id", "contact_9"}, {"name", "Rossi"}}},
                     {"shares", {"phone"}},
                     {"persona", "persona_3"},
                     {"other", "persona_9"}}}},
                  {"next", nullptr}}));
  EXPECT_EQ(get("/api/v1/contacts/persona_3/relations").status, 400U);
  EXPECT_EQ(control_.desk.asked,
            (std::vector<std::string>{"explain persona_3 contact_9", "explain persona_3", "related contact_3"}));
}

TEST_F(AdminTest, OtherWeightsAreAdoptedWholeOrNotAtAll) {
  const auto adopt = [&](const char* body) { return change("POST", "/api/v1/identity/model", body); };
  for (const char* wrong :
       {"", "[]", "{}", R"({"learned": 7})", R"({"learned": {"prior": 3}})", R"({"learned": null, "apply": true})"})
    EXPECT_EQ(adopt(wrong).status, 400U) << wrong;
  EXPECT_TRUE(control_.desk.asked.empty());
  const Answer learned = adopt(R"({"learned": {"prior": -14.5}})");
  EXPECT_EQ(learned.status, 200U);
  EXPECT_EQ(learned.body["from"], "next start");
  const Answer shipped = adopt(R"({"learned": null})");
  EXPECT_NE(shipped.body["model"], learned.body["model"]);
  ASSERT_EQ(control_.desk.asked.size(), 2U);
  const json stored = json::parse(control_.desk.asked[0].substr(std::string("adopt ").size()));
  EXPECT_EQ(stored["prior"], -14.5);
  EXPECT_EQ(stored["version"], learned.body["model"]);
  EXPECT_GT(stored["same"]["phone"]["exact"], 0) << "all of it, also what ships";
  EXPECT_EQ(control_.desk.asked[1], "adopt ");
}

}  // namespace
}  // namespace patchbay::api
