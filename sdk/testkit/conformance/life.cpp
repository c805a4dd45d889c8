// Opening, starting, stopping and closing in every order and often: clauses L1, L2, L3, T1, T2.
#include "conformance/all_checks.hpp"
#include "conformance/session.hpp"

#include <chrono>
#include <thread>

namespace patchbay::conformance {
namespace {

using namespace std::chrono_literals;

void append(std::vector<Finding>& to, std::vector<Finding> from) {
  for (Finding& each : from) to.push_back(std::move(each));
}

}  // namespace

std::vector<Finding> check_start(const Subject& subject) {
  Ledger ledger;
  Session session(subject, ledger);
  std::vector<Finding> found;
  if (const auto failed = session.begin())
    found.push_back(fail("L1", "its examples do not start it: " + *failed,
                         "correct the schema's examples, or give complete settings in check.json or with --settings"));
  session.end();
  append(found, session.broken());
  return or_pass(std::move(found), "L1");
}

std::vector<Finding> check_life(const Subject& subject) {
  Ledger ledger;
  std::vector<Finding> found;
  {
    Session session(subject, ledger);
    testkit::FakeHost& host = session.host();
    for (int round = 0; round < 20 && found.empty(); ++round) {
      subject.doing("open");
      if (host.open(session.open_settings()) != PB_OK)
        return {skip("L2", "its settings do not open it: " + host.why(), "see the check `start`")};
      if (round % 3 != 0) {
        subject.doing("start");
        if (host.start() != PB_OK)
          return {skip("L2", "its settings do not start it: " + host.why(), "see the check `start`")};
        if (round % 3 == 2 && host.offers(PATCHBAY_EXT_RUN)) host.start_running();
        subject.doing("stop");
        host.stop();
      }
      subject.doing("close");
      host.close();
      append(found, session.broken());
    }
  }
  // Several at once, closed in another order than opened: nothing of theirs may be shared without a lock.
  Ledger first_store, second_store;
  Session first(subject, first_store);
  const auto failed = first.begin();
  {
    Session second(subject, second_store);
    subject.doing("open");
    if (!failed && second.host().open(second.open_settings()) == PB_OK) second.host().close();
    append(found, second.broken());
  }
  first.play({.requests = 1, .polls = 1});
  first.end();
  append(found, first.broken());
  return or_pass(std::move(found), "L2", "20 lives, and two at once");
}

std::vector<Finding> check_stop(const Subject& subject) {
  Ledger ledger;
  Session session(subject, ledger);
  if (const auto failed = session.begin()) return {skip("L3", *failed, "see the check `start`")};
  session.host().hold();
  for (std::size_t i = 0; i < session.examples().requests.size() && session.offers(PATCHBAY_EXT_HTTP_ENDPOINT); ++i)
    static_cast<void>(session.request(i, 1));
  if (session.offers(PATCHBAY_EXT_POLL) && !session.offers(PATCHBAY_EXT_RUN)) session.poll_once();
  const auto from = std::chrono::steady_clock::now();
  session.end();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - from);
  if (took > 5s)
    return {warn("L3", "stopping and closing took " + std::to_string(took.count()) + " ms",
                 "return from run() soon after next() says PB_STOPPING; stop() and close() have 5 s each")};
  return {pass("L3", std::to_string(took.count()) + " ms, with work under way")};
}

std::vector<Finding> check_contract(const Subject& subject) {
  std::vector<Finding> found;
  Ledger ledger;
  Session session(subject, ledger);
  const auto failed = session.begin();
  if (!failed) session.play();
  session.end();
  append(found, session.broken());
  if (failed && found.empty()) return {skip("T1", *failed, "see the check `start`")};
  // Whoever still calls now does so with a handle that is gone.
  subject.doing("wait for calls after close");
  std::this_thread::sleep_for(100ms);
  append(found, session.broken());
  for (Finding& each : found) each.clause = "T1";
  return or_pass(std::move(found), "T1", std::to_string(session.crossings()) + " calls watched");
}

}  // namespace patchbay::conformance
