#include "sim/scripted_port.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "sim/scripted_port_test_util.h"

namespace wharf::sim {
namespace {

using std::chrono::milliseconds;

TEST_F(ScriptedPortTest, StagesAtSubmitAndFlushesAtReap) {
  SubmitNops(1, 2);
  EXPECT_EQ(Ids(port_.staged()), (std::vector<uint64_t>{1, 2}));
  EXPECT_TRUE(ReapSome(port_).empty());
  EXPECT_TRUE(port_.staged().empty());
  SubmitNops(3, 3);
  EXPECT_EQ(Ids(port_.staged()), (std::vector<uint64_t>{3}));
  EXPECT_EQ(Ids(port_.in_flight()), (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_EQ(Ids(port_.submitted()), (std::vector<uint64_t>{1, 2, 3}));
  FinishAll();
}

TEST_F(ScriptedPortTest, DeliversInTheOrderOfTheScript) {
  SubmitNops(1, 3);
  port_.Complete(OperationId{3}, 30);
  port_.Complete(OperationId{1}, -5, 5);
  EXPECT_EQ(Ids(port_.in_flight()), (std::vector<uint64_t>{2}));
  EXPECT_EQ(port_.undelivered(), 2u);
  const std::vector<Completion> got = ReapSome(port_);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].id, OperationId{3});
  EXPECT_EQ(got[0].result, 30);
  EXPECT_EQ(got[1].id, OperationId{1});
  EXPECT_EQ(got[1].result, -5);
  EXPECT_EQ(got[1].native_error, 5);
  FinishAll();
}

TEST_F(ScriptedPortTest, DeliversNoMoreThanThereIsRoomFor) {
  SubmitNops(1, 3);
  for (uint64_t id = 1; id <= 3; ++id) port_.Complete(OperationId{id}, 0);
  std::array<Completion, 2> two;
  EXPECT_EQ(*port_.Reap(two, Wait::None()), 2u);
  EXPECT_EQ(*port_.Reap({}, Wait::Forever()), 0u);
  EXPECT_EQ(*port_.Reap(two, Wait::None()), 1u);
  EXPECT_EQ(two[0].id, OperationId{3});
}

TEST_F(ScriptedPortTest, AMoreCompletionDoesNotEndTheOperation) {
  SubmitNops(1, 1);
  port_.Complete(OperationId{1}, 7, 0, kCompletionMore);
  ASSERT_EQ(ReapSome(port_).size(), 1u);
  EXPECT_TRUE(port_.Find(OperationId{1}).has_value());
  port_.Complete(OperationId{1}, 8);
  EXPECT_FALSE(port_.Find(OperationId{1}).has_value());
  ASSERT_EQ(ReapSome(port_).size(), 1u);
}

TEST_F(ScriptedPortTest, BytesArriveOverTheVectorsAndOnlyAtDelivery) {
  Bytes a(2), b(3);
  std::array<IoVector, 2> vectors = {IoVector{a.data(), 2},
                                     IoVector{b.data(), 3}};
  Operation read;
  read.id = OperationId{9};
  read.opcode = Opcode::kReadVectored;
  read.handle = 3;
  read.data = vectors.data();
  read.length = 2;
  port_.Submit({{read}});
  const Bytes data = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  port_.CompleteWithBytes(read.id, data);
  EXPECT_NE(a[0], std::byte{1}) << "not before its completion";
  const std::vector<Completion> got = ReapSome(port_);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].result, 4);
  EXPECT_EQ(a, (Bytes{std::byte{1}, std::byte{2}}));
  EXPECT_EQ(b[0], std::byte{3});
  EXPECT_EQ(b[1], std::byte{4});
}

TEST_F(ScriptedPortTest, ItsCloserRecordsWhatItCloses) {
  const PortCapabilities& have = port_.Capabilities();
  Handle::Adopt(7, have.closer, have.closer_context).Reset();
  EXPECT_EQ(port_.closed_handles(), (std::vector<NativeHandle>{7}));
}

TEST_F(ScriptedPortTest, ShowsWhatIsBeingSent) {
  Bytes data = {std::byte{5}, std::byte{6}};
  port_.Submit({{Transfer(1, Opcode::kSend, data)}});
  EXPECT_EQ(port_.OutgoingBytes(OperationId{1}), data);
  EXPECT_TRUE(port_.OutgoingBytes(OperationId{2}).empty());
  FinishAll();
}

