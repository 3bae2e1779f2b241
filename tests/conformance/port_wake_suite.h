// Goal: what engine/port.h says of Wake. In every test the port would sleep for
// kPatience without the wake; that a Reap may return early for no reason does
// not help a port that forgets one, for it is asked again and again.

#ifndef WHARF_TESTS_CONFORMANCE_PORT_WAKE_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_PORT_WAKE_SUITE_H_

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/port_rig.h"

namespace wharf::conformance {

template <class Instance>
class PortWake : public testing::Test {};
TYPED_TEST_SUITE_P(PortWake);

WHARF_TEST(PortWake, WakesTheNextReap) {
  PortRig rig(new_world());
  for (int i = 0; i < 5; ++i) {
    const Time before = rig.port().Now();
    rig.port().Wake();
    EXPECT_EQ(rig.Reap(Wait::Until(before + kPatience)), 0u);
    EXPECT_LT(rig.port().Now() - before, kPatience / 2);
  }
}

WHARF_TEST(PortWake, WakesTheNextReapWithOperationsInFlight) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, OneOf::kWaiting);
  const Operation waiting = rig.MakeWaiting();
  rig.Submit(waiting);
  const Time before = rig.port().Now();
  for (int i = 0; i < 5; ++i) {
    rig.port().Wake();
    EXPECT_EQ(rig.Reap(Wait::Until(before + kPatience)), 0u);
  }
  EXPECT_LT(rig.port().Now() - before, kPatience / 2);
  rig.Release(waiting.id);
  EXPECT_GE(rig.Finish(waiting.id).result, 1);
}

WHARF_TEST(PortWake, ManyAreAtMostMany) {
  // Coalesced or not: as many Reaps may be ended early, and no completion is
  // made up or lost for it.
  PortRig rig(new_world());
  for (int i = 0; i < 10'000; ++i) rig.port().Wake();
  EXPECT_GE(rig.Run(rig.MakeQuick()).result, 0);
  for (int i = 0; i < 20'000; ++i) rig.Reap(Wait::None());
  // All are used up.
  const Time until = rig.In(std::chrono::milliseconds(10));
  int reaps = 0;
  for (; rig.port().Now() < until && reaps < 100'000; ++reaps) {
    rig.Reap(Wait::Until(until));
  }
  EXPECT_LT(reaps, 10'000);
}

WHARF_TEST(PortWake, DoesNotStandInTheWayOfCompletions) {
  PortRig rig(new_world());
  for (int i = 0; i < 100; ++i) {
    const Operation operation = rig.MakeQuick();
    rig.Submit(operation);
    rig.port().Wake();
    EXPECT_GE(rig.Finish(operation.id).result, 0);
  }
}

WHARF_TEST(PortWake, EndsTheReapInProgress) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, kThreads, kRealTime);
  std::atomic<bool> woken = false;
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    woken = true;
    rig.port().Wake();
  });
  const Time before = rig.port().Now();
  while (!woken) rig.Reap(Wait::Until(before + kPatience));
  other.join();
  EXPECT_LT(rig.port().Now() - before, kPatience / 2);
}

WHARF_TEST(PortWake, NoneIsLostBetweenTwoThreads) {
  // Each wake follows a number that the loop has to see before it sleeps
  // again, and the next number waits for that.
  PortRig rig(new_world());
  WHARF_NEEDS(rig, kThreads, kRealTime);
  constexpr int kRounds = 300;
  std::atomic<int> sent = 0;
  std::atomic<int> seen = 0;
  std::thread other([&] {
    for (int i = 1; i <= kRounds; ++i) {
      sent = i;
      rig.port().Wake();
      while (seen < i) std::this_thread::yield();
    }
  });
  const auto limit = std::chrono::steady_clock::now() + 2 * kPatience;
  while (seen < kRounds && std::chrono::steady_clock::now() < limit) {
    const Time before = rig.port().Now();
    rig.Reap(Wait::Until(before + kPatience));
    if (sent > seen) {
      EXPECT_LT(rig.port().Now() - before, kPatience / 2) << "a lost wake";
    }
    seen = sent.load();
  }
  EXPECT_EQ(seen, kRounds);
  seen = kRounds;
  other.join();
}

WHARF_TEST(PortWake, FromManyThreadsAtOnce) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, kThreads);
  std::atomic<int> running = 4;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1'000; ++j) rig.port().Wake();
      --running;
    });
  }
  int completions = 0;
  while (running > 0) {
    if (rig.Run(rig.MakeQuick()).result >= 0) ++completions;
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rig.ended().size(), static_cast<std::size_t>(completions));
}

REGISTER_TYPED_TEST_SUITE_P(PortWake, WakesTheNextReap,
                            WakesTheNextReapWithOperationsInFlight,
                            ManyAreAtMostMany,
                            DoesNotStandInTheWayOfCompletions,
                            EndsTheReapInProgress, NoneIsLostBetweenTwoThreads,
                            FromManyThreadsAtOnce);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_PORT_WAKE_SUITE_H_
