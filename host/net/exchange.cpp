#include "net/exchange.hpp"

#include "net/http_url.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace patchbay::net {
namespace {

constexpr std::size_t most_header_bytes = 64 * 1024;
constexpr long keep_authorities_seconds = 3600;
constexpr std::size_t most_header_fields = 256;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const char folded = lower(c);
    return (folded >= 'a' && folded <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos; }

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// What libcurl says may quote the receiver: its certificate's name, for one.
std::string without_controls(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, ' ');
  return text;
}

std::string text_of(int error_number) { return std::generic_category().message(error_number); }

bool belongs_to_the_client(std::string_view lower_case_name) {
  return lower_case_name == "content-length" || lower_case_name == "transfer-encoding" ||
         lower_case_name == "connection" || lower_case_name == "expect";
}

template <class Value>
void set(CURL* handle, CURLoption option, Value value) {
  // Fails only for an option that this libcurl was built without, or without memory.
  if (curl_easy_setopt(handle, option, value) != CURLE_OK) throw std::runtime_error("libcurl lacks an option");
}

ClientResponse failed(ClientFailure failure, std::string reason) {
  ClientResponse response;
  response.failure = failure;
  response.reason = std::move(reason);
  return response;
}

Exchange& exchange_of(void* pointer) { return *static_cast<Exchange*>(pointer); }

}  // namespace

