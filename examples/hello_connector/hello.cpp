// A whole channel: {"id": "1", "from": "kasia@example.org", "text": "hello"} posted to /hooks/CHANNEL is a message.
#include <patchbay/connector.hpp>

using namespace patchbay;

class Hello final : public Connector {
 public:
  Hello(Host& host, const Settings& settings) : host_(host), account_(settings.text("/account", "hello")) {}

  // [webhook]
  void receive(const HttpRequest& request) override {
    const Json said = Json::parse(request.body, nullptr, false);
    for (const char* const key : {"id", "from", "text"})
      if (!said.contains(key) || !said.at(key).is_string() || said.at(key) == "")
        return host_.respond(request.id, {400, {}, "expected an object with id, from and text\n"});

    Interaction message;
    message.occurred_at = request.received_at;
    message.account = account_;
    message.external_id = said.at("id").get<std::string>();
    message.text = said.at("text").get<std::string>();
    message.participants = {{Role::author, {{"email", said.at("from").get<std::string>(), {}, Trust::claimed}}}};

    // The answer goes out once the message is durable, so nobody is told that something was taken which was not.
    Batch batch;
    batch.interactions.push_back(std::move(message));
    batch.answers = request.id;
    batch.answer = {200, {}, "thank you\n"};
    if (host_.submit(++last_token_, batch) == Submitted::busy) throw transient("taking a message: the host is busy");
  }
  // [end]

 private:
  Host& host_;
  std::string account_;
  pb_token last_token_ = 0;
};

PATCHBAY_CONNECTOR(Hello, PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_HTTP_ENDPOINT)
