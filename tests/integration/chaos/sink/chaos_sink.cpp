// A sink that crashes on some events: on a text that holds "crash in render" when it is to render it, and on one that
// holds "crash in judge" when it is to judge its answer. All others are posted as they are.
#include <patchbay/sink.hpp>

#include <cstdlib>

using namespace patchbay;

class ChaosSink final : public Sink {
 public:
  ChaosSink(Host&, const Settings& settings) : url_(settings.text("/url")) {}

  HttpCall render(const Event& event) override {
    if (event.payload.find("crash in render") != std::string::npos) std::abort();
    HttpCall call;
    call.method = "POST";
    call.url = url_;
    call.body = event.payload;
    return call;
  }

  Judgement judge(const Event& event, const HttpResult& result) override {
    if (event.payload.find("crash in judge") != std::string::npos) std::abort();
    return judge_by_status(result);
  }

 private:
  std::string url_;
};

PATCHBAY_SINK(ChaosSink)
