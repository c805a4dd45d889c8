#include "imap.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace patchbay::imap {

namespace {

constexpr pb_token retries = pb_token{1} << 32U;  // the second token of a mailbox lies that much above the first

// The channels of one process mostly trust the same authorities, and those of a system take a megabyte or two once they
// are read.
std::shared_ptr<const tls::Context> context_for(const std::string& authorities) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<const tls::Context>, std::less<>> known;
  const std::lock_guard lock(mutex);
  std::erase_if(known, [](const auto& one) { return one.second.expired(); });
  std::weak_ptr<const tls::Context>& at = known[authorities];
  std::shared_ptr<const tls::Context> context = at.lock();
  if (!context) at = context = std::make_shared<const tls::Context>(tls::Options{authorities, {}});
  return context;
}

}  // namespace

Imap::Imap(Host& host, const Settings& settings) : host_(host) {
  for (Account& account : read_accounts(settings)) {
    const pb_token token = mailboxes_.size();
    mailboxes_.emplace_back(host_, std::move(account), token, token + retries);
  }
}

void Imap::start() {
  for (Mailbox& mailbox : mailboxes_) mailbox.start();
  count();
}

void Imap::stop() {
  for (Mailbox& mailbox : mailboxes_) mailbox.stop();
}

void Imap::accessed(pb_token token, const Access& access) { mailboxes_.at(token).accessed(access); }

void Imap::connected(pb_token token, Connected made) {
  mailboxes_.at(token).connected(std::move(made), trusted());
  count();
}

void Imap::ready(pb_token token, const Ready& what) {
  if (token >= retries) return mailboxes_.at(token - retries).retry();
  mailboxes_.at(token).ready(what, trusted());
  count();
}

void Imap::completed(const Completion& completion) {
  if (completion.token < mailboxes_.size()) mailboxes_[completion.token].completed(completion);
  for (Mailbox& mailbox : mailboxes_)
    if (mailbox.is_waiting_for_host()) mailbox.submit();
}

const tls::Context& Imap::trusted() {
  if (!trusted_) trusted_ = context_for(host_.authorities());
  return *trusted_;
}

void Imap::count() {
  const auto up_to_date =
      std::count_if(mailboxes_.begin(), mailboxes_.end(), [](const Mailbox& one) { return one.is_up_to_date(); });
  if (std::exchange(counted_, static_cast<double>(up_to_date)) != static_cast<double>(up_to_date))
    host_.set("mailboxes_up_to_date", static_cast<double>(up_to_date));
}

}  // namespace patchbay::imap
