#include "sim/kernel/ring_queue.h"

#include <cstddef>
#include <deque>
#include <memory>

#include "gtest/gtest.h"
#include "sim/random.h"

namespace wharf::sim {
namespace {

TEST(RingQueueTest, GivesBackInOrder) {
  RingQueue<int> queue;
  EXPECT_TRUE(queue.empty());
  for (int i = 0; i < 100; ++i) queue.Push(i);
  EXPECT_EQ(queue.size(), 100u);
  EXPECT_EQ(queue.back(), 99);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(queue.Pop(), i);
  EXPECT_TRUE(queue.empty());
}

TEST(RingQueueTest, HoldsWhatCannotBeCopied) {
  RingQueue<std::unique_ptr<int>> queue;
  queue.Push(std::make_unique<int>(1));
  queue.Push(std::make_unique<int>(2));
  EXPECT_EQ(*queue.PopAt(1), 2);
  EXPECT_EQ(*queue.Pop(), 1);
}

// Against std::deque, over every kind of step.
TEST(RingQueueTest, AgreesWithADeque) {
  Random random(3);
  RingQueue<uint32_t> queue;
  std::deque<uint32_t> model;
  for (int step = 0; step < 20000; ++step) {
    const uint32_t what = random.Below(100);
    if (what < 52 || model.empty()) {
      const uint32_t item = random.Below(1000);
      queue.Push(item);
      model.push_back(item);
    } else if (what < 80) {
      ASSERT_EQ(queue.Pop(), model.front());
      model.pop_front();
    } else if (what < 99) {
      const uint32_t at = random.Below(static_cast<uint32_t>(model.size()));
      ASSERT_EQ(queue.PopAt(at), model[at]);
      model.erase(model.begin() + at);
    } else if (random.Below(10) == 0) {
      queue.Clear();
      model.clear();
    }
    ASSERT_EQ(queue.size(), model.size());
    for (std::size_t i = 0; i < model.size(); ++i) {
      ASSERT_EQ(queue[i], model[i]);
    }
  }
}

}  // namespace
}  // namespace wharf::sim
