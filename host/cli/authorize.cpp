#include <poll.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "cli/admin_client.hpp"
#include "cli/authorize.hpp"
#include "cli/loopback.hpp"

#include <algorithm>
#include <array>

namespace patchbay::cli {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

struct Options {
  std::string name, flow, host = "127.0.0.1";
  std::uint16_t port = 0;
};

// Lines that a person pastes, without waiting for them.
class Pasted {
 public:
  std::optional<std::string> line() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    while (!is_over_ && ::poll(&input, 1, 0) > 0) {
      std::array<char, 4096> part;
      const ssize_t count = ::read(STDIN_FILENO, part.data(), part.size());
      if (count <= 0) is_over_ = true;
      if (count > 0) text_.append(part.data(), static_cast<std::size_t>(count));
    }
    const std::size_t end = text_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = text_.substr(0, end);
    text_.erase(0, end + 1);
    return line;
  }

 private:
  std::string text_;
  bool is_over_ = false;
};

// "http://127.0.0.1:40000/?code=..." -> "code=..."
std::string query_of(std::string line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  const std::size_t mark = line.find('?');
  if (mark != std::string::npos) line.erase(0, mark + 1);
  return line.substr(0, line.find('#'));
}

class Authorizing {
 public:
  Authorizing(Context& context, const config::Settings& settings, const char* collection, Options options)
      : context_(context),
        settings_(settings),
        path_("/api/v1/" + std::string(collection) + "/" + options.name),
        options_(std::move(options)) {}

  Status run() {
    loopback_ = PATCHBAY_TRY(Loopback::listen(options_.port));
    json request{{"redirect_uri", "http://" + options_.host + ":" + std::to_string(loopback_->port()) + "/"}};
    if (!options_.flow.empty()) request["flow"] = options_.flow;
    json status = PATCHBAY_TRY(ask(settings_, "POST", path_ + "/authorize", {.idempotency_key = {}, .body = request}));
    if (status["state"] == "waiting") {
      show(status);
      status = PATCHBAY_TRY(wait(status));
    }
    return end(status);
  }

 private:
  void show(const json& status) {
    if (context_.json) return print(status);
    std::ostream& out = context_.out;
    const std::string until = status.value("expires_at", "");
    if (status["flow"] == "device") {
      out << "Open this address in a browser, on any machine, and sign in with the account that " << options_.name
          << " is to use:\n\n    " << status.value("verification_uri", "") << "\n\nEnter this code there:\n\n    "
          << status.value("user_code", "") << "\n\n";
      if (status["verification_uri_complete"].is_string())
        out << "This address has the code in it already:\n\n    " << status.value("verification_uri_complete", "")
            << "\n\n";
    } else {
      out << "Open this address in a browser, and sign in with the account that " << options_.name
          << " is to use:\n\n    " << status.value("authorization_uri", "")
          << "\n\nThe browser then comes back to this machine by itself. If it runs on another one and shows that it "
             "cannot connect, copy\nthe address that it shows, paste it here, and press Enter.\n\n";
    }
    out << "Waiting until " << until << " ..." << std::endl;
  }

  Result<json> wait(json status) {
    while (status["state"] == "waiting") {
      // Also where it is the device flow: it waits in between.
      std::optional<std::string> answer = loopback_->wait(1s);
      if (auto line = pasted_.line(); line && !answer) answer = query_of(std::move(*line));
      if (answer && status["flow"] == "browser") {
        auto finished = ask(settings_, "POST", path_ + "/authorization",
                            {.idempotency_key = {}, .body = {{"answer", std::move(*answer)}}});
        // A stranger's answer ends nothing: how it stands is said below.
        if (!finished && !context_.json) context_.err << "patchbay: " << finished.error().text() << "\n";
      }
      status = PATCHBAY_TRY(ask(settings_, "GET", path_ + "/authorization"));
    }
    return status;
  }

  Status end(const json& status) {
    if (status["state"] == "granted") {
      if (context_.json)
        print(status);
      else
        context_.out << options_.name << " is authorized: its access tokens are renewed by themselves from now on\n";
      return {};
    }
    const json& error = status["error"];
    if (!error.is_object()) return failure(ErrorCode::internal, "authorizing: the gateway did not say what came of it");
    return failure(ErrorCode::denied, error.value("reason", ""), error.value("remedy", ""));
  }

  // One line each, since a program has to act on the first before there is a second.
  void print(const json& status) {
    context_.out << status.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
  }

  Context& context_;
  const config::Settings& settings_;
  const std::string path_;
  const Options options_;
  std::unique_ptr<Loopback> loopback_;
  Pasted pasted_;
};

void authorize(Context& context, const char* kind, const char* collection, const Options& options) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  const std::optional<config::Settings> settings = context.settings(*catalog);
  if (!settings) return;
  const bool of_channels = collection == std::string_view("channels");
  const std::vector<config::Section>& sections = of_channels ? settings->channels : settings->destinations;
  const auto section = std::ranges::find(sections, options.name, &config::Section::name);
  if (section == sections.end())
    return context.fail({ErrorCode::not_found, "no " + std::string(kind) + " is called " + options.name,
                         "`patchbay " + std::string(kind) + " list` shows them all"});
  if (!section->oauth2)
    return context.fail({ErrorCode::invalid,
                         "authorizing " + options.name + ": its settings have no oauth2, so that nobody has to consent",
                         "see docs/settings.md where it should have"});
  if (const Status done = Authorizing(context, *settings, collection, options).run(); !done) context.fail(done.error());
}

}  // namespace

void add_authorize(CLI::App& command, Context& context, const char* kind, const char* collection) {
  auto options = std::make_shared<Options>();
  CLI::App* one = command.add_subcommand(
      "authorize",
      "Let a person consent that it uses an account, by OAuth2: shows the address to open, and waits for the answer.\n"
      "Needs the running gateway. With --json it prints two documents, a line each: what to do, and what came of it");
  one->add_option("NAME", options->name, "As in the settings")->required();
  one->add_option("--flow", options->flow, "device or browser, where it is not to be that of the settings")
      ->check(CLI::IsMember({"device", "browser"}));
  one->add_option("--redirect-host", options->host, "How the browser is sent back, as registered at the provider")
      ->check(CLI::IsMember({"127.0.0.1", "localhost"}))
      ->capture_default_str();
  one->add_option("--redirect-port", options->port, "A port that is registered at the provider; else a free one");
  one->callback([&context, kind, collection, options] { authorize(context, kind, collection, *options); });
}

}  // namespace patchbay::cli
