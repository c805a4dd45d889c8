// The functions of tls.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <ctime>

namespace patchbay::tls {

namespace detail {

template <class T>
Owned<T> made(T* from) {
  if (from == nullptr) throw std::bad_alloc();
  return Owned<T>(from);
}

// "2026-01-31", in UTC.
[[nodiscard]] inline std::string day(const ASN1_TIME* from) {
  std::tm time{};
  if (from == nullptr || ASN1_TIME_to_tm(from, &time) != 1) return "an unknown day";
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &time);
  return text.data();
}

// What a stranger wrote, made safe to look at.
[[nodiscard]] inline std::string shown(std::string_view from) {
  std::string to;
  for (const char c : from.substr(0, 100)) to += c >= ' ' && c < 0x7f ? c : '?';
  return to;
}

[[nodiscard]] inline std::string issuer(X509* certificate) {
  const Owned<BIO> text = made(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(text.get(), X509_get_issuer_name(certificate), 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
  char* data = nullptr;
  const long length = BIO_get_mem_data(text.get(), &data);
  return shown({data, static_cast<std::size_t>(std::max(length, 0L))});
}

// The first names of a certificate, as people read them.
[[nodiscard]] inline std::string names(X509* certificate) {
  constexpr int most = 3;
  const Owned<GENERAL_NAMES> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string text;
  int told = 0, count = 0;
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
    const ASN1_STRING* const value = name->type == GEN_DNS     ? name->d.dNSName
                                     : name->type == GEN_IPADD ? name->d.iPAddress
                                                               : nullptr;
    if (value == nullptr) continue;
    if (++count > most) continue;
    std::string one(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                    static_cast<std::size_t>(ASN1_STRING_length(value)));
    if (name->type == GEN_IPADD) one = one.size() == 4 ? "an IPv4 address" : "an IPv6 address";
    text += (told++ == 0 ? "" : ", ") + shown(one);
  }
  if (count > most) text += " and " + std::to_string(count - most) + " more";
  return text.empty() ? "no name at all" : text;
}

}  // namespace detail

inline Context::Context(const Options& options) {
  // Without its configuration, which a worker may not read: whoever comes first decides for the process.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  context_ = detail::made(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = context_.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // idle sessions are many
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);

  const detail::Owned<BIO> text =
      detail::made(BIO_new_mem_buf(options.authorities.data(), static_cast<int>(options.authorities.size())));
  int count = 0;
  while (const detail::Owned<X509> one{PEM_read_bio_X509_AUX(text.get(), nullptr, nullptr, nullptr)}) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one.get());
    ++count;
  }
  ERR_clear_error();  // that there is no further one
  if (count == 0)
    throw Failure(Error{PB_INVALID_SETTINGS,
                        "reading the certificate authorities: expected certificates in PEM, found none",
                        "put the certificate of your authority into the file that ca_file names",
                        {},
                        {}});

  std::string offer;  // each with its length in front
  for (const std::string& protocol : options.protocols)
    if (!protocol.empty() && protocol.size() <= 255)
      offer.append(1, static_cast<char>(protocol.size())).append(protocol);
  if (!offer.empty())
    SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(offer.data()),
                            static_cast<unsigned>(offer.size()));
}

inline Session::Session(const Context& context, std::string name)
    : name_(std::move(name)), session_(detail::made(SSL_new(context.context_.get()))) {
  SSL* const session = session_.get();
  in_ = detail::made(BIO_new(BIO_s_mem())).release();
  out_ = BIO_new(BIO_s_mem());
  SSL_set_bio(session, in_, out_);
  if (out_ == nullptr) throw std::bad_alloc();
  SSL_set_connect_state(session);
  SSL_set_app_data(session, this);
  SSL_set_verify(session, SSL_VERIFY_PEER, look);
  X509_VERIFY_PARAM* const expected = SSL_get0_param(session);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, name_.c_str()) != 1) {
    std::string host = name_;
    if (host.ends_with('.')) host.pop_back();
    // One that cannot be asked for must not go unasked.
    if (host.empty() || X509_VERIFY_PARAM_set1_host(expected, host.data(), host.size()) != 1 ||
        SSL_set_tlsext_host_name(session, host.c_str()) != 1)
      throw permanent("securing a connection: \"" + detail::shown(name_) + "\" is no name of a server",
                      "correct it in the settings");
  }
  ERR_clear_error();
  SSL_do_handshake(session);  // writes its greeting
}