Exchange::Exchange() : handle_(curl_easy_init()) {
  if (handle_ == nullptr) throw std::bad_alloc();
  set(handle_, CURLOPT_PRIVATE, static_cast<void*>(this));
  set(handle_, CURLOPT_ERRORBUFFER, error_.data());
  set(handle_, CURLOPT_NOSIGNAL, 1L);
  set(handle_, CURLOPT_QUICK_EXIT, 1L);  // a look-up that hangs must not hold up all others
  set(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  set(handle_, CURLOPT_FOLLOWLOCATION, 0L);
  set(handle_, CURLOPT_PROXY, "");  // not from the environment: a proxy would be the one to choose the address
  set(handle_, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(handle_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(handle_, CURLOPT_SSL_VERIFYPEER, 1L);
  set(handle_, CURLOPT_SSL_VERIFYHOST, 2L);
  set(handle_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));

  using Write = std::size_t (*)(char*, std::size_t, std::size_t, void*);
  set(handle_, CURLOPT_HEADERFUNCTION, static_cast<Write>([](char* bytes, std::size_t, std::size_t count, void* self) {
        return exchange_of(self).on_header({bytes, count});
      }));
  set(handle_, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(handle_, CURLOPT_WRITEFUNCTION, static_cast<Write>([](char* bytes, std::size_t, std::size_t count, void* self) {
        return exchange_of(self).on_body({bytes, count});
      }));
  set(handle_, CURLOPT_WRITEDATA, static_cast<void*>(this));
  using OpenSocket = curl_socket_t (*)(void*, curlsocktype, curl_sockaddr*);
  set(handle_, CURLOPT_OPENSOCKETFUNCTION,
      static_cast<OpenSocket>(
          [](void* self, curlsocktype, curl_sockaddr* address) { return exchange_of(self).on_open_socket(*address); }));
  set(handle_, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  using Ready = int (*)(void*, char*, char*, int, int);
  set(handle_, CURLOPT_PREREQFUNCTION, static_cast<Ready>([](void* self, char* address, char*, int port, int) {
        return exchange_of(self).on_ready(address, port);
      }));
  set(handle_, CURLOPT_PREREQDATA, static_cast<void*>(this));
}

Exchange::~Exchange() { curl_easy_cleanup(handle_); }

std::optional<ClientResponse> Exchange::prepare(ClientRequest request, HttpClient::Completed completed) {
  request_ = std::move(request);
  completed_ = std::move(completed);
  response_ = {};
  header_bytes_ = body_bytes_ = 0;
  too_large_ = tried_ = ready_ = false;
  refused_address_.clear();
  socket_error_ = 0;
  error_[0] = '\0';

  if (const auto url = HttpUrl::parse(request_.url); !url) {
    return failed(ClientFailure::invalid_url, url.error().text());
  }
  if (!is_token(request_.method)) {
    return failed(ClientFailure::invalid_url, "the method is no HTTP method: \"" + request_.method + "\"");
  }
  set(handle_, CURLOPT_URL, request_.url.c_str());
  set(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(request_.timeout.count(), 1)));
  // A connection that was just made is not taken for one that died in the pool, after which libcurl would try again.
  set(handle_, CURLOPT_FRESH_CONNECT, request_.repeat == Repeat::never ? 1L : 0L);
  set_trust();
  set_method_and_body();
  if (!set_headers()) {
    return failed(ClientFailure::invalid_url, "a header field of the request has a wrong name or a line break");
  }
  return std::nullopt;
}

void Exchange::set_trust() {
  static const curl_version_info_data* const built = curl_version_info(CURLVERSION_NOW);
  // Reading the system's authorities takes some milliseconds, in which nothing else happens here. libcurl keeps them
  // for the next handshake, one bundle only, and not where a folder of them is looked into as well.
  if (request_.ca_file.empty()) {
    const bool bundle = built->cainfo != nullptr;
    set(handle_, CURLOPT_CAINFO, built->cainfo);
    set(handle_, CURLOPT_CAPATH, bundle ? nullptr : built->capath);
    set(handle_, CURLOPT_CA_CACHE_TIMEOUT, keep_authorities_seconds);
  } else {
    set(handle_, CURLOPT_CAINFO, request_.ca_file.c_str());
    set(handle_, CURLOPT_CAPATH, nullptr);  // else the system's would be trusted beside it
    set(handle_, CURLOPT_CA_CACHE_TIMEOUT, 0L);
  }
}

void Exchange::set_method_and_body() {
  const bool usual_body = request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH";
  set(handle_, CURLOPT_HTTPGET, 1L);  // forgets the request before
  if (request_.method == "HEAD") {
    set(handle_, CURLOPT_NOBODY, 1L);
  } else if (request_.body != nullptr || usual_body) {
    set(handle_, CURLOPT_POST, 1L);
    set(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body ? request_.body->size() : 0));
    set(handle_, CURLOPT_POSTFIELDS, request_.body ? request_.body->data() : "");
  }
  set(handle_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

bool Exchange::set_headers() {
  header_list_.reset();
  const auto append = [this](const std::string& line) {
    curl_slist* list = curl_slist_append(header_list_.get(), line.c_str());
    if (list == nullptr) throw std::bad_alloc();
    static_cast<void>(header_list_.release());
    header_list_.reset(list);
  };
  bool typed = false;
  for (const auto& [name, value] : request_.headers) {
    if (!is_token(name) || !is_field_value(value)) return false;
    const std::string folded = lowered(name);
    if (belongs_to_the_client(folded)) continue;
    typed = typed || folded == "content-type";
    append(trimmed(value).empty() ? name + ";" : name + ": " + value);  // libcurl's way to write an empty field
  }
  append("Expect:");  // without a value: none is sent
  if (!typed) append("Content-Type:");
  set(handle_, CURLOPT_HTTPHEADER, header_list_.get());
  return true;
}

std::size_t Exchange::on_header(std::string_view line) {
  header_bytes_ += line.size();
  if (line.starts_with("HTTP/")) response_.headers.clear();  // those of "100 Continue" are not the answer's
  const auto colon = line.find(':');
  const bool is_field = !line.starts_with("HTTP/") && colon != line.npos;
  if (header_bytes_ > most_header_bytes || (is_field && response_.headers.size() == most_header_fields)) {
    too_large_ = true;
    return 0;
  }
  if (is_field) {
    response_.headers.emplace_back(lowered(trimmed(line.substr(0, colon))),
                                   std::string(trimmed(line.substr(colon + 1))));
  }
  return line.size();
}

std::size_t Exchange::on_body(std::string_view bytes) {
  body_bytes_ += bytes.size();
  if (body_bytes_ > request_.most_bytes) {
    too_large_ = true;
    return CURL_WRITEFUNC_ERROR;
  }
  const std::size_t room = request_.keep_bytes - std::min(request_.keep_bytes, response_.body.size());
  response_.body.append(bytes.substr(0, room));
  response_.cut = response_.cut || bytes.size() > room;
  return bytes.size();
}

curl_socket_t Exchange::on_open_socket(const curl_sockaddr& address) {
  static const AddressGuard strict;
  const AddressGuard& guard = request_.guard ? *request_.guard : strict;
  if (!guard.allows(&address.addr)) {
    const auto bytes = address_of(&address.addr);
    refuse(bytes ? to_text(*bytes) : "a local socket", port_of(&address.addr));
    return CURL_SOCKET_BAD;
  }
  tried_ = true;
  const int descriptor = socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
  if (descriptor < 0) socket_error_ = errno;
  return descriptor;
}

// Connections are pooled: this one may have been opened for a request with a more generous guard.
int Exchange::on_ready(const char* address, int port) {
  static const AddressGuard strict;
  const AddressGuard& guard = request_.guard ? *request_.guard : strict;
  if (address != nullptr && guard.allows(address, static_cast<std::uint16_t>(port))) {
    ready_ = true;
    return CURL_PREREQFUNC_OK;
  }
  refuse(address == nullptr ? "an unknown address" : address, static_cast<std::uint16_t>(port));
  tried_ = false;
  return CURL_PREREQFUNC_ABORT;
}

void Exchange::refuse(std::string address, std::uint16_t port) {
  refused_address_ = std::move(address);
  refused_port_ = port;
}

std::pair<HttpClient::Completed, ClientResponse> Exchange::finish(CURLcode result) {
  ClientResponse response;
  if (result == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    response = std::move(response_);
    response.status = static_cast<std::uint32_t>(status);
  } else {
    auto [failure, reason] = classify(result);
    response = failed(failure, std::move(reason));
    response.may_have_arrived = ready_;
  }
  response_ = {};
  request_ = {};
  return {std::exchange(completed_, nullptr), std::move(response)};
}

std::string Exchange::refusal() const {
  const bool ipv6 = refused_address_.find(':') != refused_address_.npos;
  return "the address " + refused_address_ +
         " is of the inside network or special; if it is meant, name it in allow_private: \"" +
         (ipv6 ? "[" + refused_address_ + "]/128:" : refused_address_ + "/32:") + std::to_string(refused_port_) + "\"";
}

std::pair<ClientFailure, std::string> Exchange::classify(CURLcode result) const {
  const std::string said = without_controls(error_[0] != '\0' ? error_.data() : curl_easy_strerror(result));
  if (!refused_address_.empty() && !tried_) return {ClientFailure::address_refused, refusal()};
  if (too_large_ && body_bytes_ > request_.most_bytes) {
    return {ClientFailure::too_large, "the answer is larger than " + std::to_string(request_.most_bytes) +
                                          " bytes; a status and a short text are enough"};
  }
  // Before a whole header line is there, libcurl says that it lacks memory where its own limit for one is passed.
  if (too_large_ || (ready_ && result == CURLE_OUT_OF_MEMORY)) {
    return {ClientFailure::too_large, "the header of the answer is larger than " + std::to_string(most_header_bytes) +
                                          " bytes or " + std::to_string(most_header_fields) + " fields"};
  }
  switch (result) {
    case CURLE_URL_MALFORMAT:
      return {ClientFailure::invalid_url, "the address is no usable URL: " + said};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {ClientFailure::not_resolved, "looking up the host: " + said};
    case CURLE_COULDNT_CONNECT:
      return {ClientFailure::not_connected,
              "connecting: " + (socket_error_ == 0 ? said : "opening a socket: " + text_of(socket_error_))};
    case CURLE_OPERATION_TIMEDOUT:
      return {ClientFailure::timeout,
              "no whole answer within " + std::to_string(request_.timeout.count()) + " ms: " + said};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {ClientFailure::tls, "securing the connection: " + said +
                                      "; where the receiver has an authority of its own, name its certificate in "
                                      "ca_file"};
    case CURLE_SSL_CONNECT_ERROR:
      return {ClientFailure::tls, "securing the connection: " + said + "; TLS 1.2 or later is needed"};
    case CURLE_SSL_CACERT_BADFILE:
      return {ClientFailure::tls, "securing the connection: " + said + "; see ca_file"};
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return {ClientFailure::tls, "securing the connection: " + said};
    default:
      return {ClientFailure::broken, "reading the answer: " + said};
  }
}

}  // namespace patchbay::net
