#include "whatsapp.hpp"

#include "sending_end.hpp"
#include "verification.hpp"

namespace patchbay::whatsapp {

namespace {

// The Cloud API answers within seconds; what takes longer ends in doubt.
constexpr std::chrono::seconds longest_sending{30};

HttpResponse plain(std::uint32_t status, std::string body) {
  return {
      status, {{"content-type", "text/plain; charset=utf-8"}, {"x-content-type-options", "nosniff"}}, std::move(body)};
}

}  // namespace

WhatsApp::WhatsApp(Host& host, const Settings& settings)
    : host_(host),
      numbers_(read_numbers(settings)),
      verify_token_(settings.secret("/verify_token")),
      api_(read_api(settings)),
      access_token_(settings.secret_if_any("/token")) {}

void WhatsApp::receive(const HttpRequest& request) {
  if (!request.path.empty() && request.path != "/") {
    host_.respond(request.id, plain(404, "nothing is here\n"));
  } else if (request.method == "POST") {
    take(request);
  } else if (request.method == "GET") {
    host_.respond(request.id, verified(request.query));
  } else {
    HttpResponse refused = plain(405, "only GET and POST are understood here\n");
    refused.headers.push_back({"allow", "GET, POST"});
    host_.respond(request.id, refused);
  }
}

void WhatsApp::replay(pb_token token, const Original& original) {
  const Batch batch = map_body(numbers_, original.bytes, host_.now());
  if (host_.submit(token, batch) == Submitted::busy)
    throw transient("replaying an original: expected room for one more batch, found the host busy");
}

void WhatsApp::completed(const Completion& completion) {
  if (completion.error) host_.log(LogLevel::warning, "handing over a webhook body: " + completion.error->reason);
}

void WhatsApp::send(const Outbound& outbound) {
  SendRequest request = request_of(numbers_, api_, outbound);
  if (!access_token_)
    throw invalid_settings("/token", "sending: the channel has no access token",
                           "put the access token of a system user into the settings");
  HttpCall call;
  call.repeat = Repeat::never;
  call.method = "POST";
  call.url = std::move(request.url);
  call.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
  call.secret_headers = {{"authorization", "Bearer ", *access_token_}};
  call.body = std::move(request.body);
  call.timeout = longest_sending;
  call.max_body = largest_answer;
  const pb_token token = next_call_++;
  host_.call(token, call);
  under_way_[token] = {outbound.token, std::move(request.pointer)};
}

void WhatsApp::answered(pb_token token, const HttpResult& result) {
  const auto node = under_way_.extract(token);
  if (node.empty()) return;
  const UnderWay& sending = node.mapped();
  const TimePoint now = host_.now();
  const SendingEnd end = end_of_sending(result, sending.number, now);
  if (end.error)
    host_.send_failed(sending.sending, *end.error);
  else
    host_.sent(sending.sending, end.external_id, now);
}

void WhatsApp::take(const HttpRequest& request) {
  Batch batch = map_body(numbers_, request.body, request.received_at);
  batch.answers = request.id;
  batch.answer = plain(200, "");
  if (host_.submit(next_token_++, batch) == Submitted::taken) return;
  HttpResponse busy = plain(503, "busy\n");
  busy.headers.push_back({"retry-after", "1"});
  host_.respond(request.id, busy);
}

// Meta asks once, when the webhook is set up, whether this address is meant.
HttpResponse WhatsApp::verified(std::string_view query) const {
  const Verification asked = read_verification(query);
  if (asked.mode == "subscribe" && !asked.token.empty() && host_.verify(verify_token_, "equal", "", asked.token))
    return plain(200, asked.challenge);
  host_.log(LogLevel::warning,
            "verifying the webhook: expected the verify token of the settings, found another; enter the same in the "
            "app's webhook settings");
  return plain(403, "wrong verify token\n");
}

}  // namespace patchbay::whatsapp
