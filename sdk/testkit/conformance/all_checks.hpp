// The checks by name; check.cpp lists them. As Check::run in check.hpp.
#pragma once

#include "conformance/check.hpp"

namespace patchbay::conformance {

using namespace ::conformance;

std::vector<Finding> check_entry(const Subject& subject);
std::vector<Finding> check_unknown_ids(const Subject& subject);
std::vector<Finding> check_start(const Subject& subject);
std::vector<Finding> check_life(const Subject& subject);
std::vector<Finding> check_stop(const Subject& subject);
std::vector<Finding> check_contract(const Subject& subject);
std::vector<Finding> check_settings(const Subject& subject);
std::vector<Finding> check_raw_settings(const Subject& subject);
std::vector<Finding> check_examples(const Subject& subject);
std::vector<Finding> check_credit(const Subject& subject);
std::vector<Finding> check_refusal(const Subject& subject);
std::vector<Finding> check_cursor(const Subject& subject);
std::vector<Finding> check_kill_points(const Subject& subject);
std::vector<Finding> check_hostile_requests(const Subject& subject);
std::vector<Finding> check_services(const Subject& subject);
std::vector<Finding> check_sending(const Subject& subject);
std::vector<Finding> check_sink(const Subject& subject);
std::vector<Finding> check_resources(const Subject& subject);

}  // namespace patchbay::conformance
