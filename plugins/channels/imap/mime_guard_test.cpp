#include "mime_guard.hpp"

#include <gtest/gtest.h>

namespace patchbay::imap {
namespace {

std::string parts(int count, bool with_end) {
  std::string mail = "From: a@example.org\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"b 1\"\r\n\r\n";
  for (int i = 0; i < count; ++i) mail += "--b 1\r\n\r\nx\r\n";
  return with_end ? mail + "--b 1--\r\n" : mail;
}

TEST(ImapMimeGuard, LetsOrdinaryMailPass) {
  EXPECT_EQ(exceeded("From: a@example.org\n\nhello\n"), std::nullopt);
  EXPECT_EQ(exceeded(""), std::nullopt);
  EXPECT_EQ(exceeded(parts(1'000, true)), std::nullopt);
  std::string dashes = "Subject: a diff\n\n";
  for (int i = 0; i < 100'000; ++i) dashes += "--- a\n";
  EXPECT_EQ(exceeded(dashes), std::nullopt);
}

TEST(ImapMimeGuard, StopsBombs) {
  EXPECT_EQ(exceeded(parts(1'000'000, false)), "expected at most 2000 MIME parts, found more");
  std::string deep, within;
  for (int i = 0; i < 10'000; ++i) {
    deep += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n\n--b" + std::to_string(i) + "\n";
    within += "Content-Type: Message/RFC822\n\n";
  }
  EXPECT_EQ(exceeded(deep), "expected at most 100 different boundaries, found more");
  EXPECT_EQ(exceeded(within), "expected at most 100 messages within messages, found more");
  EXPECT_EQ(exceeded("X: " + std::string(1'000'000, 'a') + "\n\n"),
            "expected at most 524288 bytes of header, found more");
}

}  // namespace
}  // namespace patchbay::imap
