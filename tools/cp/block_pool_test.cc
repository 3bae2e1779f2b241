#include "tools/cp/block_pool.h"

#include <cstdint>
#include <utility>

#include "gtest/gtest.h"

namespace wharf::cp {
namespace {

TEST(BlockPoolTest, LendsEveryBlockOnceAndAligned) {
  BlockPool pool(3, 8192);
  Buffer a = pool.Take();
  Buffer b = pool.Take();
  Buffer c = pool.Take();
  EXPECT_EQ(pool.available(), 0u);
  for (const Buffer* buffer : {&a, &b, &c}) {
    EXPECT_EQ(buffer->size(), 8192u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer->data()) % 4096, 0u);
  }
  EXPECT_NE(a.data(), b.data());
  EXPECT_NE(b.data(), c.data());
  EXPECT_NE(a.data(), c.data());
}

TEST(BlockPoolTest, ABlockComesBackByItselfAndTheWarmestGoesOutFirst) {
  BlockPool pool(2, 4096);
  Buffer a = pool.Take();
  Buffer b = pool.Take();
  const std::byte* const address = a.data();
  {
    const Buffer moved = std::move(a);
  }
  EXPECT_EQ(pool.available(), 1u);
  b.Reset();
  EXPECT_EQ(pool.available(), 2u);
  const Buffer first = pool.Take();
  const Buffer second = pool.Take();
  EXPECT_EQ(second.data(), address);
}

TEST(BlockPoolTest, ABlockOutlivesItsPool) {
  Buffer first;
  Buffer second;
  {
    BlockPool pool(3, 4096);
    first = pool.Take();
    second = pool.Take();
  }
  // AddressSanitizer watches.
  first.data()[4095] = std::byte{1};
  first.Reset();
  second.data()[0] = std::byte{2};
  EXPECT_EQ(second.size(), 4096u);
}

}  // namespace
}  // namespace wharf::cp
