#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "api/admin.hpp"
#include "base/digest.hpp"

namespace patchbay::api {
namespace {

constexpr const char* file_name = "admin.token";

}  // namespace

Result<std::string> make_local_token(const std::filesystem::path& folder) {
  std::array<unsigned char, 32> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
    return failure(ErrorCode::internal, "making the admin token: no randomness");
  const std::string token = hex({reinterpret_cast<const char*>(random.data()), random.size()});

  // Created under another name with its mode from the start, so that nobody ever sees it half written or readable.
  const std::filesystem::path path = folder / file_name, draft = folder / (std::string(file_name) + ".new");
  ::unlink(draft.c_str());
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  const bool written = file >= 0 && ::write(file, token.data(), token.size()) == static_cast<ssize_t>(token.size());
  const int cause = errno;
  if (file >= 0) ::close(file);
  if (!written || ::rename(draft.c_str(), path.c_str()) != 0)
    return failure(ErrorCode::unavailable, "writing " + path.string() + ": " + std::strerror(written ? errno : cause),
                   "let the gateway's user write to the store's folder");
  return token;
}

Result<std::string> read_local_token(const std::filesystem::path& folder) {
  std::ifstream file(folder / file_name);
  std::string token;
  if (!(file >> token))
    return failure(ErrorCode::denied, "reading " + (folder / file_name).string() + ": " + std::strerror(errno),
                   "start the gateway, and run this as its user or as root");
  return token;
}

}  // namespace patchbay::api
