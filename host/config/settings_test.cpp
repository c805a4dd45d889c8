#include "config/settings.hpp"

#include "base/temporary_folder.hpp"
#include "config/test_schemas.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace patchbay::config {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Folder : public TemporaryFolder {
 public:
  std::string write(const std::string& name, const std::string& content, mode_t mode = 0640) const {
    const std::string file = path() / name;
    std::ofstream(file, std::ios::binary) << content;
    chmod(file.c_str(), mode);
    return file;
  }
};

std::optional<std::string> environment(std::string_view name) {
  if (name == "TOKEN") return "hunter2-from-env";
  if (name == "EMPTY") return "";
  return std::nullopt;
}

tl::expected<Settings, std::vector<Problem>> read(const std::string& yaml, const std::string& file = "rossi.yaml") {
  return parse(yaml, file, testing::schemas(), environment);
}

std::string texts(const std::vector<Problem>& problems) {
  std::string all;
  for (const Problem& problem : problems) all += problem.text() + "\n";
  return all;
}

// Two lines; what a test adds begins on line 3.
const std::string head =
    "business: {name: Rossi, region: IT, timezone: Europe/Rome}\n"
    "store: {sqlite: /var/lib/patchbay}\n";

TEST(Settings, LoadsTheSampleOfTheDesign) {
  const Folder folder;
  for (const char* name : {"key", "cm", "meta", "wa", "whsec"})
    folder.write(name, std::string("secret-") + name + "\n");
  const std::string at = folder.path().string();
  const auto settings = read(
      "business: {name: Rossi, region: IT, timezone: Europe/Rome, own: [rossi.example, \"+39021234567\"]}\n"
      "listen:\n"
      "  public: {address: 0.0.0.0:8443, url: https://hooks.rossi.example, trust_proxies: [10.0.0.2]}\n"
      "  admin: {address: 127.0.0.1:8080}\n"
      "store: {sqlite: /var/lib/patchbay, key: \"${file:" +
      at +
      "/key}\"}\n"
      "channels:\n"
      "  post: {connector: postal_scan, folder: /srv/scans, languages: [ita, pol, spa, nld]}\n"
      "  support: {connector: imap, preset: microsoft365, user: support@rossi.example, folders: {inbound: [INBOX], "
      "outbound: [Sent]}, start: 2026-01-01}\n"
      "  sms: {connector: sms, provider: cm, region: NL, token: \"${file:" +
      at +
      "/cm}\"}\n"
      "  whatsapp:\n"
      "    connector: whatsapp\n"
      "    portfolio: \"1029\"\n"
      "    app_secret: ${file:" +
      at +
      "/meta}\n"
      "    token: ${file:" +
      at +
      "/wa}\n"
      "    numbers: {it: {id: \"111\", region: IT}, pl: {id: \"222\", region: PL}}\n"
      "destinations:\n"
      "  odoo: {sink: odoo, url: https://odoo.lan, allow_private: [10.0.0.5/32:443]}\n"
      "  helpdesk: {sink: webhook, url: https://desk.example/in, keys: [\"${file:" +
      at +
      "/whsec}\"]}\n"
      "routes:\n"
      "  - {from: \"*\", to: odoo}\n"
      "  - {from: [support, whatsapp, sms], to: helpdesk, historical: false}\n");
  ASSERT_TRUE(settings) << texts(settings.error());
  EXPECT_EQ(settings->business.own, (std::vector<std::string>{"rossi.example", "+39021234567"}));
  EXPECT_EQ(settings->public_listener->url, "https://hooks.rossi.example");
  EXPECT_EQ(settings->store.key, "secret-key");
  ASSERT_EQ(settings->channels.size(), 4u);
  EXPECT_EQ(settings->channels[0].name, "post");
  EXPECT_EQ(settings->channels[1].settings.at("start"), "2026-01-01");
  const Section& whatsapp = settings->channels[3];
  EXPECT_EQ(whatsapp.settings.at("portfolio"), "1029");
  const auto handle = [&](const char* key) { return whatsapp.settings.at(key).at("$secret").get<std::size_t>(); };
  EXPECT_EQ(whatsapp.secrets.at(handle("app_secret")), "secret-meta");
  EXPECT_EQ(whatsapp.secrets.at(handle("token")), "secret-wa");
  EXPECT_FALSE(whatsapp.settings.contains("connector"));
  EXPECT_THAT(settings->destinations[0].allow_private, ElementsAre("10.0.0.5/32:443"));
  EXPECT_EQ(settings->destinations[1].secrets, Secrets{"secret-whsec"});
  EXPECT_EQ(settings->destinations[1].settings.at("keys"), json::parse(R"([{"$secret": 0}])"));
  EXPECT_TRUE(settings->routes[0].from.empty());
  EXPECT_THAT(settings->routes[1].from, ElementsAre("support", "whatsapp", "sms"));
  EXPECT_FALSE(settings->routes[1].historical);
  EXPECT_TRUE(settings->warnings.empty());
}

