// One mailbox of the channel: its connection, the session on it, and the batches on their way to the host.
//
// [instance] Nothing here waits. Owns its stream, session and batches; the host, the account and what `Shared` holds
// outlive it. A mailbox that fails comes back after a while, later each time, and never touches its neighbours.
//
// What was read is kept until the host says that it is durable, and the folder's place is written in the same batch:
// after a crash the next connection goes on behind the last durable one. One batch is with the host at a time, so that
// no place can become durable before what lies below it.
#pragma once

#include "accounts.hpp"

#include <patchbay/host.hpp>
#include <patchbay/wire.hpp>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace patchbay::imap {

class Mailbox {
 public:
  // `token` and `retry` are this mailbox's own, for streams and timers; `token` also for batches.
  Mailbox(Host& host, Account account, pb_token token, pb_token retry);

  void start();
  void stop();
  void accessed(const Access& access);
  void connected(Connected made, const tls::Context& trusted);
  void ready(const Ready& what, const tls::Context& trusted);
  void retry();                                  // the end of a wake with the other token
  void completed(const Completion& completion);  // of the batch that is with the host
  void submit();                                 // what waits, if it may

  [[nodiscard]] bool is_waiting_for_host() const { return is_turned_away_; }
  [[nodiscard]] bool is_up_to_date() const { return is_up_to_date_; }

 private:
  // What is remembered of a folder.
  struct Known {
    Place place;
    std::chrono::sys_seconds began{};  // when it was looked at first
    UidSet due;                        // durable, but what the settings want done with it is not done yet
  };
  struct Pending {
    std::string folder;
    FolderKind kind = FolderKind::inbound;
    Known behind;  // to be remembered together with the messages
    std::vector<Message> messages;
    UidSet whole = {};  // of them: nothing is lost by what the settings want done with them
  };

  void connect();
  void connect_with(std::string_view refused_token);
  void turn(const tls::Context& trusted);
  [[nodiscard]] bool take_events(const tls::Context& trusted);
  void take(Fetched fetched);
  void take(const Opened& opened);
  void take(const Acted& acted);
  void act_on(const Pending& durable);
  void give_up(Error error, bool is_refused);
  void close();
  [[nodiscard]] std::size_t credit() const;
  [[nodiscard]] Batch batch_of(Pending& pending);
  void add(Batch& batch, const Message& message, Pending& pending);
  void hand_over(Attachment& attachment);
  [[nodiscard]] Known& known(const std::string& folder);
  [[nodiscard]] std::string state_key(const std::string& folder) const;
  [[nodiscard]] Time now() const;

  Host& host_;
  const Account account_;
  const pb_token token_, retry_;
  std::optional<Wire> wire_;
  std::unique_ptr<Session> session_;  // while there is a connection
  std::map<std::string, Known, std::less<>> known_;
  std::deque<Pending> pending_;  // the first may be with the host
  bool is_submitted_ = false, is_turned_away_ = false, is_up_to_date_ = false, is_stopped_ = false;
  std::string access_token_;            // that the connection is made with
  bool has_asked_for_another_ = false;  // since it could log in last
  std::uint32_t failures_ = 0;
  std::string last_report_;
};

}  // namespace patchbay::imap
