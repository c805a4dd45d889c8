// One connection to a mailbox, from the server's greeting to waiting for news: RFC 3501 with STARTTLS and, of what the
// server offers, SASL-IR (RFC 4959), ID (RFC 2971), ENABLE (RFC 5161), NAMESPACE (RFC 2342), LIST with special use (RFC
// 6154), IDLE (RFC 2177), literals without waiting (RFC 7888), COMPRESS (RFC 4978), UTF8=ACCEPT (RFC 6855), CONDSTORE
// and QRESYNC (RFC 7162), ESEARCH (RFC 4731), MOVE (RFC 6851), UIDPLUS (RFC 4315), and the ids of messages of OBJECTID
// (RFC 8474) or Gmail (X-GM-EXT-1).
//
// Sans-IO: bytes, consents and the time in; bytes and events out. One thread at a time. Nothing in it waits, reads a
// clock or knows what a message is.
//
//   session.received(bytes, now);  or  session.time_passed(now);
//   for (Event& event : session.take_events()) ...
//   write(session.take_output());  watch for session.patience(now);
//
// Folders are only examined and messages only peeked at, so that the mailbox stays as it is, unless the settings have
// something done WhenTaken: then that is done with what act() names, and told as `Acted`. Messages are told by UID
// alone, and come in the order of their UIDs as `Fetched`, each with the place behind it: what is committed together
// with that place is never asked for again. `allow` is the credit: without any, nothing more is asked for.
//
// A session ends with the event `Ended`, which says why, and is then of no more use. What concerns one folder or one
// message is told (`Trouble`, Message::refusal) and goes on.
#pragma once

#include "command.hpp"
#include "deflate.hpp"
#include "response.hpp"
#include "sasl.hpp"
#include "uid_set.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace patchbay::imap {

using Time = std::chrono::milliseconds;  // of a clock that never goes back

// Up to where a folder was read.
struct Place {
  std::uint32_t validity = 0;   // UIDVALIDITY; 0 = it was never looked at
  std::uint32_t uid = 0;        // the last that was read
  std::uint32_t old_below = 0;  // what lies below was there when it was looked at first
  std::uint64_t modseq = 0;     // HIGHESTMODSEQ when it was read to its end; 0 = not known
  auto operator<=>(const Place&) const = default;
};

enum class FolderKind : std::uint8_t { inbound, outbound };

struct Folder {
  std::string name;  // in UTF-8
  FolderKind kind = FolderKind::inbound;
  Place place;
  UidSet due = {};  // durable, but what the settings want done with it is not done yet
};

// What is done at the server with a message of an inbound folder once it is durable here.
struct WhenTaken {
  bool is_marked_seen = false;
  enum class Then : std::uint8_t { stays, moves, goes } then = Then::stays;
  std::string target;  // the folder of a move, in UTF-8
  [[nodiscard]] bool is_anything() const { return is_marked_seen || then != Then::stays; }
};