TEST_F(ScriptedPortTest, TakesNoMoreThanTheLimits) {
  ScriptedPortOptions options;
  options.max_accepted_per_submit = 2;
  options.capabilities.max_in_flight = 3;
  ScriptedPort port(options);
  const std::array<Operation, 4> four = {Nop(1), Nop(2), Nop(3), Nop(4)};
  EXPECT_EQ(port.Submit(four), 2u);
  port.LimitNextSubmit(0);
  EXPECT_EQ(port.Submit(std::span(four).subspan(2)), 0u);
  EXPECT_EQ(port.Submit(std::span(four).subspan(2)), 1u) << "in flight is full";
  EXPECT_EQ(port.submits(), 3u);
  for (uint64_t id = 1; id <= 3; ++id) port.Complete(OperationId{id}, 0);
  ReapSome(port);
  port.LimitNextSubmit(0);
  EXPECT_EQ(port.Submit(std::span(four).subspan(3)), 1u)
      << "an empty port takes at least one";
  port.Complete(OperationId{4}, 0);
  EXPECT_EQ(Describe(port.violations()), "");
}

TEST_F(ScriptedPortTest, ASleepEndsAtWaitUntilAndTakesNoLessTime) {
  EXPECT_TRUE(ReapSome(port_, Wait::Until(At(5))).empty());
  EXPECT_EQ(port_.Now(), At(5));
  EXPECT_TRUE(ReapSome(port_, Wait::Until(At(3))).empty());
  EXPECT_EQ(port_.Now(), At(5)) << "the clock never goes back";
  EXPECT_EQ(port_.last_wait().until, At(3));
  EXPECT_EQ(port_.reaps(), 2u);
}

TEST_F(ScriptedPortTest, ASleepEndsAtTheFirstCompletion) {
  SubmitNops(1, 2);
  port_.At(At(7), [this] { port_.Complete(OperationId{2}, 0); });
  port_.At(At(3), [this] { port_.Complete(OperationId{1}, 0); });
  EXPECT_TRUE(ReapSome(port_).empty()) << "a Reap that does not sleep";
  EXPECT_EQ(port_.Now(), At(0));
  const std::vector<Completion> got = ReapSome(port_, Wait::Forever());
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].id, OperationId{1});
  EXPECT_EQ(port_.Now(), At(3));
  EXPECT_EQ(ReapSome(port_, Wait::Until(At(100))).size(), 1u);
  EXPECT_EQ(port_.Now(), At(7));
}

TEST_F(ScriptedPortTest, ActionsOfOneTimeRunInTheOrderTheyWereGiven) {
  std::vector<int> order;
  for (int i = 0; i < 20; ++i) {
    port_.After(milliseconds(1), [&order, i] { order.push_back(i); });
  }
  port_.clock().Advance(milliseconds(1));
  EXPECT_TRUE(order.empty());
  ReapSome(port_);
  ASSERT_EQ(order.size(), 20u);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(order[i], i);
}

TEST_F(ScriptedPortTest, CountsSleepsThatNothingCouldEnd) {
  EXPECT_TRUE(ReapSome(port_, Wait::Forever()).empty());
  EXPECT_EQ(port_.stuck_reaps(), 1u);
  EXPECT_EQ(port_.Now(), At(0));
}

TEST_F(ScriptedPortTest, AnIdleCallbackMayCompleteWhatASleepWaitsFor) {
  SubmitNops(1, 1);
  port_.OnIdle([this](Time until) {
    EXPECT_EQ(until, kNever);
    port_.Complete(OperationId{1}, 0);
  });
  EXPECT_EQ(ReapSome(port_, Wait::Forever()).size(), 1u);
  EXPECT_EQ(port_.stuck_reaps(), 0u);
}

TEST_F(ScriptedPortTest, AWakeEndsTheNextSleepOnceHoweverOftenItWasCalled) {
  port_.Wake();
  port_.Wake();
  EXPECT_TRUE(port_.wake_pending());
  ReapSome(port_, Wait::Until(At(5)));
  EXPECT_EQ(port_.Now(), At(0));
  EXPECT_FALSE(port_.wake_pending());
  ReapSome(port_, Wait::Until(At(5)));
  EXPECT_EQ(port_.Now(), At(5));
  EXPECT_EQ(port_.wakes(), 2u);
}

TEST_F(ScriptedPortTest, WakesFromManyThreadsAreAllCounted) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 1000; ++i) port_.Wake();
    });
  }
  for (int i = 0; i < 100; ++i) ReapSome(port_);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(port_.wakes(), 4000u);
}

TEST_F(ScriptedPortTest, ASkippedReapIsEmptyAlthoughSomethingIsThere) {
  SubmitNops(1, 1);
  port_.Complete(OperationId{1}, 0);
  port_.SkipReaps(1);
  EXPECT_TRUE(ReapSome(port_, Wait::Forever()).empty());
  EXPECT_EQ(ReapSome(port_).size(), 1u);
}

TEST_F(ScriptedPortTest, AFatalReapIsRepeatedAndThePortTakesNothingMore) {
  ScriptedPort port;
  port.FailNextReap(absl::InternalError("gone"));
  EXPECT_EQ(port.Submit({{Nop(1)}}), 1u) << "not dead before the Reap";
  std::array<Completion, 1> one;
  EXPECT_EQ(port.Reap(one, Wait::Forever()).status().message(), "gone");
  EXPECT_EQ(port.Reap(one, Wait::None()).status().message(), "gone");
  EXPECT_TRUE(port.violations().empty());
  EXPECT_EQ(port.Submit({{Nop(2)}}), 0u);
  EXPECT_EQ(Kinds(port), (std::vector{ViolationKind::kDeadPort}));
}

