// Every interleaving of producers and a loop around a WakeGate (guarantee G10).
//
// Supported: the real class, compiled from its header over a stand-in for
// std::atomic whose every access is one step of one thread; any order of the
// threads' steps; sleeps that end without a wake (spurious); producers held up
// between any two accesses, also with a claimed and unfilled queue cell (R15);
// the last producer's departure (R5).
// Divergence: steps are sequentially consistent. The header argues the weaker
// orders in prose, and wake_gate_test runs them under ThreadSanitizer.
//
// The explorer keeps the states it has met, so it takes each once and still
// counts all paths through them (in a double, so the large numbers are
// rounded): the states form a graph without cycles, or the test reports a
// livelock.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "engine/wake_gate.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

constexpr int kMaxThreads = 4;  // the loop and three producers
constexpr int kMaxAccesses = 8;
constexpr int kMaxItems = 8;

// What a thread has to remember between its steps. In the middle of a gate
// method that is what its accesses have returned so far: the method is run from
// its beginning each time, with those answers, up to its next access.
struct Thread {
  uint64_t seen = 0;
  std::array<uint64_t, kMaxAccesses> answers = {};
  uint8_t answer_count = 0;
  uint8_t at = 0;
  uint8_t items_left = 0;
  uint8_t cell = 0;
  uint8_t saw_closed = 0;
  std::array<uint8_t, 3> padding = {};
};

struct State {
  uint64_t word = 0;  // the gate's
  std::array<Thread, kMaxThreads> threads = {};
  std::array<uint8_t, kMaxItems> filled = {};  // the queue
  uint8_t head = 0;
  uint8_t tail = 0;
  uint8_t woken = 0;  // the port: a Wake not yet consumed by a sleep
  uint8_t closed = 0;
  uint8_t producers_left = 0;
  uint8_t spurious_left = 0;
  uint8_t armed = 0;  // between Arm and Disarm
  uint8_t wakes_when_armed = 0;

  friend bool operator==(const State& a, const State& b) {
    return std::memcmp(&a, &b, sizeof(State)) == 0;
  }
};
static_assert(std::has_unique_object_representations_v<State>);

struct HashOfState {
  std::size_t operator()(const State& state) const {
    std::array<uint64_t, sizeof(State) / 8> words;
    std::memcpy(words.data(), &state, sizeof(State));
    uint64_t hash = 0;
    for (uint64_t word : words) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15;
      hash ^= hash >> 29;
    }
    return static_cast<std::size_t>(hash);
  }
};
static_assert(sizeof(State) % 8 == 0);

// The thread that takes a step now, and what it may still do.
struct Step {
  uint64_t* word;
  Thread* thread;
  int replayed = 0;
  bool taken = false;
};
Step* current_step = nullptr;

// Thrown out of a gate method at its next access.
struct Pause {};

template <class T>
class ModelAtomic {
 public:
  constexpr explicit(false) ModelAtomic(T) {}

  T load(std::memory_order) const {
    return Access([](T value) { return value; });
  }
  T fetch_add(T operand, std::memory_order) {
    return Access([=](T value) { return value + operand; });
  }
  T fetch_or(T operand, std::memory_order) {
    return Access([=](T value) { return value | operand; });
  }
  T fetch_and(T operand, std::memory_order) {
    return Access([=](T value) { return value & operand; });
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order,
                               std::memory_order) {
    const T wanted = expected;
    expected =
        Access([=](T value) { return value == wanted ? desired : value; });
    return expected == wanted;
  }

 private:
  template <class Change>
  static T Access(Change change) {
    Step& step = *current_step;
    Thread& thread = *step.thread;
    if (step.replayed < thread.answer_count) {
      return thread.answers[static_cast<std::size_t>(step.replayed++)];
    }
    if (step.taken) throw Pause();
    if (thread.answer_count == kMaxAccesses) std::abort();
    step.taken = true;
    const T before = *step.word;
    *step.word = change(before);
    thread.answers[thread.answer_count++] = before;
    ++step.replayed;
    return before;
  }
};

// The ways to get it wrong that must be found out.
enum class Break {
  kNone,
  kCheckBeforeArm,       // Arm compares in one step and arms in another
  kArmWithoutCheck,      // Arm does not compare
  kArmKeepsSignalled,    // a late signaller's bit passes for a wake-up
  kCountAfterLook,       // Publish looks for the armed bit before it counts
  kEverySignallerWakes,  // Publish ignores the signalled bit
  kDisarmMissing,        // the loop does not disarm
  kPublishBeforePush,    // the producer counts what is not there yet
  kPopBeforeSequence,    // the loop reads `seen` after it has drained
  kCloseUnpublished,     // the last producer leaves without Publish
};

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
    if ((state_.fetch_add(4, kRelaxed) & 3) != 1) return false;
    const uint64_t before = state_.fetch_or(2, kRelaxed);
    return kBreak == Break::kEverySignallerWakes ? (before & 1) != 0
                                                 : (before & 3) == 1;
  }
  uint64_t Sequence() const { return state_.load(kRelaxed) >> 2; }
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
  ModelAtomic<uint64_t> state_{0};
};

