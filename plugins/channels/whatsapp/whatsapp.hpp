// The channel plugin `whatsapp`: the WhatsApp Business Platform's webhooks and sending, by way of Meta's Cloud API.
//
// The host has verified the signature of each POST before receive() sees it (manifest.json, endpoint.signature). One
// body becomes one batch that carries the prepared answer, so that Meta is told 200 only once everything in the body is
// durable. A body that cannot be read is quarantined and answered 200, too: Meta would otherwise repeat it for a week
// and then switch the webhook off.
//
// Each sending is one request. Meta knows no idempotency key, so that what may have been taken ends as PB_TIMEOUT and
// is never sent again from here. Sendings that have no answer yet when the instance stops are forgotten; the host
// knows that it asked for them.
//
// [instance]; keeps between calls the settings, the last tokens and the sendings under way.
#pragma once

#include "mapping.hpp"
#include "sending.hpp"

#include <map>
#include <optional>
#include <patchbay/connector.hpp>

namespace patchbay::whatsapp {

class WhatsApp final : public Connector {
 public:
  WhatsApp(Host& host, const Settings& settings);

  void receive(const HttpRequest& request) override;
  void replay(pb_token token, const Original& original) override;
  void completed(const Completion& completion) override;
  void send(const Outbound& outbound) override;
  void answered(pb_token token, const HttpResult& result) override;

 private:
  struct UnderWay {
    pb_token sending = 0;
    std::string number;  // JSON pointer of its id in the settings, or empty
  };

  void take(const HttpRequest& request);
  [[nodiscard]] HttpResponse verified(std::string_view query) const;

  Host& host_;
  Numbers numbers_;
  pb_secret verify_token_;
  Api api_;
  std::optional<pb_secret> access_token_;
  pb_token next_token_ = 1;
  pb_token next_call_ = 1;
  std::map<pb_token, UnderWay> under_way_;  // by the token of the call
};

}  // namespace patchbay::whatsapp
