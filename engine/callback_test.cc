#include "engine/callback.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "engine/request.h"
#include "gtest/gtest.h"
#include "tests/support/allocation_counter.h"

namespace wharf {
namespace {

using testing_support::AllocationCount;
using Function = InlineCallback<int(int)>;

// Counts the life of its copies.
struct Life {
  int made = 0;
  int destroyed = 0;
};
class Tracked {
 public:
  explicit Tracked(Life& life) : life_(&life) { ++life_->made; }
  Tracked(Tracked&& other) noexcept : life_(other.life_) { ++life_->made; }
  Tracked(const Tracked&) = delete;
  Tracked& operator=(const Tracked&) = delete;
  ~Tracked() { ++life_->destroyed; }
  int operator()(int value) { return value + 1; }

 private:
  Life* life_;
};

int Twice(int value) { return 2 * value; }

TEST(InlineCallbackTest, StartsEmpty) {
  Function callback;
  EXPECT_FALSE(callback);
  callback.Reset();
  EXPECT_FALSE(callback);
}

TEST(InlineCallbackTest, CallsWhatItHoldsAsOftenAsAsked) {
  int calls = 0;
  Function callback = [&calls](int value) {
    ++calls;
    return value + 1;
  };
  ASSERT_TRUE(callback);
  EXPECT_EQ(callback(1), 2);
  EXPECT_EQ(callback(2), 3);
  EXPECT_EQ(calls, 2);
}

TEST(InlineCallbackTest, HoldsAFunction) {
  Function pointer = &Twice;
  EXPECT_EQ(pointer(4), 8);
  Function by_name = Twice;
  EXPECT_EQ(by_name(4), 8);
}

TEST(InlineCallbackTest, HoldsStateThatChanges) {
  Function callback = [sum = 0](int value) mutable { return sum += value; };
  EXPECT_EQ(callback(2), 2);
  EXPECT_EQ(callback(3), 5);
  Function moved = std::move(callback);
  EXPECT_EQ(moved(4), 9);
}

TEST(InlineCallbackTest, NeverAllocatesUpToItsCapacity) {
  const uint64_t before = AllocationCount();
  {
    std::array<char, 48> captured{};
    captured[47] = 5;
    Function plain = [captured](int value) { return captured[47] + value; };
    Function moved = std::move(plain);
    EXPECT_EQ(moved(1), 6);
    Life life;
    Function managed = Tracked(life);
    Function managed_too = std::move(managed);
    managed_too.Emplace([captured](int) { return captured[0]; });
    managed_too = std::move(moved);
    EXPECT_EQ(managed_too(2), 7);
  }
  EXPECT_EQ(AllocationCount() - before, 0u);
}

TEST(InlineCallbackTest, HoldsWhatCanOnlyBeMoved) {
  auto number = std::make_unique<int>(40);
  const int* const address = number.get();
  Function callback = [number = std::move(number)](int value) {
    return *number + value;
  };
  Function moved = std::move(callback);
  EXPECT_EQ(moved(2), 42);
  EXPECT_NE(address, nullptr);
  static_assert(!std::is_copy_constructible_v<Function>);
  static_assert(!std::is_copy_assignable_v<Function>);
  static_assert(std::is_nothrow_move_constructible_v<Function>);
}

TEST(InlineCallbackTest, MovedFromIsEmptyAndDestroyedOnce) {
  Life life;
  {
    Function first = Tracked(life);
    EXPECT_EQ(life.made - life.destroyed, 1);
    Function second = std::move(first);
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move)
    EXPECT_TRUE(second);
    EXPECT_EQ(life.made - life.destroyed, 1);
    Function third;
    third = std::move(second);
    EXPECT_FALSE(second);  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(third(1), 2);
    EXPECT_EQ(life.made - life.destroyed, 1);
  }
  EXPECT_EQ(life.made, life.destroyed);
}

TEST(InlineCallbackTest, MovedFromPlainDataIsEmptyToo) {
  int target = 0;
  Function first = [&target](int value) { return target = value; };
  Function second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(second(3), 3);
  EXPECT_EQ(target, 3);
}

TEST(InlineCallbackTest, ReplacedCallableIsDestroyedAtOnce) {
  Life first;
  Life second;
  Function callback = Tracked(first);
  callback.Emplace(Tracked(second));
  EXPECT_EQ(first.made, first.destroyed);
  EXPECT_EQ(second.made - second.destroyed, 1);
  // Plain data after managed: nothing of it may be left to be destroyed.
  callback.Emplace([](int value) { return value; });
  EXPECT_EQ(second.made, second.destroyed);
  EXPECT_EQ(callback(9), 9);
  callback.Reset();
  EXPECT_EQ(second.made, second.destroyed);
}

TEST(InlineCallbackTest, MoveAssignmentDestroysWhatWasHeld) {
  Life first;
  Life second;
  Function callback = Tracked(first);
  Function other = Tracked(second);
  callback = std::move(other);
  EXPECT_EQ(first.made, first.destroyed);
  EXPECT_EQ(second.made - second.destroyed, 1);
  callback = Function();
  EXPECT_FALSE(callback);
  EXPECT_EQ(second.made, second.destroyed);
}

TEST(InlineCallbackTest, ResetDestroysOnceAndEmpties) {
  Life life;
  Function callback = Tracked(life);
  callback.Reset();
  EXPECT_FALSE(callback);
  EXPECT_EQ(life.made, life.destroyed);
  callback.Reset();
  EXPECT_EQ(life.made, life.destroyed);
}

TEST(InlineCallbackTest, SelfMoveChangesNothing) {
  Life life;
  Function callback = Tracked(life);
  Function& same = callback;
  callback = std::move(same);
  ASSERT_TRUE(callback);
  EXPECT_EQ(callback(1), 2);
  EXPECT_EQ(life.made - life.destroyed, 1);
}

// The engine takes ready-made callbacks over as they are, not wrapped in
// another one (which would not fit).
TEST(InlineCallbackTest, EmplaceOfACallbackMovesWhatItHolds) {
  Life life;
  Function inner = Tracked(life);
  Function outer = [](int) { return 0; };
  outer.Emplace(std::move(inner));
  EXPECT_FALSE(inner);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(outer(1), 2);
  EXPECT_EQ(life.made - life.destroyed, 1);
  Function empty;
  outer.Emplace(std::move(empty));
  EXPECT_FALSE(outer);
  EXPECT_EQ(life.made, life.destroyed);
}

template <class T>
concept Emplaceable = requires(Function callback, T&& value) {
  callback.Emplace(std::forward<T>(value));
};

// A callback is given away with std::move, never behind its owner's back.
TEST(InlineCallbackTest, EmplaceDoesNotTakeFromALvalue) {
  static_assert(Emplaceable<Function>);
  static_assert(!Emplaceable<Function&>);
  static_assert(!Emplaceable<const Function&>);
}

TEST(InlineCallbackTest, EmplaceIntoEmptyBuildsInPlace) {
  Life life;
  {
    Function callback;
    callback.EmplaceIntoEmpty(Tracked(life));
    EXPECT_EQ(callback(1), 2);
    EXPECT_EQ(life.made, 2) << "the temporary and the one in place";
    callback.Reset();
    Function other = Tracked(life);
    callback.EmplaceIntoEmpty(std::move(other));
    EXPECT_EQ(callback(1), 2);
  }
  EXPECT_EQ(life.made, life.destroyed);
}

TEST(InlineCallbackTest, ArgumentsAreForwarded) {
  InlineCallback<std::unique_ptr<int>(std::unique_ptr<int>&&)> callback =
      [](std::unique_ptr<int>&& number) { return std::move(number); };
  auto number = std::make_unique<int>(3);
  const int* const address = number.get();
  EXPECT_EQ(callback(std::move(number)).get(), address);
}

TEST(InlineCallbackTest, ResultCallbackMayLeaveTheResultAlone) {
  Result result;
  result.buffer = Buffer::Allocate(8);
  int calls = 0;
  ResultCallback callback = [&calls](Result&&) { ++calls; };
  callback(std::move(result));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(result.buffer.size(), 8u);  // NOLINT(bugprone-use-after-move)
}

}  // namespace
}  // namespace wharf