TEST_F(ScriptedPortTest, ACancelIsRecordedAndChangesNothingByItself) {
  SubmitNops(1, 1);
  port_.Cancel(OperationId{1});
  port_.Cancel(OperationId{8});
  EXPECT_EQ(port_.cancels(),
            (std::vector<OperationId>{OperationId{1}, OperationId{8}}));
  EXPECT_TRUE(ReapSome(port_).empty());
  FinishAll();
}

TEST_F(ScriptedPortTest, ACancelThatWinsEndsTheTargetOnce) {
  port_.SetCancelPolicy(CancelPolicy::kWin);
  SubmitNops(1, 1);
  port_.Cancel(OperationId{1});
  port_.Cancel(OperationId{1});
  const std::vector<Completion> got = ReapSome(port_);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].result, -static_cast<int64_t>(Error::kCancelled));
}

TEST_F(ScriptedPortTest, ACancelThatLosesFindsTheTargetFinishedInFull) {
  port_.SetCancelPolicy(CancelPolicy::kLose);
  Bytes memory(100);
  port_.Submit({{Transfer(1, Opcode::kRead, memory)}});
  port_.Cancel(OperationId{1});
  const std::vector<Completion> got = ReapSome(port_);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].result, 100);
}

TEST_F(ScriptedPortTest, ALateCancelEndsTheTargetLaterUnlessTheTestIsFaster) {
  port_.SetCancelPolicy(CancelPolicy::kLate);
  SubmitNops(1, 2);
  port_.Cancel(OperationId{1});
  port_.Cancel(OperationId{1});
  port_.Cancel(OperationId{2});
  EXPECT_TRUE(ReapSome(port_).empty());
  port_.Complete(OperationId{2}, 5);
  EXPECT_EQ(ReapSome(port_)[0].result, 5);
  const std::vector<Completion> got = ReapSome(port_, Wait::Forever());
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].id, OperationId{1});
  EXPECT_EQ(got[0].result, -static_cast<int64_t>(Error::kCancelled));
  EXPECT_EQ(port_.Now(), At(1));
}

TEST_F(ScriptedPortTest, CloseReportsWhatWasNotCompletedAndKeepsTouchingIt) {
  ScriptedPortOptions options;
  options.forbid_left_at_close = false;
  Bytes left(8), done(8);
  ScriptedPort port(options);
  port.Submit({{Transfer(1, Opcode::kReceive, left),
                Transfer(2, Opcode::kReceive, done)}});
  port.Complete(OperationId{2}, 8);
  EXPECT_EQ(port.Close().operations_left,
            (std::vector<OperationId>{OperationId{1}}));
  EXPECT_EQ(port.Close().operations_left.size(), 1u) << "repeats its report";
  const Bytes left_before = left;
  const Bytes done_before = done;
  port.TouchMemory();
  EXPECT_NE(left, left_before);
  EXPECT_EQ(done, done_before);
  EXPECT_EQ(Describe(port.violations()), "");
}

// Counts the calls of each hook.
class CountingHooks : public ScriptedPortHooks {
 public:
  void BeforeSubmit(std::size_t count) override { submitted += count; }
  void AfterCancel(OperationId id) override { cancelled.push_back(id); }
  void BeforeReap(Wait) override { ++reaps; }
  void BeforeSleep(Time) override { ++sleeps; }
  void OnDelivery(const Operation& operation, const Completion&) override {
    delivered.push_back(operation.id);
  }
  std::size_t submitted = 0;
  int reaps = 0;
  int sleeps = 0;
  std::vector<OperationId> cancelled;
  std::vector<OperationId> delivered;
};

TEST_F(ScriptedPortTest, CallsItsHooks) {
  CountingHooks hooks;
  port_.SetHooks(&hooks);
  SubmitNops(1, 2);
  port_.Cancel(OperationId{2});
  port_.Cancel(OperationId{3});  // Nobody.
  port_.Complete(OperationId{1}, 0);
  ReapSome(port_, Wait::Forever());
  ReapSome(port_, Wait::Until(At(1)));
  EXPECT_EQ(hooks.submitted, 2u);
  EXPECT_EQ(hooks.cancelled, (std::vector<OperationId>{OperationId{2}}));
  EXPECT_EQ(hooks.reaps, 2);
  EXPECT_EQ(hooks.sleeps, 1);
  EXPECT_EQ(hooks.delivered, (std::vector<OperationId>{OperationId{1}}));
  FinishAll();
  port_.SetHooks(nullptr);
}

}  // namespace
}  // namespace wharf::sim
