// Following the settings while the gateway runs.
//
// First everything that may fail: what is new or changed is opened. One that takes another's place is opened after that
// one has finished what it held and was closed, since two of them may not be able to hold one folder or one login;
// requests, messages and events for it wait meanwhile. When all are open, routes and own addresses change from one
// commit to the next. Until then the former ones can be started again, and nothing has happened; from then on nothing
// can fail.
#include "gateway/plan.hpp"
#include "gateway/running.hpp"

#include <algorithm>
#include <future>
#include <ranges>

namespace patchbay::gateway {
namespace {

using plugin::PluginKind;

constexpr const char* reason_of_reload = "for other settings";

template <class Part>
Part& part(const std::vector<std::unique_ptr<Part>>& parts, std::string_view name) {
  return **std::ranges::find_if(parts, [&](const auto& one) { return one->name() == name; });
}

const config::Section& named(const std::vector<config::Section>& sections, std::string_view name) {
  return *std::ranges::find(sections, name, &config::Section::name);
}

bool is_resting(const LifeStanding& standing) {
  return standing.state == LifeState::paused || standing.state == LifeState::pausing;
}

// Code that runs in this process cannot be taken out of it.
bool is_pinned(const plugin::Plugin& now, const plugin::Plugin* next, const config::Section& section) {
  return section.isolation == config::Isolation::in_process && next != nullptr &&
         now.manifest.name == next->manifest.name && now.manifest.sha256 != next->manifest.sha256;
}

std::string news_of(const plugin::Plugin& now, const plugin::Plugin& next) {
  const plugin::Manifest &before = now.manifest, &after = next.manifest;
  if (before.version != after.version) return "its plugin is " + after.version + ", and was " + before.version;
  if (before.sha256 != after.sha256 || before.capabilities != after.capabilities || now.schema != next.schema)
    return "its plugin has changed";
  return {};
}

// What cannot be changed while the gateway runs stays as it was.
config::Settings merged(const config::Settings& now, config::Settings next) {
  std::vector<std::string> own = std::move(next.business.own);
  next.business = now.business;
  next.business.own = std::move(own);
  next.public_listener = now.public_listener;
  next.admin = now.admin;
  next.store = now.store;
  return next;
}

}  // namespace

class Running::Reload {
 public:
  Reload(Running& running, config::Settings settings, std::shared_ptr<plugin::Catalog> catalog)
      : running_(running), catalog_(std::move(catalog)), former_layout_(running.layout_) {
    plan_ =
        plan_of(running.settings_, settings,
                news(PluginKind::channel, running.channels_, running.settings_.channels, settings.channels),
                news(PluginKind::sink, running.destinations_, running.settings_.destinations, settings.destinations));
    next_ = merged(running.settings_, std::move(settings));
  }

  Result<std::vector<std::string>> run() {
    if (plan_.empty() && pinned_.empty()) return std::vector<std::string>{"nothing has changed"};
    PATCHBAY_CHECK(refuse_two_changes());
    PATCHBAY_CHECK(number_sections());
    running_.shared_->catalog = catalog_;
    Status ready = open_all();
    if (ready) ready = change_layout();
    if (!ready) {
      running_.shared_->catalog = running_.catalog_;
      go_back();
      return failure(std::move(ready.error()));
    }
    add_destinations();
    take_over();
    start_channels();
    for (const std::string& name : plan_.channels.removed)
      did("the channel " + name + " is stopped: it is not in the settings any more");
    for (const std::string& name : plan_.destinations.removed)
      did("the destination " + name + " is stopped: it is not in the settings any more; what is open for it is kept");
    if (plan_.routes) did("routes and own addresses are as the settings say now");
    for (const std::string& what : plan_.at_next_start)
      did("the changes of " + what + " take effect when the gateway is started again");
    for (const std::string& name : pinned_)
      did(name +
          " goes on with the plugin that it has, since that runs in this process: the new one is taken when the "
          "gateway is started again");
    return std::move(done_);
  }

 private:
  void did(std::string what) { done_.push_back(std::move(what)); }

  template <class Part>
  PluginNews news(PluginKind kind, const std::vector<std::unique_ptr<Part>>& parts,
                  const std::vector<config::Section>& now, const std::vector<config::Section>& next) {
    for (const config::Section& section : next)
      if (std::ranges::find(now, section.name, &config::Section::name) != now.end() &&
          is_pinned(part(parts, section.name).plugin(), catalog_->find(kind, section.plugin), section))
        pinned_.insert(section.name);
    return [this, kind, &parts](const config::Section& section) {
      const plugin::Plugin* found = catalog_->find(kind, section.plugin);
      if (found == nullptr || pinned_.contains(section.name)) return std::string();
      return news_of(part(parts, section.name).plugin(), *found);
    };
  }

