// For tests: a sink whose requests need an access token, which it never sees.
#include <patchbay/sink.hpp>

using namespace patchbay;

namespace {

class Teller final : public Sink {
 public:
  Teller(Host&, const Settings& settings) : url_(settings.text("/url")), access_(settings.secret("/oauth2")) {}

  HttpCall render(const Event& event) override {
    HttpCall call;
    call.method = "POST";
    call.url = url_;
    call.headers = {{"content-type", "application/json"}, {"idempotency-key", std::string(event.id)}};
    call.secret_headers = {{"authorization", "Bearer ", access_}};
    call.body = event.payload;
    return call;
  }

 private:
  std::string url_;
  pb_secret access_;
};

}  // namespace

PATCHBAY_SINK(Teller)
