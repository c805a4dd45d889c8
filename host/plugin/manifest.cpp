#include "plugin/manifest.hpp"

#include "plugin/mistakes.hpp"
#include "plugin/oauth2_offer.hpp"
#include "plugin/stream_rules.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>

namespace patchbay::plugin {
namespace {

using Json = nlohmann::json;

// Text that a person reads: short, and without control characters.
std::string shown(const Json& value) {
  constexpr std::size_t longest = 40;
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > longest) text = text.substr(0, longest) + "...";
  return text;
}

// The key as a step of a JSON pointer (RFC 6901, section 3), cut where it would fill the screen.
std::string step(std::string_view key) {
  std::string text = "/";
  for (const char character : key.substr(0, 80)) {
    if (character == '~')
      text += "~0";
    else if (character == '/')
      text += "~1";
    else if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f)
      text += '?';
    else
      text += character;
  }
  return text;
}

bool is_all_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

constexpr std::string_view lower_letters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view digits = "0123456789";

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && lower_letters.find(text.front()) != std::string_view::npos &&
         is_all_of(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

// MAJOR.MINOR.PATCH of Semantic Versioning 2.0.0, with an optional pre-release.
bool is_version(std::string_view text) {
  if (text.size() > 64) return false;
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    const std::string_view rest = text.substr(dash + 1);
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    if (rest.empty() || !is_all_of(rest, allowed)) return false;
    text = text.substr(0, dash);
  }
  for (int part = 0; part < 3; ++part) {
    const std::size_t end = part < 2 ? text.find('.') : text.size();
    if (end == std::string_view::npos || end == 0 || end > 9) return false;
    const std::string_view number = text.substr(0, end);
    if (!is_all_of(number, digits) || (number.size() > 1 && number.front() == '0')) return false;
    text = text.substr(std::min(end + 1, text.size()));
  }
  return text.empty();
}

bool is_sha256(std::string_view text) { return text.size() == 64 && is_all_of(text, "0123456789abcdef"); }

bool is_file_name(std::string_view text) {
  return !text.empty() && text.size() <= 255 && text.front() != '.' && text.find('/') == std::string_view::npos &&
         text.find('\0') == std::string_view::npos;
}

bool is_sentence(std::string_view text) {
  return !text.empty() && text.size() <= 500 &&
         std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
}

