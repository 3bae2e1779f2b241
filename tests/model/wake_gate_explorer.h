// Every interleaving of producers and a loop around a WakeGate (guarantee G10).
//
// Supported: the real class, compiled from its header over a stand-in for
// std::atomic whose every access is one step of one thread; any order of the
// threads' steps; sleeps that end without a wake (spurious); producers held up
// between any two accesses, also with a claimed and unfilled queue cell (R15);
// the last producer's departure (R5).
// Memory is as weak as acquire and release allow (model_atomic.h): the loop may
// load an old value of the gate's word, find a cell empty that was filled, or
// the last producer still there, unless something that it acquired says
// otherwise. How often is bounded (Scope::stale): in the end every write is
// seen.
// Divergence: a wake-up hands nothing over (a port's does), and no store
// becomes visible before one that precedes it and was not acquired from the
// same thread is (an item's fill shows the fills before it, as the queue's
// release does).
//
// The explorer keeps the states it has met, so it takes each once and still
// counts all paths through them (in a double, so the large numbers are
// rounded): the states form a graph without cycles, or the test reports a
// livelock.

#ifndef WHARF_TESTS_MODEL_WAKE_GATE_EXPLORER_H_
#define WHARF_TESTS_MODEL_WAKE_GATE_EXPLORER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/model/model_atomic.h"

namespace wharf::model {

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
  kPublishRelaxed,       // Publish hands nothing over
  kSequenceRelaxed,      // the loop counts and does not take over
};

// How much of everything there is.
struct Scope {
  int producers = 1;
  int items_each = 1;
  int spurious = 0;
  // Times that the loop takes something old where it may; 0 is sequentially
  // consistent.
  int stale = 0;
};

// What an exploration found.
struct Report {
  double interleavings = 0;
  std::size_t states = 0;
  // Empty if nothing is wrong.
  std::string violation;
};

// Takes every interleaving of the loop and the producers around a `Gate`, which
// is made of ModelAtomic; `broken` says what the threads themselves do wrong.
template <class Gate>
class Explorer {
 public:
  Explorer(const Scope& scope, Break broken) : scope_(scope), break_(broken) {}

