#include "plugin/worker_instance.hpp"

#include <utility>

namespace patchbay::plugin {
namespace {

class WorkerInstance final : public Instance {
 public:
  WorkerInstance(std::shared_ptr<Worker> worker, std::shared_ptr<Seat> seat, std::function<void()> ends_well)
      : worker_(std::move(worker)), seat_(std::move(seat)), ends_well_(std::move(ends_well)) {}
  WorkerInstance(const WorkerInstance&) = delete;
  WorkerInstance& operator=(const WorkerInstance&) = delete;
  ~WorkerInstance() override { close(); }

  void check(Done done) override { worker_->order(seat_, FrameKind::check, std::move(done)); }
  void start(Done done) override { worker_->order(seat_, FrameKind::start, std::move(done)); }
  void stop(Done done) override { worker_->order(seat_, FrameKind::stop, std::move(done)); }

  void close() override {
    if (std::exchange(is_closed_, true)) return;
    worker_->close(seat_);
    if (!seat_->is_lost) ends_well_();
  }

  void complete(Completion completion) override { worker_->tell(*seat_, FrameKind::complete, 0, completion); }

  void receive(HttpRequest request) override {
    seat_->outstanding.add_request(request.id);
    if (worker_->tell(*seat_, FrameKind::receive, 0, request) || !seat_->outstanding.end_request(request.id)) return;
    worker_->later(*seat_, [seat = seat_, id = request.id] { seat->calls.refuse(id); });
  }

  void answered(HttpResult result) override { worker_->tell(*seat_, FrameKind::answered, 0, result); }

  void accessed(AccessResult result) override { worker_->tell(*seat_, FrameKind::accessed, 0, result); }

  void connected(StreamResult result, Descriptor stream) override {
    worker_->tell_with(*seat_, std::move(stream), FrameKind::connected, 0, result);
  }

  void send(Outbound outbound) override {
    seat_->outstanding.add_send(outbound.token);
    if (worker_->tell(*seat_, FrameKind::send, 0, outbound) || !seat_->outstanding.end_send(outbound.token)) return;
    worker_->later(*seat_, [seat = seat_, token = outbound.token] {
      seat->calls.give_up(token, PB_STOPPING, "sending: the channel's worker has ended");
    });
  }

  void replay(Original original) override { worker_->tell(*seat_, FrameKind::replay, 0, original); }

  void render(Event event) override { hand_on(FrameKind::render, event); }
  void deliver(Event event) override { hand_on(FrameKind::deliver, event); }
  void judge(Event event, HttpResult result) override { hand_on(FrameKind::judge, event, result); }

  [[nodiscard]] bool offers(const char* extension) const override { return worker_->offers(extension); }

 private:
  template <class... More>
  void hand_on(FrameKind kind, const Event& event, const More&... more) {
    seat_->outstanding.add_event(event.token, kind);
    if (worker_->tell(*seat_, kind, 0, event, more...) || !seat_->outstanding.end_event(event.token)) return;
    worker_->later(*seat_, [seat = seat_, token = event.token, kind] {
      seat->calls.put_off(token, kind, "the sink's worker has ended");
    });
  }

  const std::shared_ptr<Worker> worker_;
  const std::shared_ptr<Seat> seat_;
  const std::function<void()> ends_well_;
  bool is_closed_ = false;
};

}  // namespace

std::unique_ptr<Instance> make_worker_instance(std::shared_ptr<Worker> worker, std::shared_ptr<Seat> seat,
                                               std::function<void()> ends_well) {
  return std::make_unique<WorkerInstance>(std::move(worker), std::move(seat), std::move(ends_well));
}

}  // namespace patchbay::plugin
