// The channel plugin `whatsapp`: the WhatsApp Business Platform's webhooks, by way of Meta's Cloud API.
//
// The host has verified the signature of each POST before receive() sees it (manifest.json, endpoint.signature). One
// body becomes one batch that carries the prepared answer, so that Meta is told 200 only once everything in the body is
// durable. A body that cannot be read is quarantined and answered 200, too: Meta would otherwise repeat it for a week
// and then switch the webhook off.
//
// [instance]; keeps nothing between calls but the settings and the last token.
#pragma once

#include "mapping.hpp"

#include <patchbay/connector.hpp>

namespace patchbay::whatsapp {

class WhatsApp final : public Connector {
 public:
  WhatsApp(Host& host, const Settings& settings);

  void receive(const HttpRequest& request) override;
  void replay(pb_token token, const Original& original) override;
  void completed(const Completion& completion) override;

 private:
  void take(const HttpRequest& request);
  [[nodiscard]] HttpResponse verified(std::string_view query) const;

  Host& host_;
  Numbers numbers_;
  pb_secret verify_token_;
  pb_token next_token_ = 1;
};

}  // namespace patchbay::whatsapp
