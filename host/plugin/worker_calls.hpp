// What a worker asks of the host, and what the host waits for from it.
//
// The worker is not trusted: a frame that cannot be read, or has no business here, is an Error that ends the worker. An
// answer to what was never asked, or asked of another instance, is told to the operator and goes nowhere: ids and
// tokens are shared by all instances, so that a worker could else answer for others.
//
// Outstanding is [any-thread]; WorkerCalls belongs to the thread that reads the worker's socket. The Services outlive
// it.
#pragma once

#include "plugin/frame.hpp"
#include "plugin/instance.hpp"
#include "plugin/services.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <unordered_set>
#include <vector>

namespace patchbay::plugin {

// What was handed to the worker and has not ended.
class Outstanding {
 public:
  void add_request(pb_request id);
  void add_send(pb_token token);
  void add_event(pb_token token, FrameKind kind);  // render, judge or deliver
  [[nodiscard]] std::uint64_t add_done(Done done);

  // False where it was not outstanding.
  [[nodiscard]] bool end_request(pb_request id);
  [[nodiscard]] bool end_send(pb_token token);
  [[nodiscard]] bool end_event(pb_token token);
  [[nodiscard]] Done end_done(std::uint64_t number);  // empty where it was not outstanding

  struct All {
    std::unordered_set<pb_request> requests;
    std::unordered_set<pb_token> sends;
    std::map<pb_token, FrameKind> events;
    std::map<std::uint64_t, Done> dones;  // in the order in which they were asked for
  };
  [[nodiscard]] All take_all();
  [[nodiscard]] bool empty();

 private:
  std::mutex mutex_;
  All all_;
  std::uint64_t last_number_ = 0;
};

class WorkerCalls {
 public:
  struct Port {
    std::function<void(std::uint64_t number, const Answer& answer)> reply;
    std::function<void(const Completion& completion)> complete;
    std::function<void(const StreamResult& result)> connected;
  };

  WorkerCalls(Services& services, Outstanding& outstanding, Port port)
      : services_(services), outstanding_(outstanding), port_(std::move(port)) {}

  [[nodiscard]] Status take(const Frame& frame);

  // Those that stand when a worker ends, as if it had said so.
  void refuse(pb_request request);
  void give_up(pb_token send, pb_code code, std::string_view why);
  void put_off(pb_token event, FrameKind kind, std::string_view why);  // it may be tried again

 private:
  template <class Message, class Ends>
  Status pass(const Frame& frame, const char* what, Ends&& ends, void (Services::*to)(const Message&));
  Status submit(const Frame& frame);
  Status connect(const Frame& frame);
  Status question(const Frame& frame);
  void bug(std::string_view reason);

  Services& services_;
  Outstanding& outstanding_;
  const Port port_;
};

}  // namespace patchbay::plugin
