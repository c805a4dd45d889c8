// The webhook sink: one signed POST for each event.
//
// The body is the event as the host froze it, CloudEvents 1.0 in structured mode, and is the same at every attempt.
// The headers are those of Standard Webhooks 1.0.0, signed anew for each attempt by every configured key, so that a
// receiver may know any one of them while keys are being changed.
//
// A Sink as <patchbay/sink.hpp> describes it: all functions [instance]; render and judge keep nothing. The constructor
// throws a Failure with every mistake in the settings; the keys themselves stay in the host.
#pragma once

#include <chrono>
#include <patchbay/sink.hpp>
#include <string>
#include <vector>

namespace patchbay::webhook {

class Webhook final : public Sink {
 public:
  Webhook(Host& host, const Settings& settings);

  HttpCall render(const Event& event) override;
  Judgement judge(const Event& event, const HttpResult& result) override;

 private:
  Host& host_;
  std::string url_;
  std::chrono::seconds timeout_;
  std::vector<pb_secret> keys_;
  std::vector<SecretHeader> headers_;
};

}  // namespace patchbay::webhook
