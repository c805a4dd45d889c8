// Any bytes as a server that a session talks to: the session ends or goes on, never asks without end, and tells of a
// folder only what lies behind what it has told already. What it was told to do with messages it does with those alone.
//
// A byte 0xFF lets time pass, and 0xFE is the tag of the client's last command.
#include "session.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace patchbay::imap;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  SessionSettings settings;
  settings.credentials = {"user", Proof::password, "se cret"};
  settings.tls = size % 2 == 0 ? SessionSettings::Tls::at_once : SessionSettings::Tls::starttls;
  settings.folders = {{"INBOX", FolderKind::inbound, {1, 5, 3}}, {"Shop", FolderKind::inbound, {}}};
  settings.find_sent = true;
  settings.folders[1].due.add(2, 4);
  settings.when_taken.is_marked_seen = size % 3 == 0;
  if (size % 5 < 2) settings.when_taken.then = size % 5 == 0 ? WhenTaken::Then::moves : WhenTaken::Then::goes;
  settings.when_taken.target = "Archive";
  if (size % 7 == 0) settings.since = std::chrono::sys_seconds{std::chrono::seconds{1'772'400'000}};
  Time now{1'000};
  Session session(std::move(settings), now);
  session.allow(3, now);
  std::string tag;
  std::vector<Place> places(3);
  bool is_over = false;
  std::size_t output = 0;
  std::string bytes;
  for (std::size_t at = 0; at < size; ++at) {
    if (data[at] == 0xFF) {
      now += session.patience(now);
      session.time_passed(now);
    } else {
      bytes += data[at] == 0xFE ? tag : std::string(1, static_cast<char>(data[at]));
      session.received(bytes, now);
      require(bytes.empty() || session.patience(now) == Time{0});
    }
    for (const Event& event : session.take_events()) {
      require(!is_over);
      if (std::holds_alternative<Ended>(event)) is_over = true;
      if (std::holds_alternative<Secure>(event)) session.secured(now);
      if (const auto* const opened = std::get_if<Opened>(&event)) places.at(opened->folder) = opened->place;
      if (const auto* const acted = std::get_if<Acted>(&event)) require(acted->folder < places.size());
      const auto* const fetched = std::get_if<Fetched>(&event);
      if (fetched == nullptr) continue;
      Place& place = places.at(fetched->folder);
      require(place.validity == 0 || fetched->place.uid >= place.uid);
      for (const Message& message : fetched->messages) require(message.uid <= fetched->place.uid);
      place = fetched->place;
      for (const Message& message : fetched->messages) {
        UidSet taken;
        taken.add(message.uid);
        session.act(fetched->folder, taken, now);
      }
      session.allow(3, now);
    }
    require(session.is_over() == is_over);
    const std::string said = session.take_output();
    output += said.size();
    const std::size_t line = said.rfind("\np");
    const std::size_t begin = line == std::string::npos ? 0 : line + 1;
    if (begin < said.size() && said[begin] == 'p') tag = said.substr(begin, said.find(' ', begin) - begin);
  }
  require(output <= 4096 + 1024 * size);
  return 0;
}
