// The recipe for a provider that keeps a connection open until it has news (long polling, as Telegram's getUpdates has
// it). docs/cookbook.md shows the part between the markers.
#include <patchbay/connector.hpp>

using namespace patchbay;
using namespace std::chrono_literals;

namespace {

constexpr pb_token updates_call = 1, batch_token = 2;

class CookbookConnection final : public Connector {
 public:
  CookbookConnection(Host& host, const Settings& settings) : host_(host), url_(settings.text("/url")) {}

  // [connection]
  void start() override { cursor_ = host_.state("cursor").value_or("0"); }

  // Has a thread of its own. Whatever the host has for this connector is called inside of next(), on the same thread,
  // so that nothing here needs a lock.
  void run() override {
    for (;;) {
      const Next came = host_.next(is_waiting_ ? 60s : pause_);  // a stop ends the wait, too
      if (came == Next::stopping) return;
      if (came == Next::timeout && !is_waiting_) ask();
    }
  }

  void ask() {
    HttpCall call;
    call.url = url_ + "/updates?wait=25&after=" + cursor_;
    call.timeout = 35s;
    pause_ = 1s;  // unless there is news: not every provider waits as it is asked to
    host_.call(updates_call, call);
    is_waiting_ = true;
  }

  void answered(pb_token, const HttpResult& result) override {
    is_waiting_ = false;
    const Json said = Json::parse(result.body, nullptr, false);
    if (result.status != 200 || !said.is_array()) {
      pause_ = 10s;
      throw transient("reading updates: " + (result.error ? result.error->reason : std::to_string(result.status)));
    }
    Batch batch;
    for (const Json& one : said) {
      batch.interactions.push_back(message_of(one));
      next_cursor_ = batch.interactions.back().external_id;
    }
    if (batch.interactions.empty()) return;
    batch.cursor(next_cursor_);
    is_waiting_ = host_.submit(batch_token, batch) == Submitted::taken;  // busy: it is asked for again
  }

  void completed(const Completion& completion) override {
    is_waiting_ = false;
    if (completion.error) return;  // the same is asked for again
    cursor_ = next_cursor_;
    pause_ = 0s;
  }
  // [end]

 private:
  static Interaction message_of(const Json& from) {
    Interaction message;
    message.occurred_at = TimePoint{std::chrono::seconds{from.value("at", std::int64_t{0})}};
    message.account = "connection";
    message.external_id = from.at("id").get<std::string>();
    message.text = from.value("text", "");
    message.participants = {{Role::author, {{"username", from.at("from").get<std::string>(), "", Trust::claimed}}}};
    return message;
  }

  Host& host_;
  std::string url_, cursor_ = "0", next_cursor_ = "0";
  bool is_waiting_ = false;  // for an answer, or for a batch
  std::chrono::milliseconds pause_{0};
};

}  // namespace

PATCHBAY_CONNECTOR(CookbookConnection,
                   PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_HTTP_CLIENT " " PATCHBAY_EXT_CLOCK " " PATCHBAY_EXT_RUN)
