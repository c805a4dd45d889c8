// Requests that no provider would send: clauses H1 (each is answered, once) and H2 (and soon).
//
// The real host has verified the signature by then where the manifest declares one; here it has not, since a stolen
// secret or a bug at the provider gets through as well.
#include "conformance/all_checks.hpp"
#include "conformance/mutation.hpp"
#include "conformance/session.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>

namespace patchbay::conformance {
namespace {

using namespace std::chrono_literals;

testkit::Request hostile(const std::vector<testkit::Request>& examples, Random& random) {
  static const std::array<const char*, 6> methods{"POST", "GET", "PUT", "DELETE", "", "PROPFIND"};
  static const std::array<const char*, 6> paths{"", "/", "/../..", "/%00", "/a/very/deep/path", "//"};
  static const std::array<const char*, 5> queries{"", "a=b", "%zz=%", "hub.mode=subscribe&hub.challenge=<x>", "&&&==="};
  testkit::Request request = examples.empty() ? testkit::Request{.body = R"({"id":"1","text":"hello"})"}
                                              : examples[random.below(examples.size())];
  Json body = Json::parse(request.body, nullptr, false);
  if (body.is_structured() && random.below(3) != 0) {
    for (std::size_t left = 1 + random.below(3); left > 0 && body.is_structured(); --left)
      body = mutated(std::move(body), random);
    request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  } else {
    request.body = mutated_bytes(std::move(request.body), random);
  }
  if (random.below(8) == 0) request.method = methods[random.below(methods.size())];
  if (random.below(8) == 0) request.path = paths[random.below(paths.size())];
  if (random.below(8) == 0) request.query = queries[random.below(queries.size())];
  if (random.below(8) == 0) request.headers.clear();
  if (random.below(8) == 0) request.headers.push_back({"content-type", std::string(8000, 'x')});
  if (random.below(8) == 0) request.headers.push_back({"\xff", mutated_bytes("value", random)});
  return request;
}

// How long this thread could have run and was not let, which is the machine's doing and not the plugin's.
std::chrono::nanoseconds time_in_run_queue() {
  // Time on a processor, then time of waiting for one (Documentation/scheduler/sched-stats.rst).
  std::ifstream file("/proc/thread-self/schedstat");
  std::chrono::nanoseconds::rep ran = 0, waited = 0;
  file >> ran >> waited;
  return std::chrono::nanoseconds{waited};
}

}  // namespace

std::vector<Finding> check_hostile_requests(const Subject& subject) {
  constexpr int rounds = 400;
  Ledger ledger;
  Session session(subject, ledger);
  if (!session.offers(PATCHBAY_EXT_HTTP_ENDPOINT)) return {skip("H1", "it has no endpoint")};
  if (const auto failed = session.begin()) return {skip("H1", *failed, "see the check `start`")};
  Random random(subject.seed + 2);
  std::vector<Finding> found;
  std::chrono::nanoseconds slowest{0};
  int failures = 0;
  for (int i = 0; i < rounds && found.empty(); ++i) {
    const testkit::Request request = hostile(session.examples().requests, random);
    subject.doing("receive hostile request " + std::to_string(i) + ": " + request.body.substr(0, 100));
    const auto queued = time_in_run_queue();
    const auto from = std::chrono::steady_clock::now();
    const pb_request id = session.host().receive(request);
    const auto took = std::chrono::steady_clock::now() - from;
    slowest = std::max(slowest, took - (time_in_run_queue() - queued));
    session.settle();
    const std::optional<HttpResponse> answer = session.host().response(id);
    if (!answer)
      found.push_back(fail("H1", "hostile request " + std::to_string(i) + " was never answered",
                           "answer each request once: with respond(), or in the batch"));
    else if (answer->status < 200 || answer->status > 599)
      found.push_back(fail("H1", "a request was answered " + std::to_string(answer->status), "answer 200 to 599"));
    else if (answer->status >= 500)
      ++failures;
    for (Finding& each : session.broken()) found.push_back(std::move(each));
  }
  for (std::size_t i = 0; i < session.examples().requests.size() && found.empty(); ++i)
    if (const std::uint32_t status = session.request(i, 1); status < 200 || status >= 300)
      found.push_back(fail("H1", "after hostile requests a good one was answered " + std::to_string(status),
                           "keep nothing of a request that was refused"));
  session.end();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(slowest).count();
  if (found.empty() && failures > 0)
    found.push_back(warn("H1",
                         std::to_string(failures) + " of " + std::to_string(rounds) +
                             " hostile requests were answered 5xx, which asks for them again",
                         "answer 400, or 200 and quarantine the original"));
  if (slowest > 50ms)
    found.push_back(warn("H2", "receive() took up to " + std::to_string(milliseconds) + " ms; it has 50 ms",
                         "do less in receive(), or limit what is read"));
  return or_pass(std::move(found), "H1", std::to_string(rounds) + " requests");
}

}  // namespace patchbay::conformance
