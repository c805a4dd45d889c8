#include "gateway/attachment_shelf.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <thread>
#include <vector>

namespace patchbay::gateway {
namespace {

TEST(AttachmentShelf, JoinsTheParts) {
  AttachmentShelf shelf;
  std::uint64_t handle = 0, other = 0;
  ASSERT_EQ(shelf.create(handle), PB_OK);
  ASSERT_EQ(shelf.create(other), PB_OK);
  EXPECT_NE(handle, 0U) << "zero means no handle";
  EXPECT_NE(handle, other);
  EXPECT_EQ(shelf.content(handle), "") << "an empty attachment is one";
  EXPECT_EQ(shelf.append(handle, std::string_view("a\0b", 3)), PB_OK);
  EXPECT_EQ(shelf.append(other, "x"), PB_OK);
  EXPECT_EQ(shelf.append(handle, ""), PB_OK);
  EXPECT_EQ(shelf.append(handle, "c"), PB_OK);
  EXPECT_EQ(shelf.content(handle), std::string("a\0bc", 4));
  EXPECT_EQ(shelf.content(handle), std::string("a\0bc", 4)) << "it stays until it is discarded";
}

TEST(AttachmentShelf, AHandleThatIsNoneIsNotFound) {
  AttachmentShelf shelf;
  std::uint64_t handle = 0;
  ASSERT_EQ(shelf.create(handle), PB_OK);
  ASSERT_EQ(shelf.discard(handle), PB_OK);
  for (const std::uint64_t none : {std::uint64_t{0}, handle, handle + 1, UINT64_MAX}) {
    EXPECT_EQ(shelf.append(none, "a"), PB_NOT_FOUND);
    EXPECT_EQ(shelf.discard(none), PB_NOT_FOUND);
    EXPECT_EQ(shelf.content(none), std::nullopt);
  }
  std::uint64_t next = 0;
  ASSERT_EQ(shelf.create(next), PB_OK);
  EXPECT_NE(next, handle) << "a handle is never given again";
  shelf.clear();
  EXPECT_EQ(shelf.content(next), std::nullopt);
  std::uint64_t last = 0;
  ASSERT_EQ(shelf.create(last), PB_OK);
  EXPECT_GT(last, next) << "also after what was there is forgotten";
}

TEST(AttachmentShelf, HoldsSoManyBytesAndNoMore) {
  AttachmentShelf shelf;
  std::uint64_t large = 0, small = 0;
  ASSERT_EQ(shelf.create(large), PB_OK);
  ASSERT_EQ(shelf.create(small), PB_OK);
  ASSERT_EQ(shelf.append(large, std::string(AttachmentShelf::most_bytes - 1, 'a')), PB_OK);
  EXPECT_EQ(shelf.append(small, "ab"), PB_BUSY);
  EXPECT_EQ(shelf.content(small), "") << "a part is taken whole or not at all";
  EXPECT_EQ(shelf.append(small, "a"), PB_OK);
  EXPECT_EQ(shelf.append(small, "b"), PB_BUSY);
  EXPECT_EQ(shelf.discard(large), PB_OK);
  EXPECT_EQ(shelf.append(small, "b"), PB_OK) << "discarding makes room";
  EXPECT_EQ(shelf.content(small), "ab");
}

TEST(AttachmentShelf, HoldsSoManyAttachmentsAndNoMore) {
  AttachmentShelf shelf;
  std::uint64_t handle = 0, refused = 0;
  for (std::size_t i = 0; i < AttachmentShelf::most_attachments; ++i) ASSERT_EQ(shelf.create(handle), PB_OK);
  EXPECT_EQ(shelf.create(refused), PB_BUSY);
  EXPECT_EQ(refused, 0U);
  EXPECT_EQ(shelf.discard(handle), PB_OK);
  EXPECT_EQ(shelf.create(refused), PB_OK);
}

TEST(AttachmentShelf, IsSharedAmongThreads) {
  constexpr std::size_t threads = 4, each = 100;
  AttachmentShelf shelf;
  std::array<std::vector<std::uint64_t>, threads> handles;
  std::array<std::thread, threads> workers;
  for (std::size_t t = 0; t < threads; ++t)
    workers[t] = std::thread([&, t] {
      for (std::size_t i = 0; i < each; ++i) {
        std::uint64_t handle = 0;
        if (shelf.create(handle) != PB_OK) continue;
        handles[t].push_back(handle);
        for (int part = 0; part < 3; ++part) static_cast<void>(shelf.append(handle, std::to_string(t)));
        if (i % 2 == 0) static_cast<void>(shelf.discard(handle));
      }
    });
  for (std::thread& worker : workers) worker.join();
  std::set<std::uint64_t> different;
  for (std::size_t t = 0; t < threads; ++t) {
    ASSERT_EQ(handles[t].size(), each);
    different.insert(handles[t].begin(), handles[t].end());
    for (std::size_t i = 0; i < each; ++i) {
      const std::optional<std::string> content = shelf.content(handles[t][i]);
      EXPECT_EQ(content.has_value(), i % 2 != 0);
      if (content) {
        EXPECT_EQ(*content, std::string(3, static_cast<char>('0' + t)));
      }
    }
  }
  EXPECT_EQ(different.size(), threads * each);
}

}  // namespace
}  // namespace patchbay::gateway
