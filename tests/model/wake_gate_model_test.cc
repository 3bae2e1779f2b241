// Every interleaving of producers and a loop around a WakeGate (guarantee G10);
// wake_gate_explorer.h says what is modelled.

#include <cstdio>

#include "engine/wake_gate.h"
#include "gtest/gtest.h"
#include "tests/model/model_atomic.h"
#include "tests/model/wake_gate_explorer.h"

namespace wharf::model {
namespace {

using RealGate = BasicWakeGate<ModelAtomic>;

void ExpectNoLostWake(const Scope& scope) {
  const Report report = Explorer<RealGate>(scope, Break::kNone).Run();
  EXPECT_EQ(report.violation, "");
  EXPECT_GT(report.interleavings, 1);
  std::printf(
      "%d producers, %d items each, %d spurious wakes, %d old reads: %.6g "
      "interleavings through %zu states\n",
      scope.producers, scope.items_each, scope.spurious, scope.stale,
      report.interleavings, report.states);
}

TEST(WakeGateModelTest, OneProducer) {
  ExpectNoLostWake({.producers = 1, .items_each = 1});
  ExpectNoLostWake({.producers = 1, .items_each = 1, .spurious = 2});
  ExpectNoLostWake({.producers = 1, .items_each = 4, .spurious = 2});
}

TEST(WakeGateModelTest, TwoProducers) {
  ExpectNoLostWake({.producers = 2, .items_each = 1});
  ExpectNoLostWake({.producers = 2, .items_each = 1, .spurious = 2});
  ExpectNoLostWake({.producers = 2, .items_each = 2, .spurious = 1});
}

TEST(WakeGateModelTest, ThreeProducers) {
  ExpectNoLostWake({.producers = 3, .items_each = 1});
  ExpectNoLostWake({.producers = 3, .items_each = 1, .spurious = 1});
}

TEST(WakeGateModelTest, MemoryAsWeakAsAcquireAndRelease) {
  ExpectNoLostWake(
      {.producers = 1, .items_each = 3, .spurious = 1, .stale = 3});
  ExpectNoLostWake(
      {.producers = 2, .items_each = 1, .spurious = 1, .stale = 2});
  ExpectNoLostWake({.producers = 3, .items_each = 1, .stale = 1});
}

}  // namespace
}  // namespace wharf::model
