#include <nlohmann/json.hpp>

#include "intake/submission.hpp"

namespace patchbay::intake {
namespace {

using Json = nlohmann::json;

// Short keys: a parked receipt is small, and there may be many of them. Raw text goes as binary, so that whatever bytes
// the channel gave come back unchanged.
Json binary(const std::string& bytes) { return Json::binary({bytes.begin(), bytes.end()}); }
std::string from_binary(const Json& json) {
  const auto& bytes = json.get_binary();
  return {bytes.begin(), bytes.end()};
}

Json encode(const IncomingParticipant& participant) {
  Json identifiers = Json::array();
  for (const store::Identifier& identifier : participant.identifiers)
    identifiers.push_back({binary(identifier.kind), binary(identifier.value), binary(identifier.scope),
                           static_cast<int>(identifier.trust)});
  return {static_cast<int>(participant.role), static_cast<int>(participant.party), std::move(identifiers)};
}

IncomingParticipant decode_participant(const Json& json) {
  IncomingParticipant participant{
      static_cast<store::Role>(json.at(0).get<int>()), static_cast<Party>(json.at(1).get<int>()), {}};
  for (const Json& identifier : json.at(2))
    participant.identifiers.push_back({from_binary(identifier.at(0)),
                                       from_binary(identifier.at(1)),
                                       from_binary(identifier.at(2)),
                                       static_cast<store::Trust>(identifier.at(3).get<int>()),
                                       {}});
  return participant;
}

}  // namespace

std::string encode_parked(const IncomingFact& fact) {
  Json participants = Json::array();
  for (const IncomingParticipant& participant : fact.participants) participants.push_back(encode(participant));
  Json json = {{"kind", static_cast<int>(fact.fact.kind)},
               {"receipt", static_cast<int>(fact.fact.receipt)},
               {"precision", static_cast<int>(fact.fact.precision)},
               {"occurred", fact.fact.occurred_at.time_since_epoch().count()},
               {"received", fact.fact.received_at.time_since_epoch().count()},
               {"dedupe", binary(std::string(bytes_of(fact.fact.dedupe)))},
               {"text", binary(fact.fact.text)},
               {"content", binary(fact.fact.content)},
               {"account", binary(fact.account)},
               {"region", binary(fact.region)},
               {"target", binary(fact.target)},
               {"external_id", binary(fact.external_id)},
               {"participants", std::move(participants)}};
  if (fact.fact.original)
    json["original"] = {binary(fact.fact.original->bytes), binary(fact.fact.original->media_type)};
  const std::vector<std::uint8_t> bytes = Json::to_cbor(json);
  return {bytes.begin(), bytes.end()};
}

Result<IncomingFact> decode_parked(std::string_view bytes) {
  try {
    const Json json = Json::from_cbor(bytes);
    IncomingFact fact;
    fact.fact.kind = static_cast<store::FactKind>(json.at("kind").get<int>());
    fact.fact.receipt = static_cast<store::Receipt>(json.at("receipt").get<int>());
    fact.fact.precision = static_cast<store::Precision>(json.at("precision").get<int>());
    fact.fact.occurred_at = TimePoint{Duration{json.at("occurred").get<std::int64_t>()}};
    fact.fact.received_at = TimePoint{Duration{json.at("received").get<std::int64_t>()}};
    const std::string dedupe = from_binary(json.at("dedupe"));
    if (dedupe.size() == fact.fact.dedupe.size()) std::copy(dedupe.begin(), dedupe.end(), fact.fact.dedupe.begin());
    fact.fact.text = from_binary(json.at("text"));
    fact.fact.content = from_binary(json.at("content"));
    fact.account = from_binary(json.at("account"));
    fact.region = from_binary(json.at("region"));
    fact.target = from_binary(json.at("target"));
    fact.external_id = from_binary(json.at("external_id"));
    for (const Json& participant : json.at("participants"))
      fact.participants.push_back(decode_participant(participant));
    if (json.contains("original"))
      fact.fact.original = store::Original{from_binary(json["original"].at(0)), from_binary(json["original"].at(1))};
    return fact;
  } catch (const Json::exception& error) {
    return failure(ErrorCode::corrupt, std::string("reading a parked fact: ") + error.what(),
                   "the store is damaged or was written by a newer Patchbay");
  }
}

}  // namespace patchbay::intake