struct Scope {
  int producers = 1;
  int items_each = 1;
  int spurious = 0;
};

struct Report {
  double interleavings = 0;
  std::size_t states = 0;
  // Empty if nothing is wrong.
  std::string violation;
};

template <class Gate>
class Explorer {
 public:
  Explorer(const Scope& scope, Break broken) : scope_(scope), break_(broken) {}

  Report Run() {
    State start;
    start.producers_left = static_cast<uint8_t>(scope_.producers);
    start.spurious_left = static_cast<uint8_t>(scope_.spurious);
    start.threads[0].at =
        break_ == Break::kPopBeforeSequence ? kReadClosed : kSequence;
    for (int p = 1; p <= scope_.producers; ++p) {
      Thread& thread = start.threads[static_cast<std::size_t>(p)];
      thread.items_left = static_cast<uint8_t>(scope_.items_each);
      thread.at = kNextItem;
    }
    report_.interleavings = Visit(start);
    report_.states = paths_.size();
    return report_;
  }

 private:
  enum LoopAt : uint8_t {
    kSequence,
    kReadClosed,
    kPop,
    kArm,
    kSleep,
    kDisarm,
    kLoopDone
  };
  enum ProducerAt : uint8_t {
    kNextItem,
    kFill,
    kPublish,
    kWake,
    kLeave,
    kPublishLeft,
    kWakeLeft,
    kProducerDone
  };

  // Runs `method` of the gate up to the end of its next access: its result if
  // it has returned.
  template <class Method>
  auto StepIn(State& state, Thread& thread, Method method)
      -> std::optional<decltype(method(*static_cast<Gate*>(nullptr)))> {
    Step step{&state.word, &thread};
    current_step = &step;
    try {
      Gate gate;
      auto result = method(gate);
      thread.answers = {};
      thread.answer_count = 0;
      return result;
    } catch (const Pause&) {
      return std::nullopt;
    }
  }

  // A Publish that returned `wake` just now.
  void CheckWake(State& state, bool wake) {
    if (!wake) return;
    if (!state.armed) Fail("needless wake: nobody sleeps");
    if (++state.wakes_when_armed > 1) Fail("two producers wake one sleep");
  }

  void LoopStep(State& state, bool spurious) {
    Thread& loop = state.threads[0];
    switch (loop.at) {
      case kSequence:
        if (const auto seen = StepIn(
                state, loop, [](Gate& gate) { return gate.Sequence(); })) {
          loop.seen = *seen;
          loop.at = break_ == Break::kPopBeforeSequence ? kArm : kReadClosed;
        }
        return;
      case kReadClosed:
        loop.saw_closed = state.closed;
        loop.at = kPop;
        return;
      case kPop:
        if (state.head < kMaxItems && state.filled[state.head] != 0) {
          ++state.head;
        } else if (loop.saw_closed) {
          loop.at = kLoopDone;
        } else {
          loop.at = break_ == Break::kPopBeforeSequence ? kSequence : kArm;
        }
        return;
      case kArm:
        if (const auto armed = StepIn(
                state, loop, [&](Gate& gate) { return gate.Arm(loop.seen); })) {
          loop.seen = 0;
          loop.at = *armed ? uint8_t{kSleep} : Again();
          if (*armed) {
            state.armed = 1;
            state.wakes_when_armed = 0;
          }
        }
        return;
      case kSleep:
        if (spurious) {
          --state.spurious_left;
        } else {
          state.woken = 0;
        }
        if (break_ == Break::kDisarmMissing) {
          state.armed = 0;
          loop.at = Again();
        } else {
          loop.at = kDisarm;
        }
        return;
      case kDisarm:
        if (StepIn(state, loop, [](Gate& gate) {
              gate.Disarm();
              return true;
            })) {
          state.armed = 0;
          loop.at = Again();
        }
        return;
    }
  }

  uint8_t Again() const {
    return break_ == Break::kPopBeforeSequence ? kReadClosed : kSequence;
  }

  void ProducerStep(State& state, Thread& producer) {
    const bool early = break_ == Break::kPublishBeforePush;
    switch (producer.at) {
      case kNextItem:  // claims a cell
        producer.cell = state.tail++;
        producer.at = early ? kPublish : kFill;
        return;
      case kFill:
        state.filled[producer.cell] = 1;
        producer.cell = 0;
        if (early) {
          AfterItem(producer);
        } else {
          producer.at = kPublish;
        }
        return;
      case kPublish:
      case kPublishLeft:
        if (const auto wake = StepIn(
                state, producer, [](Gate& gate) { return gate.Publish(); })) {
          CheckWake(state, *wake);
          if (*wake) {
            ++producer.at;  // kWake or kWakeLeft
          } else {
            AfterPublish(producer);
          }
        }
        return;
      case kWake:
      case kWakeLeft:
        state.woken = 1;
        AfterPublish(producer);
        return;
      case kLeave:
        producer.at = kProducerDone;
        if (--state.producers_left == 0) {
          state.closed = 1;
          if (break_ != Break::kCloseUnpublished) producer.at = kPublishLeft;
        }
        return;
    }
  }

