// What the business writes, and what sinks are told: clauses N1 (each sending ends once, and truly), K1 and K2 (sinks).
#include "conformance/all_checks.hpp"
#include "conformance/mutation.hpp"
#include "conformance/session.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

namespace patchbay::conformance {
namespace {

void append_broken(Session& session, std::vector<Finding>& found) {
  for (Finding& each : session.broken()) found.push_back(std::move(each));
}

bool has_ended(Session& session, pb_token token) {
  session.settle();
  const std::vector<testkit::Sent> sent = session.host().sent();
  return std::any_of(sent.begin(), sent.end(), [&](const testkit::Sent& each) { return each.token == token; });
}

// As taken by a service that refused or did not answer.
bool claims_success(Session& session, pb_token token) {
  const std::vector<testkit::Sent> sent = session.host().sent();
  return std::any_of(sent.begin(), sent.end(),
                     [&](const testkit::Sent& each) { return each.token == token && !each.error; });
}

// Of a service that refuses, or gives no answer at all.
HttpResult refusal(std::uint32_t status) {
  HttpResult result;
  result.status = status;
  if (status == 0) result.error = Error{PB_TIMEOUT, "waiting for the answer: none came", {}, {}, {}};
  result.body = status == 0 ? "" : "{}";
  return result;
}

void send_well(Session& session, std::vector<Finding>& found) {
  for (const Outbound& each : session.examples().outbound) {
    const pb_token token = session.host().send(each);
    if (!has_ended(session, token))
      found.push_back(fail("N1", "the sending of \"" + each.text.substr(0, 40) + "\" has no end",
                           "end each token once, with sent() or send_failed()"));
    else if (!claims_success(session, token) && !session.asked_in_vain())
      found.push_back(fail("N1",
                           "the example \"" + each.text.substr(0, 40) +
                               "\" was not sent: " + session.host().sent().back().error.value_or(Error{}).reason,
                           "correct `outbound` or `answers` in check.json, or the plugin"));
  }
}

void send_badly(Session& session, std::vector<Finding>& found) {
  for (const std::uint32_t status : {0U, 400U, 401U, 404U, 429U, 500U, 503U}) {
    session.host().on_call([status](const HttpCall&) { return refusal(status); });
    const std::size_t before = session.host().calls().size();
    const pb_token token = session.host().send(session.examples().outbound.front());
    const std::string what = status == 0 ? "gives no answer" : "answers " + std::to_string(status);
    if (!has_ended(session, token))
      found.push_back(fail("N1", "where the service " + what + ", a sending has no end",
                           "end each token once, with sent() or send_failed()"));
    else if (claims_success(session, token) && session.host().calls().size() > before)
      found.push_back(
          fail("N1", "where the service " + what + ", it says that it was sent", "read the answer's status"));
  }
}

void judge_badly(Session& session, std::vector<Finding>& found) {
  const Event event = event_of(sample_events()[1]);
  for (const std::uint32_t status : {0U, 400U, 401U, 404U, 408U, 410U, 429U, 500U, 502U, 503U, 599U}) {
    if (session.host().judge(event, refusal(status)).verdict == Verdict::delivered)
      found.push_back(fail("K2",
                           status == 0 ? std::string("no answer at all counts as delivered")
                                       : "an answer " + std::to_string(status) + " counts as delivered",
                           "judge by the status first, as judge_by_status() does"));
  }
}

void judge_nonsense(const Subject& subject, Session& session) {
  const Event event = event_of(sample_events()[1]);
  Random random(subject.seed + 4);
  for (int i = 0; i < 200; ++i) {
    HttpResult result;
    result.status = 200 + static_cast<std::uint32_t>(random.below(400));
    result.body = mutated_bytes(R"({"result": 7, "error": {"message": "no such model"}})", random);
    result.headers = {{"retry-after", mutated_bytes("120", random)}, {"content-type", "application/json"}};
    subject.doing("judge " + result.body.substr(0, 100));
    static_cast<void>(session.host().judge(event, result));
  }
}

void deliver_all(const Subject& subject, Session& session, Ledger& ledger, std::vector<Finding>& found) {
  for (std::size_t round = 0; round < 2; ++round)
    for (std::size_t i = 0; i < sample_events().size(); ++i) {
      subject.doing("deliver " + std::string(sample_events()[i].id));
      session.deliver(i);
    }
  if (ledger.events().size() != sample_events().size())
    found.push_back(fail("K1",
                         std::to_string(sample_events().size() - ledger.events().size()) + " of " +
                             std::to_string(sample_events().size()) +
                             " events were not delivered: " + session.host().why(),
                         "end each with judged(); give settings in check.json with which it can deliver"));
}

// While it lives no file of this process grows, as on a full disk: setrlimit(2), RLIMIT_FSIZE.
class NoRoom {
 public:
  NoRoom() : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  NoRoom(const NoRoom&) = delete;
  NoRoom& operator=(const NoRoom&) = delete;
  ~NoRoom() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  const sighandler_t handler_;
};

// Of an event that it has not seen, or it might rightly say that it has it.
bool counts_as_delivered(Session& session, const std::string& id) {
  Event event = event_of(sample_events()[1]);
  event.id = id;
  testkit::FakeHost& host = session.host();
  const pb_token token = host.deliver(event);
  static_cast<void>(host.wait_until([&] { return host.judgement(token).has_value(); }, session.patience));
  const std::optional<Judgement> judgement = host.judgement(token);
  return judgement && judgement->verdict == Verdict::delivered;
}

bool has_written(const std::string& folder) {
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (std::error_code ignored; at->is_regular_file(ignored) && at->file_size(ignored) > 0) return true;
  return false;
}

void deliver_in_vain(const Subject& subject, Session& session, std::vector<Finding>& found) {
  for (const std::uint32_t status : {0U, 400U, 401U, 404U, 429U, 500U, 503U}) {
    session.host().on_call([status](const HttpCall&) { return refusal(status); });
    const std::size_t before = session.host().calls().size();
    subject.doing("deliver where the service answers " + std::to_string(status));
    const bool is_delivered = counts_as_delivered(session, "refused-" + std::to_string(status));
    if (session.host().calls().size() == before) break;  // it calls nobody
    if (is_delivered)
      found.push_back(fail("K2",
                           status == 0 ? std::string("no answer at all counts as delivered")
                                       : "an answer " + std::to_string(status) + " counts as delivered",
                           "read the answer's status before judged() says that it is there"));
  }
  if (!has_written(subject.folder)) return;
  const NoRoom full;
  subject.doing("deliver where no file can be written");
  if (counts_as_delivered(session, "without-room"))
    found.push_back(fail("K2", "an event counts as delivered where no file could be written",
                         "say so with judged() once it is in the file and synced, and not before"));
}

}  // namespace

std::vector<Finding> check_sending(const Subject& subject) {
  Ledger ledger;
  Session session(subject, ledger);
  if (!session.offers(PATCHBAY_EXT_SEND)) return {skip("N1", "it does not send")};
  if (session.examples().outbound.empty())
    return {skip("N1", "there is no example of what it sends", "add `outbound` and `answers` to check.json")};
  if (const auto failed = session.begin()) return {skip("N1", *failed, "see the check `start`")};
  std::vector<Finding> found;
  subject.doing("send");
  send_well(session, found);
  if (found.empty()) send_badly(session, found);
  session.end();
  append_broken(session, found);
  return or_pass(std::move(found), "N1");
}

std::vector<Finding> check_sink(const Subject& subject) {
  Ledger ledger;
  Session session(subject, ledger);
  if (!subject.is_sink) return {skip("K1", "it is no sink")};
  if (const auto failed = session.begin()) return {skip("K1", *failed, "see the check `start`")};
  std::vector<Finding> found;
  if (session.offers(PATCHBAY_EXT_DELIVER)) {
    deliver_all(subject, session, ledger, found);
    if (found.empty()) deliver_in_vain(subject, session, found);
  } else {
    for (const SampleEvent& sample : sample_events()) {
      subject.doing("render " + std::string(sample.id));
      const testkit::Rendered rendered = session.host().render(event_of(sample));
      if (!rendered.call)
        found.push_back(fail(
            "K1", std::string(sample.type) + " was not rendered: " + (rendered.error ? rendered.error->reason : ""),
            "render every event; give settings in check.json with which it can"));
    }
    if (found.empty()) judge_badly(session, found);
    if (found.empty()) judge_nonsense(subject, session);
  }
  session.end();
  for (Finding& each : session.broken()) {
    // Rendered twice alike, judged or delivered once: what the calls of a sink promise beside their tags.
    for (const char* const call : {"render", "judge"})
      if (each.reason.starts_with(call)) each.clause = "K1";
    found.push_back(std::move(each));
  }
  return or_pass(std::move(found), "K1");
}

}  // namespace patchbay::conformance
