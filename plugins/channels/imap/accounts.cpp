#include "accounts.hpp"

#include "date.hpp"
#include "mapping_settings.hpp"
#include "response.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace patchbay::imap {

namespace {

struct Preset {
  std::string_view name, host, verifier;
};
// Ports are 993 and TLS begins at once. The manifest names the same hosts.
constexpr std::array<Preset, 4> presets{{{"gmail", "imap.gmail.com", "mx.google.com"},
                                         {"microsoft365", "outlook.office365.com", ""},
                                         {"aruba_pec", "imaps.pec.aruba.it", ""},
                                         {"legalmail", "mbox.cert.legalmail.it", ""}}};
constexpr std::uint16_t imaps = 993;

std::string lower(std::string text) {
  for (char& letter : text) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  return text;
}

// One mailbox: what is written of it, and behind that what is written for all.
class Reader {
 public:
  Reader(const Settings& settings, std::string place) : settings_(settings), place_(std::move(place)) {}

  Account read(std::string_view name) {
    Account account;
    account.session.credentials.user = text("user", {});
    account.owner.address = account.session.credentials.user;
    account.owner.account = name.empty() ? account.owner.address : std::string(name);
    read_proof(account);
    read_mapping_settings(account.owner, settings_, place_);
    read_server(account);
    for (const Json& one : list("addresses")) account.owner.own.push_back(lower(one.get<std::string>()));
    for (const Json& one : list("verified_by")) account.owner.verifiers.push_back(lower(one.get<std::string>()));
    read_folders(account.session);
    read_start(account.session);
    read_when_taken(account.session);
    return account;
  }

 private:
  // Where the value stands that holds: the mailbox's own, else the one for all.
  [[nodiscard]] std::string pointer(const std::string& key) const {
    return place_.empty() || !settings_.at(place_ + "/" + key).is_null() ? place_ + "/" + key : "/" + key;
  }
  [[nodiscard]] std::string text(const std::string& key, std::optional<std::string_view> otherwise) const {
    if (!otherwise) return settings_.text(place_ + "/" + key);
    return settings_.text(pointer(key), *otherwise);
  }
  [[nodiscard]] const Json& list(const std::string& key) const {
    static const Json none = Json::array();
    const Json& value = settings_.at(pointer(key));
    return value.is_array() ? value : none;
  }

  // A password is the mailbox's own; the consent is one for the channel.
  void read_proof(Account& account) const {
    const std::optional<pb_secret> password = settings_.secret_if_any(place_ + "/password");
    const std::optional<pb_secret> consent = settings_.secret_if_any("/oauth2");
    if (!password && !consent)
      throw invalid_settings(place_ + "/password",
                             "reading the mailbox: expected how to log in, found neither `password` nor `oauth2`",
                             "write `password`; for Microsoft 365 `oauth2: {provider: microsoft, client_id: ...}`");
    account.secret = password ? *password : *consent;
    account.session.credentials.proof = password ? Proof::password : Proof::token;
  }

  void read_server(Account& account) const {
    SessionSettings& session = account.session;
    const std::string preset = text("preset", "generic");
    const auto* const known =
        std::find_if(presets.begin(), presets.end(), [&](const Preset& one) { return one.name == preset; });
    const std::string server = text("server", "");
    if (!server.empty()) {
      const std::size_t colon = server.rfind(':');
      session.host = server.substr(0, colon);
      if (session.host.starts_with('[')) session.host = session.host.substr(1, session.host.size() - 2);
      const auto port = number_of(server.substr(colon + 1));
      if (!port || *port == 0 || *port > UINT16_MAX)
        throw invalid_settings(pointer("server"), "reading the server: expected a port from 1 to 65535, got " + server,
                               "write HOST:PORT, as in imap.rossi.example:993");
      session.port = static_cast<std::uint16_t>(*port);
    } else if (known != presets.end()) {
      session.host = known->host;
      session.port = imaps;
      if (!known->verifier.empty()) account.owner.verifiers.emplace_back(known->verifier);
    } else {
      throw invalid_settings(place_ + "/server", "reading the server: expected HOST:PORT, found nothing",
                             "write the server, as in imap.rossi.example:993, or choose a preset");
    }
    session.tls =
        text("tls", "implicit") == "starttls" ? SessionSettings::Tls::starttls : SessionSettings::Tls::at_once;
  }

  void read_folders(SessionSettings& session) const {
    const Json& folders = settings_.at(pointer("folders"));
    const auto read = [&](const char* key, FolderKind kind) {
      if (!folders.is_object() || !folders.contains(key)) return false;
      for (const Json& name : folders.at(key)) session.folders.push_back({name.get<std::string>(), kind, {}});
      return true;
    };
    if (!read("inbound", FolderKind::inbound)) session.folders.push_back({"INBOX", FolderKind::inbound, {}});
    session.find_sent = !read("outbound", FolderKind::outbound);
  }

  void read_start(SessionSettings& session) const {
    const std::string start = text("start", "now");
    session.start = start == "now" ? SessionSettings::Start::behind_all : SessionSettings::Start::since;
    if (start == "now" || start == "everything") return;
    session.since = read_day(start);
    if (!session.since)
      throw invalid_settings(pointer("start"), "reading the start: expected a day, got " + start,
                             "write `now`, `everything`, or a day as in 2026-01-01");
  }

  void read_when_taken(SessionSettings& session) const {
    const Json& wanted = settings_.at(pointer("when_taken"));
    if (!wanted.is_object()) return;
    WhenTaken& to = session.when_taken;
    to.is_marked_seen = wanted.value("mark_seen", false);
    to.target = wanted.value("move_to", std::string());
    const bool goes = wanted.value("delete", false);
    if (goes && !to.target.empty())
      throw invalid_settings(pointer("when_taken") + "/delete",
                             "reading what to do with messages: expected `move_to` or `delete`, got both",
                             "leave one of them out");
    for (const Folder& folder : session.folders)
      if (folder.name == to.target)
        throw invalid_settings(pointer("when_taken") + "/move_to",
                               "reading what to do with messages: expected a folder that is not read, got " + to.target,
                               "name another folder");
    to.then = goes ? WhenTaken::Then::goes : to.target.empty() ? WhenTaken::Then::stays : WhenTaken::Then::moves;
  }

  const Settings& settings_;
  const std::string place_;
};

}  // namespace

std::vector<Account> read_accounts(const Settings& settings) {
  std::vector<Account> accounts;
  const Json& several = settings.at("/accounts");
  if (!several.is_object()) {
    accounts.push_back(Reader(settings, {}).read({}));
    return accounts;
  }
  for (const char* const key : {"user", "password"})
    if (!settings.at("/" + std::string(key)).is_null())
      throw invalid_settings(
          "/" + std::string(key),
          std::string("reading the mailboxes: expected `") + key + "` within each account, found it beside them",
          "move it into the account that it is of, or leave `accounts` out");
  for (const auto& [name, value] : several.items()) {
    if (!value.is_object())
      throw invalid_settings("/accounts/" + name, "reading the mailboxes: expected an object", {});
    accounts.push_back(Reader(settings, "/accounts/" + name).read(name));
  }
  return accounts;
}

}  // namespace patchbay::imap
