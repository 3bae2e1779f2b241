#include "engine/wake_gate.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/bounded_queue.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(WakeGateTest, PublishingToALoopThatIsAwakeWakesNobody) {
  WakeGate gate;
  EXPECT_FALSE(gate.Publish());
  EXPECT_FALSE(gate.Publish());
}

TEST(WakeGateTest, SequenceCountsPublications) {
  WakeGate gate;
  EXPECT_EQ(gate.Sequence(), 0u);
  (void)gate.Publish();
  EXPECT_EQ(gate.Sequence(), 1u);
  ASSERT_TRUE(gate.Arm(1));
  EXPECT_EQ(gate.Sequence(), 1u);
  (void)gate.Publish();
  (void)gate.Publish();
  EXPECT_EQ(gate.Sequence(), 3u);
  gate.Disarm();
  EXPECT_EQ(gate.Sequence(), 3u);
}

TEST(WakeGateTest, ArmFailsIfAnythingWasPublishedSince) {
  WakeGate gate;
  const uint64_t seen = gate.Sequence();
  (void)gate.Publish();
  EXPECT_FALSE(gate.Arm(seen));
  // And is disarmed: nobody needs to be woken.
  EXPECT_FALSE(gate.Publish());
  EXPECT_FALSE(gate.Arm(seen + 1));
  EXPECT_TRUE(gate.Arm(seen + 2));
}

TEST(WakeGateTest, TheFirstPublisherAtAnArmedGateWakesAndTheOthersDoNot) {
  WakeGate gate;
  ASSERT_TRUE(gate.Arm(0));
  EXPECT_TRUE(gate.Publish());
  EXPECT_FALSE(gate.Publish());
  EXPECT_FALSE(gate.Publish());
}

TEST(WakeGateTest, EverySleepIsWokenAfresh) {
  WakeGate gate;
  for (uint64_t sleep = 0; sleep < 5; ++sleep) {
    ASSERT_TRUE(gate.Arm(gate.Sequence()));
    EXPECT_TRUE(gate.Publish());
    EXPECT_FALSE(gate.Publish());
    gate.Disarm();
    EXPECT_FALSE(gate.Publish());
  }
}

TEST(WakeGateTest, ASleepThatEndedByItselfNeedsNoWake) {
  WakeGate gate;
  ASSERT_TRUE(gate.Arm(0));
  gate.Disarm();
  EXPECT_FALSE(gate.Publish());
  ASSERT_TRUE(gate.Arm(1));
  EXPECT_TRUE(gate.Publish());
}

TEST(WakeGateTest, ArmingTwiceIsArmed) {
  WakeGate gate;
  ASSERT_TRUE(gate.Arm(0));
  ASSERT_TRUE(gate.Arm(0));
  EXPECT_TRUE(gate.Publish());
  EXPECT_FALSE(gate.Arm(0));
}

// A port that can only sleep until Wake: no timeout rescues a lost wake-up.
class SleepingPort {
 public:
  void Wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_one();
  }
  void Sleep() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return woken_; });
    woken_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

// Hangs, and so fails by its time limit, if a wake-up is lost. The payload and
// the count of producers are plain or relaxed on purpose: it is the gate and
// the queue that must make them visible (ThreadSanitizer).
void Stress(int producers, int items) {
  BoundedQueue<uint64_t*> queue(8);
  WakeGate gate;
  SleepingPort port;
  std::vector<std::vector<uint64_t>> payloads(
      static_cast<std::size_t>(producers),
      std::vector<uint64_t>(static_cast<std::size_t>(items)));
  std::atomic<int> left{producers};
  bool closed = false;  // written by the last producer, read after Sequence()
  std::atomic<uint64_t> wakes{0};
  uint64_t sleeps = 0;
  uint64_t taken = 0;

  std::vector<std::thread> threads;
  for (int p = 0; p < producers; ++p) {
    threads.emplace_back([&, p] {
      const auto publish = [&] {
        if (gate.Publish()) {
          wakes.fetch_add(1, std::memory_order_relaxed);
          port.Wake();
        }
      };
      for (uint64_t& payload : payloads[static_cast<std::size_t>(p)]) {
        payload = 1;
        while (!queue.TryPush(&payload)) std::this_thread::yield();
        publish();
        // Lets the loop fall asleep now and then.
        if ((&payload - payloads[static_cast<std::size_t>(p)].data()) % 8 ==
            0) {
          std::this_thread::yield();
        }
      }
      if (left.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        closed = true;
        publish();
      }
    });
  }

  for (;;) {
    const uint64_t seen = gate.Sequence();
    const bool all_published =
        seen ==
        static_cast<uint64_t>(producers) * static_cast<uint64_t>(items) + 1;
    uint64_t* payload;
    while (queue.TryPop(payload)) {
      taken += *payload;
      *payload = 0;
    }
    // Not a data race only because Sequence() counted the last Publish.
    if (all_published && closed) break;
    if (gate.Arm(seen)) {
      ++sleeps;
      port.Sleep();
      gate.Disarm();
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken,
            static_cast<uint64_t>(producers) * static_cast<uint64_t>(items));
  // A wake-up each, and one more where a late signaller met the next sleep.
  EXPECT_GE(wakes.load(), sleeps);
}

TEST(WakeGateStressTest, OneProducer) { Stress(1, 20000); }
TEST(WakeGateStressTest, FourProducers) { Stress(4, 10000); }

// Two threads hand a turn back and forth, so that every single item meets a
// loop that sleeps or is about to.
TEST(WakeGateStressTest, PingPong) {
  constexpr uint64_t kRounds = 10000;
  WakeGate gates[2];
  SleepingPort ports[2];
  const auto play = [&](int me) {
    for (uint64_t round = 1; round <= kRounds; ++round) {
      if (me == 0 && gates[1].Publish()) ports[1].Wake();
      for (uint64_t seen = gates[me].Sequence(); seen != round;
           seen = gates[me].Sequence()) {
        if (gates[me].Arm(seen)) {
          ports[me].Sleep();
          gates[me].Disarm();
        }
      }
      if (me == 1 && gates[0].Publish()) ports[0].Wake();
    }
  };
  std::thread other(play, 1);
  play(0);
  other.join();
  EXPECT_EQ(gates[0].Sequence(), kRounds);
  EXPECT_EQ(gates[1].Sequence(), kRounds);
}

// The two acquires by themselves, with nothing else that orders the plain
// variable (ThreadSanitizer judges).
TEST(WakeGateOrderTest, SequenceShowsWhatWasWrittenBeforePublish) {
  WakeGate gate;
  int written = 0;
  std::thread producer([&] {
    written = 1;
    (void)gate.Publish();
  });
  while (gate.Sequence() == 0) std::this_thread::yield();
  EXPECT_EQ(written, 1);
  producer.join();
}

TEST(WakeGateOrderTest, DisarmShowsWhatTheWakerWroteBeforePublish) {
  WakeGate gate;
  std::atomic<bool> woken{false};
  int written = 0;
  ASSERT_TRUE(gate.Arm(0));
  std::thread producer([&] {
    written = 1;
    if (gate.Publish()) woken.store(true, std::memory_order_relaxed);
  });
  while (!woken.load(std::memory_order_relaxed)) std::this_thread::yield();
  gate.Disarm();
  EXPECT_EQ(written, 1);
  producer.join();
}

}  // namespace
}  // namespace wharf
