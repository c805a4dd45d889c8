#include "gateway/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchbay::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

config::Settings settings() {
  config::Settings settings;
  settings.business = {.name = "Rossi", .region = "IT", .timezone = "Europe/Rome", .own = {"rossi.example"}};
  settings.channels = {{.name = "support", .plugin = "whatsapp", .settings = {{"portfolio", "1"}}},
                       {.name = "post", .plugin = "scan", .settings = {{"folder", "/in"}}}};
  settings.destinations = {{.name = "crm", .plugin = "webhook", .settings = {{"url", "https://crm.example"}}}};
  settings.routes = {{.from = {}, .to = "crm"}};
  return settings;
}

std::string no_news(const config::Section&) { return {}; }

Plan plan(const config::Settings& next, const PluginNews& of_channel = no_news,
          const PluginNews& of_destination = no_news) {
  return plan_of(settings(), next, of_channel, of_destination);
}

std::vector<std::string> names(const std::vector<Renewal>& renewed) {
  std::vector<std::string> names;
  for (const Renewal& renewal : renewed) names.push_back(renewal.name);
  return names;
}

TEST(Plan, OfTheSameSettingsIsEmpty) { EXPECT_TRUE(plan(settings()).empty()); }

TEST(Plan, StartsAnewOnlyWhatHasChanged) {
  config::Settings next = settings();
  next.channels[1].settings["folder"] = "/other";
  const Plan what = plan(next);
  EXPECT_THAT(names(what.channels.renewed), ElementsAre("post"));
  EXPECT_EQ(what.channels.renewed[0].why, "its settings have changed");
  EXPECT_THAT(what.channels.added, IsEmpty());
  EXPECT_THAT(names(what.destinations.renewed), IsEmpty());
  EXPECT_FALSE(what.routes);
}

TEST(Plan, SeesWhatIsNotInTheSettingsOfThePluginItself) {
  const auto renewed_by = [](auto change) {
    config::Settings next = settings();
    change(next.channels[0]);
    return names(plan(next).channels.renewed);
  };
  EXPECT_THAT(renewed_by([](config::Section& one) { one.secrets = {"another"}; }), ElementsAre("support"));
  EXPECT_THAT(renewed_by([](config::Section& one) { one.allow_private = {"10.0.0.0/8"}; }), ElementsAre("support"));
  EXPECT_THAT(renewed_by([](config::Section& one) { one.ca_file = "/ca.pem"; }), ElementsAre("support"));
  EXPECT_THAT(renewed_by([](config::Section& one) { one.isolation = config::Isolation::in_process; }),
              ElementsAre("support"));
  EXPECT_THAT(renewed_by([](config::Section& one) { one.plugin = "other"; }), ElementsAre("support"));
}

TEST(Plan, KnowsWhatCameAndWhatWent) {
  config::Settings next = settings();
  next.channels.erase(next.channels.begin());
  next.channels.push_back({.name = "shop", .plugin = "whatsapp"});
  next.destinations.push_back({.name = "files", .plugin = "file"});
  next.routes.push_back({.from = {"shop"}, .to = "files"});
  const Plan what = plan(next);
  EXPECT_THAT(what.channels.added, ElementsAre("shop"));
  EXPECT_THAT(what.channels.removed, ElementsAre("support"));
  EXPECT_THAT(names(what.channels.renewed), IsEmpty());
  EXPECT_THAT(what.destinations.added, ElementsAre("files"));
  EXPECT_TRUE(what.routes);
}

TEST(Plan, ADestinationThatIsOnlySentToDifferentlyKeepsItsSink) {
  config::Settings next = settings();
  next.destinations[0].sending.per_second = 5;
  const Plan what = plan(next);
  EXPECT_THAT(what.destinations.paced, ElementsAre("crm"));
  EXPECT_THAT(names(what.destinations.renewed), IsEmpty());
}

TEST(Plan, StartsAnewWhatHasANewPlugin) {
  const Plan what =
      plan(settings(), [](const config::Section& one) { return one.plugin == "scan" ? "its plugin is 2" : ""; });
  EXPECT_THAT(names(what.channels.renewed), ElementsAre("post"));
  EXPECT_EQ(what.channels.renewed[0].why, "its plugin is 2");
}

TEST(Plan, NamesWhatWaitsForTheNextStart) {
  config::Settings next = settings();
  next.business.region = "PL";
  next.public_listener = config::PublicListener{.address = "0.0.0.0:443", .url = "https://gate.example"};
  next.admin.address = "127.0.0.1:9999";
  next.store.sqlite = "/elsewhere";
  const Plan what = plan(next);
  EXPECT_THAT(what.at_next_start, ElementsAre("business", "listen.public", "listen.admin", "store"));
  EXPECT_FALSE(what.routes);
  EXPECT_FALSE(what.empty());
}

TEST(Plan, OwnAddressesChangeWithTheRoutes) {
  config::Settings next = settings();
  next.business.own = {"rossi.example", "+390212345678"};
  const Plan what = plan(next);
  EXPECT_TRUE(what.routes);
  EXPECT_THAT(what.at_next_start, IsEmpty());
}

}  // namespace
}  // namespace patchbay::gateway
