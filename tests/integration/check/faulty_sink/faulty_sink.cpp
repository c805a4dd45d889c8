// A sink that is right with "fault": "none", and wrong in one way with each other word; faults_test.mjs lists them.
#include <patchbay/sink.hpp>

using namespace patchbay;

namespace {

class FaultySink final : public Sink {
 public:
  FaultySink(Host&, const Settings& settings) : fault_(settings.text("/fault", "none")), url_(settings.text("/url")) {}

  HttpCall render(const Event& event) override {
    if (is("refuse_an_event") && event.type == "channel.notice") throw permanent("it has no wish to tell notices");
    HttpCall call;
    call.method = "POST";
    call.url = url_;
    call.headers = {{"content-type", "application/cloudevents+json"}};
    if (is("render_differently")) call.headers.push_back({"x-number", std::to_string(++rendered_)});
    call.body = event.payload;
    return call;
  }

  Judgement judge(const Event&, const HttpResult& result) override {
    if (is("always_delivered")) return {Verdict::delivered, {}, "surely"};
    return judge_by_status(result);
  }

 private:
  [[nodiscard]] bool is(std::string_view fault) const { return fault_ == fault; }

  std::string fault_, url_;
  int rendered_ = 0;
};

}  // namespace

PATCHBAY_SINK(FaultySink)
