#include "link.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace patchbay::sms {

namespace {

constexpr std::uint32_t largest_sequence = 0x7FFFFFFF;  // SMPP 3.4, section 3.2

constexpr std::array wrong_credentials{CommandStatus::invalid_system_id, CommandStatus::invalid_password,
                                       CommandStatus::invalid_system_type};
constexpr std::array temporary{CommandStatus::queue_full, CommandStatus::throttled,
                               CommandStatus::temporary_application_error, CommandStatus::system_error};

template <class List>
bool contains(const List& list, CommandStatus status) {
  return std::find(list.begin(), list.end(), status) != list.end();
}

std::string seconds(Time time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

bool is_temporary(CommandStatus status) { return contains(temporary, status); }

Command Link::bind_command() const {
  switch (settings_.bind) {
    case Bind::transmitter:
      return Command::bind_transmitter;
    case Bind::receiver:
      return Command::bind_receiver;
    case Bind::transceiver:
      break;
  }
  return Command::bind_transceiver;
}

std::uint32_t Link::next_sequence() {
  do last_sequence_ = last_sequence_ == largest_sequence ? 1 : last_sequence_ + 1;
  while (submitted_.contains(last_sequence_));
  return last_sequence_;
}

void Link::write(Command command, CommandStatus status, std::uint32_t sequence) {
  Pdu pdu;
  pdu.command = command;
  pdu.status = static_cast<std::uint32_t>(status);
  pdu.sequence = sequence;
  output_ += encode(pdu);
}

void Link::start(Time now) {
  Pdu bind;
  bind.command = bind_command();
  bind.sequence = control_ = next_sequence();
  bind[Text::system_id] = settings_.system_id;
  bind[Text::password] = settings_.password;
  bind[Text::system_type] = settings_.system_type;
  bind[Octet::interface_version] = settings_.interface_version;
  bind[Octet::addr_ton] = settings_.addr_ton;
  bind[Octet::addr_npi] = settings_.addr_npi;
  bind[Text::address_range] = settings_.address_range;
  output_ += encode(bind);
  state_ = State::binding;
  control_deadline_ = now + settings_.bind_timeout;
  heard_ = allowed_at_ = now;
}

void Link::received(std::string_view bytes, Time now) {
  if (state_ == State::over) return;
  reader_.add(bytes);
  while (state_ != State::over) {
    auto pdu = reader_.take();
    if (!pdu) break;
    heard_ = now;
    enquired_.reset();
    take(std::move(*pdu), now);
  }
  if (state_ == State::over || reader_.error().empty()) return;
  write(Command::generic_nack, CommandStatus::invalid_command_length, 0);
  end(Over::Next::reconnect, reader_.error());
}

void Link::take(Pdu&& pdu, Time now) {
  if (is_response(pdu.command)) return take_response(pdu, now);
  switch (pdu.command) {
    case Command::deliver_sm:
    case Command::data_sm:
      events_.emplace_back(Arrived{std::move(pdu)});
      return;
    case Command::enquire_link:
      // Some ask before they have answered the bind.
      return write(response_to(pdu.command), CommandStatus::ok, pdu.sequence);
    case Command::unbind:
      write(response_to(pdu.command), CommandStatus::ok, pdu.sequence);
      return end(state_ == State::unbinding ? Over::Next::done : Over::Next::reconnect, "the SMSC has unbound");
    case Command::alert_notification:
      events_.emplace_back(Alerted{std::move(pdu)});
      return;
    default:
      return write(Command::generic_nack, CommandStatus::invalid_command, pdu.sequence);
  }
}

void Link::take_response(const Pdu& pdu, Time now) {
  if (state_ == State::binding && pdu.sequence == control_) return take_bind_response(pdu);
  // Whatever it answers: there is nothing else to be done.
  if (state_ == State::unbinding && pdu.sequence == control_) return end(Over::Next::done, "it was unbound");
  if (submitted_.contains(pdu.sequence)) take_answer(pdu, now);
  // Others belong to an enquire_link, or to what was given up.
}

void Link::take_bind_response(const Pdu& pdu) {
  const auto status = static_cast<CommandStatus>(pdu.status);
  const bool is_answer = pdu.command == response_to(bind_command());
  // One that says that we are bound already is right.
  if (is_answer && (status == CommandStatus::ok || status == CommandStatus::already_bound)) {
    state_ = State::bound;
    const auto version = pdu.number(Tag::sc_interface_version);
    events_.emplace_back(Bound{version ? std::optional(static_cast<std::uint8_t>(*version)) : std::nullopt});
    return;
  }
  end(contains(wrong_credentials, status) ? Over::Next::stop : Over::Next::reconnect,
      "binding as " + settings_.system_id + ": the SMSC answered " + name_of(status));
}

void Link::take_answer(const Pdu& pdu, Time now) {
  auto node = submitted_.extract(pdu.sequence);
  auto status = static_cast<CommandStatus>(pdu.status);
  // A generic_nack says no, also where it gives no reason.
  if (pdu.command == Command::generic_nack && status == CommandStatus::ok) status = CommandStatus::submit_failed;
  if (status == CommandStatus::throttled || status == CommandStatus::queue_full)
    paused_until_ = now + settings_.pause_when_throttled;
  const std::string& id = pdu[Text::message_id];
  events_.emplace_back(Answered{node.mapped().token, status, id});
  const auto is_answered = [this](std::uint32_t sequence) { return !submitted_.contains(sequence); };
  order_.erase(order_.begin(), std::find_if_not(order_.begin(), order_.end(), is_answered));
}

void Link::lost(std::string reason) { end(Over::Next::reconnect, std::move(reason)); }

void Link::tick(Time now) {
  if (state_ == State::binding && now >= control_deadline_)
    return end(Over::Next::reconnect,
               "binding as " + settings_.system_id + ": no answer within " + seconds(settings_.bind_timeout));
  if (state_ == State::unbinding && now >= control_deadline_)
    return end(Over::Next::done, "unbinding: no answer within " + seconds(settings_.response_timeout));
  if (state_ != State::bound && state_ != State::unbinding) return;
  const auto is_late = [now](const auto& each) { return now >= each.second.deadline; };
  if (std::any_of(submitted_.begin(), submitted_.end(), is_late))
    return end(Over::Next::reconnect, "sending: no answer within " + seconds(settings_.response_timeout));
  if (enquired_ && now >= *enquired_ + settings_.response_timeout)
    return end(Over::Next::reconnect,
               "asking whether the SMSC is there: no answer within " + seconds(settings_.response_timeout));
  if (!enquired_ && now >= heard_ + settings_.enquire_link_every) {
    enquired_ = now;
    write(Command::enquire_link, CommandStatus::ok, next_sequence());
  }
}

std::optional<Time> Link::next_due(Time now) const {
  std::optional<Time> due;
  const auto consider = [&due](Time time) { due = due ? std::min(*due, time) : time; };
  if (state_ == State::binding || state_ == State::unbinding) consider(control_deadline_);
  if (state_ == State::bound || state_ == State::unbinding) {
    consider(enquired_ ? *enquired_ + settings_.response_timeout : heard_ + settings_.enquire_link_every);
    for (const auto& [sequence, submitted] : submitted_) consider(submitted.deadline);
    // When somebody who waits for may_submit() can go on.
    if (paused_until_ > now) consider(paused_until_);
  }
  return due;
}

bool Link::may_submit(Time now) {
  if (state_ != State::bound || settings_.bind == Bind::receiver) return false;
  if (submitted_.size() >= settings_.window || now < paused_until_) return false;
  if (settings_.per_second <= 0) return true;
  // A bucket that holds what a second brings, at least one.
  const double passed = std::chrono::duration<double>(now - allowed_at_).count();
  allowed_at_ = now;
  allowance_ = std::min(std::max(1.0, settings_.per_second), allowance_ + passed * settings_.per_second);
  return allowance_ >= 1;
}

void Link::submit(std::uint64_t token, Pdu pdu, Time now) {
  pdu.sequence = next_sequence();
  output_ += encode(pdu);
  allowance_ -= 1;
  submitted_[pdu.sequence] = {token, now + settings_.response_timeout};
  order_.push_back(pdu.sequence);
}

void Link::answer(const Pdu& arrived, CommandStatus status) {
  if (state_ == State::idle || state_ == State::over) return;
  write(response_to(arrived.command), status, arrived.sequence);
}

void Link::unbind(Time now) {
  if (state_ == State::idle || state_ == State::binding) return end(Over::Next::done, "it was not bound yet");
  if (state_ != State::bound) return;
  state_ = State::unbinding;
  control_ = next_sequence();
  control_deadline_ = now + settings_.response_timeout;
  write(Command::unbind, CommandStatus::ok, control_);
}

void Link::end(Over::Next next, std::string reason) {
  if (state_ == State::over) return;
  state_ = State::over;
  Over over{next, std::move(reason), {}};
  for (const std::uint32_t sequence : order_)
    if (const auto found = submitted_.find(sequence); found != submitted_.end())
      over.unanswered.push_back(found->second.token);
  submitted_.clear();
  order_.clear();
  events_.emplace_back(std::move(over));
}

}  // namespace patchbay::sms
