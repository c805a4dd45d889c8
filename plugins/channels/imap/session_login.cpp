// A session up to where folders can be read.
#include "session.hpp"

#include <algorithm>
#include <array>

namespace patchbay::imap {

void Session::greeted(const Response& response) {
  if (response.name == "BYE")
    return end(Ended::Why::lost, "connecting: the server turned the connection away: " + shown(response), {});
  // Logged in already: whoever sits in between could make it so and have what follows sent to another mailbox.
  if (response.name != "OK")
    return end(Ended::Why::misunderstood, "connecting: expected a greeting that asks for a login, got " + response.name,
               "use a server that asks for the user's name and password");
  if (response.code == "CAPABILITY") take_capabilities(response.code_values);
  if (!has_capabilities_) return ask_capability(Step::capability);
  step_ = Step::capability;
  after_capability();
}

void Session::ask_capability(Step step) {
  capabilities_.clear();
  has_capabilities_ = false;
  step_ = step;
  send(command("CAPABILITY"));
}

void Session::after_capability() {
  if (step_ == Step::capability_again) return identify();
  if (settings_.tls == SessionSettings::Tls::at_once || is_secured_) return authenticate();
  if (!has("STARTTLS"))
    return end(Ended::Why::refused, "starting TLS: the server does not offer STARTTLS",
               "set `tls` to `implicit` and the port to 993, or use a server that offers it");
  step_ = Step::starttls;
  send(command("STARTTLS"));
}

void Session::agreed_on_tls(const Response& response) {
  if (response.name != "OK")
    return end(Ended::Why::refused, "starting TLS: the server refused: " + shown(response),
               "set `tls` to `implicit` and the port to 993");
  if (!reader_.is_between())
    return end(Ended::Why::refused, "starting TLS: the server, or somebody in between, sent more before it",
               "set `tls` to `implicit` and the port to 993");
  step_ = Step::handshake;
  events_.emplace_back(Secure{});
}

void Session::secured(Time now) {
  now_ = heard_ = now;
  is_secured_ = true;
  ask_capability(Step::capability);  // what was said before is forgotten (RFC 3501, section 6.2.1)
}

void Session::authenticate() {
  step_ = Step::authenticating;
  mechanism_ = mechanism_for(settings_.credentials.proof, capabilities_);
  if (!mechanism_)
    return end(Ended::Why::refused,
               settings_.credentials.proof == Proof::token
                   ? "logging in: the server takes no OAuth 2.0 token (XOAUTH2 or OAUTHBEARER)"
                   : "logging in: the server takes no password (neither AUTH=PLAIN nor LOGIN)",
               settings_.credentials.proof == Proof::token
                   ? "use a password, if the provider allows that"
                   : "allow passwords for this mailbox at the provider, or use OAuth 2.0");
  if (mechanism_ == Mechanism::login_command) {
    mechanism_.reset();
    return send(command("LOGIN").text(settings_.credentials.user).text(settings_.credentials.secret));
  }
  Command proving = command("AUTHENTICATE").word(name_of(*mechanism_));
  has_sent_proof_ = has("SASL-IR");
  if (has_sent_proof_) proving.word(first_message(*mechanism_, settings_.credentials, settings_.host, settings_.port));
  send(std::move(proving));
}

void Session::accepted(const Response& response) {
  settings_.credentials.secret.clear();
  if (response.code != "CAPABILITY") return ask_capability(Step::capability_again);
  take_capabilities(response.code_values);
  identify();
}

void Session::refused(const Response& response) {
  // RFC 5530: these pass by themselves.
  constexpr std::array<std::string_view, 4> passing{"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"};
  const bool passes = std::find(passing.begin(), passing.end(), response.code) != passing.end();
  const std::string reason = "logging in as " + settings_.credentials.user + ": the server refused: " + shown(response);
  if (passes) return end(Ended::Why::lost, reason, {});
  if (settings_.credentials.proof == Proof::token)
    return end(Ended::Why::token_refused, reason,
               "see whether `user` is the mailbox of whoever consented, and authorise the channel again");
  end(Ended::Why::refused, reason,
      "correct `user` and `password`; where the provider wants one, make a password for apps");
}

void Session::identify() {
  step_ = Step::identifying;
  if (!has("ID")) return enable();
  send(command("ID").word("(\"name\" \"Patchbay\")"));
}

void Session::enable() {
  step_ = Step::enabling;
  std::string wanted;
  if (has("CONDSTORE")) wanted += " CONDSTORE";
  if (has("QRESYNC")) wanted += " QRESYNC";
  if (has("UTF8=ACCEPT") || has("UTF8=ONLY")) wanted += " UTF8=ACCEPT";
  if (!has("ENABLE") || wanted.empty()) return compress();
  send(command("ENABLE").word(wanted.substr(1)));
}

void Session::take_enabled(const Response& response) {
  for (const Value& value : response.values) {
    if (value.is("QRESYNC")) has_qresync_ = true;
    if (value.is("UTF8=ACCEPT")) names_ = Names::utf8;
  }
}

void Session::compress() {
  step_ = Step::compressing;
  if (!has("COMPRESS=DEFLATE")) return ask_namespace();
  send(command("COMPRESS").word("DEFLATE"));
}

// From here on everything is packed, in both directions (RFC 4978, section 3).
void Session::compressed(const Response& response) {
  if (response.name == "OK") {
    unpacked_output_ = std::exchange(output_, {});
    packer_.emplace();
    unpacker_.emplace();
  }
  ask_namespace();
}

void Session::ask_namespace() {
  step_ = Step::asking_namespace;
  if (!has("NAMESPACE")) return find_folders();
  send(command("NAMESPACE"));
}

// The first of the user's own: (("INBOX." ".")) ...
void Session::take_namespace(const Response& response) {
  if (response.values.empty() || response.values[0].items.empty()) return;
  const std::vector<Value>& first = response.values[0].items[0].items;
  if (!first.empty() && first[0].type == Value::Type::string) prefix_ = name_of_folder(first[0].text);
}

void Session::find_folders() {
  step_ = Step::finding;
  if (!settings_.find_sent) return begin_round();
  Command finding = command("LIST").word("\"\" \"*\"");
  if (has("SPECIAL-USE") && has("LIST-EXTENDED")) finding.word("RETURN (SPECIAL-USE)");
  send(std::move(finding));
}

std::string Session::name_of_folder(std::string_view said) const {
  return names_ == Names::utf8 ? std::string(said) : decode_mailbox(said);
}

void Session::take_listed(const Response& response) {
  if (response.values.size() < 3 || response.values[2].type == Value::Type::list) return;
  const std::vector<Value>& marks = response.values[0].items;
  if (std::none_of(marks.begin(), marks.end(), [](const Value& mark) { return mark.is("\\Sent"); })) return;
  Folder found{name_of_folder(response.values[2].text), FolderKind::outbound, {}};
  for (const Folder& folder : settings_.folders)
    if (folder.name == found.name || folder.kind == FolderKind::outbound) return;
  if (const auto known = settings_.known.find(found.name); known != settings_.known.end()) found.place = known->second;
  settings_.folders.push_back(std::move(found));
}

}  // namespace patchbay::imap
