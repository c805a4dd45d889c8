// Interactions on their way to the store: clauses C1 (credit), C2 (cursor), C4 (refusal), C5 (examples).
#include "conformance/all_checks.hpp"
#include "conformance/session.hpp"

namespace patchbay::conformance {
namespace {

constexpr const char* how_to_give_examples = "add `requests` or `answers` to check.json in the plugin's folder";
constexpr const char* keep = "submit it again with the next poll or answer 5xx, and move the cursor only in the batch";

Finding without_input(const Subject& subject, const char* clause, const std::string& why) {
  return skip(clause, why, subject.is_sink ? "" : how_to_give_examples);
}

// Completes what waits and lets the world go on, until everything has come in or nothing more happens.
void release(Session& session) {
  for (int round = 0; round < 60; ++round) {
    const std::vector<pb_token> waiting = session.host().on_their_way();
    for (const pb_token token : waiting) session.host().complete(token);
    session.settle();
    bool all_answered = true;
    if (session.offers(PATCHBAY_EXT_HTTP_ENDPOINT))
      for (std::size_t i = 0; i < session.examples().requests.size(); ++i)
        if (!session.is_answered(i)) {
          all_answered = false;
          static_cast<void>(session.request(i, 1));
        }
    if (round < 12 && session.offers(PATCHBAY_EXT_POLL) && !session.offers(PATCHBAY_EXT_RUN)) session.poll_once();
    if (all_answered && session.host().on_their_way().empty() && round >= 12) return;
  }
}

void compare(const Ledger& got, const Ledger& expected, const char* clause, const std::string& when,
             std::vector<Finding>& found) {
  if (const std::string item = got.lost(expected); !item.empty())
    found.push_back(fail(clause, when + ", this was lost: " + item, keep));
  if (const std::string item = got.doubled(expected); !item.empty())
    found.push_back(fail(clause, when + ", this came twice: " + item,
                         "name it by the provider's id in external_id, and read on from the cursor"));
}

}  // namespace

std::vector<Finding> check_examples(const Subject& subject) {
  Ledger ledger;
  Session session(subject, ledger);
  if (const auto failed = session.begin()) return {skip("C5", *failed, "see the check `start`")};
  if (!session.offers(PATCHBAY_EXT_HTTP_ENDPOINT)) return {skip("C5", "it has no endpoint")};
  if (session.examples().requests.empty())
    return {skip("C5", "there is no example of a request", how_to_give_examples)};
  std::vector<Finding> found;
  for (std::size_t i = 0; i < session.examples().requests.size(); ++i)
    if (const std::uint32_t status = session.request(i, 1); status < 200 || status >= 300)
      found.push_back(fail("C5",
                           "the example of a request number " + std::to_string(i + 1) + " was answered " +
                               (status == 0 ? "not at all" : std::to_string(status)) + "; " + session.host().why(),
                           "correct check.json, or the plugin"));
  return or_pass(std::move(found), "C5", std::to_string(session.examples().requests.size()) + " requests");
}

std::vector<Finding> check_credit(const Subject& subject) {
  std::string why;
  const std::optional<Ledger> expected = undisturbed(subject, {}, why);
  if (!expected) return {without_input(subject, "C1", why)};
  Ledger ledger;
  Session session(subject, ledger);
  session.host().set_credit(1);
  session.host().hold();
  if (const auto failed = session.begin()) return {skip("C1", *failed)};
  for (int round = 0; round < 3; ++round) {
    if (session.offers(PATCHBAY_EXT_HTTP_ENDPOINT))
      for (std::size_t i = 0; i < session.examples().requests.size(); ++i)
        if (round == 0) static_cast<void>(session.request(i, 1));
    if (session.offers(PATCHBAY_EXT_POLL) && !session.offers(PATCHBAY_EXT_RUN)) session.poll_once();
  }
  const std::uint64_t refusals = session.refusals();
  release(session);
  session.wait_for(*expected);
  session.end();
  std::vector<Finding> found = session.broken();
  compare(ledger, *expected, "C1", "with credit for one batch and answers of `busy`", found);
  if (refusals > 1000)
    found.push_back(fail("C1", "it asked a busy host " + std::to_string(refusals) + " times",
                         "wait for the next completion before it submits again"));
  return or_pass(std::move(found), "C1", "busy was answered " + std::to_string(refusals) + " times, nothing was lost");
}

std::vector<Finding> check_refusal(const Subject& subject) {
  std::string why;
  const std::optional<Ledger> expected = undisturbed(subject, {}, why);
  if (!expected) return {without_input(subject, "C4", why)};
  Ledger ledger;
  Session session(subject, ledger);
  const Error full{PB_TRANSIENT, "writing the store: the disk is full", "free space", {}, {}};
  session.host().refuse_next_batch(full);
  if (const auto failed = session.begin()) return {skip("C4", *failed)};
  session.play({.polls = 0});
  for (int i = 0; i < 2; ++i) session.host().refuse_next_batch(full);
  session.play({.polls = 9});
  session.wait_for(*expected);
  session.end();
  std::vector<Finding> found = session.broken();
  compare(ledger, *expected, "C4", "after the store could not take some batches", found);
  return or_pass(std::move(found), "C4", "three batches refused, and submitted again");
}

std::vector<Finding> check_cursor(const Subject& subject) {
  std::string why;
  const std::optional<Ledger> expected = undisturbed(subject, {.polls = 12}, why);
  if (!expected) return {without_input(subject, "C2", why)};
  Ledger ledger;
  std::vector<Finding> found;
  for (int life = 0; life < 2; ++life) {
    Session session(subject, ledger);
    if (const auto failed = session.begin()) {
      found.push_back(fail("C2", "it does not start with the state that it saved: " + *failed,
                           "take every state that a version of yours has written"));
      break;
    }
    session.play({.requests = life == 0 ? session.examples().requests.size() / 2 : 1000, .polls = 6});
    session.end();
  }
  compare(ledger, *expected, "C2", "after a stop and a start with the saved state", found);
  if (found.empty() && ledger.repeated() > 0)
    found.push_back(warn("C2", std::to_string(ledger.repeated()) + " items were submitted again after the start",
                         "save a cursor in the batch and read on from it, so that a source is not read twice"));
  return or_pass(std::move(found), "C2", std::to_string(ledger.items().size()) + " items in two lives, each once");
}

}  // namespace patchbay::conformance