struct SessionSettings {
  Credentials credentials;
  std::string host;
  std::uint16_t port = 993;
  enum class Tls : std::uint8_t { at_once, starttls } tls = Tls::at_once;
  std::vector<Folder> folders;
  bool find_sent = false;                           // adds the folder that the server marks as \Sent as an outbound one
  std::map<std::string, Place, std::less<>> known;  // the places of folders that are found so
  // What to read of that which was there when a folder was looked at first: nothing, or what came in since.
  enum class Start : std::uint8_t { behind_all, since } start = Start::behind_all;
  // Holds also for what is read again after a change of UIDVALIDITY. None: everything.
  std::optional<std::chrono::sys_seconds> since;
  Time round{5 * 60'000};         // between two looks at all folders, where one is waited in
  Time poll{60'000};              // the same where the server has no IDLE
  Time idle_renewal{9 * 60'000};  // servers and routers forget a connection after some 10 to 30 minutes
  Time silence{60'000};           // after which a server that owes an answer is given up
  WhenTaken when_taken;
  std::uint64_t largest_message = std::uint64_t{32} << 20U;  // of a larger one only the beginning is read
  std::uint64_t part_of_larger = std::uint64_t{1} << 20U;
  std::uint64_t batch_bytes = std::uint64_t{2} << 20U;
  std::size_t batch_messages = 64;
};

struct Message {
  std::uint32_t uid = 0;
  std::optional<std::chrono::sys_seconds> came_in;  // INTERNALDATE
  std::uint64_t size = 0;                           // RFC822.SIZE
  std::string bytes;
  std::string id, thread;  // as the server calls them: the same in every folder
  bool is_cut = false;     // these are the first bytes of it only
  std::string refusal;     // why the server would not give it
};

// TLS is to begin now; call secured() after it did, or before anything else is sent.
struct Secure {};
// A folder was looked at first, or is another than before (UIDVALIDITY), and is read from `place` on.
struct Opened {
  std::size_t folder = 0;
  Place place;
  enum class Why : std::uint8_t { first, changed } why = Why::first;
};
struct Fetched {
  std::size_t folder = 0;
  Place place;  // behind these
  std::vector<Message> messages;
};
// Done with these, or they are gone.
struct Acted {
  std::size_t folder = 0;
  std::uint32_t validity = 0;
  UidSet uids;
};
// Every folder has been read to its end.
struct Rested {};
struct Trouble {
  std::string reason, remedy;
};
struct Ended {
  enum class Why : std::uint8_t {
    lost,
    refused,
    token_refused,  // another one may be taken
    misunderstood
  } why = Why::lost;
  std::string reason, remedy;
};
using Event = std::variant<Secure, Opened, Fetched, Acted, Rested, Trouble, Ended>;

class Session {
 public:
  Session(SessionSettings settings, Time now);

  // Takes all of the bytes away; of what is packed so much as is read at once, after which patience() is nothing.
  void received(std::string& bytes, Time now);
  void secured(Time now);
  void time_passed(Time now);
  // How many batches (Fetched) may still come.
  void allow(std::size_t batches, Time now);
  // These are durable: what the settings want done with them may be done.
  void act(std::size_t folder, const UidSet& uids, Time now);

  [[nodiscard]] std::vector<Event> take_events() { return std::exchange(events_, {}); }
  [[nodiscard]] std::string take_output();
  // How long nothing has to happen.
  [[nodiscard]] Time patience(Time now) const;
  [[nodiscard]] bool is_over() const { return is_over_; }
  [[nodiscard]] bool is_idle() const { return step_ == Step::idling; }
  [[nodiscard]] const std::vector<Folder>& folders() const { return settings_.folders; }

 private:
  enum class Step : std::uint8_t {
    greeting,
    capability,
    starttls,
    handshake,
    authenticating,
    capability_again,
    identifying,
    enabling,
    compressing,
    asking_namespace,
    finding,  // the folder for what was sent
    examining,
    searching,  // what came in since a day
    listing,
    fetching,
    acting,
    starting_idle,
    idling,
    ending_idle,
    pausing
  };
  struct Entry {
    std::uint32_t uid = 0;
    std::uint64_t size = 0;
  };
  struct Item {  // of a FETCH
    static Item of(const Response& response);
    std::optional<std::uint32_t> uid;
    std::optional<std::uint64_t> size;
    std::optional<std::chrono::sys_seconds> came_in;
    std::string id, thread;
    std::optional<std::size_t> body;  // where it stands among the values
  };
  enum class Action : std::uint8_t { mark_seen, move, copy, mark_deleted, expunge };
  struct Chunk {  // one UID FETCH of bodies
    std::string tag;
    std::vector<std::uint32_t> asked;
    std::map<std::uint32_t, Message> came;
    std::uint32_t upto = 0;
    bool is_larger = false;  // than what is read whole
    enum class State : std::uint8_t { under_way, whole, refused } state = State::under_way;
    std::string refusal;
  };

  // session.cpp: what holds at every step
  void handle(Response& response);
  void handle_continuation(const Response& response);
  void handle_untagged(Response& response);
  void handle_tagged(const Response& response);
  void handle_all();
  void unpack(std::string& bytes);
  void send(Command command);
  [[nodiscard]] std::string next_tag();
  [[nodiscard]] Command command(std::string_view verb);
  void flush_piece();
  void end(Ended::Why why, std::string reason, std::string remedy);
  void take_capabilities(const std::vector<Value>& values);
  [[nodiscard]] static std::string shown(const Response& response);
  [[nodiscard]] bool has(std::string_view capability) const { return capabilities_.contains(capability); }

  // session_login.cpp: up to where folders can be read
  void greeted(const Response& response);
  void ask_capability(Step step);
  void after_capability();
  void agreed_on_tls(const Response& response);
  void authenticate();
  void accepted(const Response& response);
  void refused(const Response& response);
  void identify();
  void enable();
  void take_enabled(const Response& response);
  void compress();
  void compressed(const Response& response);
  void ask_namespace();
  void take_namespace(const Response& response);
  void find_folders();
  void take_listed(const Response& response);
  [[nodiscard]] std::string name_of_folder(std::string_view said) const;

  // session_folders.cpp: opening and listing them, and waiting for news
  void visit(std::size_t folder);
  void open();
  void take_opening(const Response& response);
  void take_vanished(const Response& response);
  void examined(const Response& response);
  void list();
  [[nodiscard]] bool search();
  void take_found(const Response& response);
  void searched(const Response& response);
  void ask_listing();
  void take_entry(const Response& response);
  void listed(const Response& response);
  void folder_read();
  void begin_round() { visit(settings_.folders.size() > 1 ? 1 : 0); }
  void look_again();
  void rest();
  void leave_idle();
  [[nodiscard]] Folder& folder() { return settings_.folders[folder_]; }
  [[nodiscard]] Place& place() { return folder().place; }

  // session_fetch.cpp: messages
  void fetch_more();
  void take_body(Response& response);
  void ask(Chunk& chunk);
  void chunk_ended(const Response& response);
  void deliver();

  // session_actions.cpp: what is done with messages that are durable
  [[nodiscard]] bool can_act(std::size_t folder) const;
  [[nodiscard]] bool can_act_somewhere() const;
  void begin_acting();
  void next_action();
  void acted(const Response& response);
  void give_up_acting(std::string reason, std::string remedy);

  SessionSettings settings_;
  ResponseReader reader_;
  std::vector<Event> events_;
  std::string output_;
  std::deque<std::string> pieces_;  // of a command, waiting for the server's consent
  Step step_ = Step::greeting;
  bool is_over_ = false, is_secured_ = false;
  Time now_, heard_;  // heard_: when something came, or was asked for
  std::uint32_t last_tag_ = 0;
  std::string tag_;  // of the command in course; chunks have their own
  Capabilities capabilities_;
  bool has_capabilities_ = false;
  std::optional<Mechanism> mechanism_;
  bool has_sent_proof_ = false;
  std::optional<Packer> packer_;
  std::optional<Unpacker> unpacker_;
  std::string unpacked_output_;  // from before there was a packer_
  bool is_behind_ = false;       // there is more to unpack
  Names names_ = Names::modified_utf7;
  bool has_qresync_ = false;
  std::string prefix_;  // of the names of the user's own folders
  std::string target_;  // of moves, as the server calls it

  std::size_t folder_ = 0;
  bool has_news_ = false, is_examined_ = false, is_read_only_ = true;
  bool has_tried_prefix_ = false;
  std::uint32_t fruitless_ = 0;                // looks in a row that news led to and that found nothing
  std::uint32_t validity_ = 0, uid_next_ = 0;  // as EXAMINE told them
  std::uint64_t modseq_ = 0;                   // HIGHESTMODSEQ
  std::uint32_t floor_ = 0;                    // what is listed lies above
  UidSet found_;                               // what is to be listed, where it was searched for
  std::vector<Entry> entries_;                 // to be fetched, ascending
  std::size_t asked_entries_ = 0;              // of them
  std::uint32_t highest_ = 0;                  // of what was listed
  bool is_listing_cut_ = false;
  std::deque<Chunk> chunks_;
  std::uint64_t chunk_bytes_ = 0;  // what came in chunks and was not told
  std::deque<Action> actions_;     // that are to be done yet
  UidSet acting_;                  // with these
  std::vector<bool> refuses_;      // by folder: what is to be done there was refused
  std::size_t credit_ = 0;
  Time round_at_{0}, renew_at_{0};
};

}  // namespace patchbay::imap
