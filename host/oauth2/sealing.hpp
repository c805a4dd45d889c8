// Secrets of our own making on their way into the store: encrypted, and tied to the place where they belong.
//
// AES-256-GCM (NIST SP 800-38D) under a key that HKDF-SHA256 (RFC 5869) derives from store.key for this purpose alone.
// What is sealed says the version of its form and which key sealed it, both of which are authenticated together with
// `place`: a row that somebody moves to another channel does not open. Nonces are random; 96 bits of them suffice for
// far more tokens than a gateway ever rotates.
//
// Keys are changed by giving the new one as store.key and the old one in store.former_keys: whatever is opened with a
// former key says so, and is sealed again by its owner.
//
// Immutable once made; any thread. The keys are wiped when it goes, and in no error text.
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::oauth2 {

struct Opened {
  std::string content;
  bool is_under_former_key = false;
};

class Sealing {
 public:
  // `key` and `former` as in the settings, at least `least_key` bytes each.
  static constexpr std::size_t least_key = 32;
  [[nodiscard]] static Result<Sealing> with(std::string_view key, const std::vector<std::string>& former);
  Sealing(Sealing&&) = default;
  Sealing& operator=(Sealing&&) = default;
  Sealing(const Sealing&) = delete;
  Sealing& operator=(const Sealing&) = delete;
  ~Sealing();

  [[nodiscard]] std::string seal(std::string_view content, std::string_view place) const;
  // `denied` where none of the keys sealed it, `corrupt` where it is damaged or of another place.
  [[nodiscard]] Result<Opened> open(std::string_view sealed, std::string_view place) const;

 private:
  struct Key {
    std::array<std::uint8_t, 8> id{};
    std::array<std::uint8_t, 32> bytes{};
  };
  explicit Sealing(std::vector<Key> keys) : keys_(std::move(keys)) {}
  [[nodiscard]] static Result<Key> derived(std::string_view from);

  std::vector<Key> keys_;  // the one in use first
};

}  // namespace patchbay::oauth2
