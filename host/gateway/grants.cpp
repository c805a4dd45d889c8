#include "gateway/grants.hpp"

#include "base/random.hpp"

#include <algorithm>

namespace patchbay::gateway {
namespace {

std::string kind_of(api::Side side) { return side == api::Side::channel ? "channel" : "destination"; }

// Where a grant belongs: it opens nowhere else.
std::string place_of(const store::GrantOwner& owner) {
  const std::int64_t id = std::visit([](auto one) { return store::number(one); }, owner);
  return (owner.index() == 0 ? "channel/" : "destination/") + std::to_string(id);
}

Result<oauth2::Reach> reach_of(const config::Section& section) {
  net::AddressGuard guard = PATCHBAY_TRY(net::AddressGuard::allowing(section.allow_private));
  return oauth2::Reach{std::make_shared<const net::AddressGuard>(std::move(guard)), section.ca_file};
}

api::ConsentStatus status_of(const std::string& name, oauth2::ConsentStanding standing) {
  api::ConsentStatus status;
  switch (standing.state) {
    case oauth2::ConsentStanding::State::waiting:
      status.state = api::ConsentStatus::State::waiting;
      break;
    case oauth2::ConsentStanding::State::granted:
      status.state = api::ConsentStatus::State::granted;
      break;
    case oauth2::ConsentStanding::State::failed:
      status.state = api::ConsentStatus::State::failed;
  }
  status.flow = standing.flow;
  status.user_code = std::move(standing.user_code);
  status.verification_url = std::move(standing.verification_url);
  status.verification_url_complete = std::move(standing.verification_url_complete);
  status.authorization_url = std::move(standing.authorization_url);
  status.expires_at = standing.expires_at;
  status.account = name;
  status.error = std::move(standing.error);
  return status;
}

oauth2::Consent::Told telling(std::string name, std::function<void(Result<api::ConsentStatus>)> told) {
  return [name = std::move(name), told = std::move(told)](Result<oauth2::ConsentStanding> standing) {
    standing ? told(status_of(name, std::move(*standing))) : told(failure(std::move(standing.error())));
  };
}

}  // namespace

Status Grants::unlock(const config::StoreSettings& settings) {
  if (!settings.key.empty()) sealing_ = PATCHBAY_TRY(oauth2::Sealing::with(settings.key, settings.former_keys));
  return {};
}

Result<std::optional<std::string>> Grants::kept(const store::GrantOwner& owner, store::Reader& reader) {
  const std::optional<std::string> sealed = PATCHBAY_TRY(reader.grant(owner));
  if (!sealed || !sealing_) return std::optional<std::string>{};
  oauth2::Opened opened = PATCHBAY_TRY(sealing_->open(*sealed, place_of(owner)));
  if (opened.is_under_former_key)
    keep(owner, opened.content, [this, place = place_of(owner)](const Status& kept) {
      if (!kept) log_.warning("encrypting with the new store.key: " + kept.error().text(), {{"grant", place}});
    });
  return std::optional(std::move(opened.content));
}

void Grants::keep(const store::GrantOwner& owner, const std::string& content, std::function<void(Status)> kept) {
  committer_.add({.write = [owner, sealed = sealing_->seal(content, place_of(owner))](
                               store::Writer& writer) { return writer.put_grant(owner, sealed); },
                  .done = std::move(kept),
                  .durable = {}});
}

Result<std::shared_ptr<oauth2::Keeper>> Grants::keeper(api::Side side, const config::Section& section,
                                                       const store::GrantOwner& owner, store::Reader& reader) {
  if (section.oauth2->flow != OAuth2Flow::client_credentials && !sealing_)
    return failure(ErrorCode::invalid, "opening " + section.name + ": tokens are stored encrypted, and there is no key",
                   "add store.key to the settings (`openssl rand -base64 32` makes one), and start the gateway again");
  const Key key{side, section.name};
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) return found->second.keeper;
  }
  const std::string command = "patchbay " + kind_of(side) + " authorize " + section.name;
  oauth2::Reach reach = PATCHBAY_TRY(reach_of(section));
  auto keeper = std::make_shared<oauth2::Keeper>(
      *section.oauth2, std::move(reach),
      oauth2::Ports{.client = client_,
                    .clock = clock_,
                    .keep = [this, owner](const std::string& content,
                                          std::function<void(Status)> kept) { keep(owner, content, std::move(kept)); },
                    .tell =
                        [this, side, name = section.name](std::string_view what) {
                          log_.warning(what, {{side == api::Side::channel ? "channel" : "destination", name}});
                        },
                    .remedy = "`" + command + "`"});
  keeper->start(kept(owner, reader));
  const std::lock_guard lock(mutex_);
  entries_[key].keeper = keeper;
  return keeper;
}

