// A TLS server and the authority that certifies it, both made in the test itself.
//
// For tests only. A failed call of OpenSSL is a failed test.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

namespace patchbay::test {

struct FreeOpenSsl {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using OpenSsl = std::unique_ptr<T, FreeOpenSsl>;

// A key, and a certificate for it.
struct Certified {
  OpenSsl<EVP_PKEY> key{EVP_EC_gen("P-256")};
  OpenSsl<X509> certificate{X509_new()};

  [[nodiscard]] std::string pem() const {
    const OpenSsl<BIO> text(BIO_new(BIO_s_mem()));
    EXPECT_EQ(PEM_write_bio_X509(text.get(), certificate.get()), 1);
    char* data = nullptr;
    const long length = BIO_get_mem_data(text.get(), &data);
    return {data, static_cast<std::size_t>(length)};
  }
};

struct Wanted {
  std::string names = "DNS:mail.example";  // as subjectAltName has them
  long from_day = -1, to_day = 30;         // from now
  const Certified* issuer = nullptr;       // null: itself
  bool is_authority = false;
  std::string common_name = {};  // empty: one of its own
};

inline void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
  ASSERT_NE(extension, nullptr);
  EXPECT_EQ(X509_add_ext(certificate, extension, -1), 1);
  X509_EXTENSION_free(extension);
}

inline Certified certified(const Wanted& wanted) {
  constexpr long seconds_a_day = 86'400;
  static long serial = 0;
  Certified made;
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wanted.from_day * seconds_a_day);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wanted.to_day * seconds_a_day);
  X509_set_pubkey(certificate, made.key.get());
  const std::string name = !wanted.common_name.empty()
                               ? wanted.common_name
                               : (wanted.is_authority ? "Test Authority " : "Test Server ") + std::to_string(serial);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  const Certified& issuer = wanted.issuer == nullptr ? made : *wanted.issuer;
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer.certificate.get()));
  if (wanted.is_authority)
    extend(certificate, issuer.certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  else
    extend(certificate, issuer.certificate.get(), NID_subject_alt_name, wanted.names);
  EXPECT_GT(X509_sign(certificate, issuer.key.get(), EVP_sha256()), 0);
  return made;
}

// The server's end of a connection, sans-IO.
class TlsServer {
 public:
  explicit TlsServer(const Certified& own, int newest = TLS1_3_VERSION) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX* const context = context_.get();
    SSL_CTX_set_max_proto_version(context, newest);
    if (newest < TLS1_2_VERSION) {
      SSL_CTX_set_min_proto_version(context, newest);
      SSL_CTX_set_security_level(context, 0);
    }
    EXPECT_EQ(SSL_CTX_use_certificate(context, own.certificate.get()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(context, own.key.get()), 1);
    SSL_CTX_set_alpn_select_cb(context, choose, nullptr);
    session_.reset(SSL_new(context));
    SSL_set_bio(session_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(session_.get());
  }

  // What it answers to these bytes. What they were in plain is added to `heard`.
  std::string take(std::string_view encrypted) {
    BIO_write(SSL_get_rbio(session_.get()), encrypted.data(), static_cast<int>(encrypted.size()));
    char part[4096];
    for (int count = 0; (count = SSL_read(session_.get(), part, sizeof part)) > 0;)
      heard.append(part, static_cast<std::size_t>(count));
    is_ended = (SSL_get_shutdown(session_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    return output();
  }
  std::string say(std::string_view plain) {
    EXPECT_EQ(SSL_write(session_.get(), plain.data(), static_cast<int>(plain.size())), static_cast<int>(plain.size()));
    return output();
  }
  std::string end() {
    SSL_shutdown(session_.get());
    return output();
  }
  // The name that the client asked for.
  [[nodiscard]] std::string asked_for() const {
    const char* const name = SSL_get_servername(session_.get(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
  }

  std::string heard;
  bool is_ended = false;

 private:
  // Speaks "echo" and nothing else.
  static int choose(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned offered_length, void*) {
    static constexpr unsigned char own[] = {4, 'e', 'c', 'h', 'o'};
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, length, own, sizeof own, offered, offered_length) != OPENSSL_NPN_NEGOTIATED)
      return SSL_TLSEXT_ERR_NOACK;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
  }
  std::string output() {
    char* data = nullptr;
    const long length = BIO_get_mem_data(SSL_get_wbio(session_.get()), &data);
    std::string all(data, static_cast<std::size_t>(length));
    static_cast<void>(BIO_reset(SSL_get_wbio(session_.get())));
    return all;
  }

  OpenSsl<SSL_CTX> context_;
  OpenSsl<SSL> session_;
};

}  // namespace patchbay::test
