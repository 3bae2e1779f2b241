#include "sim/kernel/event_queue.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "sim/random.h"

namespace wharf::sim {
namespace {

Time At(uint32_t ns) { return Time(std::chrono::nanoseconds(ns)); }

TEST(EventQueueTest, IsEmptyAtFirst) {
  EventQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.NextTime(), kNever);
}

TEST(EventQueueTest, GivesEventsBackWhole) {
  EventQueue queue;
  queue.Schedule(At(5), EventKind::kArrival, 7, 9);
  EXPECT_EQ(queue.NextTime(), At(5));
  const Event event = queue.Pop();
  EXPECT_EQ(event.kind, EventKind::kArrival);
  EXPECT_EQ(event.index, 7u);
  EXPECT_EQ(event.serial, 9u);
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueueTest, EventsOfOneTimeKeepTheirOrder) {
  EventQueue queue;
  for (uint32_t i = 0; i < 100; ++i) {
    queue.Schedule(At(1), EventKind::kOperation, i, 0);
  }
  for (uint32_t i = 0; i < 100; ++i) EXPECT_EQ(queue.Pop().index, i);
}

// Against a stable sort, with pops in between.
TEST(EventQueueTest, AgreesWithAStableSort) {
  Random random(8);
  EventQueue queue;
  std::vector<Event> model;
  uint32_t scheduled = 0;
  for (int step = 0; step < 20000; ++step) {
    if (model.empty() || random.Below(100) < 51) {
      const Time time = At(random.Below(50));
      queue.Schedule(time, EventKind::kOperation, scheduled, 0);
      model.push_back({time, scheduled, 0, scheduled, EventKind::kOperation});
      ++scheduled;
    } else {
      const auto first = std::min_element(
          model.begin(), model.end(), [](const Event& a, const Event& b) {
            return a.time != b.time ? a.time < b.time : a.order < b.order;
          });
      ASSERT_EQ(queue.NextTime(), first->time);
      ASSERT_EQ(queue.Pop().index, first->index);
      model.erase(first);
    }
    ASSERT_EQ(queue.size(), model.size());
  }
  queue.Clear();
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace wharf::sim
