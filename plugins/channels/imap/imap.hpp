// The connector: the mailboxes of one channel, each with a connection of its own. Nothing waits, and there is no
// thread.
#pragma once

#include "mailbox.hpp"

#include <patchbay/connector.hpp>

#include <deque>
#include <memory>

namespace patchbay::imap {

class Imap final : public Connector {
 public:
  Imap(Host& host, const Settings& settings);
  void start() override;
  void stop() override;
  void accessed(pb_token token, const Access& access) override;
  void connected(pb_token token, Connected made) override;
  void ready(pb_token token, const Ready& what) override;
  void completed(const Completion& completion) override;

 private:
  [[nodiscard]] const tls::Context& trusted();
  void count();

  Host& host_;
  std::shared_ptr<const tls::Context> trusted_;
  std::deque<Mailbox> mailboxes_;  // each has the tokens of its place
  double counted_ = -1;
};

}  // namespace patchbay::imap