struct Bad {
  const char* name;
  std::string yaml;
  int line;
  const char* path;
  const char* expected;  // these three: words that must be in
  const char* got;
  const char* remedy;
};

std::string channel(const std::string& more) {
  return head + "channels:\n  mail:\n    connector: imap\n    user: a\n" + more;
}

const Bad bad_files[] = {
    {"region in lower case", "business: {name: R, timezone: UTC, region: it}\nstore: {sqlite: x}\n", 1,
     "/business/region", "ISO 3166-1", "\"it\"", "write IT"},
    {"region UK", "business: {name: R, timezone: UTC, region: UK}\nstore: {sqlite: x}\n", 1, "/business/region", "", "",
     "write GB"},
    {"Norway unquoted is text", "business: {name: R, timezone: UTC, region: no}\nstore: {sqlite: x}\n", 1,
     "/business/region", "", "\"no\"", "write NO"},
    {"time zone misspelt", "business: {name: R, region: IT,\n  timezone: Europe/Roma}\nstore: {sqlite: x}\n", 2,
     "/business/timezone", "time zone", "\"Europe/Roma\"", "did you mean Europe/Rome?"},
    {"time zone out of its folder",
     "business: {name: R, region: IT, timezone: ../../../etc/passwd}\nstore: {sqlite: x}\n", 1, "/business/timezone",
     "time zone", "", ""},
    {"no business", "store: {sqlite: x}\n", 1, "/business", "name, region", "nothing", "add business"},
    {"no store", "business: {name: R, region: IT, timezone: UTC}\n", 1, "/store", "sqlite", "nothing", "add store"},
    {"unknown section", head + "chanels: {}\n", 3, "/chanels", "known", "\"chanels\"", "did you mean channels?"},
    {"section of the wrong kind", head + "channels: [a]\n", 3, "/channels", "a mapping", "a list", ""},
    {"own number without quotes",
     "business: {name: R, region: IT, timezone: UTC, own: [+39021234567]}\nstore: {sqlite: x}\n", 1, "/business/own/0",
     "phone number", "+39021234567", "quotes"},
    {"address without a port", head + "listen: {admin: {address: 127.0.0.1}}\n", 3, "/listen/admin/address", "port",
     "\"127.0.0.1\"", "127.0.0.1:8080"},
    {"address with a port too high", head + "listen: {admin: {address: \"127.0.0.1:65536\"}}\n", 3,
     "/listen/admin/address", "port", "", ""},
    {"address that is none", head + "listen: {admin: {address: \"300.0.0.1:80\"}}\n", 3, "/listen/admin/address",
     "port", "", ""},
    {"http for strangers", head + "listen:\n  public: {address: \"[::]:80\", url: http://rossi.example}\n", 4,
     "/listen/public/url", "https://", "http://rossi.example", "loopback"},
    {"public listener without url", head + "listen:\n  public: {address: 0.0.0.0:80}\n", 4, "/listen/public/url",
     "https", "nothing", "add url"},
    {"proxy by name", head + "listen:\n  public: {address: 0.0.0.0:80, url: https://a.b,\n   trust_proxies: [proxy]}\n",
     5, "/listen/public/trust_proxies/0", "IP address", "\"proxy\"", "10.0.0.2"},
    {"tls without key",
     head + "listen:\n  public:\n    address: 0.0.0.0:80\n    url: https://a.b\n    tls: {certificate: c}\n", 7,
     "/listen/public/tls/key", "PEM", "nothing", "add key"},
    {"channel with a bad name", head + "channels:\n  Support: {connector: imap, user: a}\n", 4, "/channels/Support",
     "lower-case", "\"Support\"", "web-shop"},
    {"no connector", head + "channels:\n  mail: {user: a}\n", 4, "/channels/mail/connector", "a connector", "nothing",
     "add connector"},
    {"unknown connector", head + "channels:\n  mail: {connector: imapp}\n", 4, "/channels/mail/connector", "installed",
     "\"imapp\"", "did you mean imap?"},
    {"unknown isolation", channel("    isolation: thread\n"), 7, "/channels/mail/isolation", "worker or in_process",
     "\"thread\"", "remove isolation"},
    {"unknown sharing", channel("    workers: one\n"), 7, "/channels/mail/workers", "per_channel or shared", "\"one\"",
     "remove workers"},
    {"range without prefix", channel("    allow_private: [10.0.0.5]\n"), 7, "/channels/mail/allow_private/0", "CIDR",
     "\"10.0.0.5\"", "write 10.0.0.5/32"},
    {"proxy of another kind", channel("    stream_proxy: https://u:p@proxy.example:3128\n"), 7,
     "/channels/mail/stream_proxy", "SOCKS5 or HTTP proxy", "a secret", "socks5://"},
    {"proxy without a port", channel("    stream_proxy: socks5://proxy.example\n"), 7, "/channels/mail/stream_proxy",
     "SOCKS5 or HTTP proxy", "a secret", "socks5://"},
    {"proxy with a path", channel("    stream_proxy: http://proxy.example:3128/x\n"), 7, "/channels/mail/stream_proxy",
     "SOCKS5 or HTTP proxy", "a secret", "http://"},
    {"number for text", channel("    host: 42\n"), 7, "/channels/mail/host", "text", "42", "quotes"},
    {"text for a number", channel("    port: \"993\"\n"), 7, "/channels/mail/port", "a whole number", "\"993\"", ""},
    {"fraction for a whole number", channel("    port: 99.5\n"), 7, "/channels/mail/port", "a whole number", "99.5",
     ""},
    {"yes is not true", channel("    idle: yes\n"), 7, "/channels/mail/idle", "true or false", "\"yes\"", ""},
    {"number too high", channel("    port: 70000\n"), 7, "/channels/mail/port", "65535 or less", "70000", ""},
    {"word out of a choice", channel("    preset: gmial\n"), 7, "/channels/mail/preset", "microsoft365, gmail or other",
     "\"gmial\"", "did you mean gmail?"},
    {"pattern", channel("    start: tomorrow\n"), 7, "/channels/mail/start", "[0-9]{4}", "\"tomorrow\"", "2026-01-31"},
    {"unknown plugin key", channel("    hots: a\n"), 7, "/channels/mail/hots", "known", "\"hots\"",
     "did you mean host?"},
    {"unknown host key", channel("    ca_flie: a\n"), 7, "/channels/mail/ca_flie", "known", "\"ca_flie\"",
     "did you mean ca_file?"},
    {"unknown nested key in an open schema", channel("    folders:\n      inbuond: [a]\n"), 8,
     "/channels/mail/folders/inbuond", "known", "\"inbuond\"", "did you mean inbound?"},
    {"missing plugin key", head + "channels:\n  mail:\n    connector: imap\n", 4, "/channels/mail/user", "text",
     "nothing", "add user"},
    {"no alternative fits", channel("    login: 5\n"), 7, "/channels/mail/login", "a mapping with client or text", "5",
     ""},
    {"the alternative that was meant", channel("    login: {client: 5}\n"), 7, "/channels/mail/login/client", "text",
     "5", "quotes"},
    {"list too short", head + "destinations:\n  d: {sink: webhook, url: https://a, keys: []}\n", 4,
     "/destinations/d/keys", "at least 1 item", "a list", ""},
    {"wrong item", channel("    folders: {inbound: [A,\n      7]}\n"), 8, "/channels/mail/folders/inbound/1", "text",
     "7", ""},
    {"item twice", head + "channels:\n  p: {connector: postal_scan, folder: f, languages: [ita, ita]}\n", 4,
     "/channels/p/languages/1", "once", "\"ita\"", "remove"},
    {"forged secret", channel("    host: {$secret: 3}\n"), 7, "/channels/mail/host", "a word as a key", "$secret", ""},
    {"no rate", head + "destinations:\n  d: {sink: odoo, url: a, rate: {burst: 5}}\n", 4,
     "/destinations/d/rate/per_second", "a number from 0.01", "nothing", "add per_second"},
    {"a rate of nothing", head + "destinations:\n  d: {sink: odoo, url: a, rate: {per_second: 0}}\n", 4,
     "/destinations/d/rate/per_second", "a number from 0.01", "0", ""},
    {"an unknown key of the rate", head + "destinations:\n  d: {sink: odoo, url: a, rate: {per_second: 5, brust: 1}}\n",
     4, "/destinations/d/rate/brust", "known", "\"brust\"", "burst"},
    {"too many attempts", head + "destinations:\n  d: {sink: odoo, url: a, attempts: 11}\n", 4,
     "/destinations/d/attempts", "a whole number from 1 to 10", "11", ""},
    {"half a request", head + "destinations:\n  d: {sink: odoo, url: a, parallel: 1.5}\n", 4,
     "/destinations/d/parallel", "a whole number", "1.5", ""},
    {"a channel has no rate", channel("    attempts: 3\n"), 7, "/channels/mail/attempts", "known", "\"attempts\"", ""},
    {"unknown sink", head + "destinations: {d: {sink: oodo}}\n", 3, "/destinations/d/sink", "a sink", "\"oodo\"",
     "did you mean odoo?"},
    {"route to nowhere", head + "destinations: {desk: {sink: odoo, url: a}}\nroutes:\n  - {from: \"*\", to: dsek}\n", 5,
     "/routes/0/to", "destination", "\"dsek\"", "did you mean desk?"},
    {"route from nowhere",
     head + "channels: {mail: {connector: imap, user: a}}\ndestinations: {desk: {sink: odoo, url: a}}\nroutes:\n"
            "  - {from: [mial], to: desk}\n",
     6, "/routes/0/from/0", "channel", "\"mial\"", "did you mean mail?"},
    {"route from a word",
     head + "channels: {mail: {connector: imap, user: a}}\ndestinations: {desk: {sink: odoo, url: a}}\n"
            "routes:\n  - {from: mail, to: desk}\n",
     6, "/routes/0/from", "a list of channels", "\"mail\"", "write [mail]"},
    {"empty from", head + "destinations: {desk: {sink: odoo, url: a}}\nroutes:\n  - {from: [], to: desk}\n", 5,
     "/routes/0/from", "list of channels", "an empty list", "\"*\""},
    {"routed twice",
     head + "channels: {mail: {connector: imap, user: a}}\ndestinations: {desk: {sink: odoo, url: a}}\n"
            "routes:\n  - {from: \"*\", to: desk}\n  - {from: [mail], to: desk}\n",
     7, "/routes/1", "one route from mail to desk", "second", "line 6"},
    {"historical in words", head + "routes:\n  - {from: \"*\", to: x, historical: never}\n", 4, "/routes/0/historical",
     "true or false", "\"never\"", ""},
    {"key twice", head + "channels: {}\nstore: {sqlite: y}\n", 4, "/store", "each key once", "first on line 2",
     "line 4"},
    {"list as a key", head + "? [a]\n: b\n", 3, "", "a word as a key", "a list", ""},
    {"two documents", head + "---\na: b\n", 3, "", "one YAML document", "second", "---"},
    {"tag", head + "listen: !!map {}\n", 3, "/listen", "without a tag", "", "!"},
    {"infinity", channel("    port: .inf\n"), 7, "/channels/mail/port", "finite", "\".inf\"", ""},
    {"tab", head + "listen:\n\tadmin: {}\n", 4, "", "YAML", "", "spaces"},
    {"unclosed bracket", head + "routes: [\n", 4, "", "YAML", "", "brackets"},
    {"unclosed quote", head + "listen: 'a\nroutes: []\n", 5, "", "YAML", "", "quotes"},
    {"alias of nothing", head + "listen: *hunter2\n", 3, "", "YAML", "", "anchor"},
    {"alias of itself", head + "listen: &a [*a]\n", 3, "/listen/0", "alias", "", ""},
    {"empty file", "", 0, "", "settings", "empty", "business"},
    {"comments only", "# nothing\n", 0, "", "settings", "empty", ""},
    {"a word", "hello\n", 1, "", "a mapping", "\"hello\"", ""},
    {"not UTF-8", head + "listen: \xe9t\xe9\n", 3, "", "UTF-8", "\\xe9", "save"},
    {"UTF-16",
     std::string("\xff\xfe"
                 "a\0",
                 4),
     1, "", "UTF-8", "", ""},
    {"NUL", head + std::string("listen: \0", 9) + "\n", 3, "", "UTF-8", "\\x00", ""},
    {"environment without the variable",
     head + "channels:\n  s: {connector: sms, provider: cm, token: \"${env:NONE}\"}\n", 4, "/channels/s/token",
     "environment variable NONE", "nothing", "set it"},
    {"empty variable", head + "channels:\n  s: {connector: sms, provider: cm, token: \"${env:EMPTY}\"}\n", 4,
     "/channels/s/token", "environment variable EMPTY", "nothing", ""},
    {"reference without an end", head + "listen: \"${env:A\"\n", 3, "/listen", "ends with }", "", ""},
    {"reference of another kind", head + "listen: \"${HOME}\"\n", 3, "/listen", "${env:NAME}", "", "$${"},
    {"file that is not there", head + "listen: \"${file:/nowhere/at/all}\"\n", 3, "/listen", "/nowhere/at/all",
     "No such file", "create it"},
    {"file that is a folder", head + "listen: \"${file:/tmp}\"\n", 3, "/listen", "regular file", "", ""},
};

