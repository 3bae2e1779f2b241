// Goal: more requests than places, one place, and requests from other threads.

#ifndef WHARF_TESTS_CONFORMANCE_ENGINE_LOAD_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_ENGINE_LOAD_SUITE_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/engine_rig.h"
#include "tests/support/sleeper.h"

namespace wharf::conformance {

template <class Instance>
class EngineLoad : public testing::Test {};
TYPED_TEST_SUITE_P(EngineLoad);

WHARF_TEST(EngineLoad, ManyRequestsOverFewPlaces) {
  for (const uint32_t places : {1u, 8u}) {
    EngineRig rig(new_world(), {.in_flight_capacity = places}, places);
    WHARF_NEEDS(rig, Opcode::kRead, Opcode::kWrite);
    const TestFile file = rig.NewFile(std::string(64 * 100, '.'));
    const std::string bytes = Pattern(64 * 100);
    std::vector<Pending> writes;
    for (uint64_t i = 0; i < 64; ++i) {
      writes.push_back(rig.Submit(
          Request::Write(file.handle, rig.Filled(bytes.substr(i * 100, 100)),
                         {.offset = i * 100})));
      EXPECT_LE(rig.engine().in_flight(), places);
    }
    while (rig.engine().live() > 0) {
      ASSERT_TRUE(rig.TurnUntil([&, before = rig.engine().live()] {
        EXPECT_LE(rig.engine().in_flight(), places);
        return rig.engine().live() < before;
      }));
    }
    for (const Pending& write : writes) EXPECT_EQ(write.outcome(), Ok(100));
    EXPECT_TRUE(rig.world().Content(file.path) == bytes);
  }
}

WHARF_TEST(EngineLoad, ManyStreamsOverFewPlaces) {
  EngineRig rig(new_world(), {.in_flight_capacity = 8}, 8);
  WHARF_NEEDS(rig, Opcode::kReceive);
  std::vector<TestPair> pairs;
  std::vector<Pending> receives;
  for (int i = 0; i < 64; ++i) {
    pairs.push_back(rig.NewSocketPair());
    receives.push_back(
        rig.Submit(Request::Receive(pairs.back().near, rig.Empty(4))));
  }
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_TRUE(rig.world().Put(pairs[i].far, Pattern(4, i)));
  }
  rig.TurnUntilIdle();
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_EQ(receives[i].outcome(), Ok(4));
    EXPECT_EQ(receives[i].text(), Pattern(4, i));
  }
}

WHARF_TEST(EngineLoad, OneAfterTheOther) {
  // A thousand requests through one slot; nothing is left of any.
  EngineRig rig(new_world(), {.in_flight_capacity = 1, .max_requests = 1}, 1);
  WHARF_NEEDS(rig, Opcode::kRead);
  const TestFile file = rig.NewFile("0123456789");
  for (uint64_t i = 0; i < 1'000; ++i) {
    const Pending read =
        rig.Run(Request::Read(file.handle, rig.Empty(1), {.offset = i % 10}));
    ASSERT_EQ(read.outcome(), Ok(1));
    ASSERT_EQ(read.text(), std::to_string(i % 10));
  }
}

WHARF_TEST(EngineLoad, FullnessIsVisibleAndPasses) {
  EngineRig rig(new_world(), {.in_flight_capacity = 1, .max_requests = 2}, 1);
  WHARF_NEEDS(rig, Opcode::kRead);
  const TestFile file = rig.NewFile("x");
  const auto read = [&] {
    return Request::Read(file.handle, rig.Empty(1), {.offset = 0});
  };
  rig.Submit(read());
  rig.Submit(read());
  Request third = read();
  EXPECT_EQ(
      rig.engine().Submit(std::move(third), [](Result&&) {}).status().code(),
      absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(third.buffer.size(), 1u);
  rig.TurnUntilIdle();
  EXPECT_EQ(rig.Run(std::move(third)).outcome(), Ok(1));
}

WHARF_TEST(EngineLoad, ASleepingLoopIsWokenBySubmitters) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, kThreads, Opcode::kRead);
  const TestFile file = rig.NewFile("x");
  constexpr int kThreadCount = 3;
  constexpr int kRounds = 50;
  std::array<testing_support::Sleeper, kThreadCount> told;
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < kThreadCount; ++i) {
    threads.emplace_back([&, told = &told[i],
                          submitter = rig.engine().MakeSubmitter()]() mutable {
      for (int round = 0; round < kRounds; ++round) {
        const absl::StatusOr<RemoteRequestId> id = submitter.Submit(
            Request::Read(file.handle, EngineRig::Empty(1), {.offset = 0}),
            [&good, told](Result&& result) {
              if (result.outcome == Ok(1)) ++good;
              told->Wake();
            });
        ASSERT_TRUE(id.ok()) << id.status();
        ASSERT_TRUE(told->Sleep(std::chrono::seconds(30)))
            << "the loop slept through a submission";
      }
    });
  }
  EXPECT_EQ(rig.engine().Run(), absl::OkStatus());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, kThreadCount * kRounds);
}

