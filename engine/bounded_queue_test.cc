#include "engine/bounded_queue.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(BoundedQueueTest, RoundsTheCapacityUpToAPowerOfTwoOfAtLeastTwo) {
  EXPECT_EQ(BoundedQueue<int>(0).capacity(), 2u);
  EXPECT_EQ(BoundedQueue<int>(1).capacity(), 2u);
  EXPECT_EQ(BoundedQueue<int>(2).capacity(), 2u);
  EXPECT_EQ(BoundedQueue<int>(3).capacity(), 4u);
  EXPECT_EQ(BoundedQueue<int>(1000).capacity(), 1024u);
  EXPECT_EQ(BoundedQueue<int>(1024).capacity(), 1024u);
}

TEST(BoundedQueueTest, PopOfAnEmptyQueueLeavesTheValueAlone) {
  BoundedQueue<int> queue(4);
  int value = 99;
  EXPECT_FALSE(queue.TryPop(value));
  EXPECT_EQ(value, 99);
}

TEST(BoundedQueueTest, IsFirstInFirstOut) {
  BoundedQueue<int> queue(4);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.TryPush(i));
  for (int i = 0; i < 4; ++i) {
    int value = -1;
    ASSERT_TRUE(queue.TryPop(value));
    EXPECT_EQ(value, i);
  }
}

TEST(BoundedQueueTest, HoldsExactlyItsCapacity) {
  for (uint32_t capacity : {2u, 4u, 64u}) {
    BoundedQueue<uint32_t> queue(capacity);
    for (uint32_t i = 0; i < capacity; ++i) ASSERT_TRUE(queue.TryPush(i));
    EXPECT_FALSE(queue.TryPush(1000));
    uint32_t value;
    ASSERT_TRUE(queue.TryPop(value));
    EXPECT_EQ(value, 0u);
    EXPECT_TRUE(queue.TryPush(capacity));
    EXPECT_FALSE(queue.TryPush(1000));
    for (uint32_t i = 1; i <= capacity; ++i) {
      ASSERT_TRUE(queue.TryPop(value));
      EXPECT_EQ(value, i);
    }
    EXPECT_FALSE(queue.TryPop(value));
  }
}

TEST(BoundedQueueTest, KeepsItsOrderOverManyRounds) {
  BoundedQueue<int> queue(4);
  int pushed = 0;
  int popped = 0;
  // Fill levels 0 to 4 at every position of the ring.
  for (int round = 0; round < 1000; ++round) {
    for (int i = round % 5; i > 0; --i) {
      if (queue.TryPush(pushed)) ++pushed;
    }
    int value;
    for (int i = round % 3 + 1; i > 0; --i) {
      if (!queue.TryPop(value)) break;
      ASSERT_EQ(value, popped++);
    }
  }
  EXPECT_GT(popped, 1000);
}

TEST(BoundedQueueTest, LooksEmptyFollowsTheContent) {
  BoundedQueue<int> queue(2);
  int value;
  for (int round = 0; round < 5; ++round) {
    EXPECT_TRUE(queue.LooksEmpty());
    ASSERT_TRUE(queue.TryPush(1));
    EXPECT_FALSE(queue.LooksEmpty());
    ASSERT_TRUE(queue.TryPush(2));
    EXPECT_FALSE(queue.LooksEmpty());
    ASSERT_TRUE(queue.TryPop(value));
    EXPECT_FALSE(queue.LooksEmpty());
    ASSERT_TRUE(queue.TryPop(value));
  }
  EXPECT_TRUE(queue.LooksEmpty());
}

struct Item {
  uint32_t producer;
  uint32_t number;
  // Not atomic on purpose: ThreadSanitizer sees whether the queue orders the
  // producer's write before the consumer's read.
  uint64_t* payload;
};

