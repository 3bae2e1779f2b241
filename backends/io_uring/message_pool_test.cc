#include "backends/io_uring/message_pool.h"

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace wharf::uring {
namespace {

TEST(MessagePool, HeadersDoNotMoveWhenThePoolGrows_R2) {
  MessagePool pool;
  const uint32_t first = pool.Acquire();
  msghdr* const address = &pool.Get(first);
  address->msg_iovlen = 5;
  std::set<msghdr*> all = {address};
  for (int i = 0; i < 1000; ++i) all.insert(&pool.Get(pool.Acquire()));
  EXPECT_EQ(all.size(), 1001u);
  EXPECT_EQ(&pool.Get(first), address);
  EXPECT_EQ(address->msg_iovlen, 5u);
}

TEST(MessagePool, ReleasedSlotIsUsedNext) {
  MessagePool pool;
  const uint32_t slot = pool.Acquire();
  pool.Acquire();
  pool.Release(slot);
  EXPECT_EQ(pool.Acquire(), slot);
}

TEST(MessagePool, IsIdleWhenEverySlotIsBack) {
  MessagePool pool;
  EXPECT_TRUE(pool.idle());
  const uint32_t slot = pool.Acquire();
  EXPECT_FALSE(pool.idle());
  pool.Release(slot);
  EXPECT_TRUE(pool.idle());
}

TEST(MessagePool, KeptPoolIsNotFreed_R17) {
  auto pool = std::make_unique<MessagePool>();
  msghdr* const header = &pool->Get(pool->Acquire());
  header->msg_iovlen = 3;
  MessagePool::KeepForever(std::move(pool));
  EXPECT_EQ(header->msg_iovlen, 3u);  // a use after free under asan otherwise
}

}  // namespace
}  // namespace wharf::uring