  void AfterPublish(Thread& producer) {
    if (producer.at >= kPublishLeft) {
      producer.at = kProducerDone;
    } else if (break_ == Break::kPublishBeforePush) {
      producer.at = kFill;
    } else {
      AfterItem(producer);
    }
  }

  void AfterItem(Thread& producer) {
    producer.at = --producer.items_left == 0 ? kLeave : kNextItem;
  }

  // No matter what comes, the loop must not be left asleep over work that has
  // been handed over: every producer is between two hand-overs here.
  void CheckNotAsleepOverWork(const State& state) {
    if (state.threads[0].at != kSleep || state.woken) return;
    bool left = true;
    for (int p = 1; p <= scope_.producers; ++p) {
      const uint8_t at = state.threads[static_cast<std::size_t>(p)].at;
      if (at != kNextItem && at != kLeave && at != kProducerDone) return;
      left = left && at == kProducerDone;
    }
    if (state.head < kMaxItems && state.filled[state.head]) {
      Fail("lost wake: asleep over an item");
    }
    if (left) Fail("lost wake: asleep though the last producer has gone");
  }

  void CheckEnd(const State& state) {
    if (state.threads[0].at != kLoopDone) Fail("the loop did not end");
    if (state.head != scope_.producers * scope_.items_each) {
      Fail("the loop ended before it had taken every item");
    }
  }

  void Fail(std::string_view what) {
    if (!report_.violation.empty()) return;
    report_.violation = std::string(what) + "; steps:";
    for (char who : path_) report_.violation += {' ', who};
  }

  // Takes `step` from a copy of `state` and goes on from there.
  template <class TakeStep>
  double Follow(const State& state, char who, TakeStep step) {
    State next = state;
    path_.push_back(who);
    step(next);
    const double paths = report_.violation.empty() ? Visit(next) : 0;
    path_.pop_back();
    return paths;
  }

  // The number of paths from `state` to an end.
  double Visit(const State& state) {
    constexpr double kOnPath = -1;
    const auto [found, fresh] = paths_.try_emplace(state, kOnPath);
    if (!fresh) {
      if (found->second == kOnPath) Fail("livelock");
      return found->second;
    }
    CheckNotAsleepOverWork(state);
    if (!report_.violation.empty()) return 0;
    double paths = 0;
    bool ended = true;
    const uint8_t at = state.threads[0].at;
    if (at == kSleep ? state.woken != 0 : at != kLoopDone) {
      ended = false;
      paths += Follow(state, 'L', [&](State& next) { LoopStep(next, false); });
    }
    if (at == kSleep && state.spurious_left > 0) {
      ended = false;
      paths += Follow(state, 's', [&](State& next) { LoopStep(next, true); });
    }
    for (int p = 1; p <= scope_.producers; ++p) {
      const auto index = static_cast<std::size_t>(p);
      if (state.threads[index].at == kProducerDone) continue;
      ended = false;
      paths += Follow(state, static_cast<char>('0' + p), [&](State& next) {
        ProducerStep(next, next.threads[index]);
      });
    }
    if (ended) {
      CheckEnd(state);
      paths = 1;
    }
    // Not through `found`: the table has grown since.
    paths_[state] = paths;
    return paths;
  }

  const Scope scope_;
  const Break break_;
  Report report_;
  std::vector<char> path_;
  std::unordered_map<State, double, HashOfState> paths_;
};

using RealGate = BasicWakeGate<ModelAtomic>;

void ExpectNoLostWake(const Scope& scope) {
  const Report report = Explorer<RealGate>(scope, Break::kNone).Run();
  EXPECT_EQ(report.violation, "");
  EXPECT_GT(report.interleavings, 1);
  std::printf(
      "%d producers, %d items each, %d spurious wakes: %.6g interleavings "
      "through %zu states\n",
      scope.producers, scope.items_each, scope.spurious, report.interleavings,
      report.states);
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

// The checker is worth something only if it finds what is wrong. Each break is
// looked for in the smallest scope that shows it.
template <Break kBreak>
void ExpectFound(const Scope& scope, std::string_view violation) {
  const Report report = Explorer<BrokenGate<kBreak>>(scope, kBreak).Run();
  EXPECT_EQ(report.violation.substr(0, violation.size()), violation);
  std::printf("found: %s\n", report.violation.c_str());
}

TEST(WakeGateModelBreakTest, TheUnbrokenTwinPasses) {
  const Report report =
      Explorer<BrokenGate<Break::kNone>>(
          {.producers = 2, .items_each = 1, .spurious = 1}, Break::kNone)
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

TEST(WakeGateModelBreakTest, CloseUnpublished) {
  ExpectFound<Break::kCloseUnpublished>({.producers = 1}, "lost wake");
}

}  // namespace
}  // namespace wharf
