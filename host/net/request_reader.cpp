#include "net/request_reader.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>
#include <limits>
#include <optional>

namespace {

struct BrokenAssertion {};

}  // namespace

// Beast 1.74 asserts on some malformed chunks instead of reporting them, and a stranger must not end the process: here
// a broken assertion is one more way of being no HTTP. Enabled by BOOST_ENABLE_ASSERT_HANDLER for this module.
namespace boost {

void assertion_failed(char const*, char const*, char const*, long) { throw BrokenAssertion(); }
void assertion_failed_msg(char const*, char const*, char const*, char const*, long) { throw BrokenAssertion(); }

}  // namespace boost

namespace patchbay::net {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t first_buffer = 4 * 1024;
constexpr std::size_t body_buffer = 64 * 1024;
constexpr std::size_t most_fields = 128;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && same_word(text.substr(0, word.size()), word);
}

}  // namespace

class RequestReader::Parser final : public http::basic_parser<true> {
 public:
  Parser(std::size_t header_bytes, std::size_t body_bytes) {
    eager(true);
    header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(header_bytes, std::numeric_limits<int>::max())));
    body_limit(body_bytes);
  }

  ServerRequest request;
  std::optional<Refusal> refusal;
  bool waits_for_go_on = false;
  bool http_1_0 = false;

 private:
  void refuse(std::uint32_t status, std::string_view reason, beast::error_code& error) {
    refusal = Refusal{status, reason};
    error = http::error::bad_value;
  }

  void on_request_impl(http::verb verb, beast::string_view method, beast::string_view target, int version,
                       beast::error_code& error) override {
    request.method.assign(method.data(), method.size());
    http_1_0 = version == 10;
    if (verb == http::verb::connect || verb == http::verb::trace) {
      return refuse(501, "this server knows no CONNECT and no TRACE", error);
    }
    split_target({target.data(), target.size()}, error);
  }

  // RFC 9112, 3.2: origin-form, absolute-form, or an asterisk for OPTIONS.
  void split_target(std::string_view target, beast::error_code& error) {
    if (starts_with_word(target, "http://") || starts_with_word(target, "https://")) {
      const auto authority = target.find("//") + 2;
      const auto path = target.find_first_of("/?", authority);
      if (path == authority || target.size() == authority) return refuse(400, "the target names no host", error);
      target = path == target.npos ? "/" : target.substr(path);
      if (target.front() == '?') request.path = "/";
    } else if (target != "*" || request.method != "OPTIONS") {
      if (target.empty() || target.front() != '/') return refuse(400, "the target is no path", error);
    }
    if (target.find('#') != target.npos) return refuse(400, "the target has a fragment", error);
    const auto question = target.find('?');
    request.path += target.substr(0, question);
    if (question != target.npos) request.query = target.substr(question + 1);
  }

  void on_field_impl(http::field field, beast::string_view name, beast::string_view value,
                     beast::error_code& error) override {
    if (header_done_) return;  // trailers are read and dropped, RFC 9110, 6.5.1
    if (request.headers.size() == most_fields) return refuse(431, "the request has too many header fields", error);
    auto& [kept_name, kept_value] = request.headers.emplace_back();
    kept_name.resize(name.size());
    std::transform(name.begin(), name.end(), kept_name.begin(), lower);
    kept_value.assign(value.data(), value.size());
    if (kept_value.find_first_of(std::string_view("\r\n\0", 3)) != kept_value.npos) {
      return refuse(400, "a header field has a control character", error);
    }
    if (field == http::field::host) ++hosts_;
    if (field == http::field::content_length) {
      // A list of equal lengths is grammatical, but another server may choose among them.
      if (++lengths_ > 1 || kept_value.find(',') != kept_value.npos) {
        return refuse(400, "the request has several lengths", error);
      }
    }
    if (field == http::field::transfer_encoding) {
      ++encodings_;
      chunked_ = same_word(kept_value, "chunked");
    }
    if (field == http::field::expect) {
      if (!same_word(kept_value, "100-continue")) return refuse(417, "only 100-continue can be expected", error);
      waits_for_go_on = !http_1_0;  // RFC 9110, 10.1.1: ignored from an HTTP/1.0 client
    }
  }

  void on_header_impl(beast::error_code& error) override {
    header_done_ = true;
    if (hosts_ > 1 || (hosts_ == 0 && !http_1_0)) return refuse(400, "the request needs one Host field", error);
    if (encodings_ > 0 && lengths_ > 0) return refuse(400, "the request has a length and a transfer coding", error);
    if (encodings_ > 1 || (encodings_ > 0 && http_1_0)) return refuse(400, "the transfer coding is wrong", error);
    if (encodings_ == 1 && !chunked_) return refuse(501, "the only transfer coding known is chunked", error);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}

  // What a client announces costs nothing; what it sends is kept.
  std::size_t on_body_impl(beast::string_view body, beast::error_code&) override {
    request.body.append(body.data(), body.size());
    return body.size();
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, beast::error_code&) override {
    request.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  void on_finish_impl(beast::error_code&) override {}
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}

  unsigned hosts_ = 0, lengths_ = 0, encodings_ = 0;
  bool chunked_ = false, header_done_ = false;
};

