// For tests: a channel that uses its access token in both ways there are. By HTTP it never sees it; on a connection of
// its own protocol ("AUTH TOKEN" answered by "OK" or "NO") it gets it from the host, and another one when it is
// refused.
#include <patchbay/connector.hpp>

#include <array>
#include <string>

using namespace patchbay;
using namespace std::chrono_literals;

namespace {

constexpr pb_token http_call = 1, access_call = 2, server_call = 3;

class Holder final : public Connector {
 public:
  Holder(Host& host, const Settings& settings)
      : host_(host),
        url_(settings.text("/url", "")),
        server_(settings.text("/server", "")),
        oauth2_(settings.secret("/oauth2")) {
    poll_every = 100ms;
  }

  void poll() override {
    if (!url_.empty() && !is_asking_) {
      HttpCall call;
      call.url = url_;
      call.secret_headers = {{"authorization", "Bearer ", oauth2_}};
      host_.call(http_call, call);
      is_asking_ = true;
    }
    if (!server_.empty() && !is_busy_) sign_in({});
  }

  void answered(pb_token, const HttpResult& result) override {
    is_asking_ = false;
    say("asked", result.error ? result.error->reason : std::to_string(result.status));
  }

  // [access]
  // The token comes from the host, which keeps it fresh. One that the server refuses is handed back for another.
  void sign_in(std::string_view refused) {
    is_busy_ = true;
    host_.access(access_call, oauth2_, refused);
  }

  void accessed(pb_token, const Access& access) override {
    if (access.error) {
      is_busy_ = false;  // the operator has been told; the next poll tries again
      return say("signing in", access.error->reason);
    }
    token_ = access.token;
    const std::size_t colon = server_.rfind(':');
    host_.connect(server_call,
                  {server_.substr(0, colon), static_cast<std::uint16_t>(std::stoi(server_.substr(colon + 1)))});
  }

  void connected(pb_token, Connected made) override {
    if (made.error) {
      is_busy_ = false;
      return say("signing in", made.error->reason);
    }
    stream_ = std::move(made.stream);
    static_cast<void>(stream_.write("AUTH " + token_ + "\n"));
    host_.watch(server_call, stream_, Interest::readable);
  }

  void ready(pb_token, const Ready&) override {
    std::array<char, 2> answer{};
    const Stream::Moved moved = stream_.read(answer.data(), answer.size());
    stream_.close();
    if (moved.bytes == 2 && answer[0] == 'O') return say("signed in", "well");  // and stays so
    sign_in(token_);
  }
  // [end]

  void stop() override {
    host_.unwatch(server_call);
    stream_.close();
  }

 private:
  // Each thing once until it changes.
  void say(const std::string& what, const std::string& how) {
    std::string line = what + ": " + how;
    if (line != said_) host_.log(LogLevel::info, line);
    said_ = line;
  }

  Host& host_;
  std::string url_, server_, token_, said_;
  pb_secret oauth2_;
  Stream stream_;
  bool is_asking_ = false, is_busy_ = false;
};

}  // namespace

PATCHBAY_CONNECTOR(Holder,
                   PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_HTTP_CLIENT " " PATCHBAY_EXT_OAUTH2 " " PATCHBAY_EXT_STREAM)
