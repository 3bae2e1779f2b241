// TimerWheel against a sorted multimap, with inputs that rapidcheck shrinks.

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "engine/timer_wheel.h"
#include "gtest/gtest.h"
#include "rapidcheck.h"

namespace wharf {
namespace {

constexpr uint32_t kNodes = 16;

// One step: what to do, to whom, and how far ahead.
struct Step {
  int action;
  uint32_t index;
  uint64_t distance;
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  static constexpr const char* kNames[] = {"schedule", "remove", "advance",
                                           "follow"};
  return out << kNames[step.action] << "(" << step.index << ", "
             << step.distance << ")";
}

// Distances of every magnitude, and the ticks around every level's boundary.
rc::Gen<uint64_t> Distance() {
  return rc::gen::oneOf(
      rc::gen::inRange<uint64_t>(0, 200),
      rc::gen::map(
          rc::gen::pair(rc::gen::inRange(0, 64), rc::gen::inRange(-1, 2)),
          [](const std::pair<int, int>& p) {
            return (uint64_t{1} << p.first) +
                   static_cast<uint64_t>(int64_t{p.second});
          }),
      rc::gen::arbitrary<uint64_t>());
}

rc::Gen<Step> AnyStep() {
  return rc::gen::construct<Step>(rc::gen::inRange(0, 4),
                                  rc::gen::inRange<uint32_t>(0, kNodes),
                                  Distance());
}

struct Model {
  uint64_t current = 0;
  std::vector<uint32_t> due;
  std::multimap<uint64_t, uint32_t> later;

  void Schedule(uint32_t index, uint64_t tick) {
    if (tick <= current) {
      due.push_back(index);
    } else {
      later.emplace(tick, index);
    }
  }
  void Remove(uint32_t index) {
    std::erase(due, index);
    std::erase_if(later, [&](const auto& e) { return e.second == index; });
  }
  std::vector<uint32_t> Advance(uint64_t now) {
    current = std::max(current, now);
    std::vector<uint32_t> expired = std::exchange(due, {});
    while (!later.empty() && later.begin()->first <= current) {
      expired.push_back(later.begin()->second);
      later.erase(later.begin());
    }
    return expired;
  }
};

uint64_t Ahead(uint64_t current, uint64_t distance) {
  return distance > ~current ? ~uint64_t{0} : current + distance;
}

TEST(TimerWheelPropertyTest, BehavesLikeASortedMultimap) {
  const bool ok = rc::check([] {
    const auto steps =
        *rc::gen::scale(3.0, rc::gen::container<std::vector<Step>>(AnyStep()));
    TimerWheel wheel(kNodes);
    Model model;
    for (const Step& step : steps) {
      uint64_t now = Ahead(model.current, step.distance);
      switch (step.action) {
        case 0:
          if (!wheel.IsScheduled(step.index)) {
            wheel.Schedule(step.index, now);
            model.Schedule(step.index, now);
          }
          continue;
        case 1:
          if (wheel.IsScheduled(step.index)) {
            wheel.Remove(step.index);
            model.Remove(step.index);
          }
          continue;
        case 3:
          if (!wheel.empty()) now = wheel.NextTick();
          break;
      }
      std::vector<uint32_t> expired;
      wheel.Advance(now, [&](uint32_t index) { expired.push_back(index); });
      RC_ASSERT(expired == model.Advance(now));
      RC_ASSERT(wheel.current() == model.current);
      RC_ASSERT(wheel.size() == model.later.size());
      RC_ASSERT(wheel.empty() ||
                wheel.NextTick() <= model.later.begin()->first);
    }
  });
  EXPECT_TRUE(ok);
}

// Waiting for NextTick again and again meets every tick exactly, and takes no
// more than 11 waits for each.
TEST(TimerWheelPropertyTest, FollowingNextTickMeetsEveryTick) {
  const bool ok = rc::check([] {
    const auto distances =
        *rc::gen::container<std::vector<uint64_t>>(kNodes, Distance());
    const auto removed = *rc::gen::container<std::vector<bool>>(
        kNodes, rc::gen::arbitrary<bool>());
    TimerWheel wheel(kNodes);
    const uint64_t start = *Distance();
    wheel.Advance(start, [](uint32_t) {});
    std::vector<uint64_t> ticks(kNodes);
    for (uint32_t i = 0; i < kNodes; ++i) {
      ticks[i] = Ahead(start, distances[i]);
      wheel.Schedule(i, ticks[i]);
    }
    for (uint32_t i = 0; i < kNodes; ++i) {
      if (removed[i]) wheel.Remove(i);
    }
    int steps = 0;
    while (!wheel.empty()) {
      const uint64_t now = wheel.NextTick();
      bool any = false;
      wheel.Advance(now, [&](uint32_t index) {
        any = true;
        RC_ASSERT(ticks[index] == now);
        RC_ASSERT(!removed[index]);
      });
      steps = any ? 0 : steps + 1;
      RC_ASSERT(steps < 11);
    }
  });
  EXPECT_TRUE(ok);
}

}  // namespace
}  // namespace wharf
