#include "mailbox.hpp"

#include "mapping.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace patchbay::imap {

namespace {

using std::chrono::milliseconds;
using std::chrono::sys_seconds;

constexpr std::size_t most_pending = 3;  // batches read ahead of the host
constexpr milliseconds first_pause{2'000}, longest_pause{300'000}, pause_after_refusal{60'000};
constexpr milliseconds pause_of_host{5'000}, pause_for_consent{5'000};
constexpr std::size_t largest_in_batch = std::size_t{1} << 20U;  // an attachment; a larger one goes by a handle
constexpr std::size_t largest_piece = std::size_t{1} << 20U;
// While a server sends more than that at once it is listened to without waiting in between; then others have their
// turn.
constexpr std::size_t much = std::size_t{128} << 10U;
constexpr int most_rounds = 16;

std::uint32_t number(const Json& from, const char* key) {
  const auto at = from.find(key);
  if (at == from.end() || !at->is_number_unsigned() || at->get<std::uint64_t>() > UINT32_MAX) return 0;
  return at->get<std::uint32_t>();
}

}  // namespace

Mailbox::Mailbox(Host& host, Account account, pb_token token, pb_token retry)
    : host_(host), account_(std::move(account)), token_(token), retry_(retry) {}

void Mailbox::start() {
  is_stopped_ = false;
  connect();
}

void Mailbox::stop() {
  is_stopped_ = true;
  host_.unwatch(token_);
  host_.unwatch(retry_);
  close();
  pending_.clear();
  known_.clear();  // what was not durable is read again
  is_submitted_ = is_turned_away_ = has_asked_for_another_ = false;
}

void Mailbox::connect() {
  if (account_.session.credentials.proof == Proof::token) return connect_with({});
  host_.connect(token_, {account_.session.host, account_.session.port, {}});
}

// The host keeps the token fresh; one that was refused is given back for another.
void Mailbox::connect_with(std::string_view refused_token) { host_.access(token_, account_.secret, refused_token); }

void Mailbox::accessed(const Access& access) {
  if (is_stopped_) return;
  if (access.error) has_asked_for_another_ = false;
  // A person has to consent, which the host has told the operator; it knows at once whether somebody did.
  if (access.error && access.error->code == PB_AUTH_FAILED) return host_.wake(token_, pause_for_consent);
  if (access.error) return give_up(*access.error, false);
  access_token_ = access.token;
  host_.connect(token_, {account_.session.host, account_.session.port, {}});
}

void Mailbox::connected(Connected made, const tls::Context& trusted) {
  if (made.error) return give_up(*made.error, made.error->code == PB_PERMANENT);
  wire_.emplace(std::move(made.stream));
  SessionSettings settings = account_.session;
  const bool has_token = settings.credentials.proof == Proof::token;
  settings.credentials.secret = has_token ? access_token_ : host_.reveal(account_.secret);
  // Where it began with nothing, what is read again after a change of UIDVALIDITY begins there, too.
  sys_seconds began = std::chrono::floor<std::chrono::seconds>(host_.now());
  for (Folder& folder : settings.folders) {
    folder.place = known(folder.name).place;
    folder.due = known(folder.name).due;
  }
  for (const auto& [name, folder] : known_) {
    settings.known[name] = folder.place;
    if (folder.began != sys_seconds{}) began = std::min(began, folder.began);
  }
  if (settings.start == SessionSettings::Start::behind_all) settings.since = began;
  session_ = std::make_unique<Session>(std::move(settings), now());
  session_->allow(credit(), now());
  if (account_.session.tls == SessionSettings::Tls::at_once)
    if (const auto error = wire_->secure(trusted, account_.session.host)) return give_up(*error, false);
  turn(trusted);
}

void Mailbox::ready(const Ready& what, const tls::Context& trusted) {
  if (!wire_) return is_stopped_ ? void() : connect();  // the pause is over
  if (what.timeout && !what.readable) session_->time_passed(now());
  turn(trusted);
}

void Mailbox::turn(const tls::Context& trusted) {
  std::size_t came = 0;
  int rounds = 0;
  do {
    if (const auto error = wire_->flow()) return give_up(*error, false);
    came = wire_->received().size();
    session_->received(wire_->received(), now());
    if (!take_events(trusted)) return;
    wire_->write(session_->take_output());
  } while (wire_->has_output() || (came >= much && ++rounds < most_rounds));
  if (wire_->ending() != Wire::Ending::none)
    return give_up({PB_NOT_CONNECTED, "talking to the server: it closed the connection", {}, {}, {}}, false);
  host_.watch(token_, wire_->stream(), wire_->interest(), std::max(milliseconds{1}, session_->patience(now())));
}

// False when the connection is over.
bool Mailbox::take_events(const tls::Context& trusted) {
  for (Event& event : session_->take_events()) {
    if (auto* const fetched = std::get_if<Fetched>(&event)) {
      take(std::move(*fetched));
    } else if (const auto* const opened = std::get_if<Opened>(&event)) {
      take(*opened);
    } else if (const auto* const acted = std::get_if<Acted>(&event)) {
      take(*acted);
    } else if (std::holds_alternative<Rested>(event)) {
      is_up_to_date_ = true;
      has_asked_for_another_ = false;
      failures_ = 0;
      last_report_.clear();
    } else if (const auto* const trouble = std::get_if<Trouble>(&event)) {
      host_.report({PB_TRANSIENT, trouble->reason, trouble->remedy, {}, {}});
    } else if (const auto* const ended = std::get_if<Ended>(&event)) {
      if (ended->why == Ended::Why::token_refused && !std::exchange(has_asked_for_another_, true)) {
        host_.unwatch(token_);
        close();
        connect_with(access_token_);
        return false;
      }
      const bool is_refused = ended->why == Ended::Why::refused || ended->why == Ended::Why::token_refused;
      give_up({is_refused ? PB_AUTH_FAILED : PB_NOT_CONNECTED, ended->reason, ended->remedy, {}, {}}, is_refused);
      return false;
    } else if (const auto error = wire_->secure(trusted, account_.session.host)) {
      give_up(*error, false);
      return false;
    } else {
      session_->secured(now());
    }
  }
  submit();
  session_->allow(credit(), now());
  return true;
}

void Mailbox::take(const Opened& opened) {
  const Folder& folder = session_->folders().at(opened.folder);
  Known& here = known(folder.name);
  here.place = opened.place;
  here.due = {};
  if (here.began == sys_seconds{}) here.began = std::chrono::floor<std::chrono::seconds>(host_.now());
  pending_.push_back({folder.name, folder.kind, here, {}});
  if (opened.why == Opened::Why::changed)
    host_.log(LogLevel::warning,
              account_.owner.account + ": the folder \"" + folder.name +
                  "\" has got new UIDs (UIDVALIDITY) and is read again; what is known stays as it is");
}

void Mailbox::take(Fetched fetched) {
  const Folder& folder = session_->folders().at(fetched.folder);
  Known& here = known(folder.name);
  here.place = fetched.place;
  pending_.push_back({folder.name, folder.kind, here, std::move(fetched.messages)});
}

void Mailbox::take(const Acted& acted) {
  const Folder& folder = session_->folders().at(acted.folder);
  Known& here = known(folder.name);
  if (here.place.validity != acted.validity) return;
  here.due.remove(acted.uids);
  // What is written next for the folder says so, too.
  const auto first = pending_.begin() + (is_submitted_ && !pending_.empty() ? 1 : 0);
  if (std::none_of(first, pending_.end(), [&](const Pending& one) { return one.folder == folder.name; }))
    pending_.push_back({folder.name, folder.kind, here, {}});
}

void Mailbox::act_on(const Pending& durable) {
  Known& here = known(durable.folder);
  if (durable.whole.is_empty() || here.place.validity != durable.behind.place.validity) return;
  here.due.add(durable.whole);
  if (!session_) return;  // the next one is told of all
  for (std::size_t i = 0; i < session_->folders().size(); ++i)
    if (session_->folders()[i].name == durable.folder) session_->act(i, durable.whole, now());
}

std::size_t Mailbox::credit() const { return most_pending - std::min(most_pending, pending_.size()); }

void Mailbox::submit() {
  if (is_submitted_ || pending_.empty() || is_stopped_) return;
  try {
    is_turned_away_ = host_.submit(token_, batch_of(pending_.front())) == Submitted::busy;
    is_submitted_ = !is_turned_away_;
  } catch (const Failure& failure) {
    host_.report(failure.errors().front());
    host_.wake(retry_, pause_of_host);
  }
}

void Mailbox::retry() { submit(); }

void Mailbox::completed(const Completion& completion) {
  is_submitted_ = false;
  if (pending_.empty()) return;
  if (!completion.error) {
    const Pending durable = std::move(pending_.front());
    pending_.pop_front();
    act_on(durable);
  } else if (completion.error->code != PB_PERMANENT) {
    if (!is_stopped_) host_.wake(retry_, pause_of_host);  // the same again
    return;
  } else if (Pending& refused = pending_.front(); refused.messages.size() > 1) {
    // One of them cannot be taken: each by itself, so that only that one ends in the quarantine.
    Pending all = std::move(refused);
    pending_.pop_front();
    for (auto message = all.messages.rbegin(); message != all.messages.rend(); ++message) {
      Pending& single = pending_.emplace_front(Pending{all.folder, all.kind, all.behind, {}});
      single.behind.place.uid = message == all.messages.rbegin() ? all.behind.place.uid : message->uid;
      single.messages.push_back(std::move(*message));
    }
  } else if (!refused.messages.empty() && refused.messages.front().refusal.empty()) {
    refused.messages.front().refusal = completion.error->reason;
  } else {
    host_.report(*completion.error);
    if (!is_stopped_) host_.wake(retry_, pause_of_host);
    return;
  }
  submit();
  if (!session_ || is_stopped_) return;
  session_->allow(credit(), now());
  // What that led to goes out with the next look at the stream, which is now.
  wire_->write(session_->take_output());
  if (wire_->has_output()) host_.watch(token_, wire_->stream(), Interest::writable);
}

Batch Mailbox::batch_of(Pending& pending) {
  Batch batch;
  pending.whole = {};
  for (const Message& message : pending.messages) add(batch, message, pending);
  const Known& behind = pending.behind;
  UidSet due = pending.whole;
  if (const Known& here = known(pending.folder); here.place.validity == behind.place.validity) due.add(here.due);
  batch.states.emplace_back(state_key(pending.folder), Json{{"validity", behind.place.validity},
                                                            {"uid", behind.place.uid},
                                                            {"old_below", behind.place.old_below},
                                                            {"modseq", behind.place.modseq},
                                                            {"due", due.text()},
                                                            {"began", behind.began.time_since_epoch().count()}}
                                                           .dump());
  return batch;
}

void Mailbox::add(Batch& batch, const Message& message, Pending& pending) {
  const std::string where = "message " + std::to_string(message.uid) + " of the folder \"" + pending.folder + "\"";
  if (!message.refusal.empty()) {
    constexpr std::size_t most_kept = std::size_t{15} << 20U;
    batch.quarantines.push_back(
        {message.bytes.empty() ? account_.owner.account + ": " + where : message.bytes.substr(0, most_kept),
         message.bytes.empty() ? "text/plain" : "message/rfc822",
         "reading " + where + ": it was refused: " + message.refusal, "look at the message in a mail program"});
    return;
  }
  if (message.bytes.empty()) return;
  Mail mail;
  mail.bytes = message.bytes;
  mail.came_in = message.came_in;
  mail.box = pending.kind == FolderKind::outbound ? Box::outbound : Box::inbound;
  mail.whole_size = message.is_cut ? message.size : message.bytes.size();
  mail.is_historical =
      message.uid < pending.behind.place.old_below && (!message.came_in || *message.came_in <= pending.behind.began);
  Mapped mapped = map_mail(mail, account_.owner);
  if (mapped.quarantined) batch.quarantines.push_back(std::move(*mapped.quarantined));
  if (!mapped.interaction) return;
  if (!message.id.empty()) mapped.interaction->content["server_id"] = message.id;
  if (!message.thread.empty()) mapped.interaction->content["server_thread"] = message.thread;
  if (account_.session.when_taken.is_anything() && pending.kind == FolderKind::inbound && !message.is_cut)
    pending.whole.add(message.uid);
  for (Attachment& attachment : mapped.interaction->attachments) hand_over(attachment);
  batch.interactions.push_back(std::move(*mapped.interaction));
  std::move(mapped.facts.begin(), mapped.facts.end(), std::back_inserter(batch.facts));
}

void Mailbox::hand_over(Attachment& attachment) {
  if (attachment.data.size() <= largest_in_batch) return;
  attachment.handle = host_.create_attachment();
  for (std::size_t at = 0; at < attachment.data.size(); at += largest_piece)
    host_.append_attachment(attachment.handle, std::string_view(attachment.data).substr(at, largest_piece));
  attachment.data = {};
}

void Mailbox::give_up(Error error, bool is_refused) {
  host_.unwatch(token_);
  close();
  error.reason = account_.owner.account + ": " + error.reason;
  if (std::exchange(last_report_, error.reason) != error.reason) host_.report(error);  // the same once
  const auto doubled = first_pause * (1U << std::min(failures_++, 10U));
  milliseconds pause = std::min<milliseconds>(doubled, longest_pause);
  if (is_refused) pause = std::max(pause, pause_after_refusal);
  // A thousand mailboxes that one server lost together do not come back together.
  std::array<std::uint8_t, 1> chance{};
  host_.random(chance);
  host_.wake(token_, pause + pause * chance[0] / 1024);
}

void Mailbox::close() {
  if (wire_) {
    wire_->end();
    static_cast<void>(wire_->flow());  // says goodbye where there is room for it
  }
  wire_.reset();
  session_.reset();
  is_up_to_date_ = false;
}

Mailbox::Known& Mailbox::known(const std::string& folder) {
  const auto [at, is_new] = known_.try_emplace(folder);
  if (!is_new) return at->second;
  const Json kept = Json::parse(host_.state(state_key(folder)).value_or(""), nullptr, false);
  if (kept.is_object()) {
    at->second.place = {number(kept, "validity"), number(kept, "uid"), number(kept, "old_below"),
                        kept.value("modseq", std::uint64_t{0})};
    at->second.due = UidSet::read(kept.value("due", std::string())).value_or(UidSet());
    at->second.began = sys_seconds{std::chrono::seconds{kept.value("began", std::int64_t{0})}};
  }
  return at->second;
}

std::string Mailbox::state_key(const std::string& folder) const { return account_.owner.account + "/" + folder; }

Time Mailbox::now() const { return std::chrono::duration_cast<Time>(host_.monotonic()); }

}  // namespace patchbay::imap
