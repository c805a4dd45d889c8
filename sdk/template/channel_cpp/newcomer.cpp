// The connector: {"id": "1", "from": "kasia@example.org", "text": "hello"} posted to /hooks/CHANNEL is a message.
#include <patchbay/connector.hpp>

#include <optional>

namespace {

// What the provider sends, read without a host, so that a test needs none. Nothing where it has another shape.
std::optional<patchbay::Interaction> read(std::string_view body) {
  const patchbay::Json said = patchbay::Json::parse(body, nullptr, false);
  for (const char* const key : {"id", "from", "text"})
    if (!said.contains(key) || !said.at(key).is_string() || said.at(key) == "") return std::nullopt;

  patchbay::Interaction message;
  message.external_id = said.at("id").get<std::string>();  // by which the host knows a repetition
  message.text = said.at("text").get<std::string>();
  // Nobody has proved that this is their address: it is claimed.
  message.participants = {
      {patchbay::Role::author, {{"email", said.at("from").get<std::string>(), {}, patchbay::Trust::claimed}}}};
  return message;
}

class Newcomer final : public patchbay::Connector {
 public:
  Newcomer(patchbay::Host& host, const patchbay::Settings& settings)
      : host_(host), account_(settings.text("/account", "main")) {}

  void receive(const patchbay::HttpRequest& request) override {
    std::optional<patchbay::Interaction> message = read(request.body);
    if (!message) return host_.respond(request.id, {400, {}, "expected an object with id, from and text\n"});
    message->account = account_;
    message->occurred_at = request.received_at;

    // The answer goes out once the message is durable, so that nobody is told of something taken which was not.
    patchbay::Batch batch;
    batch.interactions.push_back(std::move(*message));
    batch.answers = request.id;
    batch.answer = {200, {}, "thank you\n"};
    if (host_.submit(++last_token_, batch) == patchbay::Submitted::busy)
      throw patchbay::transient("taking a message: the host is busy");  // answered 503: the provider comes again
  }

 private:
  patchbay::Host& host_;
  std::string account_;
  pb_token last_token_ = 0;
};

}  // namespace

PATCHBAY_CONNECTOR(Newcomer, PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_HTTP_ENDPOINT)