void Grants::settle(const config::Settings& settings) {
  const std::lock_guard lock(mutex_);
  std::map<Key, Entry> left = std::exchange(entries_, {});
  const auto take = [&](api::Side side, const std::vector<config::Section>& sections) {
    for (const config::Section& section : sections) {
      auto node = left.extract(Key{side, section.name});
      if (!node) continue;
      // That they are ranges has been seen when the section was opened.
      Result<oauth2::Reach> reach = reach_of(section);
      if (section.oauth2 && reach) {
        node.mapped().keeper->use(*section.oauth2, std::move(*reach));
        entries_.insert(std::move(node));
      } else {
        left.insert(std::move(node));
      }
    }
  };
  take(api::Side::channel, settings.channels);
  take(api::Side::destination, settings.destinations);
  for (const auto& [key, entry] : left) {
    if (entry.consent) entry.consent->cancel();
    entry.keeper->end();
  }
}

void Grants::end() {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, entry] : entries_) {
    if (entry.consent) entry.consent->cancel();
    entry.keeper->end();
  }
}

Result<Grants::Entry> Grants::entry(const Key& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end()) return found->second;
  const std::string kind = kind_of(key.first);
  return failure(ErrorCode::not_found, "authorizing: no " + kind + " called " + key.second + " uses OAuth2",
                 "`patchbay " + kind + " list` shows them all; OAuth2 is configured with oauth2 in its settings");
}

void Grants::authorize(api::Side side, const std::string& name, api::ConsentRequest request,
                       std::function<void(Result<api::ConsentStatus>)> begun) {
  const auto found = entry({side, name});
  if (!found) return begun(failure(found.error()));
  if (found->consent) found->consent->cancel();
  auto consent = std::make_shared<oauth2::Consent>(found->keeper, system_random);
  {
    const std::lock_guard lock(mutex_);
    if (const auto there = entries_.find({side, name}); there != entries_.end()) there->second.consent = consent;
  }
  consent->begin(request.flow, std::move(request.redirect_url), telling(name, std::move(begun)));
}

void Grants::finish(api::Side side, const std::string& name, std::string answer,
                    std::function<void(Result<api::ConsentStatus>)> finished) {
  const auto found = entry({side, name});
  if (!found) return finished(failure(found.error()));
  if (!found->consent)
    return finished(failure(ErrorCode::conflict, "authorizing " + name + ": nobody has asked for consent",
                            "begin with `patchbay " + kind_of(side) + " authorize " + name + "`"));
  found->consent->finish(std::move(answer), telling(name, std::move(finished)));
}

Result<api::ConsentStatus> Grants::consent(api::Side side, const std::string& name) const {
  const auto found = entry({side, name});
  if (!found) return failure(found.error());
  if (found->consent) return status_of(name, found->consent->status());
  return failure(ErrorCode::not_found, "authorizing " + name + ": nobody has asked for consent since the start",
                 "begin with `patchbay " + kind_of(side) + " authorize " + name + "`");
}

}  // namespace patchbay::gateway