TEST(Settings, SaysWhereAMistakeIsAndWhatWouldBeRight) {
  for (const Bad& bad : bad_files) {
    SCOPED_TRACE(bad.name);
    const auto settings = read(bad.yaml);
    ASSERT_FALSE(settings);
    bool found = false;
    for (const Problem& problem : settings.error()) {
      if (problem.path != bad.path || problem.line != bad.line) continue;
      found = true;
      EXPECT_THAT(problem.expected, HasSubstr(bad.expected));
      EXPECT_THAT(problem.got, HasSubstr(bad.got));
      EXPECT_THAT(problem.remedy, HasSubstr(bad.remedy));
      break;
    }
    EXPECT_TRUE(found) << texts(settings.error());
  }
}

TEST(Settings, TellsAllMistakesAtOnceInTheOrderOfTheFile) {
  const auto settings = read(
      "routes: [{from: \"*\", to: nowhere}]\n"
      "store: {sqlite: x, keey: y}\n"
      "business: {name: R, region: it, timezone: UTC}\n"
      "channels:\n  mail: {connector: imap, user: 5, port: 0, hots: a}\n");
  ASSERT_FALSE(settings);
  std::vector<std::string> places;
  for (const Problem& problem : settings.error()) places.push_back(std::to_string(problem.line) + problem.path);
  EXPECT_THAT(places, ElementsAre("1/routes/0/to", "2/store/keey", "3/business/region", "5/channels/mail/user",
                                  "5/channels/mail/port", "5/channels/mail/hots"));
}

