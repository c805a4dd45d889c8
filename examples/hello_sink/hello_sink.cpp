// A whole sink: posts each event to one address, as it is.
#include <patchbay/sink.hpp>

using namespace patchbay;

class HelloSink final : public Sink {
 public:
  HelloSink(Host&, const Settings& settings) : url_(settings.text("/url")) {}

  HttpCall render(const Event& event) override {
    HttpCall call;
    call.method = "POST";
    call.url = url_;
    call.headers = {{"content-type", "application/cloudevents+json"}};
    call.body = event.payload;
    return call;
  }

  // Some CRMs answer 200 and tell the error in the body, as JSON-RPC 2.0 does: that is no delivery. At most 64 KiB of
  // the body come here.
  Judgement judge(const Event&, const HttpResult& result) override {
    Judgement judgement = judge_by_status(result);
    if (judgement.verdict != Verdict::delivered) return judgement;
    const Json answer = Json::parse(result.body, nullptr, false);
    if (answer.is_object() && answer.contains("error"))
      return {Verdict::permanent, {}, judgement.reason + " with an error: " + answer["error"].dump()};
    return judgement;
  }

 private:
  std::string url_;
};

PATCHBAY_SINK(HelloSink)
