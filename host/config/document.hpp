// One YAML document as a tree that remembers where each part was written.
//
// YAML 1.2's core schema says what a plain scalar is; a quoted one is text. Anchors and aliases are expanded, within
// bounds: what would grow without measure ends in a mistake instead. Pure; any thread. yaml-cpp's exceptions end here.
#pragma once

#include "config/report.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::config {

inline constexpr std::size_t most_file_bytes = 1024 * 1024;
inline constexpr std::size_t most_depth = 64;
inline constexpr std::size_t most_nodes = 50'000;        // aliases count as what they stand for
inline constexpr std::size_t most_text_bytes = 4 << 20;  // the same, in bytes
inline constexpr std::size_t most_scalar_bytes = 16 * 1024;
inline constexpr std::size_t most_key_bytes = 256;

enum class NodeKind : std::uint8_t { scalar, list, mapping };

struct Member;

struct Node {
  NodeKind kind = NodeKind::scalar;
  Position at;
  std::string text;             // of a scalar, as written, without quotes
  nlohmann::json scalar;        // the same as a value; discarded where a mistake about it was told already
  bool referenced = false;      // came out of ${env:...} or ${file:...}: never shown
  std::vector<Node> items;      // of a list
  std::vector<Member> members;  // of a mapping, in the file's order

  [[nodiscard]] const Member* find(std::string_view key) const;
};

struct Member {
  std::string key;
  Position at;  // of the key
  Node value;
};

// Nothing where the text as a whole could not be read; smaller mistakes are in the report, beside the tree.
[[nodiscard]] std::optional<Node> read_document(std::string_view yaml, Report& report);

[[nodiscard]] nlohmann::json to_json(const Node& node);

// What a person is told was found: `"text"`, `42`, "a mapping", "a secret".
[[nodiscard]] std::string describe(const Node& node);

// What an RFC 6901 pointer leads to. Where the way ends early, `node` is null and `at` the nearest place there is.
// `root_at` is where the root's own key stands: a block mapping itself begins a line below that.
struct Place {
  Position at;  // of the key, where there is one
  const Node* node = nullptr;
};
[[nodiscard]] Place locate(const Node& root, Position root_at, std::string_view pointer);

}  // namespace patchbay::config