TEST(Settings, WritesAProblemAsOneSentence) {
  EXPECT_EQ((Problem{"rossi.yaml", 12, "/channels/support/host", "a host name", "42", "write it in quotes"}).text(),
            "rossi.yaml:12: /channels/support/host: expected a host name, got 42; write it in quotes");
  EXPECT_EQ((Problem{"rossi.yaml", 0, "", "settings", "an empty file", ""}).text(),
            "rossi.yaml: expected settings, got an empty file");
}

TEST(Settings, NeverShowsASecret) {
  const Folder folder;
  folder.write("token", "hunter2");
  const std::string at = folder.path().string();
  for (const std::string& yaml : std::vector<std::string>{
           channel("    password: hu2\n"),
           head + "channels:\n  s: {connector: sms, token: {a: hunter2}, provider: hunter}\n",
           channel("    port: \"${env:TOKEN}\"\n"), channel("    host: \"${file:" + at + "/token} HUNTER\"\n"),
           channel("    password: *hunter2\n"), channel("    password: !hunter2 a\n"),
           channel("    password: 'hunter2\n"), channel("    preset: ${env:TOKEN}\n"),
           head + "destinations: {d: {sink: webhook, url: ${env:TOKEN}, keys: [hunter2, 5]}}\n",
           "business: {name: R, region: \"${env:TOKEN}\", timezone: \"${env:TOKEN}\"}\nstore: {sqlite: x, key: "
           "[hunter2]}\n"}) {
    const auto settings = read(yaml);
    ASSERT_FALSE(settings) << yaml;
    EXPECT_THAT(texts(settings.error()), Not(HasSubstr("hunter2"))) << yaml;
    EXPECT_THAT(texts(settings.error()), Not(HasSubstr("hu2"))) << yaml;
  }
  const auto settings = read(channel("    password: hu2\n"));
  EXPECT_EQ(settings.error().at(0).got, "a secret");
}

