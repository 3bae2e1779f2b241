#include "engine/handle.h"

#include <thread>
#include <utility>

#include "gtest/gtest.h"

namespace wharf {
namespace {

struct Closed {
  static void Close(NativeHandle native, void* context) {
    auto* closed = static_cast<Closed*>(context);
    ++closed->calls;
    closed->native = native;
  }
  int calls = 0;
  NativeHandle native = kInvalidNativeHandle;
};

TEST(HandleTest, DefaultNamesNothing) {
  const Handle handle;
  EXPECT_FALSE(handle.valid());
  EXPECT_EQ(handle.native(), kInvalidNativeHandle);
}

TEST(HandleTest, ClosesOnceWhenTheLastCopyDies) {
  Closed closed;
  {
    const Handle first = Handle::Adopt(42, &Closed::Close, &closed);
    EXPECT_EQ(first.native(), 42);
    EXPECT_TRUE(first.valid());
    {
      const Handle second = first;
      const Handle third = second;
      EXPECT_EQ(third.native(), 42);
    }
    EXPECT_EQ(closed.calls, 0);
  }
  EXPECT_EQ(closed.calls, 1);
  EXPECT_EQ(closed.native, 42);
}

TEST(HandleTest, ACopyOutlivesTheOriginal) {
  Closed closed;
  Handle original = Handle::Adopt(42, &Closed::Close, &closed);
  Handle copy = original;
  original.Reset();
  EXPECT_FALSE(original.valid());
  EXPECT_EQ(closed.calls, 0);
  EXPECT_EQ(copy.native(), 42);
  copy.Reset();
  EXPECT_EQ(closed.calls, 1);
  copy.Reset();
  EXPECT_EQ(closed.calls, 1);
}

TEST(HandleTest, MoveHandsOverWithoutClosing) {
  Closed closed;
  {
    Handle first = Handle::Adopt(42, &Closed::Close, &closed);
    const Handle second = std::move(first);
    EXPECT_FALSE(first.valid());
    EXPECT_EQ(second.native(), 42);
    EXPECT_EQ(closed.calls, 0);
  }
  EXPECT_EQ(closed.calls, 1);
}

TEST(HandleTest, AssignmentDropsWhatWasThere) {
  Closed old_closed;
  Closed new_closed;
  Handle handle = Handle::Adopt(1, &Closed::Close, &old_closed);
  const Handle other = Handle::Adopt(2, &Closed::Close, &new_closed);
  handle = other;
  EXPECT_EQ(old_closed.calls, 1);
  EXPECT_EQ(handle.native(), 2);
  handle = Handle();
  EXPECT_EQ(new_closed.calls, 0);
  EXPECT_EQ(other.native(), 2);
}

TEST(HandleTest, SelfAssignmentKeepsTheHandle) {
  Closed closed;
  Handle handle = Handle::Adopt(1, &Closed::Close, &closed);
  Handle& same = handle;
  handle = same;
  EXPECT_EQ(handle.native(), 1);
  EXPECT_EQ(closed.calls, 0);
  handle = std::move(same);
  EXPECT_EQ(handle.native(), 1);
  EXPECT_EQ(closed.calls, 0);
}

TEST(HandleTest, BorrowedIsNamedAndNeverClosed) {
  Handle handle = Handle::Borrow(7);
  EXPECT_EQ(handle.native(), 7);
  const Handle copy = handle;
  handle.Reset();
  EXPECT_FALSE(handle.valid());
  EXPECT_EQ(copy.native(), 7);
}

// Which thread closes is up to the race; it must be one, and it must see what
// the other one did before letting go. Meant for ThreadSanitizer.
TEST(HandleTest, ClosesOnceWhenTwoThreadsDropTheirCopies) {
  for (int round = 0; round < 1000; ++round) {
    struct Shared {
      int written_by[2] = {0, 0};
      int sum_at_close = 0;
      int calls = 0;
    } shared;
    Handle first = Handle::Adopt(
        round,
        [](NativeHandle, void* context) {
          auto* s = static_cast<Shared*>(context);
          s->sum_at_close = s->written_by[0] + s->written_by[1];
          ++s->calls;
        },
        &shared);
    Handle second = first;
    std::thread a([&shared, handle = std::move(first)]() mutable {
      const Handle more = handle;
      shared.written_by[0] = 1;
      handle.Reset();
    });
    std::thread b([&shared, handle = std::move(second)]() mutable {
      shared.written_by[1] = 2;
      handle.Reset();
    });
    a.join();
    b.join();
    ASSERT_EQ(shared.calls, 1);
    ASSERT_EQ(shared.sum_at_close, 3);
  }
}

}  // namespace
}  // namespace wharf
