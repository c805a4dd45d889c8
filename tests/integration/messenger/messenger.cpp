// A channel for tests, whose provider is the test: what is posted to /hooks/CHANNEL comes in, what is sent is posted to
// `url`, and the answer's status says how it went.
//
//   in:  {"messages": [{"id", "from", "text", "seconds_ago"}], "receipts": [{"of", "receipt"}],
//         "consents": [{"from", "category", "withdrawn": true}]}
//   out: {"id", "account", "to": ["KIND VALUE", ...], "in_reply_to", "conversation", "text"}
//        200 {"id"}: taken; 401, 429 (Retry-After in seconds), 503 and any 4xx: not taken; all else: nobody knows
#include <patchbay/connector.hpp>

#include <map>

using namespace patchbay;

class Messenger final : public Connector {
 public:
  Messenger(Host& host, const Settings& settings) : host_(host), url_(settings.text("/url")) {}

  void receive(const HttpRequest& request) override {
    const Json body = Json::parse(request.body);
    Batch batch;
    for (const Json& from : body.value("messages", Json::array())) {
      Interaction message;
      message.occurred_at = request.received_at - std::chrono::seconds{from.value("seconds_ago", 0)};
      message.account = "front-desk";
      message.external_id = from.at("id").get<std::string>();
      message.conversation = "with " + from.at("from").get<std::string>();
      message.text = from.at("text").get<std::string>();
      message.participants = {person(Role::author, from),
                              {Role::recipient, {{"phone", "+39021234567", {}, Trust::attested}}, Party::business}};
      batch.interactions.push_back(std::move(message));
    }
    for (const Json& from : body.value("receipts", Json::array())) {
      Fact fact;
      fact.kind = FactKind::receipt;
      fact.receipt = from.at("receipt") == "read" ? Receipt::read : Receipt::delivered;
      fact.occurred_at = request.received_at;
      fact.account = "front-desk";
      fact.target = from.at("of").get<std::string>();
      batch.facts.push_back(std::move(fact));
    }
    for (const Json& from : body.value("consents", Json::array())) {
      Consent consent;
      consent.state = from.value("withdrawn", true) ? ConsentState::withdrawn : ConsentState::granted;
      consent.occurred_at = request.received_at;
      consent.account = "front-desk";
      consent.category = from.at("category").get<std::string>();
      consent.participant = person(Role::author, from);
      batch.consents.push_back(std::move(consent));
    }
    batch.answers = request.id;
    batch.answer = {200, {}, "taken\n"};
    if (host_.submit(++last_token_, batch) == Submitted::busy) throw transient("taking a message: the host is busy");
  }

  void send(const Outbound& outbound) override {
    Json to = Json::array();
    for (const Identifier& identifier : outbound.recipients.at(0).identifiers)
      to.push_back(identifier.kind + " " + identifier.value);
    const Json body = {{"id", outbound.id},
                       {"account", outbound.account},
                       {"to", std::move(to)},
                       {"in_reply_to", outbound.in_reply_to},
                       {"conversation", outbound.conversation},
                       {"text", outbound.text}};
    HttpCall call;
    call.method = "POST";
    call.url = url_;
    call.headers = {{"content-type", "application/json"}};
    call.body = body.dump();
    call.repeat = Repeat::never;
    call.timeout = std::chrono::seconds{5};
    host_.call(outbound.token, call);
  }

  void answered(pb_token token, const HttpResult& result) override {
    if (result.error) return host_.send_failed(token, *result.error);
    const std::string said = "the provider answered " + std::to_string(result.status);
    switch (result.status) {
      case 200:
        return host_.sent(token, Json::parse(result.body).at("id").get<std::string>(), host_.now());
      case 401:
        return host_.send_failed(token, {PB_AUTH_FAILED, said, "renew the token", {}, {}});
      case 429:
        return host_.send_failed(
            token, {PB_RATE_LIMITED,
                    said,
                    {},
                    {},
                    host_.now() + std::chrono::seconds{std::stoi(std::string(result.header("retry-after")))}});
      case 503:
        return host_.send_failed(token, {PB_TRANSIENT, said, {}, {}, {}});
      default:
        return host_.send_failed(
            token, {result.status >= 400 && result.status < 500 ? pb_code{PB_PERMANENT} : pb_code{PB_TIMEOUT},
                    said,
                    {},
                    {},
                    {}});
    }
  }

 private:
  static Participant person(Role role, const Json& from) {
    return {role, {{"phone", from.at("from").get<std::string>(), {}, Trust::attested}}, Party::person};
  }

  Host& host_;
  std::string url_;
  pb_token last_token_ = pb_token{1} << 32U;
};

PATCHBAY_CONNECTOR(Messenger, PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_HTTP_ENDPOINT " " PATCHBAY_EXT_SEND
                                                  " " PATCHBAY_EXT_HTTP_CLIENT)
