// The waiter table: one slot per live request, allocated once. Slots are reused
// last-in first-out; an identity carries the slot's generation, so whatever is
// late (a completion, a cancel, an id in the caller's hands) cannot touch the
// slot's new owner (guarantee G9).

#ifndef WHARF_ENGINE_WAITER_TABLE_H_
#define WHARF_ENGINE_WAITER_TABLE_H_

#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/ids.h"
#include "engine/io_vector.h"
#include "engine/outcome.h"
#include "engine/request.h"

namespace wharf {

// No slot.
inline constexpr uint32_t kNoWaiter = ~uint32_t{0};

// Where a waiter is in its life. Exactly one of the engine's lists holds it in
// each state that names one.
enum class WaiterState : uint8_t {
  kFree,        // on the table's free list
  kQueued,      // fresh list: no operation was issued yet
  kSleeping,    // on no list: only the wheel or a cancel ends it
  kReady,       // ready list: wants its next operation
  kInFlight,    // on no list: the port has an operation
  kFinished,    // finished list: has its outcome, callback not yet called
  kDelivering,  // on no list: its callback is running
};

// Who asked the request to stop early. The first to ask decides the outcome.
enum class StopReason : uint8_t { kNone, kDeadline, kCancel };

// What the operation in flight (or the next one) is for.
enum class WaiterPhase : uint8_t {
  kTransfer,    // the request's own operation
  kAwaitReady,  // a poll, after the kernel said "would block"
  kFinalSync,   // the sync at the end of a durable write
};

// How much of a waiter is in use. The two plain kinds are what most requests
// are from their beginning to their end; a waiter becomes kFull where something
// else happens to it (Describe).
enum class WaiterDetail : uint8_t {
  // A nop without deadline: nothing but the status.
  kPlainNop,
  // A read, write, receive or send of one buffer by one operation that
  // transfers everything: `request` and has_timer, too.
  kPlainTransfer,
  kFull,
};

// All that a plain request changes, in one word.
struct WaiterStatus {
  WaiterState state = WaiterState::kFree;
  StopReason stop = StopReason::kNone;
  // The caller is gone: nobody is told the outcome.
  bool dropped = false;
  WaiterDetail detail = WaiterDetail::kPlainNop;
};

// True if state and detail are these, and nothing else is set.
inline bool IsExactly(const WaiterStatus& status, WaiterState state,
                      WaiterDetail detail) {
  return std::bit_cast<uint32_t>(status) ==
         std::bit_cast<uint32_t>(
             WaiterStatus{.state = state, .detail = detail});
}

// Sets state and detail, and nothing else. Writes the whole word: IsExactly,
// which reads it, would otherwise wait for its parts.
inline void SetExactly(WaiterStatus& status, WaiterState state,
                       WaiterDetail detail) {
  status = WaiterStatus{.state = state, .detail = detail};
}

// One request's state. Written by the engine and by progress.h only. Ordered so
// that a plain nop lives in the first cache line, a plain transfer in three.
struct alignas(64) Waiter : WaiterStatus {
  // Links of the list that holds this waiter.
  uint32_t next = kNoWaiter;
  RequestId request_id;
  // The operation in flight, or the last one.
  OperationId operation_id;
  uint32_t previous = kNoWaiter;

  // A copy of request.kind, beside what is needed with it.
  RequestKind kind = RequestKind::kNop;
  WaiterPhase phase = WaiterPhase::kTransfer;
  // The wheel holds this waiter.
  bool has_timer = false;
  // The operation in flight writes durably by itself (kOperationDurable).
  bool durable_flag = false;

  // Its first 16 bytes of captures share the first cache line.
  ResultCallback callback;

  // Empty (as Request::Nop()) while the slot is free.
  Request request;

  // Durable write: a sync must follow the last byte.
  bool needs_sync = false;
  // A connect that the kernel carries on by itself.
  bool connecting = false;
  // Transient answers since the last progress.
  uint32_t transient_retries = 0;
  // The Submitter's cell that this request came from, or kNoWaiter.
  uint32_t remote_cell = kNoWaiter;
  Outcome outcome;

  // Bytes transferred so far, and of how many.
  uint64_t done = 0;
  uint64_t total = 0;
  // Bytes asked for by the operation in flight.
  uint64_t asked = 0;
  // With several buffers: the first one not finished, and the bytes of it that
  // are.
  uint32_t piece = 0;
  uint64_t piece_done = 0;
  // The vector array of the operation in flight. Keeps its capacity when the
  // slot is reused, so that steady state does not allocate.
  std::vector<IoVector> vectors;
};

// Makes the waiter kFull: what plain ones leave out is filled in.
inline void Describe(Waiter& waiter) {
  if (waiter.detail == WaiterDetail::kPlainTransfer) {
    waiter.kind = waiter.request.kind;
    waiter.total = waiter.request.length;
    waiter.asked = waiter.request.length;
    if (waiter.state == WaiterState::kFinished) {
      waiter.done = waiter.total;
      waiter.outcome = Outcome{.bytes = waiter.total};
    }
  }
  waiter.detail = WaiterDetail::kFull;
}

// A fixed number of waiters. Not thread-safe.
class WaiterTable {
 public:
  // `capacity` slots, 1 to 2^28 - 1, 384 bytes each.
  explicit WaiterTable(uint32_t capacity);

