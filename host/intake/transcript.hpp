// One attempt at recording what one channel submitted: the working state of a Recorder.
//
// [the committer's thread] Lives for one attempt. See recorder.hpp.
#pragma once

#include "intake/recorder.hpp"

namespace patchbay::intake {

class Recorder::Transcript {
 public:
  Transcript(Recorder& recorder, store::Writer& writer, const Source& source, TimePoint received_at);

  Status interaction(const IncomingInteraction& incoming);
  Status fact(IncomingFact incoming);
  Result<store::InteractionId> sent(const Sending& sending);
  // Whether it is news.
  Result<bool> notice(const IncomingNotice& incoming);
  Status consent(const IncomingConsent& incoming);
  Status quarantine(store::Quarantine quarantine);
  Status state(std::string_view key, std::string_view value);
  Status move(std::span<const identity::Move> moves);
  // A fact whose interaction never came, as an interaction of its own.
  Status orphan(const store::Parked& parked);

  [[nodiscard]] Recorded take();

 private:
  Result<store::InteractionId> add(const IncomingInteraction& incoming, const Digest16& dedupe);
  // Puts the interaction into its conversation; nothing, or the one that its thread belongs to and it does not.
  Result<std::optional<store::ConversationId>> converse(store::Interaction& interaction, std::string_view thread);
  Result<bool> tell_stranger(const store::Interaction& interaction, store::ConversationId thread);
  Status introduce_others(const store::Interaction& interaction,
                          const std::vector<contact::SeenParticipant>& participants);
  Status edited_at_source(const IncomingInteraction& incoming, const store::KnownInteraction& known);
  Status apply_parked(const Digest16& target);
  Status apply(IncomingFact& incoming, store::KnownInteraction known,
               std::optional<std::string_view> subject = std::nullopt);
  Status set_aside(const store::Parked& parked, const Error& error);
  Status publish_fact(const IncomingFact& incoming, const store::KnownInteraction& known, const store::Persona* actor);
  // Where numbers in national form are read.
  [[nodiscard]] const std::string& region_of(const std::string& given) const {
    return given.empty() ? source_.region : given;
  }
  [[nodiscard]] Digest16 dedupe_of(std::string_view account, std::string_view external_id) const;

  Recorder& recorder_;
  store::Writer& writer_;
  const Source& source_;
  TimePoint received_at_;
  Publisher publisher_;
  People people_;
  Counts counts_;
};

}  // namespace patchbay::intake