  Status refuse_two_changes() const {
    for (const SectionPlan* plan : {&plan_.channels, &plan_.destinations})
      for (const Renewal& renewal : plan->renewed)
        if (pinned_.contains(renewal.name))
          return failure(ErrorCode::conflict,
                         "changing " + renewal.name +
                             ": its settings and its plugin have both changed, and the plugin runs in this process, "
                             "which cannot take it out",
                         "start the gateway again, or give it isolation: worker");
    return {};
  }

  // What is new gets its number, which it keeps whatever comes.
  Status number_sections() {
    return committed([this](store::Writer& writer) -> Status {
      layout_ = PATCHBAY_TRY(lay_out(next_, writer));
      return {};
    });
  }
  // From one commit to the next.
  Status change_layout() {
    return committed([](store::Writer&) -> Status { return {}; },
                     [this] {
                       const std::unique_lock lock(running_.composition_);
                       running_.layout_ = layout_;
                     });
  }
  // Waits for the committer's thread.
  Status committed(std::function<Status(store::Writer&)> write, std::function<void()> durable = {}) {
    std::promise<Status> done;
    running_.committer_->add({.write = std::move(write),
                              .done = [&done](Status status) { done.set_value(std::move(status)); },
                              .durable = std::move(durable)});
    return done.get_future().get();
  }

  // ---- What may fail

  Status open_all() {
    for (const std::string& name : plan_.channels.removed) PATCHBAY_CHECK(end(part(running_.channels_, name)));
    for (const std::string& name : plan_.destinations.added) PATCHBAY_CHECK(open_destination(name));
    for (const Renewal& renewal : plan_.destinations.renewed) {
      PATCHBAY_CHECK(end(part(running_.destinations_, renewal.name)));
      PATCHBAY_CHECK(open_destination(renewal.name));
    }
    for (const std::string& name : plan_.channels.added) PATCHBAY_CHECK(open_channel(name));
    for (const Renewal& renewal : plan_.channels.renewed) {
      PATCHBAY_CHECK(end(part(running_.channels_, renewal.name)));
      PATCHBAY_CHECK(open_channel(renewal.name));
    }
    for (const std::string& name : plan_.destinations.removed) PATCHBAY_CHECK(end(part(running_.destinations_, name)));
    return {};
  }

  Status open_destination(const std::string& name) {
    destinations_[name] = PATCHBAY_TRY(running_.open_destination(named(next_.destinations, name), layout_));
    return {};
  }
  Status open_channel(const std::string& name) {
    channels_[name] = PATCHBAY_TRY(running_.open_channel(named(next_.channels, name), layout_));
    return {};
  }

  Status end(Destination& former) {
    held_destinations_.push_back(&former);
    running_.wait_for(former.name(), [&](std::function<void()> held) {
      running_.dispatcher_->hold_destination(former_layout_.destinations.at(former.name()), std::move(held));
    });
    return pause(former);
  }
  Status end(Channel& former) {
    held_channels_.emplace(former.name(), Held{&former, former.standing()});
    running_.wait_for(former.name(),
                      [&](std::function<void()> at_rest) { running_.hooks_.hold(former.name(), std::move(at_rest)); });
    running_.wait_for(former.name(),
                      [&](std::function<void()> held) { running_.queue_->hold(former.source().id, std::move(held)); });
    return pause(former);
  }
  template <class Part>
  Status pause(Part& former) {
    const bool is_paused = running_.wait_for(
        former.name(), [&](std::function<void()> paused) { former.pause(reason_of_reload, std::move(paused)); });
    if (is_paused) return {};
    return failure(ErrorCode::unavailable, "stopping " + former.name() + ": it did not end in time",
                   "see what it does in the gateway's log, and tell its author");
  }

  // Starts the former ones again.
  void go_back() {
    for (const auto& [name, opened] : channels_) opened->close();
    for (const auto& [name, opened] : destinations_) opened->close();
    running_.grants_->settle(running_.settings_);
    for (Destination* former : held_destinations_) {
      former->resume();
      pace(running_.settings_, former_layout_, *former);
    }
    for (const auto& [name, held] : held_channels_) {
      if (!is_resting(held.standing)) {
        held.former->resume();
        if (auto sender = held.former->sender()) running_.queue_->add(std::move(*sender), *held.former);
      }
      running_.hooks_.release(name);
    }
  }

