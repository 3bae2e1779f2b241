// TimerWheel: when does which waiter's deadline pass? A hierarchical timing
// wheel: 11 levels of 64 buckets, a bucket of level L spanning 64^L ticks, so
// that all of uint64 is covered and no tick is ever clamped to a horizon.
//
// Nodes are the slots of the caller's own table, addressed by index and linked
// into their bucket in place. Remove therefore takes the node out there and
// then, and no stale entry can be left behind that might fire for the slot's
// next owner (guarantee G9; R9, R10 of the field).
//
// Position: with `cursor` the tick up to which everything has fired, a node
// lies in the level of the highest base-64 digit in which its tick differs from
// the cursor, in the bucket of its tick's digit there. Everything in a lower
// level is hence earlier than everything in a higher one, nodes of equal ticks
// always share a bucket, and a bucket is earlier than its right neighbour: the
// first occupied bucket of the lowest occupied level holds the earliest tick,
// and two bitmaps find it without looking at empty time.
//
// Not for concurrent use: the loop thread owns it.

#ifndef WHARF_ENGINE_TIMER_WHEEL_H_
#define WHARF_ENGINE_TIMER_WHEEL_H_

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wharf {

// Holds up to one tick for each of a fixed number of indices. Memory: 16 bytes
// a node and 11 KiB, allocated once by the constructor.
class TimerWheel {
 public:
  // What NextTick says when nothing is scheduled.
  static constexpr uint64_t kNoTick = ~uint64_t{0};

  // A wheel at tick 0 for the indices [0, node_count), none of them scheduled.
  // `node_count` is below 2^32 - 1024.
  explicit TimerWheel(uint32_t node_count);

  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Lets `index` expire in the first Advance(now) with now >= tick. A tick that
  // current() has already reached expires in the next Advance, whatever its
  // `now`. Requires !IsScheduled(index). Constant time.
  void Schedule(uint32_t index, uint64_t tick) {
    assert(index < node_count_ && !IsScheduled(index));
    nodes_[index].tick = tick;
    ++size_;
    if (tick <= current_) {
      Append(due_sentinel(), index);
    } else {
      Place(index, tick);
    }
  }

  // Takes `index` out; it will not expire. Requires IsScheduled(index).
  // Constant time.
  void Remove(uint32_t index) {
    assert(index < node_count_ && IsScheduled(index));
    Unlink(index);
  }

  // True from Schedule until Remove or expiry.
  bool IsScheduled(uint32_t index) const {
    return nodes_[index].next != kUnlinked;
  }
  // True if nothing is scheduled.
  bool empty() const { return size_ == 0; }
  // Number of scheduled nodes.
  std::size_t size() const { return size_; }
  // The highest `now` that Advance was given so far; 0 at first.
  uint64_t current() const { return current_; }

  // Moves to `now` (never back: an older `now` moves nothing) and calls
  // on_expired(index) for every node whose tick has come. Order: first the
  // nodes that were already due when they were scheduled, in the order of
  // Schedule; then the others by ascending tick, equal ticks in the order of
  // Schedule.
  //
  // A node is no longer scheduled when on_expired hears of it. During the call
  // current() is already `now`; on_expired may Schedule and Remove any node: a
  // removed node does not expire, and what is scheduled for a tick <= now waits
  // for the next Advance, so that the call always ends. It must not call
  // Advance.
  //
  // Cost: expired nodes, plus at most 10 moves per node over its whole life; a
  // jump over empty time is free.
  template <class OnExpired>
  void Advance(uint64_t now, OnExpired&& on_expired) {
    assert(!advancing_);
    if (now > current_) current_ = now;
    if (NothingToMove()) {  // the usual case, for a loop that asks every turn
      cursor_ = current_;
      return;
    }
    advancing_ = true;
    MoveAll(due_sentinel(), firing_sentinel());
    do {
      // The list, not a copy of it: on_expired may take nodes out.
      for (uint32_t index = nodes_[firing_sentinel()].next;
           index != firing_sentinel(); index = nodes_[firing_sentinel()].next) {
        Unlink(index);
        on_expired(index);
      }
    } while (CollectNextExpired());
    advancing_ = false;
  }

  // A tick that is not after the earliest one scheduled; kNoTick if there is
  // none (a node scheduled for the tick kNoTick itself looks the same; empty()
  // tells). For knowing how long to sleep. Exact if the earliest tick is less
  // than 64 ticks ahead within the current block of 64, and everywhere else
  // unless the earliest node of its bucket has been removed. Repeating
  // Advance(NextTick()) reaches an expiry within 11 steps. current() if a node
  // is due already. Not to be asked from on_expired.
  uint64_t NextTick() const {
    if (nodes_[due_sentinel()].next != due_sentinel()) return current_;
    if (occupied_levels_ == 0) return kNoTick;
    return nodes_[FirstBucketSentinel()].tick;
  }

  // How often a node was moved to a lower level so far: the wheel's only work
  // beyond Schedule, Remove and expiry. For tests and measurements.
  uint64_t moves() const { return moves_; }

 private:
  static constexpr int kDigitBits = 6;
  static constexpr int kLevels = 11;  // 11 digits of 6 bits hold 64 bits
  static constexpr uint32_t kBuckets = kLevels << kDigitBits;
  static constexpr uint32_t kUnlinked = ~uint32_t{0};

  // A scheduled index, or the sentinel of a bucket's ring. A sentinel's tick is
  // a lower bound of the ticks in its bucket: it falls with each node that
  // arrives, and stays when one leaves.
  struct Node {
    uint64_t tick = 0;
    uint32_t next = kUnlinked;
    uint32_t previous = kUnlinked;
  };

  // nodes_ holds the caller's nodes, the buckets' sentinels level by level, and
  // two more: nodes that were due when scheduled, and nodes about to expire in
  // the Advance in progress.
  uint32_t due_sentinel() const { return node_count_ + kBuckets; }
  uint32_t firing_sentinel() const { return node_count_ + kBuckets + 1; }

  uint32_t FirstBucketSentinel() const {
    const int level = std::countr_zero(occupied_levels_);
    return node_count_ + (static_cast<uint32_t>(level) << kDigitBits) +
           static_cast<uint32_t>(std::countr_zero(occupied_[level]));
  }

  // True if no node is due, and the first bucket begins after current_: then
  // CollectNextExpired would find nothing, and nothing to move closer.
  bool NothingToMove() const {
    if (nodes_[due_sentinel()].next != due_sentinel()) return false;
    if (occupied_levels_ == 0) return true;
    const int level = std::countr_zero(occupied_levels_);
    return BucketStart(nodes_[FirstBucketSentinel()].tick, level) > current_;
  }

  // The first tick of the bucket of `level` that `tick` is in.
  static uint64_t BucketStart(uint64_t tick, int level) {
    return tick >> (level * kDigitBits) << (level * kDigitBits);
  }

  // Puts an unlinked node with a tick >= cursor_ into its bucket.
  void Place(uint32_t index, uint64_t tick) {
    const int level = (std::bit_width((tick ^ cursor_) | 63) - 1) / kDigitBits;
    const uint32_t digit =
        static_cast<uint32_t>(tick >> (level * kDigitBits)) & 63;
    const uint32_t sentinel =
        node_count_ + (static_cast<uint32_t>(level) << kDigitBits) + digit;
    const uint64_t bit = uint64_t{1} << digit;
    if ((occupied_[level] & bit) == 0 || tick < nodes_[sentinel].tick) {
      nodes_[sentinel].tick = tick;
    }
    occupied_[level] |= bit;
    occupied_levels_ |= 1u << level;
    Append(sentinel, index);
  }

  void Append(uint32_t sentinel, uint32_t index) {
    const uint32_t last = nodes_[sentinel].previous;
    nodes_[index].previous = last;
    nodes_[index].next = sentinel;
    nodes_[last].next = index;
    nodes_[sentinel].previous = index;
  }

  void Unlink(uint32_t index) {
    Node& node = nodes_[index];
    const uint32_t next = node.next;
    const uint32_t previous = node.previous;
    nodes_[previous].next = next;
    nodes_[next].previous = previous;
    node.next = kUnlinked;
    --size_;
    // Only a sentinel can be on both sides: its ring is empty now.
    if (next == previous) ClearOccupied(next - node_count_);
  }

  void ClearOccupied(uint32_t bucket) {
    // The two extra rings share a word of their own that is never set.
    const uint32_t level = bucket >> kDigitBits;
    occupied_[level] &= ~(uint64_t{1} << (bucket & 63));
    if (occupied_[level] == 0) occupied_levels_ &= ~(1u << level);
  }

  // Appends the ring `from` to the ring `to`; `from` is empty afterwards.
  void MoveAll(uint32_t from, uint32_t to);

  // Moves the cursor on to the next tick <= current_ that has nodes, and those
  // nodes to the firing ring. False if there is none: the cursor then stands at
  // current_.
  bool CollectNextExpired();

  const uint32_t node_count_;
  std::vector<Node> nodes_;
  std::array<uint64_t, kLevels + 1> occupied_ = {};
  uint32_t occupied_levels_ = 0;
  bool advancing_ = false;
  std::size_t size_ = 0;
  // Public time. Ahead of the cursor only while Advance is in progress.
  uint64_t current_ = 0;
  // Everything before this has left the buckets; every node in them is at or
  // after it. Positions are relative to it.
  uint64_t cursor_ = 0;
  uint64_t moves_ = 0;
};

}  // namespace wharf

#endif  // WHARF_ENGINE_TIMER_WHEEL_H_