// In a callback: counts how many of them are gone, called or not.
class GoneCounter {
 public:
  explicit GoneCounter(std::atomic<int>* gone) : gone_(gone) {}
  GoneCounter(GoneCounter&& other) noexcept
      : gone_(std::exchange(other.gone_, nullptr)) {}
  ~GoneCounter() {
    if (gone_ != nullptr) ++*gone_;
  }

 private:
  std::atomic<int>* gone_;
};

WHARF_TEST(EngineLoad, CancelsAndDropsFromAnotherThread) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, kThreads, kFeatureCancel, Opcode::kReceive);
  constexpr int kRounds = 40;
  std::vector<TestPair> pairs;
  for (int i = 0; i < kRounds; ++i) pairs.push_back(rig.NewSocketPair());
  std::atomic<int> gone = 0;
  std::atomic<int> stopped = 0;
  std::atomic<int> called_after_drop = 0;
  std::atomic<int> no_effect = 0;
  std::thread other([&, submitter = rig.engine().MakeSubmitter()]() mutable {
    for (int i = 0; i < kRounds; ++i) {
      const bool drops = i % 2 == 0;
      const absl::StatusOr<RemoteRequestId> id = submitter.Submit(
          Request::Receive(pairs[static_cast<std::size_t>(i)].near,
                           EngineRig::Empty(4)),
          [&, drops, counter = GoneCounter(&gone)](Result&& result) {
            if (drops) {
              ++called_after_drop;
            } else if (!result.outcome.ok() && result.outcome.bytes == 0) {
              ++stopped;
            }
          });
      if (!id.ok()) return;
      // Before and after the loop has seen it.
      if (i % 4 < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (!(drops ? submitter.Drop(*id) : submitter.Cancel(*id))) ++no_effect;
      while (gone <= i) std::this_thread::yield();
    }
  });
  EXPECT_EQ(rig.engine().Run(), absl::OkStatus());
  other.join();
  EXPECT_EQ(gone, kRounds);
  EXPECT_EQ(stopped, kRounds / 2);
  EXPECT_EQ(called_after_drop, 0);
  EXPECT_EQ(no_effect, 0);
}

WHARF_TEST(EngineLoad, WavesOverFewPlaces) {
  // Reads and writes that take turns, 20 waves of 100 over 7 places.
  EngineRig rig(new_world(), {.in_flight_capacity = 7}, 7);
  WHARF_NEEDS(rig, Opcode::kRead, Opcode::kWrite);
  const TestFile file = rig.NewFile(std::string(100 * 16, '.'));
  std::string expected(100 * 16, '.');
  for (uint32_t wave = 0; wave < 20; ++wave) {
    std::vector<Pending> wave_requests;
    for (uint64_t i = 0; i < 100; ++i) {
      if ((i + wave) % 2 == 0) {
        wave_requests.push_back(rig.Submit(
            Request::Read(file.handle, rig.Empty(16), {.offset = i * 16})));
      } else {
        expected.replace(i * 16, 16, Pattern(16, wave));
        wave_requests.push_back(rig.Submit(Request::Write(
            file.handle, rig.Filled(Pattern(16, wave)), {.offset = i * 16})));
      }
    }
    rig.TurnUntilIdle();
    for (std::size_t i = 0; i < 100; ++i) {
      ASSERT_EQ(wave_requests[i].outcome(), Ok(16));
      if ((i + wave) % 2 == 0) {
        ASSERT_EQ(wave_requests[i].text(), expected.substr(i * 16, 16));
      }
    }
  }
  EXPECT_EQ(rig.engine().in_flight(), 0u);
  EXPECT_TRUE(rig.world().Content(file.path) == expected);
}

REGISTER_TYPED_TEST_SUITE_P(EngineLoad, ManyRequestsOverFewPlaces,
                            ManyStreamsOverFewPlaces, OneAfterTheOther,
                            FullnessIsVisibleAndPasses,
                            ASleepingLoopIsWokenBySubmitters,
                            CancelsAndDropsFromAnotherThread,
                            WavesOverFewPlaces);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_ENGINE_LOAD_SUITE_H_
