// A host whose services are missing, fail or answer nonsense: clause V1.
#include "conformance/all_checks.hpp"
#include "conformance/random.hpp"
#include "conformance/session.hpp"

#include <array>
#include <chrono>

namespace patchbay::conformance {
namespace {

constexpr std::array host_extensions{PATCHBAY_EXT_INTAKE,      PATCHBAY_EXT_STATE,         PATCHBAY_EXT_CLOCK,
                                     PATCHBAY_EXT_METRICS,     PATCHBAY_EXT_SECRETS,       PATCHBAY_EXT_ATTACHMENTS,
                                     PATCHBAY_EXT_HTTP_CLIENT, PATCHBAY_EXT_HTTP_ENDPOINT, PATCHBAY_EXT_RUN,
                                     PATCHBAY_EXT_SEND,        PATCHBAY_EXT_SINK,          PATCHBAY_EXT_STREAM};

constexpr std::chrono::milliseconds patience{100};  // with what has no end

// What cannot be kept by a plugin whose host does not work is not held against it.
bool is_excused(const Finding& finding) {
  return finding.reason.find("never") != std::string::npos || finding.reason.find("differently") != std::string::npos;
}

void append_broken(Session& session, const std::string& when, std::vector<Finding>& found) {
  for (Finding& each : session.broken()) {
    if (is_excused(each)) continue;
    each.reason = when + ": " + each.reason;
    found.push_back(std::move(each));
  }
}

// Without one service after the other: it may refuse, with a reason, or do without.
void withhold_each(const Subject& subject, std::vector<Finding>& found) {
  for (const char* const id : host_extensions) {
    Ledger ledger;
    Session session(subject, ledger);
    session.host().withhold(id);
    session.patience = patience;
    subject.doing(std::string("live without ") + id);
    // Without run/1 nothing pulls what is due, so that only the start can be judged.
    const bool pulls = session.offers(PATCHBAY_EXT_RUN) && std::string_view(id) == PATCHBAY_EXT_RUN;
    if (pulls) {
      if (session.host().open(session.open_settings()) == PB_OK) session.host().close();
    } else if (!session.begin()) {
      session.play({.requests = 2, .polls = 2});
    }
    session.end();
    append_broken(session, std::string("without ") + id, found);
  }
}

std::vector<HttpResult> bad_answers() {
  std::vector<HttpResult> all;
  for (const pb_code code : {PB_NOT_CONNECTED, PB_TIMEOUT, PB_PERMANENT}) {
    HttpResult result;
    result.error = Error{code, "calling: it went wrong", {}, {}, {}};
    all.push_back(result);
  }
  for (const std::uint32_t status : {200U, 204U, 301U, 400U, 401U, 404U, 429U, 500U, 503U, 999U})
    for (const char* const body : {"", "nonsense", "{}", "[]", "{\"error\":7}", "\xff\xfe{"}) {
      HttpResult result;
      result.status = status;
      result.body = body;
      result.headers = {{"retry-after", "soon"}};
      all.push_back(result);
    }
  return all;
}

void fail_calls(const Subject& subject, std::vector<Finding>& found) {
  Ledger ledger;
  Session session(subject, ledger);
  if (session.begin()) return;
  const std::vector<HttpResult> answers = bad_answers();
  std::size_t next = 0;
  session.host().on_call([&](const HttpCall&) { return answers[next++ % answers.size()]; });
  subject.doing("live with a service that fails");
  for (std::size_t i = 0; i < answers.size() + 3 && found.empty(); ++i) {
    if (session.offers(PATCHBAY_EXT_SEND))
      for (const Outbound& each : session.examples().outbound) static_cast<void>(session.host().send(each));
    if (session.offers(PATCHBAY_EXT_POLL) && !session.offers(PATCHBAY_EXT_RUN)) session.poll_once();
    if (i % 8 == 0) session.settle();
  }
  session.end();
  append_broken(session, "with a service that fails", found);
}

// Every third call of the host fails for a while; once it works again, everything must come in.
void recover(const Subject& subject, std::vector<Finding>& found) {
  std::string why;
  const std::optional<Ledger> expected = undisturbed(subject, {}, why);
  Ledger ledger;
  Random random(subject.seed + 3);
  {
    Session session(subject, ledger);
    session.patience = patience;
    bool works = false;
    session.host().trouble([&](std::string_view function) -> pb_code {
      if (works || random.below(3) != 0) return PB_OK;
      return function == "submit" ? PB_BUSY : PB_TRANSIENT;
    });
    subject.doing("live with a host that fails");
    const bool lives = !session.begin();
    if (lives) session.play();
    works = true;
    if (lives) session.play({.polls = 12});
    session.end();
    append_broken(session, "with a host that fails", found);
  }
  Session after(subject, ledger);
  if (const auto failed = after.begin()) {
    if (expected)
      found.push_back(fail("V1", "after trouble of its host it does not start: " + *failed, "keep no broken state"));
    return;
  }
  after.play({.polls = 12});
  after.end();
  if (!expected) return;
  if (const std::string item = ledger.lost(*expected); !item.empty())
    found.push_back(fail("V1", "after trouble of its host, this was lost: " + item,
                         "treat every code but PB_OK as not done, and try again"));
}

}  // namespace

std::vector<Finding> check_services(const Subject& subject) {
  std::vector<Finding> found;
  withhold_each(subject, found);
  fail_calls(subject, found);
  recover(subject, found);
  return or_pass(std::move(found), "V1");
}

}  // namespace patchbay::conformance
