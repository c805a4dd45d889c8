// Access tokens of a plugin: how it asks for one, and how that reaches it.
#include "plugin/scripted_plugin.hpp"

#include <gmock/gmock.h>

namespace patchbay::plugin {
namespace {

using testing::Contains;
using testing::HasSubstr;

const pb_oauth2 oauth2_table{
    sizeof(pb_oauth2), 0, [](void* state, const pb_access_result* result) {
      const Inside inside(state);
      std::string line = "accessed " + std::to_string(result->token) + " " + std::string(view(result->access_token));
      each<pb_error>(result->errors, [&](const pb_error& error) { line += view(error.reason); });
      inside.script.journal.write(line);
    }};

class Access : public InProcess {
 protected:
  Access() {
    offered[PATCHBAY_EXT_OAUTH2] = &oauth2_table;
    manifest.capabilities = {"secrets.reveal"};
  }
  pb_code ask(const char* refused = "") {
    const auto& service = script.extension<pb_host_oauth2>(PATCHBAY_EXT_OAUTH2);
    const pb_access_call call{sizeof(pb_access_call), 0, 7, 3, bytes(refused)};
    return service.access(script.host->self, script.instance, &call);
  }
};

TEST_F(Access, AnAccessTokenIsAskedForAndComes) {
  const auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  EXPECT_EQ(ask("the last one"), PB_OK);
  EXPECT_TRUE(services.journal.wait_for("access 7 secret 3 refused the last one"));
  instance->accessed({.token = 7, .expires_us = 0, .errors = {}, .access_token = "another"});
  EXPECT_TRUE(script.journal.wait_for("accessed 7 another"));
  instance->accessed(
      {.token = 8, .expires_us = 0, .errors = {{PB_AUTH_FAILED, 0, {}, "nobody consented", {}}}, .access_token = {}});
  EXPECT_TRUE(script.journal.wait_for("accessed 8 nobody consented"));
}

TEST_F(Access, AnAccessTokenIsForPluginsThatMaySeeSecretsOnly) {
  manifest.capabilities.clear();
  const auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  EXPECT_EQ(ask(), PB_PERMANENT);
  EXPECT_THAT(services.journal.lines(), Contains(HasSubstr("secrets.reveal")));
}

TEST_F(Access, AnAccessTokenIsAskedForWhileItRunsOnly) {
  const auto instance = open();
  EXPECT_EQ(ask(), PB_BUG);
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  EXPECT_EQ(ask(), PB_STOPPING);
}

TEST_F(Access, APluginThatAsksAndOffersNoPlaceForTheAnswerIsTold) {
  offered.erase(PATCHBAY_EXT_OAUTH2);
  const auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  instance->accessed({.token = 7, .expires_us = 0, .errors = {}, .access_token = "another"});
  ASSERT_TRUE(wait(*instance, &Instance::check));
  EXPECT_THAT(services.journal.lines(), Contains(HasSubstr("does not offer " PATCHBAY_EXT_OAUTH2)));
}

}  // namespace
}  // namespace patchbay::plugin