TEST(Settings, TakesSecretsOutWhereverTheSchemaHasThem) {
  const auto settings =
      read(head +
           "channels:\n"
           "  mail: {connector: imap, user: a, password: hunter2}\n"
           "  wa: {connector: whatsapp, portfolio: p, app_secret: s1, numbers: {it: {id: \"1\", pin: s2}}}\n"
           "destinations: {d: {sink: webhook, url: https://a, keys: [s3, s4]}}\n");
  ASSERT_TRUE(settings) << texts(settings.error());
  std::string shown;
  for (const Section& section : settings->channels) shown += section.settings.dump();
  for (const Section& section : settings->destinations) shown += section.settings.dump();
  for (const char* secret : {"hunter2", "s1", "s2", "s3", "s4"}) EXPECT_THAT(shown, Not(HasSubstr(secret)));
  const Section& whatsapp = settings->channels[1];
  const auto handle = whatsapp.settings.at("/numbers/it/pin/$secret"_json_pointer).get<std::size_t>();
  EXPECT_EQ(whatsapp.secrets.at(handle), "s2");
  EXPECT_EQ(settings->destinations[0].secrets, (Secrets{"s3", "s4"}));
}

TEST(Settings, FillsInThePluginsDefaults) {
  const auto settings = read(head +
                             "channels:\n"
                             "  mail: {connector: imap, user: a}\n"
                             "  post: {connector: postal_scan, folder: f}\n"
                             "  wa: {connector: whatsapp, portfolio: p, app_secret: s, numbers: {it: {id: \"1\"}}}\n");
  ASSERT_TRUE(settings) << texts(settings.error());
  EXPECT_EQ(settings->channels[0].settings,
            json::parse(R"({"user": "a", "port": 993, "idle": true, "folders": {"inbound": ["INBOX"]}})"));
  EXPECT_EQ(settings->channels[1].settings.at("languages"), json::array({"eng"}));
  EXPECT_EQ(settings->channels[2].settings.at("/numbers/it/label"_json_pointer), "main");
  EXPECT_EQ(settings->admin.address, "127.0.0.1:8080");
  EXPECT_FALSE(settings->public_listener);
}

