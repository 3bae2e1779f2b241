// The checker is worth something only if it finds what is wrong. Each break is
// looked for in the smallest scope that shows it.

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "gtest/gtest.h"
#include "tests/model/model_atomic.h"
#include "tests/model/wake_gate_explorer.h"

namespace wharf::model {
namespace {

// A gate like the real one, with one thing wrong.
template <Break kBreak>
class BrokenGate {
 public:
  bool Publish() {
    if (kBreak == Break::kCountAfterLook) {
      const bool look = (state_.load(kRelaxed) & 3) == 1;
      state_.fetch_add(4, kRelaxed);
      return look && (state_.fetch_or(2, kRelaxed) & 3) == 1;
    }
    if ((state_.fetch_add(4, kPublishOrder) & 3) != 1) return false;
    const uint64_t before = state_.fetch_or(2, kRelaxed);
    return kBreak == Break::kEverySignallerWakes ? (before & 1) != 0
                                                 : (before & 3) == 1;
  }
  uint64_t Sequence() const { return state_.load(kSequenceOrder) >> 2; }
  bool Arm(uint64_t seen) {
    uint64_t expected = state_.load(kRelaxed);
    if (kBreak == Break::kCheckBeforeArm) {
      if (expected >> 2 != seen) return false;
      state_.fetch_and(~uint64_t{2}, kRelaxed);
      state_.fetch_or(1, kRelaxed);
      return true;
    }
    while (expected >> 2 == seen || kBreak == Break::kArmWithoutCheck) {
      const uint64_t armed = kBreak == Break::kArmKeepsSignalled
                                 ? (expected | 1)
                                 : (expected >> 2 << 2 | 1);
      if (state_.compare_exchange_strong(expected, armed, kRelaxed, kRelaxed)) {
        return true;
      }
    }
    return false;
  }
  void Disarm() { state_.fetch_and(~uint64_t{3}, kRelaxed); }

 private:
  static constexpr auto kRelaxed = std::memory_order_relaxed;
  static constexpr auto kPublishOrder = kBreak == Break::kPublishRelaxed
                                            ? std::memory_order_relaxed
                                            : std::memory_order_release;
  static constexpr auto kSequenceOrder = kBreak == Break::kSequenceRelaxed
                                             ? std::memory_order_relaxed
                                             : std::memory_order_acquire;
  ModelAtomic<uint64_t> state_{0};
};

template <Break kBreak>
void ExpectFound(const Scope& scope, std::string_view violation) {
  const Report report = Explorer<BrokenGate<kBreak>>(scope, kBreak).Run();
  EXPECT_EQ(report.violation.substr(0, violation.size()), violation);
  std::printf("found: %s\n", report.violation.c_str());
}

TEST(WakeGateModelBreakTest, TheUnbrokenTwinPasses) {
  const Report report =
      Explorer<BrokenGate<Break::kNone>>(
          {.producers = 2, .items_each = 1, .spurious = 1, .stale = 1},
          Break::kNone)
          .Run();
  EXPECT_EQ(report.violation, "");
}

TEST(WakeGateModelBreakTest, CheckBeforeArm) {
  ExpectFound<Break::kCheckBeforeArm>({.producers = 1}, "lost wake");
}

TEST(WakeGateModelBreakTest, ArmWithoutCheck) {
  ExpectFound<Break::kArmWithoutCheck>({.producers = 1}, "lost wake");
}

// Needs a producer that is held up between counting and signalling while the
// loop wakes by itself.
TEST(WakeGateModelBreakTest, ArmKeepsSignalled) {
  ExpectFound<Break::kArmKeepsSignalled>({.producers = 2, .spurious = 1},
                                         "lost wake");
}

TEST(WakeGateModelBreakTest, CountAfterLook) {
  ExpectFound<Break::kCountAfterLook>({.producers = 1}, "lost wake");
}

TEST(WakeGateModelBreakTest, EverySignallerWakes) {
  ExpectFound<Break::kEverySignallerWakes>({.producers = 2}, "two producers");
}

TEST(WakeGateModelBreakTest, DisarmMissing) {
  ExpectFound<Break::kDisarmMissing>({.producers = 1, .spurious = 1},
                                     "needless wake");
}

TEST(WakeGateModelBreakTest, PublishBeforePush) {
  ExpectFound<Break::kPublishBeforePush>({.producers = 1}, "lost wake");
}

TEST(WakeGateModelBreakTest, PopBeforeSequence) {
  ExpectFound<Break::kPopBeforeSequence>({.producers = 1}, "lost wake");
}

// Both pass where everybody sees everything at once.
TEST(WakeGateModelBreakTest, PublishRelaxed) {
  ExpectFound<Break::kPublishRelaxed>({.producers = 1, .stale = 1},
                                      "lost wake");
}

TEST(WakeGateModelBreakTest, SequenceRelaxed) {
  ExpectFound<Break::kSequenceRelaxed>({.producers = 1, .stale = 1},
                                       "lost wake");
}

TEST(WakeGateModelBreakTest, CloseUnpublished) {
  ExpectFound<Break::kCloseUnpublished>({.producers = 1}, "lost wake");
}

}  // namespace
}  // namespace wharf::model
