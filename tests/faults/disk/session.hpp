// What a gateway does with its store, in small and by a seed: interactions with their events and deliveries through the
// group commit, some with large content, outcomes, checkpoints, a restart in the middle. And the checker of what is
// there afterwards.
#pragma once

#include "base/result.hpp"
#include "faults/disk/disk.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace patchbay::faults {

struct Ledger {
  int attempted = 0;
  std::map<int, std::int64_t> accepted;   // by number: its event
  std::map<int, std::int64_t> delivered;  // those whose outcome was accepted
  std::vector<Error> refusals;            // each answer that was none
  std::vector<std::string> mistakes;      // of the store's: what should have succeeded
};

// Over the disk's root. What fails is tried once more when the disk is mended; with the power cut it ends.
[[nodiscard]] Ledger run_session(Disk& disk, const std::filesystem::path& root, std::uint64_t seed, int rounds);

// What contradicts the ledger in this folder; empty when all is as it was promised.
[[nodiscard]] std::vector<std::string> verify(const std::filesystem::path& folder, const Ledger& ledger);

}  // namespace patchbay::faults