TEST(Settings, ReadsHowADestinationIsSentTo) {
  const auto settings =
      read(head +
           "destinations:\n"
           "  desk: {sink: odoo, url: a, rate: {per_second: 0.5, burst: 10}, parallel: 4, attempts: 3}\n"
           "  other: {sink: odoo, url: a, rate: {per_second: 20}}\n"
           "routes: []\n");
  ASSERT_TRUE(settings) << texts(settings.error());
  const Sending& desk = settings->destinations[0].sending;
  EXPECT_EQ(desk.per_second, 0.5);
  EXPECT_EQ(desk.burst, 10.0);
  EXPECT_EQ(desk.parallel, 4U);
  EXPECT_EQ(desk.attempts, 3U);
  EXPECT_EQ(settings->destinations[0].settings, json::parse(R"({"url": "a"})")) << "the sink hears nothing of it";
  const Sending& other = settings->destinations[1].sending;
  EXPECT_EQ(other.per_second, 20.0);
  EXPECT_EQ(other.burst, std::nullopt);
  EXPECT_EQ(other.parallel, std::nullopt);
}

TEST(Settings, ReadsTheProxyOfAChannelsStreams) {
  for (const char* url : {"socks5://proxy.example:1080", "http://user:p@ss@[::1]:3128"}) {
    const auto settings = read(channel("    host: mail.example\n    stream_proxy: " + std::string(url) + "\n"));
    ASSERT_TRUE(settings) << texts(settings.error());
    EXPECT_EQ(settings->channels[0].stream_proxy, url);
  }
}

