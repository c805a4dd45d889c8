#include "config/references.hpp"

#include "config/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <system_error>

namespace patchbay::config {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

// What is wrong with a reference; the place is added by whoever knows it.
struct Fault {
  std::string expected;
  std::string got;
  std::string remedy;
};
using Replacement = tl::expected<std::string, Fault>;

std::string without_last_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

Replacement checked(std::string text, const std::string& source, const std::string& where_to_put_it) {
  if (text.empty()) return tl::unexpected(Fault{"a secret in " + source, "nothing", where_to_put_it});
  if (first_bad_byte(text))
    return tl::unexpected(Fault{"text in UTF-8 in " + source, "other bytes", "encode it, for instance as Base64"});
  return text;
}

Replacement from_file(const std::filesystem::path& path) {
  const std::string name = printable(path.string());
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.number() < 0) {
    const int reason = errno;
    return tl::unexpected(Fault{"a file that can be read at " + name, std::generic_category().message(reason),
                                reason == EACCES ? "let the gateway's user read it: chgrp and chmod 640"
                                                 : "create it with the secret in it, or correct the path"});
  }
  struct stat status {};
  if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode))
    return tl::unexpected(Fault{"a regular file at " + name, "something else", "name a file that holds the secret"});
  if ((status.st_mode & S_IROTH) != 0)
    return tl::unexpected(Fault{"a file that only its owner and group can read at " + name,
                                "one that everybody on this machine can read", "chmod 640 " + name});
  std::string content;
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(file.number(), buffer, sizeof buffer);
    if (count == 0) break;
    if (count < 0) {
      if (errno == EINTR) continue;
      return tl::unexpected(Fault{"a file that can be read at " + name, std::generic_category().message(errno),
                                  "check the disk it is on"});
    }
    content.append(buffer, static_cast<std::size_t>(count));
    if (content.size() > most_scalar_bytes)
      return tl::unexpected(Fault{"at most 16 KiB in " + name, "more", "name the file that holds just the secret"});
  }
  return checked(without_last_newline(std::move(content)), name, "write the secret into that file");
}

class Resolver {
 public:
  Resolver(const std::filesystem::path& folder, const Environment& environment, Report& report)
      : folder_(folder), environment_(environment), report_(report) {}

  void visit(Node& node, const std::string& path, Position at) {
    if (node.kind == NodeKind::scalar) {
      if (node.scalar.is_string()) resolve(node, path, at);
      return;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) visit(node.items[i], pointer_to(path, i), node.items[i].at);
    for (Member& member : node.members) visit(member.value, pointer_to(path, member.key), member.value.at);
  }

 private:
  void resolve(Node& node, const std::string& path, Position at) {
    std::string result;
    std::string_view rest = node.text;
    for (std::size_t dollar; (dollar = rest.find("${")) != std::string_view::npos;) {
      if (dollar > 0 && rest[dollar - 1] == '$') {
        result.append(rest.substr(0, dollar - 1)).append("${");
        rest.remove_prefix(dollar + 2);
        continue;
      }
      result.append(rest.substr(0, dollar));
      rest.remove_prefix(dollar + 2);
      const std::size_t end = rest.find('}');
      node.referenced = true;
      const Replacement replacement = end == std::string_view::npos ? unclosed() : look_up(rest.substr(0, end));
      if (!replacement) {
        const Fault& fault = replacement.error();
        report_.add({at, path, fault.expected, fault.got, fault.remedy});
        // Checked no further: one mistake is told once.
        node.scalar = nlohmann::json(nlohmann::json::value_t::discarded);
        return;
      }
      result.append(*replacement);
      rest.remove_prefix(end + 1);
    }
    result.append(rest);
    spent_ += result.size();
    if (result.size() > most_scalar_bytes * 2 || spent_ > most_text_bytes) {
      report_.add({at, path, "at most 16 KiB of text in a value and 4 MiB in all", "more", "use fewer references"});
      node.scalar = nlohmann::json(nlohmann::json::value_t::discarded);
      return;
    }
    node.text = result;
    node.scalar = std::move(result);
  }

  static Replacement unclosed() {
    return tl::unexpected(Fault{"a reference that ends with }", "one without", "write ${env:NAME} or ${file:PATH}"});
  }

  Replacement look_up(std::string_view reference) {
    if (reference.starts_with("env:") && reference.size() > 4) {
      const std::string name(reference.substr(4));
      const auto value = environment_ ? environment_(name) : std::nullopt;
      const std::string source = "the environment variable " + printable(name);
      return checked(value.value_or(""), source, "set it where the gateway is started");
    }
    if (reference.starts_with("file:") && reference.size() > 5) return from_file(folder_ / reference.substr(5));
    return tl::unexpected(
        Fault{"${env:NAME} or ${file:PATH}", "another reference", "write $${ where the text itself has a ${"});
  }

  const std::filesystem::path& folder_;
  const Environment& environment_;
  Report& report_;
  std::size_t spent_ = 0;
};

}  // namespace

void resolve_references(Node& root, const std::filesystem::path& folder, const Environment& environment,
                        Report& report) {
  Resolver(folder, environment, report).visit(root, "", root.at);
}

}  // namespace patchbay::config
