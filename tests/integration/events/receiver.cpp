#include "receiver.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace patchbay::tests {
namespace {

std::string temporary_file() {
  std::string name = "/tmp/patchbay-receiver-XXXXXX";
  const int descriptor = mkstemp(name.data());
  if (descriptor < 0) throw std::runtime_error("making a temporary file failed; is /tmp full?");
  close(descriptor);
  return name;
}

pid_t spawn(const std::vector<std::string>& arguments, int output) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t process = -1;
  const int error = posix_spawnp(&process, "node", &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("starting node failed; install nodejs 18.20 or newer");
  return process;
}

// Up to the end of the line, or of the output.
std::string read_line(int descriptor) {
  std::string line;
  for (char c = 0; ::read(descriptor, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

std::size_t append(char* data, std::size_t, std::size_t length, void* to) {
  static_cast<std::string*>(to)->append(data, length);
  return length;
}

}  // namespace

Receiver::Receiver(const std::vector<std::string>& keys) : log_file_(temporary_file()) {
  std::vector<std::string> arguments{"node", PATCHBAY_SOURCE "/tests/npm/receiver.mjs", "--log", log_file_};
  for (const std::string& key : keys) arguments.insert(arguments.end(), {"--key", key});
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("making a pipe failed");
  process_ = spawn(arguments, ends[1]);
  close(ends[1]);
  const std::string line = read_line(ends[0]);
  close(ends[0]);
  const std::size_t at = line.find("http://");
  if (at == std::string::npos) {
    waitpid(process_, nullptr, 0);
    throw std::runtime_error("the receiver did not start; run: npm ci --prefix tests/npm");
  }
  url_ = line.substr(at);
}

Receiver::~Receiver() {
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
  unlink(log_file_.c_str());
}

Json Receiver::summary() const {
  HttpCall call;
  call.url = url_ + "/summary";
  return Json::parse(perform(call).body);
}

std::string Receiver::log() const {
  std::stringstream text;
  text << std::ifstream(log_file_).rdbuf();
  return text.str();
}

HttpResult perform(const HttpCall& call) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  curl_slist* list = nullptr;
  for (const Header& header : call.headers) list = curl_slist_append(list, (header.name + ": " + header.value).c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list, curl_slist_free_all);
  HttpResult result;
  curl_easy_setopt(curl.get(), CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, call.method.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 30L);
  if (call.method == "POST") {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, call.body.data());
  }
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &result.body);
  if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK)
    throw std::runtime_error("asking " + call.url + ": " + curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  result.status = static_cast<std::uint32_t>(status);
  return result;
}

}  // namespace patchbay::tests
