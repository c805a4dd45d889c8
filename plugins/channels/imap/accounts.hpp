// The mailboxes that the settings describe, with what their provider's preset adds. Pure; throws a Failure that names
// every wrong place.
#pragma once

#include "people.hpp"
#include "session.hpp"

#include <patchbay/settings.hpp>

#include <vector>

namespace patchbay::imap {

struct Account {
  Owner owner;
  SessionSettings session;  // without what proves who we are
  pb_secret secret = 0;     // that: the password, or what stands for access tokens, as the credentials say
};

[[nodiscard]] std::vector<Account> read_accounts(const Settings& settings);

}  // namespace patchbay::imap