RequestReader::RequestReader(const Limits& limits)
    : header_bytes_(limits.header_bytes), body_bytes_(limits.body_bytes) {}

RequestReader::~RequestReader() = default;

std::span<char> RequestReader::space() {
  if (begin_ == end_) begin_ = end_ = 0;
  const bool in_body = parser_ != nullptr && parser_->is_header_done();
  if (!in_body && begin_ == end_ && capacity_ > first_buffer) capacity_ = 0;  // a large body is over
  const std::size_t wanted = in_body ? body_buffer : first_buffer;
  if (end_ == capacity_ && begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == capacity_ || (in_body && capacity_ < wanted)) {
    const std::size_t capacity = std::max(wanted, 2 * (end_ - begin_));
    auto larger = std::make_unique<char[]>(capacity);
    if (end_ > begin_) std::memcpy(larger.get(), buffer_.get() + begin_, end_ - begin_);
    buffer_ = std::move(larger);
    capacity_ = capacity;
    end_ -= begin_;
    begin_ = 0;
  }
  return {buffer_.get() + end_, capacity_ - end_};
}

Reading RequestReader::received(std::size_t count) {
  end_ += count;
  return parse();
}

Reading RequestReader::next() {
  parser_.reset();
  return parse();
}

Reading RequestReader::parse() {
  if (refusal_.status != 0) return Reading::refused;
  if (parser_ == nullptr) {
    // RFC 9112, 2.2: empty lines before a request are ignored.
    while (begin_ < end_ && (buffer_[begin_] == '\r' || buffer_[begin_] == '\n')) ++begin_;
    if (begin_ == end_) return Reading::waiting;
    parser_ = std::make_unique<Parser>(header_bytes_, body_bytes_);
  }

  beast::error_code error;
  while (begin_ < end_ && !parser_->is_done()) {
    std::size_t taken = 0;
    try {
      taken = parser_->put({buffer_.get() + begin_, end_ - begin_}, error);
    } catch (const BrokenAssertion&) {
      return refuse(400, "the request is not HTTP/1.1");
    }
    begin_ += taken;
    if (error == http::error::need_more) error = {};
    if (error || taken == 0) break;
  }
  if (parser_->refusal) return refuse(parser_->refusal->status, parser_->refusal->reason);
  if (error == http::error::header_limit) return refuse(431, "the header is larger than this server reads");
  if (error == http::error::body_limit) return refuse(413, "the body is larger than this server reads");
  if (error == http::error::bad_version) return refuse(505, "this server speaks HTTP/1.1");
  if (error) return refuse(400, "the request is not HTTP/1.1");
  if (parser_->is_done()) return Reading::whole;
  // Beast bounds the header; the lines between chunks and the trailers it does not.
  if (end_ - begin_ > header_bytes_) return refuse(431, "the header is larger than this server reads");
  if (parser_->is_header_done() && parser_->waits_for_go_on) {
    parser_->waits_for_go_on = false;
    if (parser_->request.body.empty()) return Reading::wants_go_on;
  }
  return Reading::more;
}

Reading RequestReader::refuse(std::uint32_t status, std::string_view reason) {
  refusal_ = {status, reason};
  return Reading::refused;
}

ServerRequest RequestReader::take() { return std::move(parser_->request); }

bool RequestReader::keeps_alive() const { return refusal_.status == 0 && parser_->keep_alive(); }

bool RequestReader::is_head() const { return parser_ != nullptr && parser_->request.method == "HEAD"; }

bool RequestReader::is_http_1_0() const { return parser_ != nullptr && parser_->http_1_0; }

const Refusal& RequestReader::refusal() const { return refusal_; }

}  // namespace patchbay::net
