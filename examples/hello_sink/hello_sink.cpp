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
  // What the answer means is left to Sink::judge, which goes by the status.

 private:
  std::string url_;
};

PATCHBAY_SINK(HelloSink)
