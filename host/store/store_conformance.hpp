// What every engine behind the Store interface does, as one GoogleTest suite that is instantiated for each.
//
// An engine's test gives a Bench that opens its store again and again over the same data, and then
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(&make_sqlite_bench));
#pragma once

#include "store/store.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace patchbay::store {

// The data of one test, and the way to open it.
class Bench {
 public:
  virtual ~Bench() = default;
  virtual Result<std::unique_ptr<Store>> open() = 0;
};

using MakeBench = std::unique_ptr<Bench> (*)();

class StoreConformance : public testing::TestWithParam<MakeBench> {
 protected:
  void SetUp() override;

  // Ends the store and opens it anew, as after a restart.
  void reopen();
  [[nodiscard]] Writer& writer() { return store_->writer(); }
  // Sees what is committed now.
  [[nodiscard]] Reader& reader() { return *reader_; }
  void begin();
  void commit();

  std::unique_ptr<Bench> bench_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace patchbay::store