  // ---- What is done

  void pace(const config::Settings& settings, const Layout& layout, Destination& destination) {
    const config::Section& section = named(settings.destinations, destination.name());
    running_.dispatcher_->add_destination(delivery_settings(layout.destinations.at(section.name), section),
                                          destination);
  }

  void add_destination(const std::string& name) {
    const Status added =
        running_.add_destination(named(next_.destinations, name), layout_, *destinations_.at(name), std::nullopt);
    if (!added) did(added.error().text());  // it is tried again
  }

  void add_destinations() {
    for (const std::string& name : plan_.destinations.added) {
      add_destination(name);
      did("the destination " + name + " is new");
    }
    for (const Renewal& renewal : plan_.destinations.renewed) {
      add_destination(renewal.name);
      did("the destination " + renewal.name + " is started anew: " + renewal.why);
    }
    for (const std::string& name : plan_.destinations.paced) {
      pace(next_, layout_, part(running_.destinations_, name));
      did("the destination " + name + " is sent to as its settings say now");
    }
  }

  // Who stands for which name.
  void take_over() {
    const std::unique_lock lock(running_.composition_);
    take_over(running_.channels_, running_.former_channels_, next_.channels, channels_);
    take_over(running_.destinations_, running_.former_destinations_, next_.destinations, destinations_);
    running_.grants_->settle(next_);
    running_.settings_ = std::move(next_);
    running_.catalog_ = catalog_;
  }

  // Those that the sections name, in their order, out of the new ones and those that stay.
  template <class Part>
  static void take_over(std::vector<std::unique_ptr<Part>>& parts, std::vector<std::unique_ptr<Part>>& former,
                        const std::vector<config::Section>& sections,
                        std::map<std::string, std::unique_ptr<Part>>& opened) {
    std::map<std::string, std::unique_ptr<Part>> before;
    for (auto& one : parts) {
      const std::string name = one->name();
      before[name] = std::move(one);
    }
    parts.clear();
    for (const config::Section& section : sections) {
      const auto found = opened.find(section.name);
      parts.push_back(std::move(found != opened.end() ? found->second : before.at(section.name)));
    }
    for (auto& [name, one] : before)
      if (one != nullptr) former.push_back(std::move(one));
  }

  void start_channels() {
    for (const std::string& name : plan_.channels.removed) {
      running_.hooks_.remove(name);
      running_.queue_->remove(former_layout_.channels.at(name));
    }
    for (const std::string& name : plan_.channels.added) {
      start(name);
      did("the channel " + name + " is new");
    }
    for (const auto& [name, why] : plan_.channels.renewed) {
      if (const LifeStanding& before = held_channels_.at(name).standing; is_resting(before)) {
        rest(name, before.reason);
        did("the channel " + name + " has other settings, and is still paused");
      } else {
        start(name);
        did("the channel " + name + " is started anew: " + why);
      }
    }
  }

  Channel& add_channel(const std::string& name) {
    Channel& next = part(running_.channels_, name);
    const Status added = running_.add_channel(named(running_.settings_.channels, name), next);
    if (!added) did(added.error().text());
    return next;
  }
  void start(const std::string& name) {
    // What was held for it comes when it can take it, or is told to come again when it cannot.
    add_channel(name).start([hooks = &running_.hooks_, name](const Status&) { hooks->release(name); });
  }
  void rest(const std::string& name, const std::string& reason) {
    Channel& next = add_channel(name);
    running_.queue_->hold(next.source().id, [] {});
    next.pause(reason, [] {});
    running_.hooks_.release(name);
  }

  struct Held {
    Channel* former = nullptr;
    LifeStanding standing;  // as it was before
  };

  Running& running_;
  const std::shared_ptr<plugin::Catalog> catalog_;
  const Layout former_layout_;
  std::set<std::string> pinned_;  // whose plugin stays as it was
  Plan plan_;
  config::Settings next_;
  Layout layout_;
  std::vector<Destination*> held_destinations_;
  std::map<std::string, Held> held_channels_;
  std::map<std::string, std::unique_ptr<Channel>> channels_;  // opened
  std::map<std::string, std::unique_ptr<Destination>> destinations_;
  std::vector<std::string> done_;
};

Result<std::vector<std::string>> Running::reload(config::Settings settings, std::shared_ptr<plugin::Catalog> catalog) {
  return Reload(*this, std::move(settings), std::move(catalog)).run();
}

}  // namespace patchbay::gateway