// Every item arrives exactly once, whole, and each consumer sees each
// producer's items in order.
void Stress(uint32_t capacity, uint32_t producers, uint32_t consumers,
            uint32_t items) {
  BoundedQueue<Item> queue(capacity);
  std::vector<std::unique_ptr<uint64_t[]>> payloads;
  for (uint32_t p = 0; p < producers; ++p) {
    payloads.push_back(std::make_unique<uint64_t[]>(items));
  }
  std::vector<std::atomic<uint32_t>> arrivals(producers * items);
  std::atomic<uint32_t> popped{0};
  std::atomic<bool> in_order{true};
  std::atomic<bool> whole{true};
  std::vector<std::thread> threads;
  for (uint32_t p = 0; p < producers; ++p) {
    threads.emplace_back([&, p] {
      for (uint32_t i = 0; i < items; ++i) {
        payloads[p][i] = uint64_t{p} << 32 | i;
        while (!queue.TryPush({p, i, &payloads[p][i]})) {
          std::this_thread::yield();
        }
      }
    });
  }
  for (uint32_t c = 0; c < consumers; ++c) {
    threads.emplace_back([&] {
      std::vector<int64_t> last(producers, -1);
      while (popped.load() < producers * items) {
        Item item;
        if (!queue.TryPop(item)) {
          std::this_thread::yield();
          continue;
        }
        popped.fetch_add(1);
        if (*item.payload != (uint64_t{item.producer} << 32 | item.number)) {
          whole.store(false);
        }
        *item.payload = 0;
        if (last[item.producer] >= item.number) in_order.store(false);
        last[item.producer] = item.number;
        arrivals[item.producer * items + item.number].fetch_add(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(in_order.load());
  EXPECT_TRUE(whole.load());
  for (const auto& count : arrivals) ASSERT_EQ(count.load(), 1u);
  EXPECT_TRUE(queue.LooksEmpty());
}

TEST(BoundedQueueStressTest, OneProducerOneConsumerSmallestQueue) {
  Stress(2, 1, 1, 20000);
}
TEST(BoundedQueueStressTest, ManyProducersOneConsumer) {
  Stress(8, 4, 1, 10000);
}
TEST(BoundedQueueStressTest, OneProducerManyConsumers) {
  Stress(8, 1, 4, 20000);
}
TEST(BoundedQueueStressTest, ManyProducersManyConsumers) {
  Stress(4, 3, 3, 10000);
}

// Nobody waits for anybody, so that the threads really meet at the counter: in
// each round two producers fill the queue, then two consumers empty it.
TEST(BoundedQueueStressTest, RacingForACellNeitherLosesNorDoublesAnItem) {
  constexpr uint32_t kItems = 1 << 16;
  constexpr int kRounds = 50;
  BoundedQueue<uint32_t> queue(kItems);
  const auto on_two_threads = [](const auto& work) {
    std::atomic<int> ready{0};
    const auto body = [&](uint32_t which) {
      ready.fetch_add(1);
      while (ready.load() < 2) {
      }
      work(which);
    };
    std::thread other(body, 1);
    body(0);
    other.join();
  };
  for (int round = 0; round < kRounds; ++round) {
    bool room[2] = {true, true};
    on_two_threads([&](uint32_t which) {
      for (uint32_t i = which; i < kItems; i += 2) {
        if (!queue.TryPush(i)) room[which] = false;
      }
    });
    ASSERT_TRUE(room[0] && room[1]);
    ASSERT_FALSE(queue.TryPush(0));
    std::vector<uint32_t> taken[2];
    on_two_threads([&](uint32_t which) {
      uint32_t value;
      while (queue.TryPop(value)) taken[which].push_back(value);
    });
    ASSERT_EQ(taken[0].size() + taken[1].size(), kItems);
    std::vector<int> count(kItems);
    for (const std::vector<uint32_t>& mine : taken) {
      for (uint32_t value : mine) ++count[value];
    }
    for (int times : count) ASSERT_EQ(times, 1);
  }
}

}  // namespace
}  // namespace wharf
