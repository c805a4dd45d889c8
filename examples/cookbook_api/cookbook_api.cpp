// Recipes for a provider with an HTTP API: it is asked for news with an OAuth2 access token, its messages have
// pictures, and it is sent answers. docs/cookbook.md shows the parts between the markers.
#include <patchbay/connector.hpp>

#include <algorithm>

using namespace patchbay;
using namespace std::chrono_literals;

namespace {

// What we ask for ourselves. Sendings bear the tokens of the host, which counts from 1.
constexpr pb_token own = pb_token{1} << 63U;
constexpr pb_token list_call = own + 1, picture_call = own + 2, batch_token = own + 3;

class CookbookApi final : public Connector {
 public:
  CookbookApi(Host& host, const Settings& settings)
      : host_(host), url_(settings.text("/url")), access_(settings.secret("/oauth2")) {
    poll_every = 15s;
  }

  // [polling]
  void start() override { cursor_ = host_.state("cursor").value_or("0"); }

  void poll() override {
    if (is_reading_) return;
    host_.call(list_call, authorised("GET", "/messages?after=" + cursor_));
    is_reading_ = true;
  }

  void take_list(const HttpResult& result) {
    is_reading_ = false;
    const Json said = understood(result, "reading messages");
    batch_ = {};
    for (const Json& one : said.value("messages", Json::array())) {
      try {
        batch_.interactions.push_back(message_of(one));
      } catch (const Json::exception& error) {  // one that cannot be read holds up no others
        batch_.quarantines.push_back({one.dump(), "application/json", error.what(), "replay it after an update"});
      }
    }
    if (batch_.interactions.empty() && batch_.quarantines.empty()) return;
    next_cursor_ = said.value("next", cursor_);
    is_reading_ = true;  // until the batch is durable
    fetch_pictures();
  }

  // The cursor becomes durable together with what it stands behind: nothing is skipped, and nothing read twice.
  void submit() {
    is_reading_ = false;
    batch_.cursor(next_cursor_);
    is_reading_ = host_.submit(batch_token, batch_) == Submitted::taken;  // busy: the next poll reads it again
  }

  void completed(const Completion& completion) override {
    is_reading_ = false;
    if (!completion.error) cursor_ = next_cursor_;
  }
  // [end]

  // [attachments]
  // One after the other. The bytes go from the provider into the host, and never through here.
  void fetch_pictures() {
    while (Attachment* const picture = next_picture()) {
      HttpCall call;
      call.url = picture->reference;
      call.keep_body = KeepBody::as_attachment;
      call.max_body = 20'000'000;
      try {
        return host_.call(picture_call, call);
      } catch (const Failure& failure) {  // an address, say, that the settings do not name
        leave_out(*picture, failure.what());
      }
    }
    // Without what was left out: the text is worth having by itself.
    for (Interaction& message : batch_.interactions)
      std::erase_if(message.attachments, [](const Attachment& one) { return one.handle == 0; });
    submit();
  }

  void take_picture(const HttpResult& result) {
    Attachment& picture = *next_picture();
    if (result.status == 200) {
      picture.handle = result.attachment;
      picture.media_type = result.header("content-type");
      picture.reference.clear();
    } else {
      leave_out(picture, shown(result));
    }
    fetch_pictures();
  }
  // [end]

  // [oauth2]
  // The host puts the access token where the secret stands, renews it before it runs out, and when the provider refuses
  // it: all that is left here is to say where it goes.
  [[nodiscard]] HttpCall authorised(std::string method, const std::string& path) const {
    HttpCall call;
    call.method = std::move(method);
    call.url = url_ + path;
    call.secret_headers = {{"authorization", "Bearer ", access_}};
    return call;
  }
  // [end]

  // [sending]
  void send(const Outbound& outbound) override {
    HttpCall call = authorised("POST", "/messages");
    call.headers.push_back({"content-type", "application/json"});
    call.headers.push_back({"idempotency-key", outbound.id});  // the same at every attempt
    call.body = Json{{"to", outbound.recipients.at(0).identifiers.at(0).value}, {"text", outbound.text}}.dump();
    call.repeat = Repeat::never;
    host_.call(outbound.token, call);
  }

  void end_sending(pb_token token, const HttpResult& result) {
    if (result.error) return host_.send_failed(token, *result.error);  // it knows whether the request arrived
    const Json said = Json::parse(result.body, nullptr, false);
    if (result.status == 200 && said.is_object() && said.contains("id") && said["id"].is_string())
      return host_.sent(token, said["id"].get<std::string>(), host_.now());
    Error error{PB_PERMANENT, "sending: " + shown(result), "", {}, {}};
    if (result.status == 401) {
      error.code = PB_TRANSIENT;  // it was not repeated, but the host has another token by then
    } else if (result.status == 429) {
      error.code = PB_RATE_LIMITED;
      error.until = host_.now() + 60s;
    } else if (result.status < 400 || result.status >= 500) {
      error.code = PB_TIMEOUT;  // nobody knows: the manifest says that it may be sent again
    }
    host_.send_failed(token, error);
  }
  // [end]

  void answered(pb_token token, const HttpResult& result) override {
    if (token == list_call) return take_list(result);
    if (token == picture_call) return take_picture(result);
    end_sending(token, result);
  }

 private:
  // The first that is still at the provider.
  [[nodiscard]] Attachment* next_picture() {
    for (Interaction& message : batch_.interactions)
      for (Attachment& picture : message.attachments)
        if (!picture.reference.empty()) return &picture;
    return nullptr;
  }

  void leave_out(Attachment& picture, const std::string& why) const {
    host_.log(LogLevel::warning, "leaving out a picture: " + why);
    picture.reference.clear();
  }

  static std::string shown(const HttpResult& result) {
    return result.error ? result.error->reason : "the provider answered " + std::to_string(result.status);
  }

  // The object that a good answer holds.
  [[nodiscard]] static Json understood(const HttpResult& result, const std::string& doing) {
    if (result.error) throw Failure(*result.error);
    Json said = Json::parse(result.body, nullptr, false);
    if (result.status != 200 || !said.is_object()) throw transient(doing + ": " + shown(result));
    return said;
  }

  [[nodiscard]] Interaction message_of(const Json& from) const {
    Interaction message;
    message.occurred_at = TimePoint{std::chrono::seconds{from.value("at", std::int64_t{0})}};
    message.account = "api";
    message.external_id = from.at("id").get<std::string>();
    message.text = from.value("text", "");
    message.participants = {{Role::author, {{"email", from.at("from").get<std::string>(), "", Trust::claimed}}}};
    if (from.contains("picture")) {
      Attachment picture;
      picture.name = "picture";
      picture.reference = from.at("picture").get<std::string>();
      message.attachments.push_back(std::move(picture));
    }
    return message;
  }

  Host& host_;
  std::string url_;
  pb_secret access_;
  std::string cursor_ = "0", next_cursor_ = "0";
  Batch batch_;  // of the round that is read
  bool is_reading_ = false;
};

}  // namespace

PATCHBAY_CONNECTOR(CookbookApi, PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_HTTP_CLIENT " " PATCHBAY_EXT_CLOCK)
