// TLS for the client's end of a stream, sans-IO: encrypted bytes in and out, plain ones out and in. On OpenSSL 3; link
// Patchbay::tls. wire.hpp puts it on a Stream.
//
//   tls::Context context{{.authorities = host.authorities()}};  // once for a channel
//   tls::Session session{context, "imap.example.org"};          // once for a connection
//
// TLS 1.2 and 1.3 (RFC 8446). The server must prove the name that it was called by, which is also told to it (SNI); an
// address is compared with those in the certificate (RFC 6125, RFC 9525). There is no way to switch that off: a server
// with a certificate of its own is trusted by naming that in `ca_file`. Files are not read here, since a worker may
// not, and the configuration of OpenSSL is not either.
//
// Expected failures are values, each with what is wrong and what to do about it, and the code PB_NOT_CONNECTED, since
// certificates are renewed. A Context is [any-thread]; a Session belongs to one thread at a time.
#pragma once

#include <patchbay/errors.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::tls {

namespace detail {
struct Free {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(SSL* session) const noexcept { SSL_free(session); }
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;
}  // namespace detail

struct Options {
  std::string authorities;             // whom to trust: certificates in PEM, as Host::authorities gives them
  std::vector<std::string> protocols;  // to be offered by ALPN (RFC 7301), the best first
};

class Context {
 public:
  // Throws a Failure where no certificate is in `authorities`.
  explicit Context(const Options& options);

 private:
  friend class Session;
  detail::Owned<SSL_CTX> context_;
};

class Session {
 public:
  // `name` is what the operator wrote: a host name, or an address (IPv6 without brackets).
  Session(const Context& context, std::string name);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Takes what came from the server; what it was in plain is appended. Nothing, or why this cannot go on.
  [[nodiscard]] std::optional<Error> receive(std::string_view encrypted, std::string& plain);
  // Plain bytes to the server. Before it has proved its name they are kept back.
  [[nodiscard]] std::optional<Error> send(std::string_view plain);
  // Says that nothing more will be sent (close_notify).
  void end();
  // Appends what is to be written to the server now.
  void take_output(std::string& to);

  [[nodiscard]] bool is_secured() const noexcept { return is_secured_; }  // the server has proved its name
  [[nodiscard]] bool is_ended() const noexcept { return is_ended_; }      // the server said that nothing more comes
  [[nodiscard]] std::string protocol() const;                             // agreed on by ALPN, or empty

 private:
  struct Doubt {  // what is wrong with the certificate, the first thing found
    int code = X509_V_OK;
    int depth = 0;
    std::string text;  // a date, names, or an issuer, as the code needs it
  };

  static int look(int is_well, X509_STORE_CTX* store) noexcept;
  [[nodiscard]] std::optional<Error> shake_hands();
  [[nodiscard]] std::optional<Error> read(std::string& plain);
  [[nodiscard]] Error failed() const;
  [[nodiscard]] Error doubted() const;
  [[nodiscard]] Error error(std::string reason, std::string remedy) const;

  const std::string name_;
  Doubt doubt_;
  std::string kept_;  // to be sent once it is secured
  bool is_secured_ = false, is_ended_ = false;
  BIO *in_ = nullptr, *out_ = nullptr;  // the session's
  detail::Owned<SSL> session_;
};

}  // namespace patchbay::tls

#include <patchbay/detail/tls.ipp>
