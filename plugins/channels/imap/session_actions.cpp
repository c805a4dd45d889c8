// A session that does with messages what the settings want once they are durable: marks them as seen, moves or removes
// them.
//
// Whatever is done is named by UID, so that no other message can be meant, and what is removed goes by UID EXPUNGE
// alone: EXPUNGE would take along what somebody else had marked. Done twice it is the same, but for a move where the
// server has no MOVE: a connection that is lost between the copy and the mark leaves a second copy behind.
#include "session.hpp"

#include <algorithm>
#include <utility>

namespace patchbay::imap {

namespace {

constexpr std::size_t longest_set = 4000;

}  // namespace

void Session::act(std::size_t folder, const UidSet& uids, Time now) {
  now_ = now;
  if (is_over_) return;
  settings_.folders.at(folder).due.add(uids);
  if (!can_act(folder)) return;
  if (step_ == Step::idling) return leave_idle();
  if (step_ == Step::pausing) visit(folder);
}

bool Session::can_act(std::size_t folder) const {
  const Folder& one = settings_.folders[folder];
  return settings_.when_taken.is_anything() && one.kind == FolderKind::inbound && !one.due.is_empty() &&
         (folder >= refuses_.size() || !refuses_[folder]);
}

bool Session::can_act_somewhere() const {
  for (std::size_t i = 0; i < settings_.folders.size(); ++i)
    if (can_act(i)) return true;
  return false;
}

void Session::begin_acting() {
  const WhenTaken& wanted = settings_.when_taken;
  const bool has_uidplus = has("UIDPLUS"), moves = wanted.then == WhenTaken::Then::moves;
  if (!is_examined_) {
    refuses_[folder_] = true;  // that has been told
    return folder_read();
  }
  if (is_read_only_)
    return give_up_acting("the server lets it be read only", "give this user the right to change the folder");
  if (wanted.then != WhenTaken::Then::stays && !has_uidplus && !(moves && has("MOVE")))
    return give_up_acting("the server cannot remove single messages (it offers no UIDPLUS)",
                          "leave `move_to` and `delete` out of `when_taken`");
  if (target_.empty()) target_ = wanted.target;
  acting_ = folder().due.beginning(longest_set);
  actions_.clear();
  if (wanted.is_marked_seen) actions_.push_back(Action::mark_seen);
  if (moves) actions_.push_back(has("MOVE") ? Action::move : Action::copy);
  if (wanted.then == WhenTaken::Then::goes || (moves && !has("MOVE")))
    actions_.insert(actions_.end(), {Action::mark_deleted, Action::expunge});
  step_ = Step::acting;
  next_action();
}

void Session::next_action() {
  const Action action = actions_.front();
  actions_.pop_front();
  const std::string set = acting_.text();
  switch (action) {
    case Action::mark_seen:
      return send(command("UID STORE").word(set).word("+FLAGS.SILENT (\\Seen)"));
    case Action::move:
      return send(command("UID MOVE").word(set).mailbox(target_));
    case Action::copy:
      return send(command("UID COPY").word(set).mailbox(target_));
    case Action::mark_deleted:
      return send(command("UID STORE").word(set).word("+FLAGS.SILENT (\\Deleted)"));
    case Action::expunge:
      return send(command("UID EXPUNGE").word(set));
  }
}

void Session::acted(const Response& response) {
  if (response.name != "OK") {
    if (settings_.when_taken.then == WhenTaken::Then::moves && !prefix_.empty() && !target_.starts_with(prefix_)) {
      target_ = prefix_ + target_;
      return begin_acting();
    }
    return give_up_acting("the server refused: " + shown(response),
                          "correct `when_taken`; the folder of `move_to` must be there");
  }
  if (!actions_.empty()) return next_action();
  folder().due.remove(acting_);
  events_.emplace_back(Acted{folder_, place().validity, std::exchange(acting_, {})});
  if (asked_entries_ == entries_.size()) return folder_read();
  step_ = Step::fetching;
  fetch_more();
}

// Told once, and tried again with the next connection.
void Session::give_up_acting(std::string reason, std::string remedy) {
  refuses_[folder_] = true;
  events_.emplace_back(Trouble{
      "doing what `when_taken` says in the folder \"" + folder().name + "\": " + std::move(reason), std::move(remedy)});
  if (asked_entries_ == entries_.size()) return folder_read();
  step_ = Step::fetching;
  fetch_more();
}

}  // namespace patchbay::imap
