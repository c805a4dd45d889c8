#include "gateway/outbound.hpp"

#include "gateway/channel.hpp"

#include <patchbay/bytes.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace patchbay::gateway {
namespace {

// abi.h, pb_sent.
outbound::Trouble trouble_of(pb_code code) {
  switch (code) {
    case PB_TRANSIENT:
    case PB_BUSY:
      return outbound::Trouble::transient;
    case PB_RATE_LIMITED:
      return outbound::Trouble::rate_limited;
    case PB_NOT_CONNECTED:
    case PB_STOPPING:
      return outbound::Trouble::not_connected;
    case PB_AUTH_FAILED:
    case PB_INVALID_SETTINGS:
      return outbound::Trouble::auth_failed;
    case PB_PERMANENT:
    case PB_NOT_FOUND:
      return outbound::Trouble::permanent;
    default:
      return outbound::Trouble::unknown;
  }
}

}  // namespace

// One attempt at one piece of work: what it recorded counts if it is the one that is committed.
class CommittedLedger::Recording final : public outbound::Ledger::Transaction {
 public:
  Recording(const CommittedLedger& ledger, store::Writer& writer, std::vector<intake::Step>& steps)
      : ledger_(ledger), writer_(writer), steps_(steps) {}

  [[nodiscard]] store::Writer& writer() override { return writer_; }
  [[nodiscard]] Result<store::InteractionId> record_sent(const store::Outbound& outbound,
                                                         const std::string& external_id,
                                                         TimePoint occurred_at) override {
    const auto source = std::find_if(ledger_.sources_.begin(), ledger_.sources_.end(),
                                     [&](const intake::Source& one) { return one.id == outbound.channel; });
    if (source == ledger_.sources_.end())
      return failure(ErrorCode::not_found,
                     "recording " + store::public_id(outbound.id) + ": its channel is not configured",
                     "add the channel to the settings again");
    intake::Recorded recorded = PATCHBAY_TRY(
        ledger_.recorder_.record_sent(writer_, *source, {outbound, external_id, occurred_at}, ledger_.clock_.now()));
    std::move(recorded.steps.begin(), recorded.steps.end(), std::back_inserter(steps_));
    return *recorded.interaction;
  }

 private:
  const CommittedLedger& ledger_;
  store::Writer& writer_;
  std::vector<intake::Step>& steps_;
};

void CommittedLedger::commit(std::function<Status(Transaction&)> write, std::function<void(Status)> done) {
  auto steps = std::make_shared<std::vector<intake::Step>>();
  committer_.add({.write = [this, steps, write = std::move(write)](store::Writer& writer) -> Status {
                    steps->clear();
                    Recording recording(*this, writer, *steps);
                    return write(recording);
                  },
                  .done =
                      [this, steps, done = std::move(done)](Status status) {
                        if (status) enqueue(dispatcher_, std::move(*steps));
                        done(std::move(status));
                      },
                  .durable = [this, steps] { join_lanes(dispatcher_, *steps); }});
}

plugin::Outbound to_plugin(const outbound::Message& message) {
  plugin::Outbound to{.token = message.token,
                      .id = message.id,
                      .account = message.account,
                      .in_reply_to = message.in_reply_to,
                      .conversation = message.conversation,
                      .subject = message.subject,
                      .text = message.text,
                      .content = message.content,
                      .recipients = {{.role = PB_ROLE_RECIPIENT, .identifiers = {}}}};
  for (const store::Identifier& identifier : message.recipient)
    to.recipients.front().identifiers.push_back(
        {.flags = identifier.trust == store::Trust::claimed ? std::uint32_t{PB_IDENTIFIER_CLAIMED} : 0U,
         .kind = identifier.kind,
         .value = identifier.value,
         .scope = identifier.scope});
  return to;
}

outbound::Sent from_plugin(const pb_sent& sent) {
  outbound::Sent to{.token = sent.token,
                    .trouble = {},
                    .external_id = std::string(view(sent.external_id)),
                    .occurred_at = {},
                    .until = {},
                    .reason = {},
                    .remedy = {}};
  if (sent.occurred_us > 0) to.occurred_at = TimePoint{Duration{sent.occurred_us}};
  each<pb_error>(sent.errors, [&](const pb_error& error) {
    if (to.trouble) return;  // the first one counts
    to.trouble = trouble_of(error.code);
    if (error.until_us > 0) to.until = TimePoint{Duration{error.until_us}};
    to.reason = std::string(view(error.reason));
    to.remedy = std::string(view(error.remedy));
  });
  if (to.trouble && to.reason.empty()) to.reason = "the channel did not say why";
  return to;
}

}  // namespace patchbay::gateway
