// WakeGate: how a loop may fall asleep in its port while producers hand it work
// from other threads, without ever sleeping through a hand-over (guarantee G10;
// R5, R14 to R16 of the field).
//
//   Producer                        Loop
//     queue.TryPush(item)             seen = gate.Sequence()
//     if (gate.Publish())             pop until the queue is empty
//       port.Wake()                   if (gate.Arm(seen)) {
//                                       port.Reap(..., sleeping)
//                                       gate.Disarm()
//                                     }
//
// "The last producer has gone" is handed over in the same way: set the flag,
// then Publish.

#ifndef WHARF_ENGINE_WAKE_GATE_H_
#define WHARF_ENGINE_WAKE_GATE_H_

#include <atomic>
#include <cstdint>

namespace wharf {

// One 64-bit word: bit 0 armed (the loop sleeps or is about to), bit 1
// signalled (a producer has taken it upon itself to wake it), bits 2 to 63 the
// number of Publish calls.
//
// Why no wake-up is lost. Publish increments the count and Arm compares it and
// sets the armed bit, each in one read-modify-write of the same word; the
// word's modification order puts every Publish either before or after every
// successful Arm.
//  - Publish before Arm(seen): the count that Arm compares includes it. If
//    `seen` does not, Arm fails and the loop goes round again. If it does, then
//    Sequence() read a value of the release sequence that this Publish heads
//    (only read-modify-writes follow it), and that read is an acquire: what the
//    producer wrote before Publish was visible to the pops that came after
//    Sequence(), and so was taken before Arm; unless it stands in the queue
//    behind the hole of a producer that has yet to fill its cell, and then that
//    producer's Publish is yet to come as well (R15).
//  - Publish after Arm: it reads the armed bit. The first such producer to set
//    the signalled bit of that armed gate returns true and wakes the loop. One
//    that comes second need not: the first one's wake-up is still under way,
//    and after it the loop calls Sequence(), which counts both.
// `seen` must be read before the first pop, not after the last: an item
// published in between would be counted as seen and yet not have been popped.
//
// Between the increment and the signalled bit a producer may be held up for any
// time. If the loop has woken for another reason meanwhile, the bit lands on a
// disarmed gate (Publish returns false: the loop is awake and its next
// Sequence() counts the item) or on one that was armed again (Publish returns
// true: a needless wake-up, which a port allows). A bit that landed on a
// disarmed gate must not pass for a wake-up of the next sleep: Arm clears it.
//
// The sequence wraps after 2^62 publications, harmlessly unless exactly that
// many happen between Sequence() and Arm.
//
// `Atomic` is std::atomic, or a model checker's stand-in for it
// (tests/model/wake_gate_model_test.cc).
template <template <class> class Atomic>
class BasicWakeGate {
 public:
  // Disarmed, with nothing published.
  BasicWakeGate() = default;
  BasicWakeGate(const BasicWakeGate&) = delete;
  BasicWakeGate& operator=(const BasicWakeGate&) = delete;

  // Producers, any thread: tells the loop of something that is already visible
  // to it (pushed, or stored). True if the caller must now wake the port; of
  // the producers that meet the same armed gate, one gets true. Never waits; a
  // single atomic increment unless the loop sleeps.
  [[nodiscard]] bool Publish() {
    // Release: hands over what was pushed. No acquire: the producer reads
    // nothing of the loop's.
    const uint64_t before = state_.fetch_add(kOne, std::memory_order_release);
    if ((before & (kArmed | kSignalled)) != kArmed) return false;
    // A read-modify-write of its own keeps the release sequence going; relaxed,
    // for it hands over nothing more.
    const uint64_t armed =
        state_.fetch_or(kSignalled, std::memory_order_relaxed);
    return (armed & (kArmed | kSignalled)) == kArmed;
  }

  // Loop: how many publications there have been. Whatever was written before
  // those is visible afterwards.
  uint64_t Sequence() const {
    return state_.load(std::memory_order_acquire) >> kSequenceShift;
  }

  // Loop: announces that it will sleep, having dealt with everything published
  // up to `seen`, which is a Sequence() read before it did so. True if it may
  // sleep, and must call Disarm afterwards. False if something has been
  // published since: the gate is disarmed, and the loop must look again.
  [[nodiscard]] bool Arm(uint64_t seen) {
    uint64_t expected = state_.load(std::memory_order_relaxed);
    while (expected >> kSequenceShift == seen) {
      // Success needs no order of its own: the loop has nothing to hand over,
      // and what it must see it has seen through Sequence(). Not an arm that is
      // checked afterwards: compare and arm are one step.
      if (state_.compare_exchange_strong(
              expected, seen << kSequenceShift | kArmed,
              std::memory_order_relaxed, std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }

  // Loop: after every sleep, whatever ended it. Producers no longer wake.
  // Acquire: what the waker wrote before Publish is visible afterwards (R16).
  void Disarm() {
    state_.fetch_and(~(kArmed | kSignalled), std::memory_order_acquire);
  }

 private:
  static constexpr uint64_t kArmed = 1;
  static constexpr uint64_t kSignalled = 2;
  static constexpr int kSequenceShift = 2;
  static constexpr uint64_t kOne = uint64_t{1} << kSequenceShift;

  Atomic<uint64_t> state_{0};
};

// The gate that engines use.
using WakeGate = BasicWakeGate<std::atomic>;

}  // namespace wharf

#endif  // WHARF_ENGINE_WAKE_GATE_H_