bool is_header_name(std::string_view text) {  // RFC 9110, section 5.6.2
  return !text.empty() && text.size() <= 100 &&
         is_all_of(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~");
}

bool is_pointer(std::string_view text) { return text.size() > 1 && text.size() <= 200 && text.front() == '/'; }
bool is_prefix(std::string_view text) {
  return text.size() <= 50 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

constexpr std::array<std::string_view, 2> kinds{"channel", "sink"};
constexpr std::array<std::string_view, 2> stages{"experimental", "stable"};
constexpr std::array<std::string_view, 4> classes{"A", "B", "C", "D"};
// "secrets.reveal", or "http:" and a host that the plugin may call beside those in its settings, or "files.read:" or
// "files.write:" and a pointer to the setting that names the path, or "streams:" and one to the setting that names the
// server, or the server itself as HOST:PORT.
bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && is_all_of(host, "abcdefghijklmnopqrstuvwxyz0123456789.-");
}

bool is_capability(std::string_view text) {
  constexpr std::string_view http = "http:", streams = "streams:";
  if (text.starts_with(streams) && !text.substr(streams.size()).starts_with('/')) {
    const std::string_view server = text.substr(streams.size());
    const std::size_t colon = server.find(':');
    if (colon == std::string_view::npos || !is_host(server.substr(0, colon))) return false;
    const std::string_view port = server.substr(colon + 1);
    return !port.empty() && port.size() <= 5 && is_all_of(port, "0123456789");
  }
  for (const std::string_view files : {"files.read:", "files.write:", "streams:"})
    if (text.starts_with(files))
      return is_pointer(text.substr(files.size())) && text.find('~') == std::string_view::npos;
  return text.starts_with(http) ? is_host(text.substr(http.size())) : text == "secrets.reveal";
}

constexpr std::array<std::string_view, 2> schemes{"hmac-sha256", "hmac-sha1"};
constexpr std::array<std::string_view, 2> encodings{"hex", "base64"};
constexpr std::array<std::string_view, 5> known_methods{"POST", "GET", "PUT", "PATCH", "DELETE"};

// One object of the document. Takes its members out one by one and notes what is wrong with each.
class Reader {
 public:
  Reader(const Json& object, std::string place, std::vector<Mistake>& mistakes)
      : object_(object), place_(std::move(place)), mistakes_(mistakes) {}

  using Rule = bool (*)(std::string_view);

  std::string required(const char* key, Rule rule, const char* expected, const char* remedy) {
    const auto found = object_.find(key);
    if (found == object_.end()) {
      mistakes_.push_back({place_ + step(key), std::string("expected ") + expected + ", found nothing", remedy});
      return {};
    }
    return text(*found, place_ + step(key), rule, expected, remedy);
  }

  std::string optional(const char* key, std::string otherwise, Rule rule, const char* expected, const char* remedy) {
    const auto found = object_.find(key);
    if (found == object_.end()) return otherwise;
    return text(*found, place_ + step(key), rule, expected, remedy);
  }

  std::vector<std::string> words(const char* key, Rule rule, const char* expected, const char* remedy) {
    const auto found = object_.find(key);
    if (found == object_.end()) return {};
    const std::string place = place_ + step(key);
    if (!found->is_array()) {
      mistakes_.push_back({place, std::string("expected a list of ") + expected + ", got " + shown(*found), remedy});
      return {};
    }
    std::vector<std::string> all;
    for (std::size_t i = 0; i < found->size() && i < 100; ++i)
      all.push_back(text((*found)[i], place + "/" + std::to_string(i), rule, expected, remedy));
    return all;
  }

  void refuse_others(std::initializer_list<std::string_view> known) {
    std::size_t told = 0;
    for (const auto& [key, value] : object_.items()) {
      if (std::find(known.begin(), known.end(), key) != known.end() || ++told > 20) continue;
      mistakes_.push_back({place_ + step(key), "no such key is known", "remove it, or correct its spelling"});
    }
  }

  void add(const char* key, std::string reason, const char* remedy) {
    mistakes_.push_back({place_ + step(key), std::move(reason), remedy});
  }

 private:
  std::string text(const Json& value, std::string place, Rule rule, const char* expected, const char* remedy) {
    const auto* found = value.get_ptr<const Json::string_t*>();
    if (found != nullptr && rule(*found)) return *found;
    mistakes_.push_back({std::move(place), std::string("expected ") + expected + ", got " + shown(value), remedy});
    return {};
  }

  const Json& object_;
  std::string place_;
  std::vector<Mistake>& mistakes_;
};

EndpointSignature read_signature(const Json& value, std::vector<Mistake>& mistakes) {
  const std::string place = "/endpoint/signature";
  EndpointSignature signature;
  if (!value.is_object()) {
    mistakes.push_back(
        {place, "expected an object, got " + shown(value), "write its scheme, header and secret, or leave it out"});
    return signature;
  }
  Reader reader(value, place, mistakes);
  signature.scheme = reader.required(
      "scheme", [](std::string_view text) { return is_one_of(schemes, text); }, "\"hmac-sha256\" or \"hmac-sha1\"",
      "name the scheme by which the provider signs");
  signature.header = reader.required("header", is_header_name, "the name of an HTTP header",
                                     "name the header that carries the signature");
  std::transform(signature.header.begin(), signature.header.end(), signature.header.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  signature.prefix = reader.optional("prefix", "", is_prefix, "up to 50 printable ASCII characters",
                                     "write what stands in front of the signature, such as \"sha256=\"");
  signature.encoding = reader.optional(
      "encoding", "hex", [](std::string_view text) { return is_one_of(encodings, text); }, "\"hex\" or \"base64\"",
      "write how the signature is encoded");
  signature.secret = reader.required("secret", is_pointer, "a JSON pointer into the settings",
                                     "point to the setting that holds the secret, such as \"/app_secret\"");
  signature.methods = reader.words(
      "methods", [](std::string_view text) { return is_one_of(known_methods, text); }, "HTTP methods",
      "name the methods that are signed, such as [\"POST\"]");
  if (signature.methods.empty()) signature.methods = {"POST"};
  reader.refuse_others({"scheme", "header", "prefix", "encoding", "secret", "methods"});
  return signature;
}

void read_endpoint(const Json& value, Manifest& manifest, std::vector<Mistake>& mistakes) {
  if (value.is_boolean()) {
    manifest.endpoint = value.get<bool>();
    return;
  }
  if (!value.is_object()) {
    mistakes.push_back({"/endpoint", "expected an object, true or false, got " + shown(value),
                        "describe the endpoint, or leave it out"});
    return;
  }
  manifest.endpoint = true;
  const auto signature = value.find("signature");
  if (signature != value.end()) manifest.signature = read_signature(*signature, mistakes);
  Reader(value, "/endpoint", mistakes).refuse_others({"signature"});
}

void read_window(const Json& value, SendingRules& rules, std::vector<Mistake>& mistakes) {
  constexpr std::uint64_t longest = 366 * 86'400;
  const auto seconds = value.is_object() ? value.find("seconds") : value.end();
  if (!value.is_object() || seconds == value.end() || !seconds->is_number_unsigned() ||
      seconds->get<std::uint64_t>() == 0 || seconds->get<std::uint64_t>() > longest) {
    mistakes.push_back({"/sending/window", "expected {\"seconds\": 1 to 31622400}, got " + shown(value),
                        "say for how long after a person's last message they may be written to, or leave it out"});
    return;
  }
  Reader reader(value, "/sending/window", mistakes);
  rules.window_s = static_cast<std::uint32_t>(seconds->get<std::uint64_t>());
  rules.window_remedy = reader.optional("remedy", "wait until they write again", is_sentence, "a sentence for people",
                                        "say what can be done outside the window");
  reader.refuse_others({"seconds", "remedy"});
}

void read_sending(const Json& value, SendingRules& rules, std::vector<Mistake>& mistakes) {
  if (!value.is_object()) {
    mistakes.push_back(
        {"/sending", "expected an object, got " + shown(value), "describe how it sends, or leave it out"});
    return;
  }
  if (const auto window = value.find("window"); window != value.end()) read_window(*window, rules, mistakes);
  if (const auto idempotent = value.find("idempotent"); idempotent != value.end()) {
    if (idempotent->is_boolean())
      rules.idempotent = idempotent->get<bool>();
    else
      mistakes.push_back({"/sending/idempotent", "expected true or false, got " + shown(*idempotent),
                          "say whether the provider tells repeats apart by the id"});
  }
  Reader(value, "/sending", mistakes).refuse_others({"window", "idempotent"});
}

void read_limits(const Json& value, WorkerLimits& limits, std::vector<Mistake>& mistakes) {
  if (!value.is_object()) {
    mistakes.push_back({"/limits", "expected an object, got " + shown(value), "write the limits, or leave them out"});
    return;
  }
  const auto number = [&](const char* key, std::uint64_t least, std::uint64_t most, std::uint64_t& to) {
    const auto found = value.find(key);
    if (found == value.end()) return;
    if (found->is_number_unsigned() && found->get<std::uint64_t>() >= least && found->get<std::uint64_t>() <= most)
      to = found->get<std::uint64_t>();
    else
      mistakes.push_back(
          {std::string("/limits/") + key,
           "expected " + std::to_string(least) + " to " + std::to_string(most) + ", got " + shown(*found),
           "say how much its worker process may use"});
  };
  number("memory_mb", 16, 65'536, limits.memory_mb);
  number("cpu_seconds", 1, 1'000'000'000, limits.cpu_seconds);
  number("call_seconds", 0, 86'400, limits.call_seconds);
  Reader(value, "/limits", mistakes).refuse_others({"memory_mb", "cpu_seconds", "call_seconds"});
}

// What the library was built with, written by the build; the note in the library is what counts.
void read_abi(const Json& document, std::vector<Mistake>& mistakes) {
  const auto abi = document.find("abi");
  if (abi == document.end()) return;
  for (const char* part : {"major", "minor"})
    if (!abi->is_object() || !abi->contains(part) || !abi->at(part).is_number_unsigned()) {
      mistakes.push_back({"/abi", "expected {\"major\": a number, \"minor\": a number}, got " + shown(*abi),
                          "build the plugin with patchbay_add_plugin, which writes it"});
      return;
    }
}

Result<Json> parse_object(std::string_view text) {
  try {
    Json document = Json::parse(text);
    if (!document.is_object())
      return failure(ErrorCode::invalid, "expected a JSON object, got " + shown(document), "put it into braces");
    return document;
  } catch (const Json::exception& error) {
    std::string reason = error.what();
    if (reason.size() > 300) reason = reason.substr(0, 300) + "...";
    return failure(ErrorCode::invalid, "expected JSON: " + reason, "correct it at the place named");
  }
}

}  // namespace

std::string_view name_of(PluginKind kind) { return kinds[static_cast<std::size_t>(kind)]; }

Result<Manifest> parse_manifest(std::string_view text) {
  const Json document = PATCHBAY_TRY(parse_object(text));
  constexpr const char* built = "build the plugin with patchbay_add_plugin, which writes it";
  std::vector<Mistake> mistakes;
  Reader reader(document, "", mistakes);
  Manifest manifest;
  manifest.name = reader.required("name", is_name, "a name of a-z, 0-9 and _ that begins with a letter",
                                  "write the name by which settings refer to the plugin");
  const std::string kind = reader.required(
      "kind", [](std::string_view word) { return is_one_of(kinds, word); }, "\"channel\" or \"sink\"",
      "say whether it brings interactions in or sends events out");
  manifest.kind = kind == kinds[1] ? PluginKind::sink : PluginKind::channel;
  manifest.version = reader.required("version", is_version, "a version such as \"1.2.3\"",
                                     "write it in three numbers, as Semantic Versioning has it");
  manifest.title = reader.required("title", is_sentence, "a title for people", "write one line of up to 500 bytes");
  manifest.summary = reader.required("summary", is_sentence, "a sentence for people", "say in one line what it does");
  manifest.library = reader.required("library", is_file_name, "the name of a file in the plugin's folder", built);
  manifest.sha256 = reader.required("sha256", is_sha256, "64 lower-case hexadecimal digits", built);
  manifest.status = reader.required(
      "status", [](std::string_view word) { return is_one_of(stages, word); }, "\"experimental\" or \"stable\"",
      "say how far it may be relied upon");
  manifest.capabilities =
      reader.words("capabilities", is_capability,
                   "a capability (\"secrets.reveal\", \"http:\" and a host name, or "
                   "\"files.read:\", \"files.write:\" or \"streams:\" and a JSON pointer, \"streams:\" "
                   "and HOST:PORT)",
                   "remove what this host does not know");
  manifest.security_posture = reader.optional("security_posture", "", is_sentence, "a sentence for people",
                                              "say whom its input comes from, and what stands between");
  read_abi(document, mistakes);
  const auto endpoint = document.find("endpoint");
  if (endpoint != document.end()) read_endpoint(*endpoint, manifest, mistakes);
  const auto sending = document.find("sending");
  if (sending != document.end()) read_sending(*sending, manifest.sending, mistakes);
  if (const auto limits = document.find("limits"); limits != document.end())
    read_limits(*limits, manifest.limits, mistakes);
  if (const auto oauth2 = document.find("oauth2"); oauth2 != document.end())
    manifest.oauth2 = read_oauth2_offer(*oauth2, mistakes);
  if (const auto strict = document.find("strict"); strict != document.end()) {
    if (strict->is_boolean())
      manifest.strict = strict->get<bool>();
    else
      reader.add("strict", "expected true or false, got " + shown(*strict),
                 "say whether it must not run where the kernel cannot confine it wholly");
  }
  const auto is_class = [](std::string_view word) { return is_one_of(classes, word); };
  constexpr const char* class_expected = "\"A\", \"B\", \"C\" or \"D\"";
  constexpr const char* class_remedy = "say how the receiver tells repeated events apart";
  if (kind == kinds[1]) {
    manifest.idempotency = reader.required("idempotency", is_class, class_expected, class_remedy);
    if (manifest.endpoint) reader.add("endpoint", "a sink has no endpoint", "remove it");
    if (sending != document.end()) reader.add("sending", "a sink sends nothing to people", "remove it");
    if (uses_streams(manifest)) reader.add("capabilities", "a sink has no streams", "remove those of streams");
  } else if (kind == kinds[0] && document.contains("idempotency")) {
    reader.add("idempotency", "a channel has no idempotency class", "remove it");
  }
  reader.refuse_others({"$schema", "abi", "security_posture", "name", "kind", "version", "title", "summary", "library",
                        "sha256", "status", "capabilities", "endpoint", "sending", "idempotency", "strict", "limits",
                        "oauth2"});
  if (!mistakes.empty()) return failure(joined(ErrorCode::invalid, std::move(mistakes)));
  return manifest;
}

Result<Json> parse_schema(std::string_view text) {
  Json document = PATCHBAY_TRY(parse_object(text));
  const auto type = document.find("type");
  if (type == document.end() || *type != "object")
    return failure(
        joined(ErrorCode::invalid,
               {{"/type", "expected \"object\", " + (type == document.end() ? "found nothing" : "got " + shown(*type)),
                 "settings are an object, so write \"type\": \"object\""}}));
  return document;
}

}  // namespace patchbay::plugin
