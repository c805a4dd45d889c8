#include "gateway/plan.hpp"

#include <algorithm>

namespace patchbay::gateway {
namespace {

const config::Section* find(const std::vector<config::Section>& sections, std::string_view name) {
  const auto found = std::ranges::find(sections, name, &config::Section::name);
  return found == sections.end() ? nullptr : &*found;
}

SectionPlan plan_of(const std::vector<config::Section>& now, const std::vector<config::Section>& next,
                    const PluginNews& news) {
  SectionPlan plan;
  for (const config::Section& section : now)
    if (find(next, section.name) == nullptr) plan.removed.push_back(section.name);
  for (const config::Section& section : next) {
    const config::Section* before = find(now, section.name);
    if (before == nullptr) {
      plan.added.push_back(section.name);
      continue;
    }
    config::Section paced_alike = *before;
    paced_alike.sending = section.sending;
    if (!(paced_alike == section))
      plan.renewed.push_back({section.name, "its settings have changed"});
    else if (std::string why = news(section); !why.empty())
      plan.renewed.push_back({section.name, std::move(why)});
    else if (!(before->sending == section.sending))
      plan.paced.push_back(section.name);
  }
  return plan;
}

bool is_empty(const SectionPlan& plan) {
  return plan.added.empty() && plan.removed.empty() && plan.renewed.empty() && plan.paced.empty();
}

// Without what takes effect while the gateway runs.
config::Business fixed(config::Business business) {
  business.own.clear();
  return business;
}

}  // namespace

bool Plan::empty() const { return is_empty(channels) && is_empty(destinations) && !routes && at_next_start.empty(); }

Plan plan_of(const config::Settings& now, const config::Settings& next, const PluginNews& of_channel,
             const PluginNews& of_destination) {
  Plan plan{.channels = plan_of(now.channels, next.channels, of_channel),
            .destinations = plan_of(now.destinations, next.destinations, of_destination),
            .routes = !(now.routes == next.routes) || now.business.own != next.business.own,
            .at_next_start = {}};
  if (!(fixed(now.business) == fixed(next.business))) plan.at_next_start.emplace_back("business");
  if (!(now.public_listener == next.public_listener)) plan.at_next_start.emplace_back("listen.public");
  if (!(now.admin == next.admin)) plan.at_next_start.emplace_back("listen.admin");
  if (!(now.store == next.store)) plan.at_next_start.emplace_back("store");
  return plan;
}

}  // namespace patchbay::gateway