// Called for each certificate of the chain, and again for what is wrong with it.
inline int Session::look(int is_well, X509_STORE_CTX* store) noexcept {
  auto* const session = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  Doubt& doubt = static_cast<Session*>(SSL_get_app_data(session))->doubt_;
  if (is_well == 1 || doubt.code != X509_V_OK) return is_well;
  doubt.code = X509_STORE_CTX_get_error(store);
  doubt.depth = X509_STORE_CTX_get_error_depth(store);
  X509* const certificate = X509_STORE_CTX_get_current_cert(store);
  if (certificate == nullptr) return is_well;
  switch (doubt.code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      doubt.text = detail::day(X509_get0_notAfter(certificate));
      break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      doubt.text = detail::day(X509_get0_notBefore(certificate));
      break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      doubt.text = detail::names(certificate);
      break;
    default:
      doubt.text = detail::issuer(certificate);
  }
  return is_well;
}

inline std::optional<Error> Session::receive(std::string_view encrypted, std::string& plain) {
  if (BIO_write(in_, encrypted.data(), static_cast<int>(encrypted.size())) != static_cast<int>(encrypted.size()))
    throw std::bad_alloc();
  if (!is_secured_) {
    if (auto error = shake_hands()) return error;
    if (!is_secured_) return std::nullopt;
  }
  return read(plain);
}

inline std::optional<Error> Session::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(session_.get());
  if (result != 1) {
    if (SSL_get_error(session_.get(), result) == SSL_ERROR_WANT_READ) return std::nullopt;
    return failed();
  }
  // What the library has verified by now, looked at once more: all else rests on it.
  if (SSL_get_verify_result(session_.get()) != X509_V_OK || SSL_get0_peer_certificate(session_.get()) == nullptr)
    return error("the server has not proved who it is", "tell the plugin's author");
  is_secured_ = true;
  std::string kept;
  kept.swap(kept_);
  return send(kept);
}

inline std::optional<Error> Session::read(std::string& plain) {
  std::array<char, 8192> part;
  for (;;) {
    ERR_clear_error();
    const int count = SSL_read(session_.get(), part.data(), static_cast<int>(part.size()));
    if (count > 0) {
      plain.append(part.data(), static_cast<std::size_t>(count));
      continue;
    }
    switch (SSL_get_error(session_.get(), count)) {
      case SSL_ERROR_WANT_READ:
        return std::nullopt;
      case SSL_ERROR_ZERO_RETURN:
        is_ended_ = true;
        return std::nullopt;
      default:
        return failed();
    }
  }
}

inline std::optional<Error> Session::send(std::string_view plain) {
  if (!is_secured_) {
    kept_.append(plain);
    return std::nullopt;
  }
  if (plain.empty()) return std::nullopt;
  ERR_clear_error();
  std::size_t written = 0;
  // All or nothing: the memory that it is written to has room.
  if (SSL_write_ex(session_.get(), plain.data(), plain.size(), &written) != 1 || written != plain.size())
    return failed();
  return std::nullopt;
}

inline void Session::end() {
  if (is_secured_) SSL_shutdown(session_.get());
  ERR_clear_error();
}

inline void Session::take_output(std::string& to) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(out_, &data);
  if (length <= 0) return;
  to.append(data, static_cast<std::size_t>(length));
  static_cast<void>(BIO_reset(out_));
}

inline std::string Session::protocol() const {
  const unsigned char* data = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(session_.get(), &data, &length);
  return {reinterpret_cast<const char*>(data), length};
}

inline Error Session::error(std::string reason, std::string remedy) const {
  return {PB_NOT_CONNECTED,
          "securing the connection to " + detail::shown(name_) + ": " + std::move(reason),
          std::move(remedy),
          {},
          {}};
}

inline Error Session::doubted() const {
  const std::string whose = doubt_.depth == 0 ? "its certificate" : "the certificate of its authority";
  switch (doubt_.code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return error(whose + " expired on " + doubt_.text,
                   "have it renewed by whoever runs the server, or set the clock of this machine if that is wrong");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return error(whose + " is valid from " + doubt_.text + " on only",
                   "set the clock of this machine if it is wrong");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return error("its certificate is for another name: " + doubt_.text,
                   "write the name that stands in the certificate into the settings, if that server is meant");
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return error("its certificate is signed by nobody but itself",
                   "if that is meant, put the certificate into a file and name that in ca_file");
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return error("its certificate comes from an authority that is not trusted here: " + doubt_.text,
                   "if the authority is yours, put its certificate into a file and name that in ca_file");
    default:
      return error(std::string(X509_verify_cert_error_string(doubt_.code)) + ": " + doubt_.text,
                   "have the certificate corrected by whoever runs the server");
  }
}

inline Error Session::failed() const {
  if (doubt_.code != X509_V_OK) return doubted();
  const unsigned long code = ERR_peek_error();
  switch (ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_UNEXPECTED_MESSAGE:
      if (!is_secured_)
        return error("the server does not speak TLS there",
                     "see whether this port wants STARTTLS first, or belongs to another service");
      break;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return error("the server has no TLS 1.2 or later", "have it updated by whoever runs it");
    default:
      break;
  }
  const char* const said = ERR_reason_error_string(code);
  return error(said == nullptr ? "it broke off" : said, "see the server's own log");
}

}  // namespace patchbay::tls
