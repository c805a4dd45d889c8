// What holds at every step of a session: responses in, commands out, and the time.
#include "session.hpp"

#include <algorithm>
#include <utility>

namespace patchbay::imap {

namespace {

constexpr Time nothing_to_wait_for{3'600'000};
constexpr std::size_t unpacked_at_once = std::size_t{1} << 20U;
constexpr std::size_t piece_of_unpacked = std::size_t{64} << 10U;

}  // namespace

Session::Session(SessionSettings settings, Time now) : settings_(std::move(settings)), now_(now), heard_(now) {}

void Session::received(std::string& bytes, Time now) {
  now_ = now;
  if (!bytes.empty()) heard_ = now;
  if (!unpacker_) {
    reader_.add(bytes);
    bytes.clear();
    handle_all();
    if (unpacker_) bytes = reader_.take_rest();  // it began in the middle of them
  }
  if (unpacker_) unpack(bytes);
}

void Session::unpack(std::string& bytes) {
  is_behind_ = true;
  for (std::size_t count = 0; is_behind_ && !is_over_ && count < unpacked_at_once; count += piece_of_unpacked) {
    const std::string piece = unpacker_->unpack(bytes, piece_of_unpacked);
    is_behind_ = piece.size() == piece_of_unpacked;
    reader_.add(piece);
    handle_all();
    if (!is_over_ && !unpacker_->error().empty()) end(Ended::Why::misunderstood, unpacker_->error(), {});
  }
  if (is_over_) bytes.clear();
}

void Session::handle_all() {
  // What comes behind the consent to TLS is nothing that the server has said in TLS, and what comes behind that to
  // packing is packed.
  const bool is_packed = unpacker_.has_value();
  while (!is_over_ && step_ != Step::handshake && unpacker_.has_value() == is_packed) {
    std::optional<Response> response = reader_.take();
    if (!response) break;
    handle(*response);
  }
  if (!is_over_ && !reader_.error().empty())
    end(Ended::Why::misunderstood, reader_.error(), "see whether the server at that address speaks IMAP");
}

std::string Session::take_output() {
  std::string output = std::exchange(unpacked_output_, {});
  if (packer_)
    output += packer_->pack(output_);
  else
    output += output_;
  output_.clear();
  return output;
}

void Session::time_passed(Time now) {
  now_ = now;
  if (is_over_ || is_behind_ || patience(now) > Time{0}) return;
  if (step_ == Step::idling) return leave_idle();
  if (step_ == Step::pausing) return begin_round();
  end(Ended::Why::lost,
      "waiting for the server: it said nothing for " + std::to_string(settings_.silence.count() / 1000) + " s", {});
}

Time Session::patience(Time now) const {
  Time due = heard_ + settings_.silence;
  if (is_over_) return nothing_to_wait_for;
  if (is_behind_) return Time{0};
  if (step_ == Step::idling) due = settings_.folders.size() > 1 ? std::min(renew_at_, round_at_) : renew_at_;
  if (step_ == Step::pausing) due = round_at_;
  if (step_ == Step::fetching && chunks_.empty()) return nothing_to_wait_for;  // for credit
  return std::max(Time{0}, due - now);
}

void Session::handle(Response& response) {
  switch (response.kind) {
    case Response::Kind::continuation:
      return handle_continuation(response);
    case Response::Kind::untagged:
      return step_ == Step::greeting ? greeted(response) : handle_untagged(response);
    case Response::Kind::tagged:
      return handle_tagged(response);
  }
}

void Session::handle_continuation(const Response&) {
  if (!pieces_.empty()) return flush_piece();
  if (step_ == Step::authenticating && mechanism_) {
    // Asked again, the server has refused already and only says why (RFC 7628, section 3.2.3).
    const bool is_first = !std::exchange(has_sent_proof_, true);
    output_ += is_first ? first_message(*mechanism_, settings_.credentials, settings_.host, settings_.port)
                        : std::string(after_refusal(*mechanism_));
    output_ += "\r\n";
  } else if (step_ == Step::starting_idle) {
    step_ = Step::idling;
    if (has_news_ || can_act_somewhere()) leave_idle();
  }
}

void Session::handle_untagged(Response& response) {
  if (response.name == "BYE")
    return end(Ended::Why::lost, "talking to the server: it closed the connection: " + shown(response), {});
  if (response.name == "CAPABILITY") return take_capabilities(response.values);
  if (response.name == "FETCH") {
    if (step_ == Step::listing) take_entry(response);
    if (step_ == Step::fetching) take_body(response);
    return;
  }
  if (response.name == "LIST" && step_ == Step::finding) return take_listed(response);
  if (response.name == "NAMESPACE" && step_ == Step::asking_namespace) return take_namespace(response);
  if (response.name == "ENABLED" && step_ == Step::enabling) return take_enabled(response);
  if (response.name == "ESEARCH" && step_ == Step::searching) return take_found(response);
  if (response.name == "VANISHED") return take_vanished(response);
  if (response.name == "EXISTS" && step_ != Step::examining) {
    has_news_ = true;
    if (step_ == Step::idling) leave_idle();
  }
  if (response.name != "OK") return;
  if (response.code == "CAPABILITY") return take_capabilities(response.code_values);
  if (step_ == Step::examining) take_opening(response);
}

void Session::handle_tagged(const Response& response) {
  if (step_ == Step::fetching) return chunk_ended(response);
  if (response.tag != tag_) return;
  tag_.clear();
  pieces_.clear();
  const bool is_well = response.name == "OK";
  switch (step_) {
    case Step::capability:
    case Step::capability_again:
      return after_capability();
    case Step::starttls:
      return agreed_on_tls(response);
    case Step::authenticating:
      return is_well ? accepted(response) : refused(response);
    case Step::identifying:
      return enable();
    case Step::enabling:
      return compress();
    case Step::compressing:
      return compressed(response);
    case Step::asking_namespace:
      return find_folders();
    case Step::finding:
      return begin_round();
    case Step::examining:
      return examined(response);
    case Step::searching:
      return searched(response);
    case Step::listing:
      return listed(response);
    case Step::acting:
      return acted(response);
    case Step::starting_idle:
      capabilities_.erase("IDLE");  // it was offered, but is not meant
      return rest();
    case Step::idling:
    case Step::ending_idle:
      return look_again();
    case Step::greeting:
    case Step::handshake:
    case Step::fetching:
    case Step::pausing:
      return;
  }
}

std::string Session::next_tag() { return "p" + std::to_string(++last_tag_); }

Command Session::command(std::string_view verb) {
  const Literals literals = has("LITERAL+")   ? Literals::all
                            : has("LITERAL-") ? Literals::small
                                              : Literals::synchronising;
  tag_ = next_tag();
  return {tag_, verb, literals, names_};
}

void Session::send(Command command) {
  pieces_ = std::move(command).pieces();
  heard_ = now_;
  flush_piece();
}

void Session::flush_piece() {
  output_ += pieces_.front();
  pieces_.pop_front();
}

void Session::take_capabilities(const std::vector<Value>& values) {
  capabilities_.clear();
  for (const Value& value : values) capabilities_.insert(upper(value.text));
  has_capabilities_ = true;
}

std::string Session::shown(const Response& response) {
  constexpr std::size_t longest = 300;
  std::string text = response.code.empty() ? "" : "[" + response.code + "] ";
  text += std::string_view(response.text).substr(0, longest);
  std::replace_if(
      text.begin(), text.end(), [](char letter) { return letter >= 0 && letter < ' '; }, ' ');
  return text;
}

void Session::end(Ended::Why why, std::string reason, std::string remedy) {
  if (std::exchange(is_over_, true)) return;
  events_.emplace_back(Ended{why, std::move(reason), std::move(remedy)});
}

}  // namespace patchbay::imap
