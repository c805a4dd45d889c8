// A channel that keeps connections to servers open, for the tests of streams: what happens on them is in the log.
//
// A line that comes is written down; "say TEXT" is answered with TEXT, and "starttls" is where TLS begins if it is to
// begin later.
#include <patchbay/connector.hpp>
#include <patchbay/wire.hpp>

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace patchbay;

enum class Tls : std::uint8_t { never, at_once, starttls };

struct Line {
  std::string server;  // as the settings have it
  StreamCall call;
  Tls tls = Tls::never;
  std::optional<Wire> wire;
  bool was_secured = false;
};

StreamCall call_to(std::string_view server) {
  const std::size_t colon = server.rfind(':');
  std::string host(server.substr(0, colon));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return {std::move(host), static_cast<std::uint16_t>(std::stoi(std::string(server.substr(colon + 1)))), {}};
}

class Liner final : public Connector {
 public:
  Liner(Host& host, const Settings& settings) : host_(host) {
    for (const Json& one : settings.at("/servers")) {
      const auto count = one.at("count").get<std::size_t>();
      for (std::size_t i = 0; i < count; ++i) {
        Line& line = lines_.emplace_back();
        line.server = one.at("server").get<std::string>();
        const auto instead = one.at("instead").get<std::string>();
        line.call = call_to(instead.empty() ? line.server : instead);
        line.call.timeout = std::chrono::milliseconds{one.at("timeout_ms").get<std::int64_t>()};
        const auto tls = one.at("tls").get<std::string>();
        line.tls = tls == "at_once" ? Tls::at_once : tls == "starttls" ? Tls::starttls : Tls::never;
      }
    }
  }

  void start() override {
    for (std::size_t i = 0; i < lines_.size(); ++i) host_.connect(i, lines_[i].call);
  }

  void connected(pb_token token, Connected made) override {
    Line& line = lines_.at(token);
    if (made.error) return note(line, "failed: " + made.error->reason + "; " + made.error->remedy);
    note(line, "connected to " + made.peer);
    host_.set("open", ++open_);
    line.wire.emplace(std::move(made.stream));
    if (line.tls == Tls::at_once)
      if (const auto error = secure(line)) return end(line, "broke: " + error->reason);
    turn(token);
  }

  void ready(pb_token token, const Ready&) override { turn(token); }

  void stop() override {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      host_.unwatch(i);
      if (!lines_[i].wire) continue;
      lines_[i].wire->end();
      static_cast<void>(lines_[i].wire->flow());  // says goodbye where there is room for it
      lines_[i].wire.reset();
    }
  }

 private:
  void turn(pb_token token) {
    Line& line = lines_.at(token);
    do {
      if (const auto error = line.wire->flow()) return end(line, "broke: " + error->reason + "; " + error->remedy);
      if (line.wire->is_secured() && !std::exchange(line.was_secured, true)) {
        note(line, "secured");
        host_.set("secured", ++secured_);
      }
      if (const auto error = take(line)) return end(line, "broke: " + error->reason + "; " + error->remedy);
    } while (line.wire->has_output());
    if (line.wire->ending() != Wire::Ending::none)
      return end(line, line.wire->ending() == Wire::Ending::orderly ? "ended" : "was cut off");
    host_.watch(token, line.wire->stream(), line.wire->interest());
  }

  std::optional<Error> take(Line& line) {
    std::string& received = line.wire->received();
    for (std::size_t end = received.find('\n'); end != std::string::npos; end = received.find('\n')) {
      const std::string text = received.substr(0, end);
      received.erase(0, end + 1);
      note(line, "heard " + text);
      if (text.starts_with("say ")) line.wire->write(text.substr(4) + "\n");
      if (text == "starttls" && line.tls == Tls::starttls)
        if (auto error = secure(line)) return error;
    }
    return std::nullopt;
  }

  std::optional<Error> secure(Line& line) {
    if (!context_) context_.emplace(tls::Options{host_.authorities(), {}});
    auto error = line.wire->secure(*context_, line.call.host);
    if (!error && line.tls == Tls::starttls) line.wire->write("after starttls\n");
    return error;
  }

  void end(Line& line, const std::string& why) {
    line.wire.reset();
    note(line, why);
  }

  void note(const Line& line, const std::string& what) const { host_.log(LogLevel::info, line.server + " " + what); }

  Host& host_;
  std::optional<tls::Context> context_;
  std::deque<Line> lines_;
  double open_ = 0, secured_ = 0;
};

}  // namespace

PATCHBAY_CONNECTOR(Liner, PATCHBAY_EXT_STREAM " " PATCHBAY_EXT_METRICS)