  // Explores; once.
  Report Run() {
    State start;
    start.producers_left = static_cast<uint8_t>(scope_.producers);
    start.spurious_left = static_cast<uint8_t>(scope_.spurious);
    start.stale_left = static_cast<uint8_t>(scope_.stale);
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
  auto StepIn(State& state, int who, Method method)
      -> std::optional<decltype(method(*static_cast<Gate*>(nullptr)))> {
    Thread& thread = state.threads[static_cast<std::size_t>(who)];
    Step step{.state = &state, .thread = who, .age = age_};
    current_step = &step;
    try {
      Gate gate;
      auto result = method(gate);
      thread.answers = {};
      thread.answer_count = 0;
      possible_ = step.possible;
      return result;
    } catch (const Pause&) {
      possible_ = step.possible;
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
        if (const auto seen =
                StepIn(state, 0, [](Gate& gate) { return gate.Sequence(); })) {
          loop.seen = *seen;
          loop.at = break_ == Break::kPopBeforeSequence ? kArm : kReadClosed;
        }
        return;
      case kReadClosed:
        loop.saw_closed = state.closed && !TakesOld(state, kClosedWrite);
        // The count of producers is handed over, with all that they did.
        if (loop.saw_closed) state.views[0] |= state.leaving | kClosedWrite;
        loop.at = kPop;
        return;
      case kPop:
        if (state.head < kMaxItems && state.filled[state.head] != 0 &&
            !TakesOld(state, static_cast<View>(1u << state.head))) {
          // The queue's release: what this producer filled before, too.
          state.views[0] |= state.fill_views[state.head];
          ++state.head;
        } else if (loop.saw_closed) {
          loop.at = kLoopDone;
        } else {
          loop.at = break_ == Break::kPopBeforeSequence ? kSequence : kArm;
        }
        return;
      case kArm:
        if (const auto armed = StepIn(
                state, 0, [&](Gate& gate) { return gate.Arm(loop.seen); })) {
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
        if (StepIn(state, 0, [](Gate& gate) {
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

  // True if this step takes the old content of what `write` has changed, which
  // it may unless the loop is sure to see the write. A step that would have to,
  // and may not, is not possible.
  bool TakesOld(const State& state, View write) {
    if (age_ == 0) return false;
    if (age_ == 1 && (state.views[0] & write) == 0) return true;
    possible_ = false;
    return false;
  }

  void ProducerStep(State& state, int who) {
    Thread& producer = state.threads[static_cast<std::size_t>(who)];
    View& view = state.views[static_cast<std::size_t>(who)];
    const bool early = break_ == Break::kPublishBeforePush;
    switch (producer.at) {
      case kNextItem:  // claims a cell
        producer.cell = state.tail++;
        producer.at = early ? kPublish : kFill;
        return;
      case kFill:
        state.filled[producer.cell] = 1;
        view |= static_cast<View>(1u << producer.cell);
        state.fill_views[producer.cell] = view;
        producer.cell = 0;
        if (early) {
          AfterItem(producer);
        } else {
          producer.at = kPublish;
        }
        return;
      case kPublish:
      case kPublishLeft:
        if (const auto wake =
                StepIn(state, who, [](Gate& gate) { return gate.Publish(); })) {
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
        // Counted down with acquire and release.
        view |= state.leaving;
        state.leaving = view;
        if (--state.producers_left == 0) {
          state.closed = 1;
          view |= kClosedWrite;
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
    possible_ = true;
    step(next);
    if (next.stale_left == 0) ForgetOld(next);
    const double paths =
        possible_ && report_.violation.empty() ? Visit(next) : 0;
    path_.pop_back();
    return paths;
  }

  // Nothing old is taken any more: who sees what makes no difference.
  static void ForgetOld(State& state) {
    const Value newest = state.values[state.value_count - 1];
    state.values = {};
    state.values[0].word = newest.word;
    state.value_count = 1;
    state.views = {};
    state.fill_views = {};
    state.leaving = 0;
  }

  // The loop's steps that take something old: an old value of the word, a cell
  // before it was filled, the producers before the last one left.
  double FollowStale(const State& state) {
    double paths = 0;
    const bool reads = state.threads[0].at == kReadClosed ? state.closed != 0
                       : state.threads[0].at == kPop
                           ? state.head < kMaxItems && state.filled[state.head]
                           : state.value_count > 1;
    const int oldest =
        state.threads[0].at == kReadClosed || state.threads[0].at == kPop
            ? 1
            : state.value_count - 1;
    for (int age = 1; reads && age <= oldest; ++age) {
      paths += Follow(state, 'o', [&](State& next) {
        age_ = age;
        --next.stale_left;
        LoopStep(next, false);
        age_ = 0;
      });
    }
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
    if (at != kSleep && at != kLoopDone && state.stale_left > 0) {
      paths += FollowStale(state);
    }
    if (at == kSleep && state.spurious_left > 0) {
      ended = false;
      paths += Follow(state, 's', [&](State& next) { LoopStep(next, true); });
    }
    for (int p = 1; p <= scope_.producers; ++p) {
      const auto index = static_cast<std::size_t>(p);
      if (state.threads[index].at == kProducerDone) continue;
      ended = false;
      paths += Follow(state, static_cast<char>('0' + p),
                      [&](State& next) { ProducerStep(next, p); });
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
  // Of the step being taken: how old what it reads is, and whether it may be.
  int age_ = 0;
  bool possible_ = true;
  std::vector<char> path_;
  std::unordered_map<State, double, HashOfState> paths_;
};

}  // namespace wharf::model

#endif  // WHARF_TESTS_MODEL_WAKE_GATE_EXPLORER_H_
