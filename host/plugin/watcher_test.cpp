#include "plugin/watcher.hpp"

#include <gtest/gtest.h>

#include <future>

namespace patchbay::plugin {
namespace {

// A worker may have a watcher for each of 256 channels, and their stacks count as its memory, mostly 512 MB.
TEST(Watcher, NeedsLittleOfAWorkersMemory) {
  std::promise<std::size_t> size;
  Watcher watcher("test", [&](const Told&) {
    pthread_attr_t attributes;
    std::size_t bytes = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
      pthread_attr_getstacksize(&attributes, &bytes);
      pthread_attr_destroy(&attributes);
    }
    size.set_value(bytes);
  });
  pb_stream_watch timer{};
  timer.size = sizeof timer;
  timer.token = 1;
  timer.timeout_ms = 1;
  ASSERT_TRUE(watcher.watch(timer));
  const std::size_t bytes = size.get_future().get();
  EXPECT_GT(bytes, 0U);
  EXPECT_LE(bytes, std::size_t{512} << 10U);
}

}  // namespace
}  // namespace patchbay::plugin
