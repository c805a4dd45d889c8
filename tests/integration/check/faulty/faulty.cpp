// A channel that is right with "fault": "none", and wrong in one way with each other word; faults_test.mjs lists them.
//
// It has an endpoint for {"id", "text"}, a source of its own that poll() reads (five items behind a cursor), and sends
// to https://provider.example/.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <patchbay/connector.hpp>

#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

using namespace patchbay;

namespace {

constexpr int items = 5;
constexpr pb_token first_poll = pb_token{1} << 32U;
constexpr std::size_t longest_account = 64;

std::uint64_t lives = 0;  // shared by all instances, which only a fault looks at

class Faulty final : public Connector {
 public:
  Faulty(Host& host, const Settings& settings) : host_(host), fault_(settings.text("/fault", "none")) {
    if (is("trust_the_schema") && !settings.at("/account").is_string()) std::abort();
    account_ = settings.text("/account", "main");
    if (is("crash_on_garbage") && account_.size() > longest_account) std::abort();
    if (is("exit_on_garbage") && account_.size() > longest_account) std::_Exit(0);
    if (is("refuse_without_place") && account_.size() > longest_account) throw permanent("the account is too long");
    if (account_.size() > 10'000)
      throw invalid_settings("/account", "reading /account: expected a short name", "choose another");
    if (is("leak_descriptor")) static_cast<void>(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (is("leak_memory")) static_cast<void>(new std::string(10'000, 'x'));
    if (is("crash_with_another") && ++lives % 7 == 0) std::abort();
    if (is("read_a_file")) look(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    if (is("open_a_socket")) look(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (is("read_the_environment")) seen_ = std::getenv("PATH") != nullptr ? " on a path" : " on none";
  }

  void start() override {
    if (is("fail_to_start")) throw permanent("starting: it does not feel like it");
    const std::optional<std::string> cursor = host_.state("cursor");
    if (cursor && !is("ignore_cursor") && !is("double_after_restart")) durable_ = std::stoi(*cursor);
    if (is("crash_after_restart") && cursor) std::abort();
    if (is("leak_thread")) std::thread([] { std::this_thread::sleep_for(std::chrono::minutes{1}); }).detach();
    if (is("call_after_close")) {
      // Its bytes outlive it, so that the fault is the call and not the memory.
      auto* const kept = static_cast<Host*>(std::malloc(sizeof(Host)));
      std::memcpy(static_cast<void*>(kept), static_cast<const void*>(&host_), sizeof(Host));
      std::thread([kept] {
        for (int i = 0; i < 40; ++i) {
          std::this_thread::sleep_for(std::chrono::milliseconds{2});
          kept->log(LogLevel::info, "still here");
        }
      }).detach();
    }
    if (is("next_from_wrong_thread")) static_cast<void>(host_.next(std::chrono::milliseconds{0}));
  }

  void stop() override {
    if (is("never_stop")) spin();
    if (is("submit_after_stop")) host_.respond(12345, {});
  }

  void receive(const HttpRequest& request) override {
    if (is("crash_on_deep_json") && request.body.size() > 15'000) std::abort();
    if (is("receive_slowly") && !std::exchange(has_slept_, true))
      std::this_thread::sleep_for(std::chrono::milliseconds{80});
    const Json said = Json::parse(request.body, nullptr, false);
    const bool known =
        said.contains("id") && said.contains("text") && said.at("id").is_string() && said.at("text").is_string();
    if (!known || said.at("id") == "") {
      if (is("never_answer")) return;
      host_.respond(request.id, {400, {}, "expected id and text\n"});
      if (is("answer_twice")) host_.respond(request.id, {400, {}, {}});
      return;
    }
    Batch batch;
    batch.interactions.push_back(message(said.at("id").get<std::string>(), said.at("text").get<std::string>()));
    if (is("id_of_its_own")) batch.interactions.front().external_id = std::to_string(host_.monotonic().count());
    if (is("malformed_batch")) batch.interactions.front().region = "Italy";
    if (is("answer_before_commit")) {
      host_.respond(request.id, {200, {}, {}});
    } else {
      batch.answers = request.id;
      batch.answer = {200, {}, {}};
    }
    if (host_.submit(++last_token_, batch) == Submitted::taken) return;
    if (is("answer_before_commit")) return;
    if (is("ignore_credit")) return host_.respond(request.id, {200, {}, {}});
    throw transient("taking a message: the host is busy");
  }

  void poll() override {
    if (on_its_way_ != 0 || durable_ >= items) return;
    const int number = durable_ + 1;
    Batch batch;
    batch.interactions.push_back(
        message(is("double_after_restart") ? "" : "item-" + std::to_string(number), "Item " + std::to_string(number)));
    batch.cursor(std::to_string(number));
    if (is("cursor_first")) {  // durable before what it stands for
      Batch first;
      first.cursor(std::to_string(number));
      batch.states.clear();
      static_cast<void>(host_.submit(first_poll * 2 + static_cast<pb_token>(number), first));
    }
    const Submitted submitted = host_.submit(first_poll + static_cast<pb_token>(number), batch);
    if (submitted == Submitted::taken) {
      on_its_way_ = number;
    } else if (is("skip_when_busy")) {
      durable_ = number;
    }
  }

  void completed(const Completion& completion) override {
    if (completion.token < first_poll || completion.token >= first_poll * 2) return;
    if (!completion.error || is("skip_when_refused")) durable_ = on_its_way_;
    on_its_way_ = 0;
  }

  void send(const Outbound& outbound) override {
    HttpCall call;
    call.method = "POST";
    call.url = "https://provider.example/messages";
    call.body = outbound.text;
    call.repeat = Repeat::never;
    host_.call(outbound.token, call);
    if (is("end_twice")) host_.sent(outbound.token, "early", host_.now());
  }

  void answered(pb_token token, const HttpResult& result) override {
    if (is("never_end")) return;
    if (is("crash_without_answer") && result.error) std::abort();
    if (is("always_sent")) return host_.sent(token, "sent-1", host_.now());
    if (result.error) return host_.send_failed(token, *result.error);
    const Json said = Json::parse(result.body, nullptr, false);
    if (result.status == 200 && said.is_object() && said.contains("id") && said.at("id").is_string())
      return host_.sent(token, said.at("id").get<std::string>(), host_.now());
    host_.send_failed(token, {PB_TIMEOUT, "the provider answered " + std::to_string(result.status), {}, {}, {}});
  }

 private:
  [[nodiscard]] bool is(std::string_view fault) const { return fault_ == fault; }

  [[noreturn]] static void spin() {
    for (;;) std::this_thread::sleep_for(std::chrono::seconds{1});
  }

  // What a plugin in a worker may not have.
  void look(int descriptor) {
    seen_ = descriptor >= 0 ? " with it" : " without it";
    if (descriptor >= 0) ::close(descriptor);
  }

  [[nodiscard]] Interaction message(std::string id, const std::string& text) const {
    Interaction made;
    made.occurred_at = host_.now();
    made.account = account_;
    made.external_id = std::move(id);
    made.text = text + seen_;
    made.participants = {{Role::author, {{"username", "kasia", "example", Trust::claimed}}}};
    return made;
  }

  Host& host_;
  std::string fault_, account_, seen_;
  bool has_slept_ = false;
  int durable_ = 0, on_its_way_ = 0;
  pb_token last_token_ = 0;
};

}  // namespace

PATCHBAY_CONNECTOR(Faulty, PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_HTTP_ENDPOINT)