  WaiterTable(const WaiterTable&) = delete;
  WaiterTable& operator=(const WaiterTable&) = delete;

  // Takes the slot freed last. Its identity is new and its progress fields are
  // reset; state is still kFree. Requires !full().
  uint32_t Allocate() {
    const uint32_t index = free_;
    free_ = waiters_[index].next;
    return index;
  }

  // Ends the slot's identity and frees it: everything but the identities, the
  // links and the vector array's capacity is as new. Requires that the slot is
  // allocated and on no list, and that buffers, handle and callback were taken
  // out.
  void Release(uint32_t index) { Release(waiters_[index]); }
  void Release(Waiter& waiter) {
    if (waiter.detail != WaiterDetail::kPlainNop) Undescribe(waiter);
    ReleasePlain(waiter);
  }
  // The same where all but the status is as new already.
  void ReleasePlain(Waiter& waiter) {
    const uint32_t index = waiter.request_id.index();
    waiter.request_id = waiter.request_id.Next();
    static_cast<WaiterStatus&>(waiter) = WaiterStatus{};
    waiter.next = free_;
    free_ = index;
  }

  // The live waiter with this identity, or nullptr if it is stale, was never
  // given out, or is out of range.
  Waiter* Find(RequestId id) {
    const uint32_t index = id.index();
    if (index >= capacity_) return nullptr;
    Waiter& waiter = waiters_[index];
    const bool live =
        waiter.request_id == id && waiter.state != WaiterState::kFree;
    return live ? &waiter : nullptr;
  }

  // The waiter for which the port has this very operation, or nullptr.
  Waiter* FindInFlight(OperationId id) {
    const uint32_t index = id.index();
    if (index >= capacity_) return nullptr;
    Waiter& waiter = waiters_[index];
    const bool live =
        waiter.operation_id == id && waiter.state == WaiterState::kInFlight;
    return live ? &waiter : nullptr;
  }

  // All slots, capacity() of them.
  Waiter* data() { return waiters_.get(); }
  // The slot's waiter. Requires index < capacity().
  Waiter& operator[](uint32_t index) { return waiters_[index]; }
  const Waiter& operator[](uint32_t index) const { return waiters_[index]; }

  // True if Allocate would have no slot to give.
  bool full() const { return free_ == kNoWaiter; }
  // Allocated slots. Counts them: for tests.
  uint32_t size() const;
  // All slots.
  uint32_t capacity() const { return capacity_; }

 private:
  // What a nop never touches, kept out of its way.
  static void Undescribe(Waiter& waiter);

  std::unique_ptr<Waiter[]> waiters_;
  uint32_t capacity_;
  uint32_t free_ = kNoWaiter;
};

// A first-in first-out list of waiters, linked through their own fields. A
// waiter is on one list at most.
class WaiterList {
 public:
  // Appends. Requires that the waiter is on no list.
  void PushBack(WaiterTable& table, uint32_t index) {
    Waiter& waiter = table[index];
    waiter.next = kNoWaiter;
    waiter.previous = tail_;
    if (tail_ == kNoWaiter) {
      head_ = index;
    } else {
      table[tail_].next = index;
    }
    tail_ = index;
  }

  // Takes the oldest off. Requires !empty().
  uint32_t PopFront(WaiterTable& table) {
    const uint32_t index = head_;
    head_ = table[index].next;
    if (head_ == kNoWaiter) {
      tail_ = kNoWaiter;
    } else {
      table[head_].previous = kNoWaiter;
    }
    return index;
  }

  // Takes off all that are before `front`, which is on the list; with
  // kNoWaiter, all.
  void SetFront(WaiterTable& table, uint32_t front) {
    head_ = front;
    if (front == kNoWaiter) {
      tail_ = kNoWaiter;
    } else {
      table[front].previous = kNoWaiter;
    }
  }

  // Takes `index` out. Requires that it is on this list.
  void Remove(WaiterTable& table, uint32_t index) {
    Waiter& waiter = table[index];
    if (waiter.previous == kNoWaiter) {
      head_ = waiter.next;
    } else {
      table[waiter.previous].next = waiter.next;
    }
    if (waiter.next == kNoWaiter) {
      tail_ = waiter.previous;
    } else {
      table[waiter.next].previous = waiter.previous;
    }
  }

  // The oldest, or kNoWaiter.
  uint32_t front() const { return head_; }
  // True if no waiter is on the list.
  bool empty() const { return head_ == kNoWaiter; }

 private:
  uint32_t head_ = kNoWaiter;
  uint32_t tail_ = kNoWaiter;
};

}  // namespace wharf

#endif  // WHARF_ENGINE_WAITER_TABLE_H_
