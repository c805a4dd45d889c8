// The sink: posts each event to one address, as it is, and reads from the answer how that went.
#include <patchbay/sink.hpp>

namespace {

class Newcomer final : public patchbay::Sink {
 public:
  Newcomer(patchbay::Host&, const patchbay::Settings& settings) : url_(settings.text("/url")) {}

  // Pure: the same event always makes the same request. The host sends it.
  patchbay::HttpCall render(const patchbay::Event& event) override {
    patchbay::HttpCall call;
    call.method = "POST";
    call.url = url_;
    call.headers = {{"content-type", "application/cloudevents+json"}};
    call.body = event.payload;
    return call;
  }

  // A receiver that answers 200 and tells the error in the body has not taken the event.
  patchbay::Judgement judge(const patchbay::Event&, const patchbay::HttpResult& result) override {
    patchbay::Judgement judgement = patchbay::judge_by_status(result);
    const patchbay::Json answer = patchbay::Json::parse(result.body, nullptr, false);
    if (judgement.verdict == patchbay::Verdict::delivered && answer.is_object() && answer.contains("error"))
      return {patchbay::Verdict::permanent, {}, judgement.reason + " with an error: " + answer["error"].dump()};
    return judgement;
  }

 private:
  std::string url_;
};

}  // namespace

PATCHBAY_SINK(Newcomer)
