#include "plugin/in_process.hpp"

#include "plugin/conversation.hpp"
#include "plugin/thread_executor.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace patchbay::plugin {
namespace {

class InProcess final : public Instance {
 public:
  InProcess(std::unique_ptr<ThreadExecutor> own, Executor& executor, std::shared_ptr<Conversation> conversation)
      : own_(std::move(own)), executor_(executor), conversation_(std::move(conversation)) {}
  InProcess(const InProcess&) = delete;
  InProcess& operator=(const InProcess&) = delete;
  ~InProcess() override { close(); }

  void check(Done done) override { post(&Conversation::check, std::move(done)); }
  void start(Done done) override { post(&Conversation::start, std::move(done)); }
  void stop(Done done) override {
    conversation_->stop_soon();
    post(&Conversation::stop, std::move(done));
  }
  void close() override {
    conversation_->close();
    // Whoever waits for a Done gets it, even if it is only to be told that the instance was closed.
    if (own_) own_->drain();
  }

  void complete(Completion completion) override { post(&Conversation::complete, std::move(completion)); }
  void receive(HttpRequest request) override { post(&Conversation::receive, std::move(request)); }
  void answered(HttpResult result) override { post(&Conversation::answered, std::move(result)); }
  void accessed(AccessResult result) override { post(&Conversation::accessed, std::move(result)); }
  void connected(StreamResult result, Descriptor stream) override {
    executor_.post(
        [conversation = conversation_, result = std::move(result),
         stream = std::make_shared<Descriptor>(std::move(stream))] { conversation->connected(result, stream); });
  }
  void send(Outbound outbound) override { post(&Conversation::send, std::move(outbound)); }
  void replay(Original original) override { post(&Conversation::replay, std::move(original)); }
  void render(Event event) override { post(&Conversation::render, std::move(event)); }
  void judge(Event event, HttpResult result) override {
    executor_.post([conversation = conversation_, event = std::move(event), result = std::move(result)] {
      conversation->judge(event, result);
    });
  }

  void deliver(Event event) override { post(&Conversation::deliver, std::move(event)); }

  bool offers(const char* extension) const override { return conversation_->functions().offers(extension); }

 private:
  template <class Message>
  void post(void (Conversation::*call)(const Message&), Message message) {
    executor_.post(
        [conversation = conversation_, call, message = std::move(message)] { ((*conversation).*call)(message); });
  }

  std::unique_ptr<ThreadExecutor> own_;
  Executor& executor_;
  std::shared_ptr<Conversation> conversation_;
};

Result<std::unique_ptr<ThreadExecutor>> make_thread(const std::string& name) {
  try {
    return std::make_unique<ThreadExecutor>(name);
  } catch (const std::system_error& error) {
    return failure(ErrorCode::unavailable, std::string("making its thread: ") + error.what(),
                   "raise the limit of threads");
  }
}

}  // namespace

Result<std::unique_ptr<Instance>> open_in_process(const Functions& functions, const Manifest& manifest,
                                                  const OpenSettings& settings, Services& services,
                                                  Executor* executor) {
  if (functions.run) executor = nullptr;  // it has a thread for itself, or it would hold up all others
  std::unique_ptr<ThreadExecutor> own;
  if (executor == nullptr) own = PATCHBAY_TRY(make_thread(settings.name));
  Executor& used = executor != nullptr ? *executor : *own;
  const auto& capabilities = manifest.capabilities;
  const bool may_reveal = std::find(capabilities.begin(), capabilities.end(), "secrets.reveal") != capabilities.end();
  auto conversation = std::make_shared<Conversation>(functions, services, may_reveal, used, own.get());
  PATCHBAY_CHECK(conversation->open(settings));
  return std::make_unique<InProcess>(std::move(own), used, std::move(conversation));
}

}  // namespace patchbay::plugin
