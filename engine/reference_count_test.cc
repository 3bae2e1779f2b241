#include "engine/reference_count.h"

#include <array>
#include <atomic>
#include <thread>

#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(ReferenceCountTest, BeginsWithOneOwner) {
  ReferenceCount count;
  EXPECT_TRUE(count.IsOne());
  EXPECT_TRUE(count.Decrement());
}

TEST(ReferenceCountTest, OnlyTheLastOwnerIsTold) {
  ReferenceCount count;
  count.Increment();
  count.Increment();
  EXPECT_FALSE(count.IsOne());
  EXPECT_FALSE(count.Decrement());
  EXPECT_FALSE(count.Decrement());
  EXPECT_TRUE(count.IsOne());
  EXPECT_TRUE(count.Decrement());
}

// What was counted while the process had one thread must hold for the threads
// that come later, and theirs for each other.
TEST(ReferenceCountTest, ThreadsThatStartLaterCountAllTheSame) {
  constexpr int kThreads = 4;
  constexpr int kTurns = 3'000'000;
  ReferenceCount count;
  for (int i = 0; i < kThreads; ++i) count.Increment();
  std::atomic<int> waiting{kThreads};
  std::array<std::thread, kThreads> threads;
  std::array<bool, kThreads> last{};
  for (int i = 0; i < kThreads; ++i) {
    threads[i] = std::thread([&count, &waiting, &told = last[i]] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      for (int turn = 0; turn < kTurns; ++turn) {
        count.Increment();
        told |= count.Decrement();
      }
      told |= count.Decrement();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const bool told : last) EXPECT_FALSE(told);
  EXPECT_TRUE(count.IsOne());
  EXPECT_TRUE(count.Decrement());
}

}  // namespace
}  // namespace wharf
