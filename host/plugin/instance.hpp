// One running channel or destination of a plugin, wherever its code runs: in this process or in a worker.
//
// Every function is [any-thread] and returns at once; the plugin is called later, on the instance's own executor, never
// twice at a time. What the plugin answers comes through its Services. After stop() no request, poll or event reaches
// it; completions still do until close().
//
// The caller owns the instance and its Services, and keeps the Services until the instance is gone.
#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "plugin/messages.hpp"

#include <functional>
#include <memory>

namespace patchbay::plugin {

using Done = std::function<void(Status)>;  // called once, on the instance's executor

class Instance {
 public:
  virtual ~Instance() = default;  // closes first, if that has not happened

  virtual void check(Done done) = 0;  // before start
  virtual void start(Done done) = 0;  // polls and run begin by themselves
  virtual void stop(Done done) = 0;
  virtual void close() = 0;  // waits for the plugin's current call

  virtual void complete(Completion completion) = 0;
  virtual void receive(HttpRequest request) = 0;
  virtual void answered(HttpResult result) = 0;
  virtual void accessed(AccessResult result) = 0;
  virtual void connected(StreamResult result, Descriptor stream) = 0;  // without one where the result has an error
  virtual void send(Outbound outbound) = 0;
  virtual void replay(Original original) = 0;
  virtual void render(Event event) = 0;
  virtual void judge(Event event, HttpResult result) = 0;
  virtual void deliver(Event event) = 0;

  // Which of abi.h's plugin extensions it offers: "patchbay.send/1".
  [[nodiscard]] virtual bool offers(const char* extension) const = 0;
};

}  // namespace patchbay::plugin
