#include "net/http_server.hpp"

#include "net/connection.hpp"
#include "net/forwarded_peer.hpp"

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <charconv>
#include <unordered_map>

namespace patchbay::net {

namespace asio = boost::asio;
using asio::ip::tcp;

std::string_view ServerRequest::header(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& field) { return field.first == name; });
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

std::string peer_of(const Shared& shared, const Address& connected, const Headers& headers) {
  if (shared.trusted_proxies.empty()) return to_text(connected);
  return forwarded_peer(connected, headers, shared.trusted_proxies);
}

namespace {

using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;

constexpr std::chrono::milliseconds pause_without_descriptors{100};

Result<tcp::endpoint> parse_endpoint(const std::string& text) {
  const auto colon = text.rfind(':');
  const auto expected = [&] {
    return failure(ErrorCode::invalid, "reading the listen address \"" + text + "\": expected ADDRESS:PORT",
                   "write it like 127.0.0.1:8080 or [::]:8443");
  };
  if (colon == text.npos) return expected();
  std::string host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != host.npos) return expected();
  std::uint16_t port = 0;
  const auto [end, wrong] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error || wrong != std::errc{} || end != text.data() + text.size()) return expected();
  return tcp::endpoint(address, port);
}

Error listen_error(const std::string& address, const boost::system::error_code& error) {
  std::string remedy = "choose an address of this machine";
  if (error == asio::error::address_in_use) remedy = "another program listens there: end it or choose another port";
  if (error == asio::error::access_denied) remedy = "ports below 1024 need the capability CAP_NET_BIND_SERVICE";
  return Error{.code = ErrorCode::unavailable,
               .reason = "listening on " + address + ": " + error.message(),
               .remedy = std::move(remedy)};
}

Result<std::unique_ptr<asio::ssl::context>> load_tls(const TlsFiles& files) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  boost::system::error_code error;
  context->use_certificate_chain_file(files.certificate, error);
  if (error) {
    return failure(ErrorCode::invalid, "loading the certificate " + files.certificate + ": " + error.message(),
                   "name a readable PEM file with the server's certificate first and its chain after it");
  }
  context->use_private_key_file(files.key, asio::ssl::context::pem, error);
  if (error) {
    return failure(ErrorCode::invalid, "loading the private key " + files.key + ": " + error.message(),
                   "name a readable PEM file with the key of the certificate, without a passphrase");
  }
  return context;
}

// Accepts connections and owns them. Lives on the io_context's thread; pending operations hold it until they end.
class Listener final : public std::enable_shared_from_this<Listener> {
 public:
  Listener(asio::io_context& io, Handler& handler, const Limits& limits, std::vector<AddressRange> trusted_proxies,
           std::unique_ptr<asio::ssl::context> tls)
      : io_(io), acceptor_(io), pause_(io), tls_(std::move(tls)), shared_(std::make_shared<Shared>()) {
    shared_->handler = &handler;
    shared_->limits = limits;
    shared_->trusted_proxies = std::move(trusted_proxies);
    shared_->box = std::make_shared<AnswerBox>(io);
    shared_->counters = std::make_shared<Counters>();
    shared_->ended = [this](ConnectionBase& connection) {
      connections_.erase(&connection);
      shared_->counters->open.store(connections_.size(), std::memory_order_relaxed);
    };
  }

