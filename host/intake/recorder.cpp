#include "intake/recorder.hpp"

#include "intake/transcript.hpp"

#include <algorithm>
#include <iterator>

namespace patchbay::intake {

Recorder::Recorder(identity::Directory& directory, const Routes& routes, const OwnAddresses& own, std::string store_id,
                   Random random)
    : directory_(directory), routes_(routes), own_(own), store_id_(std::move(store_id)), random_(std::move(random)) {}

Result<Recorded> Recorder::record(store::Writer& writer, const Source& source, const Submission& submission,
                                  TimePoint received_at) {
  Transcript transcript(*this, writer, source, received_at);
  for (const IncomingInteraction& interaction : submission.interactions)
    PATCHBAY_CHECK(transcript.interaction(interaction));
  for (const IncomingFact& fact : submission.facts) PATCHBAY_CHECK(transcript.fact(fact));
  for (const IncomingNotice& notice : submission.notices) PATCHBAY_CHECK(transcript.notice(notice));
  for (const IncomingConsent& consent : submission.consents) PATCHBAY_CHECK(transcript.consent(consent));
  for (const store::Quarantine& quarantine : submission.quarantines) PATCHBAY_CHECK(transcript.quarantine(quarantine));
  for (const auto& [key, value] : submission.states) PATCHBAY_CHECK(transcript.state(key, value));
  return transcript.take();
}

Result<Recorded> Recorder::record_sent(store::Writer& writer, const Source& source, const Sending& sending,
                                       TimePoint received_at) {
  Transcript transcript(*this, writer, source, received_at);
  const store::InteractionId id = PATCHBAY_TRY(transcript.sent(sending));
  Recorded recorded = transcript.take();
  recorded.interaction = id;
  return recorded;
}

Result<Recorded> Recorder::release_parked(store::Writer& writer, const std::vector<Source>& sources, TimePoint now,
                                          std::size_t limit) {
  Recorded released;
  for (const store::Parked& parked : PATCHBAY_TRY(writer.parked_before(now - longest_parking, limit))) {
    const auto found =
        std::find_if(sources.begin(), sources.end(), [&](const Source& one) { return one.id == parked.channel; });
    // A channel that is gone from the settings has no routes: nobody hears of it, and nothing waits behind it for ever.
    const Source source = found == sources.end() ? Source{.id = parked.channel, .name = {}, .connector = {}} : *found;
    Transcript transcript(*this, writer, source, now);
    PATCHBAY_CHECK(transcript.orphan(parked));
    Recorded one = transcript.take();
    released.counts.accepted += one.counts.accepted;
    released.counts.quarantined += one.counts.quarantined;
    std::move(one.steps.begin(), one.steps.end(), std::back_inserter(released.steps));
  }
  return released;
}

Result<Recorded> Recorder::move(store::Writer& writer, Result<std::vector<identity::Move>> moves, TimePoint now) {
  const std::vector<identity::Move> taken = PATCHBAY_TRY(std::move(moves));
  const Source nobody;
  Transcript transcript(*this, writer, nobody, now);
  PATCHBAY_CHECK(transcript.move(taken));
  return transcript.take();
}

Result<Recorded> Recorder::catch_up(store::Writer& writer, TimePoint now) {
  return move(writer, directory_.catch_up(writer), now);
}

}  // namespace patchbay::intake
