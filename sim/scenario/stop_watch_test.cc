#include "sim/scenario/stop_watch.h"

#include <array>
#include <chrono>
#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/scripted_port.h"

namespace wharf::sim {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr Duration kTick = milliseconds(1);

Time At(int64_t ms) { return Time(milliseconds(ms)); }

Operation Nop(uint32_t slot, uint64_t generation = 1) {
  return {.id = OperationId{slot + (generation << kIdIndexBits)}};
}

TEST(StopWatchTest, NothingIsWrongBeforeTheStop) {
  StopWatch watch(2, kTick);
  watch.Begin(0, kNever);
  watch.Begin(1, At(5));
  watch.OnReaped(At(5));  // seen in the next tick
  watch.OnIssued(Nop(0));
  watch.OnIssued(Nop(1));
  EXPECT_EQ(watch.problem(), "");
}

TEST(StopWatchTest, ACancelIsAtOnce) {
  StopWatch watch(2, kTick);
  watch.Begin(0, kNever);
  watch.Begin(1, kNever);
  watch.Stop(0);
  watch.OnIssued(Nop(1));
  EXPECT_EQ(watch.problem(), "");
  watch.OnIssued(Nop(0));
  EXPECT_THAT(watch.problem(), HasSubstr("(G5)"));
}

TEST(StopWatchTest, ADeadlineIsOverATickLater) {
  StopWatch watch(1, kTick);
  watch.Begin(0, At(5));
  watch.OnReaped(At(6));
  watch.OnIssued(Nop(0));
  EXPECT_EQ(watch.problem(),
            "a Nop was issued for a request that was stopped (G5)");
}

TEST(StopWatchTest, TheSlotsNextOwnerIsAnother) {
  StopWatch watch(1, kTick);
  watch.Begin(0, kNever);
  watch.Stop(0);
  watch.End(0);
  watch.OnIssued(Nop(0, 2));  // of somebody that it was not told of
  watch.Begin(0, kNever);
  watch.OnIssued(Nop(0, 3));
  EXPECT_EQ(watch.problem(), "");
  watch.StopAll();
  watch.OnIssued(Nop(0, 3));
  EXPECT_NE(watch.problem(), "");
}

TEST(WatchedPortTest, TellsOfWhatWasTakenAndWhen) {
  StopWatch watch(3, kTick);
  auto scripted = std::make_unique<ScriptedPort>(ScriptedPortOptions{
      .max_accepted_per_submit = 1, .forbid_left_at_close = false});
  ScriptedPort* const inner = scripted.get();
  WatchedPort port(std::move(scripted), &watch);
  watch.Begin(0, kNever);
  watch.Begin(1, kNever);
  watch.Begin(2, At(5));
  watch.Stop(1);
  const Operation operations[] = {Nop(0), Nop(1)};
  EXPECT_EQ(port.Submit(operations), 1u);
  EXPECT_EQ(watch.problem(), "");  // the second was not taken
  inner->Complete(operations[0].id, 0);
  std::array<Completion, 1> completions;
  EXPECT_EQ(*port.Reap(completions, Wait::None()), 1u);
  inner->clock().AdvanceTo(At(100));
  EXPECT_EQ(*port.Reap(completions, Wait::None()), 0u);
  const Operation late = Nop(2);
  EXPECT_EQ(port.Submit({&late, 1}), 1u);
  EXPECT_NE(watch.problem(), "");
}

}  // namespace
}  // namespace wharf::sim