  Status open(const std::string& address) {
    const tcp::endpoint endpoint = PATCHBAY_TRY(parse_endpoint(address));
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error && endpoint.protocol() == tcp::v6()) acceptor_.set_option(asio::ip::v6_only(false), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) return failure(listen_error(address, error));
    return {};
  }

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](boost::system::error_code error, Socket socket) {
      if (!self->acceptor_.is_open()) return;
      if (!error) {
        self->admit(std::move(socket));
        return self->accept();
      }
      if (error == asio::error::connection_aborted) return self->accept();
      // No descriptor or no memory is left: the next attempt would fail at once, and for ever.
      self->pause_.expires_after(pause_without_descriptors);
      self->pause_.async_wait([self](boost::system::error_code cancelled) {
        if (!cancelled && self->acceptor_.is_open()) self->accept();
      });
    });
  }

  void stop_accepting() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    shared_->stopping = true;
    for (const auto& connection : snapshot()) connection->close_if_idle();
  }

  void close() {
    shared_->handler = nullptr;
    shared_->box->close();
    stop_accepting();
    for (const auto& connection : snapshot()) connection->close();
    shared_->ended = nullptr;
  }

  [[nodiscard]] asio::io_context& io() const { return io_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const Counters& counters() const { return *shared_->counters; }

 private:
  void admit(Socket socket) {
    boost::system::error_code error;
    const tcp::endpoint remote = socket.remote_endpoint(error);
    if (error) return;  // gone already
    socket.set_option(tcp::no_delay(true), error);
    const Address peer = address_of(remote.data()).value_or(Address{});

    const std::size_t most = shared_->limits.connections;
    Admission admission = Admission::served;
    if (connections_.size() >= most && !make_room()) {
      shared_->counters->refused.fetch_add(1, std::memory_order_relaxed);
      admission = Admission::refused;
      // To be polite costs a connection too, so that politeness has a limit.
      if (connections_.size() >= most + most / 8 + 16) return;
    }
    std::shared_ptr<ConnectionBase> connection;
    if (tls_) {
      connection = std::make_shared<Connection<TlsStream>>(shared_, peer, admission, std::move(socket), *tls_);
    } else {
      connection = std::make_shared<Connection<Socket>>(shared_, peer, admission, std::move(socket));
    }
    connections_.emplace(connection.get(), connection);
    shared_->counters->open.store(connections_.size(), std::memory_order_relaxed);
    connection->start();
  }

  // Closes what has overstayed longest.
  bool make_room() {
    const auto now = SteadyClock::now();
    std::shared_ptr<ConnectionBase> longest;
    SteadyClock::duration most{};
    for (const auto& [key, connection] : connections_) {
      const auto beyond = connection->overstayed(now);
      if (!beyond || (longest && *beyond <= most)) continue;
      longest = connection;
      most = *beyond;
    }
    if (longest) longest->close();
    return longest != nullptr;
  }

  [[nodiscard]] std::vector<std::shared_ptr<ConnectionBase>> snapshot() const {
    std::vector<std::shared_ptr<ConnectionBase>> all;
    all.reserve(connections_.size());
    for (const auto& [key, connection] : connections_) all.push_back(connection);
    return all;
  }

  asio::io_context& io_;
  Acceptor acceptor_;
  Timer pause_;
  const std::unique_ptr<asio::ssl::context> tls_;
  const std::shared_ptr<Shared> shared_;
  std::unordered_map<ConnectionBase*, std::shared_ptr<ConnectionBase>> connections_;
  std::uint16_t port_ = 0;
};

class AsioServer final : public HttpServer {
 public:
  explicit AsioServer(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}
  ~AsioServer() override { listener_->close(); }

  std::uint16_t port() const override { return listener_->port(); }

  ServerCounts counts() const override {
    const Counters& counters = listener_->counters();
    return {.connections_open = counters.open.load(std::memory_order_relaxed),
            .connections_refused = counters.refused.load(std::memory_order_relaxed),
            .requests = counters.requests.load(std::memory_order_relaxed),
            .requests_refused = counters.requests_refused.load(std::memory_order_relaxed)};
  }

  void stop_accepting() override {
    asio::post(listener_->io(), [listener = listener_] { listener->stop_accepting(); });
  }

  std::size_t unanswered() const override { return listener_->counters().unanswered.load(std::memory_order_relaxed); }

 private:
  const std::shared_ptr<Listener> listener_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(asio::io_context& io, const Listen& listen, Handler& handler) {
  auto proxies = PATCHBAY_TRY(parse_proxies(listen.trusted_proxies));
  std::unique_ptr<asio::ssl::context> tls;
  if (listen.tls) tls = PATCHBAY_TRY(load_tls(*listen.tls));
  auto listener = std::make_shared<Listener>(io, handler, listen.limits, std::move(proxies), std::move(tls));
  PATCHBAY_CHECK(listener->open(listen.address));
  listener->accept();
  return std::make_unique<AsioServer>(std::move(listener));
}

}  // namespace patchbay::net
