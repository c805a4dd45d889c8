#include "api/identity.hpp"

#include "api/query.hpp"
#include "api/responses.hpp"
#include "contact/json.hpp"
#include "identity/evidence.hpp"
#include "identity/learned.hpp"

#include <string>
#include <utility>

namespace patchbay::api {
namespace {

using nlohmann::json;

double share(identity::Probability probability) {
  return static_cast<double>(probability) / static_cast<double>(identity::certain);
}

std::string item_of(const identity::ShownPersona& left, const identity::ShownPersona& right) {
  return store::public_id(left.persona.id) + "-" + store::public_id(right.persona.id);
}

json contact_json(const store::Contact& contact) {
  return {{"id", contact::contact_id_json(contact.id)}, {"name", contact::to_json(contact)["name"]}};
}

json party_json(const identity::ShownPersona& shown) {
  json identifiers = json::array();
  for (const store::Identifier& identifier : shown.persona.identifiers)
    identifiers.push_back(contact::to_json(identifier));
  return {{"contact", contact_json(shown.contact)},
          {"persona", store::public_id(shown.persona.id)},
          {"identifiers", std::move(identifiers)}};
}

std::string_view name_of(identity::Outcome outcome) {
  switch (outcome) {
    case identity::Outcome::same:
      return "same";
    case identity::Outcome::possible:
      return "possible";
    case identity::Outcome::related:
      return "related";
    case identity::Outcome::apart:
      break;
  }
  return "apart";
}

json question_json(const identity::OpenQuestion& question) {
  return {{"id", item_of(question.left, question.right)},
          {"why", question.joined ? "joined"
                  : question.held ? "held"
                                  : "possible"},
          {"probability", share(question.probability)},
          {"left", party_json(question.left)},
          {"right", party_json(question.right)}};
}

Result<identity::Party> party_of(const std::string& text) {
  if (text.starts_with("persona_")) return identity::Party(PATCHBAY_TRY(id_of<store::PersonaId>(text, "persona")));
  return identity::Party(PATCHBAY_TRY(id_of<store::ContactId>(text, "contact")));
}

// "persona_3-persona_9"
Result<std::pair<store::PersonaId, store::PersonaId>> personas_of(std::string_view item) {
  const std::size_t dash = item.find('-');
  if (dash == std::string_view::npos)
    return failure(ErrorCode::invalid,
                   "reading the name of a review item: expected persona_3-persona_9, got " + std::string(item));
  const auto left = PATCHBAY_TRY(id_of<store::PersonaId>(item.substr(0, dash), "persona"));
  const auto right = PATCHBAY_TRY(id_of<store::PersonaId>(item.substr(dash + 1), "persona"));
  return std::pair(left, right);
}

// Answers with what comes, as JSON.
template <class Value>
std::function<void(Result<Value>)> answering(const net::Respond& respond) {
  return [respond](const Result<Value>& value) {
    respond(value ? json_response(200, view(*value)) : error_response(value.error()));
  };
}

void explain(Control& control, const std::string& query, const net::Respond& respond) {
  const auto asked = [&]() -> Result<std::pair<identity::Party, std::optional<identity::Party>>> {
    const Query parsed = PATCHBAY_TRY(Query::parse(query));
    const identity::Party left = PATCHBAY_TRY(party_of(parsed.text("left").value_or("")));
    std::optional<identity::Party> right;
    if (const auto text = parsed.text("right")) right = PATCHBAY_TRY(party_of(*text));
    return std::pair(left, right);
  }();
  if (!asked) return respond(error_response(asked.error()));
  control.identities().explain(asked->first, asked->second, answering<identity::Explained>(respond));
}

void list_review(Control& control, const std::string& query, const net::Respond& respond) {
  const auto page = [&]() -> Result<store::Page> { return PATCHBAY_TRY(Query::parse(query)).page(); }();
  if (!page) return respond(error_response(page.error()));
  control.identities().questions(*page, answering<QuestionPage>(respond));
}

void decide(Control& control, std::string_view item, intake::Correct what, const net::Respond& respond) {
  const auto personas = personas_of(item);
  if (!personas) return respond(error_response(personas.error()));
  control.correct({.what = what, .contacts = {}, .personas = {personas->first, personas->second}},
                  [respond](const Result<std::vector<store::ContactId>>& contacts) {
                    if (!contacts) return respond(error_response(contacts.error()));
                    json ids = json::array();
                    for (const store::ContactId id : *contacts) ids.push_back(store::public_id(id));
                    respond(json_response(200, {{"contacts", std::move(ids)}}));
                  });
}

void adopt(Control& control, const std::string& body, const net::Respond& respond) {
  const auto asked = [&]() -> Result<std::optional<identity::Parameters>> {
    const json request = json::parse(body, nullptr, false);
    if (!request.is_object() || request.size() != 1 || !request.contains("learned"))
      return failure(ErrorCode::invalid, "reading the request: expected an object with `learned`, weights or null",
                     "docs/api.md shows its form");
    if (request["learned"].is_null()) return std::optional<identity::Parameters>();
    return std::optional(PATCHBAY_TRY(identity::parameters_of(request["learned"])));
  }();
  if (!asked) return respond(error_response(asked.error()));
  const identity::Parameters parameters = asked->value_or(identity::shipped_parameters());
  control.identities().adopt(
      *asked ? identity::learned_json(parameters).dump() : std::string(),
      [respond, version = identity::version_text(identity::Model(parameters))](const Status& adopted) {
        respond(adopted ? json_response(200, {{"model", version}, {"from", "next start"}})
                        : error_response(adopted.error()));
      });
}

}  // namespace

json view(const QuestionPage& page) {
  json items = json::array();
  for (const identity::OpenQuestion& question : page.questions) items.push_back(question_json(question));
  return {{"items", std::move(items)}, {"next", page.next ? json(*page.next) : json()}};
}

json view(const identity::Explained& explained) {
  const identity::Explanation& why = explained.explanation;
  json decisions = json::array();
  for (const identity::DecisionAbout& decision : explained.decisions)
    decisions.push_back({{"persona", store::public_id(decision.persona)},
                         {"other", store::public_id(decision.other)},
                         {"verdict", store::name_of(decision.verdict)}});
  return {
      {"id", item_of(explained.left, explained.right)},
      {"left", party_json(explained.left)},
      {"right", party_json(explained.right)},
      {"outcome", name_of(why.outcome)},
      {"in_review", explained.in_review},
      {"evidence", identity::evidence_of(why, explained.left.persona, explained.right.persona)},
      {"score", why.judgement.total},
      {"household", why.judgement.household},
      {"probability", share(why.judgement.probability)},
      {"thresholds",
       {{"link", share(explained.link)}, {"possible", share(explained.possible)}, {"cluster", share(explained.cut)}}},
      {"compared", why.compared},
      {"equal", why.equal},
      {"variants", why.variants},
      {"held", why.held},
      {"forbidden", why.forbidden},
      {"contradict", why.contradict},
      {"decisions", std::move(decisions)},
      {"model", explained.model}};
}

json view(const std::vector<identity::RelatedTo>& related) {
  using identity::Field;
  json items = json::array();
  for (const identity::RelatedTo& one : related) {
    json shares = json::array();
    const identity::Comparison& comparison = one.comparison;
    if (comparison.is(Field::phone, identity::PhoneLevel::exact)) shares.push_back("phone");
    if (comparison.is(Field::email, identity::EmailLevel::exact)) shares.push_back("email");
    if (comparison.at_least(Field::street, identity::TextLevel::near) &&
        comparison.is(Field::number, identity::NumberLevel::exact))
      shares.push_back("address");
    items.push_back({{"contact", contact_json(one.other.contact)},
                     {"shares", std::move(shares)},
                     {"persona", store::public_id(one.own.persona.id)},
                     {"other", store::public_id(one.other.persona.id)}});
  }
  return {{"items", std::move(items)}, {"next", json()}};
}

bool ask_identities(Control& control, const net::ServerRequest& request, const std::vector<std::string_view>& steps,
                    net::Respond& respond) {
  const bool posts = request.method == "POST";
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (reads && steps.size() == 3 && steps[0] == "contacts" && steps[2] == "relations") {
    const auto contact = id_of<store::ContactId>(steps[1], "contact");
    if (contact) {
      control.identities().related(*contact, answering<std::vector<identity::RelatedTo>>(respond));
    } else {
      respond(error_response(contact.error()));
    }
    return true;
  }
  if (steps.size() < 2 || steps[0] != "identity") return false;
  if (reads && steps.size() == 2 && steps[1] == "review") {
    list_review(control, request.query, respond);
  } else if (reads && steps.size() == 2 && steps[1] == "explain") {
    explain(control, request.query, respond);
  } else if (reads && steps.size() == 3 && steps[1] == "review") {
    const auto personas = personas_of(steps[2]);
    if (personas) {
      control.identities().explain(personas->first, personas->second, answering<identity::Explained>(respond));
    } else {
      respond(error_response(personas.error()));
    }
  } else if (posts && steps.size() == 4 && steps[1] == "review" && steps[3] == "accept") {
    decide(control, steps[2], intake::Correct::same, respond);
  } else if (posts && steps.size() == 4 && steps[1] == "review" && steps[3] == "reject") {
    decide(control, steps[2], intake::Correct::not_the_same, respond);
  } else if (posts && steps.size() == 2 && steps[1] == "model") {
    adopt(control, request.body, respond);
  } else {
    return false;
  }
  return true;
}

}  // namespace patchbay::api
