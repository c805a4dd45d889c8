#include "config/document.hpp"

#include "config/scalar.hpp"
#include "config/text.hpp"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>
#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

namespace patchbay::config {

namespace {

Position position_of(const YAML::Mark& mark) {
  return mark.is_null() ? Position{} : Position{mark.line + 1, mark.column + 1};
}

// Ends the reading; what was wrong is in the report.
struct Stop {};

struct Cost {
  std::size_t nodes = 0;
  std::size_t bytes = 0;
};

Cost cost_of(const Node& node) {
  Cost cost{1, node.text.size()};
  const auto add = [&cost](const Cost& part) {
    cost.nodes += part.nodes;
    cost.bytes += part.bytes;
  };
  for (const Node& item : node.items) add(cost_of(item));
  for (const Member& member : node.members) {
    add(cost_of(member.value));
    cost.bytes += member.key.size();
  }
  return cost;
}

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(Report& report) : report_(report) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (started_) stop(mark, "one YAML document", "a second one", "remove the line --- and what follows");
    started_ = true;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.at = position_of(mark);
    finish(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node;
    node.at = position_of(mark);
    if (value.size() > most_scalar_bytes)
      stop(mark, "at most 16384 bytes in one value", "more", "is a quote missing at its end?");
    if (value.find('\0') != std::string::npos) stop(mark, "text without NUL characters", "one with", "remove the \\0");
    node.text = value;
    if (tag == "?" || tag.empty()) {
      node.scalar = plain_scalar(value);
      if (node.scalar.is_discarded())
        mistake(mark, "a finite number", in_quotes(value), "write it in quotes if it is text");
    } else {
      if (tag != "!" && tag != "tag:yaml.org,2002:str") refuse_tag(mark);
      node.scalar = value;
    }
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      stop(mark, "an alias of something complete", "one that stands inside its own anchor", "write it out");
    if (stack_.size() + depth_of(found->second) > most_depth) stop_too_deep(mark);
    charge(mark, cost_of(found->second));
    Node copy = found->second;
    attach(std::move(copy));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(NodeKind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(NodeKind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] std::optional<Node> take() { return std::move(root_); }

 private:
  struct Level {
    Node node;
    YAML::anchor_t anchor = 0;
    std::string path;
    std::optional<std::pair<std::string, Position>> key;  // of the member that comes next
    std::map<std::string, int, std::less<>> lines;        // of the keys so far
  };

  void mistake(const YAML::Mark& mark, std::string expected, std::string got, std::string remedy) {
    report_.add({position_of(mark), path(), std::move(expected), std::move(got), std::move(remedy)});
  }
  [[noreturn]] void stop(const YAML::Mark& mark, std::string expected, std::string got, std::string remedy) {
    mistake(mark, std::move(expected), std::move(got), std::move(remedy));
    throw Stop{};
  }
  [[noreturn]] void stop_too_deep(const YAML::Mark& mark) {
    stop(mark, "at most 64 levels of nesting", "more", "write it flatter");
  }
  void refuse_tag(const YAML::Mark& mark) {
    mistake(mark, "a value without a tag", "one with", "remove the word that begins with !");
  }

  // Of the node that comes next.
  [[nodiscard]] std::string path() const {
    if (stack_.empty()) return {};
    const Level& level = stack_.back();
    if (level.node.kind == NodeKind::list) return pointer_to(level.path, level.node.items.size());
    return level.key ? pointer_to(level.path, level.key->first) : level.path;
  }

  static std::size_t depth_of(const Node& node) {
    std::size_t deepest = 0;
    for (const Node& item : node.items) deepest = std::max(deepest, depth_of(item));
    for (const Member& member : node.members) deepest = std::max(deepest, depth_of(member.value));
    return deepest + 1;
  }

  void charge(const YAML::Mark& mark, const Cost& cost) {
    spent_.nodes += cost.nodes;
    spent_.bytes += cost.bytes;
    if (spent_.nodes > most_nodes || spent_.bytes > most_text_bytes)
      stop(mark, "settings of a size that a person could write",
           "more than 50000 values or 4 MiB once aliases are expanded", "write less through aliases");
  }

  void open(NodeKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (stack_.size() >= most_depth) stop_too_deep(mark);
    if (expects_key())
      stop(mark, "a word as a key", kind == NodeKind::list ? "a list" : "a mapping", "write another key");
    if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(mark);
    Level level;
    level.node.kind = kind;
    level.node.at = position_of(mark);
    level.anchor = anchor;
    level.path = path();
    stack_.push_back(std::move(level));
  }

  void close() {
    Level level = std::move(stack_.back());
    stack_.pop_back();
    finish(std::move(level.node), level.anchor);
  }

  [[nodiscard]] bool expects_key() const {
    return !stack_.empty() && stack_.back().node.kind == NodeKind::mapping && !stack_.back().key;
  }

  void finish(Node node, YAML::anchor_t anchor) {
    const YAML::Mark nowhere = YAML::Mark::null_mark();
    charge(nowhere, {1, node.text.size()});
    if (anchor != 0) {
      charge(nowhere, cost_of(node));
      anchors_[anchor] = node;
    }
    attach(std::move(node));
  }

  void attach(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = stack_.back();
    if (level.node.kind == NodeKind::list) {
      level.node.items.push_back(std::move(node));
      return;
    }
    if (!level.key) {
      take_key(level, std::move(node));
      return;
    }
    auto [key, at] = std::move(*level.key);
    level.key.reset();
    const auto [earlier, fresh] = level.lines.emplace(key, at.line);
    if (fresh) {
      level.node.members.push_back({std::move(key), at, std::move(node)});
      return;
    }
    report_.add({at, pointer_to(level.path, key), "each key once",
                 in_quotes(key) + " again, first on line " + std::to_string(earlier->second),
                 "remove or rename the one on line " + std::to_string(earlier->second) + " or the one on line " +
                     std::to_string(at.line)});
  }

  void take_key(Level& level, Node node) {
    std::string problem;
    if (node.kind != NodeKind::scalar) problem = describe(node);
    if (node.text.size() > most_key_bytes) problem = "one of more than 256 bytes";
    if (node.text == "$secret") problem = "\"$secret\", which the gateway keeps for itself";
    if (!problem.empty()) {
      report_.add({node.at, level.path, "a word as a key", problem, "write another key"});
      throw Stop{};
    }
    level.key.emplace(std::move(node.text), node.at);
  }

  Report& report_;
  bool started_ = false;
  std::vector<Level> stack_;
  std::map<YAML::anchor_t, Node> anchors_;
  Cost spent_;
  std::optional<Node> root_;
};

std::string_view line_of(std::string_view text, int number) {
  for (int line = 1; line < number; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

// yaml-cpp takes a quote that is never closed as closed by the end of the file, and with it all that follows as one
// text. It does not go past a document's end marker, though.
std::string with_an_end(std::string_view yaml) {
  std::string text(yaml);
  if (!text.ends_with('\n')) text += '\n';
  if (!text.ends_with("\n...\n") && !text.ends_with("\n...\r\n")) text += "...\n";
  return text;
}

// yaml-cpp's own words may quote the file, and with it a password: they are not passed on.
Mistake syntax_mistake(std::string_view yaml, const YAML::Exception& error) {
  const Position at = position_of(error.mark);
  const std::string_view line = line_of(yaml, at.line);
  Mistake mistake{at, "", "YAML", "something else at column " + std::to_string(at.column),
                  "check the indentation, quotes and brackets of this line and the one before"};
  const std::size_t text = line.find_first_not_of(' ');
  if (text != std::string_view::npos && line[text] == '\t')
    mistake.remedy = "indent with spaces, not with tabs";
  else if (line.find("${") != std::string_view::npos)
    mistake.remedy = "between { } and [ ] write a reference in quotes: \"${file:/etc/patchbay/key}\"";
  else if (error.msg.rfind(YAML::ErrorMsg::UNKNOWN_ANCHOR, 0) == 0)
    mistake.remedy = "a text that begins with * needs quotes; an alias needs an anchor (&name) before it";
  return mistake;
}

}  // namespace

const Member* Node::find(std::string_view key) const {
  const auto found = std::find_if(members.begin(), members.end(), [&](const Member& each) { return each.key == key; });
  return found == members.end() ? nullptr : &*found;
}

std::optional<Node> read_document(std::string_view yaml, Report& report) {
  if (yaml.size() > most_file_bytes) {
    report.add({{},
                "",
                "a settings file of at most 1 MiB",
                std::to_string(yaml.size()) + " bytes",
                "is this the settings file?"});
    return std::nullopt;
  }
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (yaml.substr(0, 3) == byte_order_mark) yaml.remove_prefix(3);
  if (const auto bad = first_bad_byte(yaml)) {
    const auto line = std::count(yaml.begin(), yaml.begin() + static_cast<std::ptrdiff_t>(*bad), '\n') + 1;
    report.add({{static_cast<int>(line), 1},
                "",
                "text in UTF-8",
                "the byte " + in_quotes(yaml.substr(*bad, 1)),
                "save the file as UTF-8"});
    return std::nullopt;
  }
  Builder builder(report);
  try {
    std::istringstream stream{with_an_end(yaml)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const Stop&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    report.add(syntax_mistake(yaml, error));
    return std::nullopt;
  } catch (const std::exception&) {  // yaml-cpp lets a few of the standard library's through
    report.add({{}, "", "YAML", "something that the YAML reader gave up on", "write it more simply"});
    return std::nullopt;
  }
  return builder.take();
}

nlohmann::json to_json(const Node& node) {
  if (node.kind == NodeKind::scalar) return node.scalar;
  if (node.kind == NodeKind::list) {
    nlohmann::json list = nlohmann::json::array();
    for (const Node& item : node.items) list.push_back(to_json(item));
    return list;
  }
  nlohmann::json mapping = nlohmann::json::object();
  for (const Member& member : node.members) mapping[member.key] = to_json(member.value);
  return mapping;
}

std::string describe(const Node& node) {
  if (node.kind == NodeKind::mapping) return "a mapping";
  if (node.kind == NodeKind::list) return "a list";
  if (node.referenced) return "a secret";
  if (node.scalar.is_null()) return "nothing";
  return node.scalar.is_string() ? in_quotes(node.text) : printable(node.text);
}

Place locate(const Node& root, Position root_at, std::string_view pointer) {
  Place place{root_at, &root};
  while (!pointer.empty() && place.node != nullptr) {
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    const Node& node = *place.node;
    place.node = nullptr;
    if (node.kind == NodeKind::list) {
      std::size_t index = 0;
      const auto [end, failed] = std::from_chars(token.data(), token.data() + token.size(), index);
      if (failed != std::errc{} || end != token.data() + token.size() || index >= node.items.size()) break;
      place = {node.items[index].at, &node.items[index]};
    } else {
      for (const Member& member : node.members) {
        if (std::string_view(pointer_to("", member.key)).substr(1) != token) continue;
        place = {member.at, &member.value};
        break;
      }
    }
  }
  return place;
}

}  // namespace patchbay::config
