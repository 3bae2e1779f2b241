// Inbox: how requests, cancels and drops of other threads reach the loop. A
// fixed number of cells; a cell belongs to its request from submission until
// the outcome was delivered, so nothing here can grow or overflow unseen.
//
// Flow of a submission: a producer pops a free cell, builds the request in it,
// pushes the cell's index and publishes (WakeGate); the loop pops the index,
// moves the request into a waiter, and gives the cell back when the outcome has
// been delivered. The queues' release and acquire pairs hand the cell's plain
// fields over; nobody else ever touches them.

#ifndef WHARF_ENGINE_INBOX_H_
#define WHARF_ENGINE_INBOX_H_

#include <atomic>
#include <compare>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "engine/bounded_queue.h"
#include "engine/ids.h"
#include "engine/port.h"
#include "engine/request.h"
#include "engine/wake_gate.h"

namespace wharf {

// A request submitted from another thread, as its submitter knows it. Like
// RequestId it stays safe to use for ever; value 0 names nothing.
struct RemoteRequestId {
  uint64_t value = 0;

  // The identity of the next request in the same cell. Skips generation 0, and
  // leaves bits 62 and 63 zero, where the cell notes its commands.
  constexpr RemoteRequestId Next() const {
    const uint64_t next = (value + kIdGenerationUnit) & kIdMask;
    return {next + (next <= kIdIndexMask ? kIdGenerationUnit : 0)};
  }
  // As for RequestId.
  friend constexpr auto operator<=>(RemoteRequestId, RemoteRequestId) = default;
};

// What another thread asks about a request that it submitted.
enum class RemoteCommand : uint8_t { kCancel, kDrop };

// Shared by one engine and its Submitters. Methods under "producers" may be
// called from any thread, those under "loop" from the loop thread only.
class Inbox {
 public:
  // `capacity` cells, at least 1. `port` is woken for producers until Close
  // returns, and not used otherwise after construction.
  Inbox(uint32_t capacity, CompletionPort* port);

  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // Producers.

  // Hands a request over. On failure `request` and `callback` stay with the
  // caller, untouched: RESOURCE_EXHAUSTED when every cell is taken,
  // FAILED_PRECONDITION when the engine is shutting down or gone, and what
  // Validate says.
  absl::StatusOr<RemoteRequestId> Push(Request&& request,
                                       ResultCallback&& callback);

  // Sends a command after the request. True if it is on its way; false if the
  // request has ended, was sent this command before, or the engine is gone.
  // Also false if a producer was stopped between the few instructions of its
  // own Send while 4 commands for each cell, of two generations and more, came
  // in behind it; the command can then be sent again.
  bool Send(RemoteRequestId id, RemoteCommand command);

  // Counts the Submitters; when the last one goes the loop is woken.
  void AddSubmitter();
  void RemoveSubmitter();

  // True while a Submitter exists (may be out of date at once).
  bool has_submitters() const {
    return submitters_.load(std::memory_order_acquire) != 0;
  }

  // Loop.

  // Calls admit(cell, Request&&, ResultCallback&&) -> RequestId for every
  // submission, in order, and command(RequestId, RemoteCommand) for every
  // command whose request is live. Remembers where the gate stood, for Arm.
  template <class Admit, class Command>
  void Drain(Admit&& admit, Command&& command);

  // About to sleep: true if nothing was published since the last Drain began;
  // producers then wake the port. Follow every sleep with Disarm.
  [[nodiscard]] bool Arm() { return gate_.Arm(drained_sequence_); }
  void Disarm() { gate_.Disarm(); }

  // Gives cell `index` back after its request's outcome was delivered.
  void Release(uint32_t index);

  // No producer gets in from here on, and none is inside or touches the port
  // when this returns; it waits for the few instructions of those that are.
  // What they pushed is there for a last Drain.
  //
  // It spins: a producer is inside for a Push or Send and a port's Wake, none
  // of which waits, so that only the scheduler makes it longer, by the time
  // that it keeps each such producer from running. A loop with real-time
  // priority over its producers on their only processor would wait for ever.
  void Close();

 private:
  struct Cell {
    // The id of the request that owns the cell, or of the next one to; bits 62
    // and 63 tell which commands were sent for it.
    std::atomic<uint64_t> word{0};
    // Filled by the producer, emptied by the loop.
    Request request;
    ResultCallback callback;
    // The loop's own.
    RequestId admitted;
    bool cancel_on_admission = false;
    bool drop_on_admission = false;
  };

  // Keeps Close from returning while a producer is inside.
  class ProducerScope;

  static uint64_t CommandBit(RemoteCommand command) {
    return uint64_t{1} << (62 + static_cast<int>(command));
  }
  void PublishAndWake();

  const PortCapabilities capabilities_;
  CompletionPort* const port_;
  const uint32_t capacity_;
  std::unique_ptr<Cell[]> cells_;
  BoundedQueue<uint32_t> free_cells_;
  BoundedQueue<uint32_t> submissions_;
  BoundedQueue<uint64_t> commands_;
  WakeGate gate_;
  uint64_t drained_sequence_ = 0;
  std::atomic<uint32_t> producers_inside_{0};
  std::atomic<bool> closed_{false};
  std::atomic<uint32_t> submitters_{0};
};

template <class Admit, class Command>
void Inbox::Drain(Admit&& admit, Command&& command) {
  drained_sequence_ = gate_.Sequence();
  uint32_t index;
  while (submissions_.TryPop(index)) {
    Cell& cell = cells_[index];
    cell.admitted =
        admit(index, std::move(cell.request), std::move(cell.callback));
    if (std::exchange(cell.cancel_on_admission, false)) {
      command(cell.admitted, RemoteCommand::kCancel);
    }
    if (std::exchange(cell.drop_on_admission, false)) {
      command(cell.admitted, RemoteCommand::kDrop);
    }
  }
  uint64_t word;
  while (commands_.TryPop(word)) {
    const uint64_t id = word & kIdMask;
    Cell& cell = cells_[id & kIdIndexMask];
    // Stale: that request has ended and the cell's generation moved on.
    if ((cell.word.load(std::memory_order_relaxed) & kIdMask) != id) continue;
    const bool cancel = (word & CommandBit(RemoteCommand::kCancel)) != 0;
    if (cell.admitted == RequestId{}) {
      // The command overtook its submission, which arrived after the first
      // loop of this drain; the next one finds it.
      (cancel ? cell.cancel_on_admission : cell.drop_on_admission) = true;
      continue;
    }
    command(cell.admitted,
            cancel ? RemoteCommand::kCancel : RemoteCommand::kDrop);
  }
}

}  // namespace wharf

#endif  // WHARF_ENGINE_INBOX_H_
