#include "net/authorities.hpp"

#include <curl/curl.h>
#include <openssl/x509.h>

#include <fstream>
#include <iterator>

namespace patchbay::net {
namespace {

// Where this system keeps them in one file, as libcurl and OpenSSL were told when they were built.
std::string file_of_the_system() {
  const char* const of_curl = curl_version_info(CURLVERSION_NOW)->cainfo;
  return of_curl != nullptr ? of_curl : X509_get_default_cert_file();
}

}  // namespace

Result<std::string> read_authorities(const std::string& ca_file) {
  const std::string path = ca_file.empty() ? file_of_the_system() : ca_file;
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (text.find("-----BEGIN") != std::string::npos) return text;
  return failure(ErrorCode::not_found, "reading the certificate authorities: no certificate is in " + path,
                 ca_file.empty() ? "install the package ca-certificates, or name a file of your own in ca_file"
                                 : "put certificates in PEM into the file that ca_file names");
}

}  // namespace patchbay::net
