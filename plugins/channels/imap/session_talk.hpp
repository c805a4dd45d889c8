// For tests of a session: the test in the server's stead.
#pragma once

#include "session.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace patchbay::imap {

inline SessionSettings settings() {
  SessionSettings with;
  with.credentials = {"kasia@example.org", Proof::password, "secret"};
  with.host = "imap.example.org";
  with.folders = {{"INBOX", FolderKind::inbound, {}}};
  with.start = SessionSettings::Start::since;
  return with;
}

// A session, and the test in the server's stead.
class Talk {
 public:
  explicit Talk(SessionSettings with = settings()) : session_(std::move(with), now_) { session_.allow(100, now_); }

  // What the client says to that. "@" in it is the tag of the client's last command.
  std::string say(std::string bytes) {
    for (std::size_t at = bytes.find('@'); at != std::string::npos; at = bytes.find('@')) bytes.replace(at, 1, tag_);
    if (packer_) bytes = packer_->pack(bytes);
    session_.received(bytes, now_);
    EXPECT_EQ(bytes, "");
    return heard();
  }
  // From here on both sides pack what they say (RFC 4978).
  void pack() {
    packer_.emplace();
    unpacker_.emplace();
  }
  std::string wait(Time time) {
    now_ += time;
    session_.time_passed(now_);
    return heard();
  }
  std::string heard() {
    for (Event& event : session_.take_events()) events_.push_back(std::move(event));
    std::string output = session_.take_output();
    if (unpacker_) output = unpacker_->unpack(output, std::size_t{1} << 20U);
    const std::size_t last = output.size() < 2 ? std::string::npos : output.rfind('\n', output.size() - 2);
    const std::string line = output.substr(last == std::string::npos ? 0 : last + 1);
    if (line.starts_with('p')) tag_ = line.substr(0, line.find(' '));
    return output;
  }
  template <class Kind>
  std::vector<Kind> told() {
    std::vector<Kind> all;
    for (const Event& event : events_)
      if (const auto* const one = std::get_if<Kind>(&event)) all.push_back(*one);
    return all;
  }
  Session& session() { return session_; }
  Time now() const { return now_; }
  // Greets and takes the password. What the client says first then.
  std::string log_in(const std::string& capabilities = "IMAP4rev1 AUTH=PLAIN SASL-IR IDLE") {
    say("* OK [CAPABILITY " + capabilities + "] ready\r\n");
    return say("@ OK [CAPABILITY " + capabilities + "] in\r\n");
  }
  std::string open(std::uint32_t validity, std::uint32_t next) {
    return say("* 9 EXISTS\r\n* OK [UIDVALIDITY " + std::to_string(validity) + "] is\r\n* OK [UIDNEXT " +
               std::to_string(next) + "] is\r\n@ OK [READ-ONLY] done\r\n");
  }

 private:
  Time now_{1'000'000};
  Session session_;
  std::optional<Packer> packer_;
  std::optional<Unpacker> unpacker_;
  std::string tag_;
  std::vector<Event> events_;
};

inline std::string listed(std::uint32_t uid, std::uint64_t size, std::string_view date = "01-Mar-2026 10:00:00 +0000") {
  return "* 1 FETCH (UID " + std::to_string(uid) + " INTERNALDATE \"" + std::string(date) + "\" RFC822.SIZE " +
         std::to_string(size) + ")\r\n";
}
inline std::string body(std::uint32_t uid, std::string_view bytes) {
  return "* 1 FETCH (UID " + std::to_string(uid) + " INTERNALDATE \"01-Mar-2026 10:00:00 +0100\" RFC822.SIZE " +
         std::to_string(bytes.size()) + " BODY[] {" + std::to_string(bytes.size()) + "}\r\n" + std::string(bytes) +
         ")\r\n";
}

}  // namespace patchbay::imap