TEST(Settings, GivesEachChannelAWorkerForItselfUnlessItSaysThatItShares) {
  const auto alone = read(channel("    host: mail.example\n"));
  const auto shared = read(channel("    host: mail.example\n    workers: shared\n"));
  ASSERT_TRUE(alone && shared);
  EXPECT_EQ(alone->channels[0].workers, Workers::per_channel);
  EXPECT_EQ(shared->channels[0].workers, Workers::shared);
  EXPECT_EQ(alone->channels[0].settings, shared->channels[0].settings) << "the plugin hears nothing of it";
}

TEST(Settings, PutsReferencesInsideTextAndKnowsTheEscape) {
  const Folder folder;
  folder.write("token", "from-file\r\n");
  const auto settings = read(head +
                                 "channels:\n"
                                 "  a: {connector: sms, provider: cm, token: \"x-${env:TOKEN}-y\"}\n"
                                 "  b: {connector: sms, provider: cm, token: \"${file:token}${env:TOKEN}\"}\n"
                                 "  c: {connector: sms, provider: \"$${env:TOKEN} $5\", token: t}\n",
                             (folder.path() / "rossi.yaml").string());
  ASSERT_TRUE(settings) << texts(settings.error());
  EXPECT_EQ(settings->channels[0].secrets, Secrets{"x-hunter2-from-env-y"});
  EXPECT_EQ(settings->channels[1].secrets, Secrets{"from-filehunter2-from-env"});
  EXPECT_EQ(settings->channels[2].settings.at("provider"), "${env:TOKEN} $5");
}

