#include "net/response_head.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace patchbay::net {
namespace {

std::string_view reason_phrase(std::uint32_t status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";  // RFC 9112, 4: a client ignores it
  }
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool named(std::string_view name, std::string_view lower_case) {
  return std::equal(name.begin(), name.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}

bool frames_the_message(std::string_view name) {
  return named(name, "content-length") || named(name, "connection") || named(name, "transfer-encoding");
}

bool is_token_character(char c) {
  const char folded = lower(c);
  if ((folded >= 'a' && folded <= 'z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_field(const std::pair<std::string, std::string>& field) {
  const auto& [name, value] = field;
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_character)) return false;
  return value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos;
}

void append(std::string& text, std::size_t number) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  text.append(digits, end);
}

}  // namespace

void make_sendable(ServerResponse& response) {
  const bool sendable = response.status >= 200 && response.status <= 599 &&
                        std::all_of(response.headers.begin(), response.headers.end(), is_field);
  if (!sendable) response = ServerResponse{.status = 500, .headers = {}, .body = {}};
  if (has_no_body(response.status)) response.body.clear();
}

bool has_no_body(std::uint32_t status) { return status == 204 || status == 304; }

std::string response_head(const ServerResponse& response, Persistence persistence) {
  std::string text;
  std::size_t size = 96;
  for (const auto& [name, value] : response.headers) size += name.size() + value.size() + 4;
  text.reserve(size + (response.body.size() <= 16 * 1024 ? response.body.size() : 0));
  text += "HTTP/1.1 ";
  append(text, response.status);
  text += ' ';
  text += reason_phrase(response.status);
  text += "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (frames_the_message(name)) continue;
    text += name;
    text += ": ";
    text += value;
    text += "\r\n";
  }
  if (!has_no_body(response.status)) {  // RFC 9110, 8.6
    text += "content-length: ";
    append(text, response.body.size());
    text += "\r\n";
  }
  if (persistence == Persistence::close) text += "connection: close\r\n";
  if (persistence == Persistence::keep_1_0) text += "connection: keep-alive\r\n";
  text += "\r\n";
  return text;
}

}  // namespace patchbay::net
