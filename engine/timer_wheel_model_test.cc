// The wheel beside a model: what a sorted multimap does. The same walk on every
// platform.

#include <cstdint>
#include <map>
#include <random>
#include <utility>

#include "engine/timer_wheel.h"
#include "engine/timer_wheel_test_util.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(TimerWheelTest, BehavesLikeASortedMultimap) {
  constexpr uint32_t kNodes = 50;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed);
    TimerWheel wheel(kNodes);
    std::multimap<uint64_t, uint32_t> later;
    Indices due;
    uint64_t current = 0;
    // Small seeds stay in the low levels, large ones use all.
    const int width = 1 + static_cast<int>(seed % 63);
    for (int step = 0; step < 500; ++step) {
      const auto index = static_cast<uint32_t>(random() % kNodes);
      switch (random() % 4) {
        case 0:
        case 1:
          if (!wheel.IsScheduled(index)) {
            const uint64_t distance = random() >> (64 - random() % width - 1);
            uint64_t tick = current + distance;
            if (tick < current) tick = kMaxTick;
            if (random() % 16 == 0) tick = current / 2;
            wheel.Schedule(index, tick);
            if (tick <= current) {
              due.push_back(index);
            } else {
              later.emplace(tick, index);
            }
          }
          break;
        case 2:
          if (wheel.IsScheduled(index)) {
            wheel.Remove(index);
            std::erase(due, index);
            std::erase_if(later,
                          [&](const auto& e) { return e.second == index; });
          }
          break;
        case 3: {
          uint64_t now = current + (random() >> (64 - random() % width - 1));
          if (now < current) now = kMaxTick;
          if (random() % 4 == 0) now = wheel.NextTick();
          if (now == TimerWheel::kNoTick && later.empty()) now = current;
          Indices expected = std::exchange(due, {});
          while (!later.empty() && later.begin()->first <= now) {
            expected.push_back(later.begin()->second);
            later.erase(later.begin());
          }
          ASSERT_EQ(AdvanceTo(wheel, now), expected) << seed << " " << step;
          if (now > current) current = now;
          break;
        }
      }
      ASSERT_EQ(wheel.current(), current);
      ASSERT_EQ(wheel.size(), due.size() + later.size());
      if (!due.empty()) {
        ASSERT_EQ(wheel.NextTick(), current);
      } else if (later.empty()) {
        ASSERT_EQ(wheel.NextTick(), TimerWheel::kNoTick);
      } else {
        ASSERT_LE(wheel.NextTick(), later.begin()->first);
        ASSERT_GT(wheel.NextTick(), current);
      }
    }
  }
}

}  // namespace
}  // namespace wharf