TEST(Settings, RefusesSecretFilesThatEverybodyCanReadOrThatHoldNothing) {
  const Folder folder;
  folder.write("open", "s", 0644);
  folder.write("empty", "\n");
  folder.write("binary", "\xff\xfe");
  folder.write("large", std::string(20'000, 'x'));
  struct Case {
    const char *file, *expected, *remedy;
  };
  for (const Case& c : {Case{"open", "owner and group", "chmod 640"}, Case{"empty", "a secret in", "write the secret"},
                        Case{"binary", "UTF-8", "Base64"}, Case{"large", "16 KiB", "just the secret"}}) {
    SCOPED_TRACE(c.file);
    const auto settings = read(head + "listen: \"${file:" + c.file + "}\"\n", (folder.path() / "rossi.yaml").string());
    ASSERT_FALSE(settings);
    EXPECT_THAT(settings.error().at(0).expected, HasSubstr(c.expected));
    EXPECT_THAT(settings.error().at(0).remedy, HasSubstr(c.remedy));
    EXPECT_EQ(settings.error().at(0).line, 3);
  }
}

TEST(Settings, WarnsOfWhatNoRouteMentions) {
  const auto settings =
      read(head +
           "channels:\n  mail: {connector: imap, user: a}\n  post: {connector: postal_scan, folder: f}\n"
           "destinations: {desk: {sink: odoo, url: a}, crm: {sink: odoo, url: b}}\n"
           "routes: [{from: [post], to: desk}]\n");
  ASSERT_TRUE(settings) << texts(settings.error());
  ASSERT_EQ(settings->warnings.size(), 2u);
  EXPECT_EQ(settings->warnings[0].path, "/channels/mail");
  EXPECT_EQ(settings->warnings[0].line, 4);
  EXPECT_EQ(settings->warnings[1].path, "/destinations/crm");
}

TEST(Settings, ReadsAByteOrderMarkAndCarriageReturns) {
  const auto settings = read(
      "\xef\xbb\xbf"
      "business: {name: R, region: IT, timezone: UTC}\r\nstore:\r\n  sqlite: /x\r\n");
  ASSERT_TRUE(settings) << texts(settings.error());
  EXPECT_EQ(settings->store.sqlite, "/x");
}

TEST(Settings, TakesPathsFromTheFilesFolder) {
  const auto settings =
      read("business: {name: R, region: IT, timezone: UTC}\nstore: {sqlite: data}\n", "/etc/p/rossi.yaml");
  ASSERT_TRUE(settings) << texts(settings.error());
  EXPECT_EQ(settings->store.sqlite, "/etc/p/data");
}

TEST(Settings, AnchorsServeWithinBounds) {
  const auto settings = read(head + "channels:\n  a: &mail {connector: imap, user: a}\n  b: *mail\n");
  ASSERT_TRUE(settings) << texts(settings.error());
  EXPECT_EQ(settings->channels[1].settings, settings->channels[0].settings);

  std::string laughs = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) laughs += before + ", ";
    laughs += before + "]\n";
  }
  const auto bomb = read(laughs);
  ASSERT_FALSE(bomb);
  EXPECT_THAT(texts(bomb.error()), HasSubstr("aliases"));
}

TEST(Settings, RefusesDeepNesting) {
  for (const std::size_t depth : {65u, 1'000u, 100'000u}) {
    const auto settings = read(head + "listen: " + std::string(depth, '[') + std::string(depth, ']'));
    ASSERT_FALSE(settings);
    EXPECT_THAT(texts(settings.error()), HasSubstr("64 levels"));
  }
}

TEST(Settings, SaysWhyAFileCannotBeRead) {
  const Folder folder;
  const auto text_of = [](const std::string& file) {
    const auto settings = load(file, testing::schemas(), environment);
    return settings ? std::string("read") : texts(settings.error());
  };
  EXPECT_THAT(text_of(folder.path() / "none.yaml"), HasSubstr("no such file"));
  EXPECT_THAT(text_of(folder.path()), HasSubstr("a folder"));
  EXPECT_THAT(text_of(folder.write("large.yaml", std::string(10 << 20, '#'))), HasSubstr("1 MiB"));
  EXPECT_EQ(text_of(folder.write("good.yaml", head)), "read");
}

}  // namespace
}  // namespace patchbay::config
