// IocpPort: the CompletionPort of Windows I/O completion ports.
//
// Supported: files, named pipes, sockets; cancel by identity; wake by a posted
// packet; batches of packets; skip-on-success. Needs Windows Vista or later.
//
// Rejected, because Windows has no honest way: kPoll (there is no readiness),
// kAllocate (space can be reserved only by setting a size, which cuts off what
// another write appends meanwhile, and is given back when the file is closed),
// kCurrentPosition (an overlapped file has none), a durable flag per write (it
// belongs to the handle), a data-only sync.
//
// Divergence that a caller can see: kOpen, kClose, kShutdown and kSync have no
// asynchronous form; they run inside Reap and block it. The vectors of a read
// or write of a file are transferred one after the other; on a pipe only the
// first that is not empty is, and the engine continues. kRead and kWrite are
// for files and pipes, kReceive and kSend for sockets. Pipes and devices ignore
// the offset.
//
// A named pipe's server instance is accepted from with kAccept: the result is a
// second handle of the same instance, once a client has connected to it. A
// client opens the pipe's name with kOpen; Error::kBusy means that every
// instance is taken.
//
// Sources by concern: port.cc opens and describes, submit.cc stages, issue.cc
// makes the overlapped calls, blocking.cc the others, reap.cc collects,
// cancel.cc cancels, close.cc ends.

#ifndef WHARF_BACKENDS_IOCP_PORT_H_
#define WHARF_BACKENDS_IOCP_PORT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backends/iocp/block_slab.h"
#include "backends/iocp/calls.h"
#include "backends/iocp/handle_table.h"
#include "backends/iocp/options.h"
#include "backends/iocp/wake.h"
#include "engine/port.h"

namespace wharf {

// What a port has seen, for people and tests. Plain counters.
struct IocpStats {
  // GetQueuedCompletionStatusEx calls.
  uint64_t dequeues = 0;
  // Packets for nothing in flight: ignored, never surfaced.
  uint64_t unknown_packets = 0;
  // Operations that ended inside their own call, without a packet.
  uint64_t ended_at_once = 0;
  // CancelIoEx calls that found nothing to cancel (fault row W-06).
  uint64_t cancels_too_late = 0;
};

// See engine/port.h for the contract; here is only what IOCP adds to it.
class IocpPort final : public CompletionPort {
 public:
  // Makes a port, and starts Winsock, for the process and for good. Errors:
  // INVALID_ARGUMENT for options, else UNAVAILABLE or RESOURCE_EXHAUSTED with
  // Windows' code. `calls` must outlive the port.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<IocpPort>> Open(
      const IocpOptions& options, IocpCalls& calls = RealIocpCalls());

  // Closes the port if that was not done.
  ~IocpPort() override;

  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }

  // Makes no system call: operations are issued by the next Reap.
  std::size_t Submit(std::span<const Operation> operations) override;

  // CancelIoEx for exactly this operation. Whatever it says, the operation's
  // packet still comes (fault rows W-05, W-06).
  void Cancel(OperationId id) override;

  // Issues what is staged, then takes one batch of packets. Sleeps 10 s at
  // most, in whole milliseconds, rounded up.
  //
  // Fatal: every answer of GetQueuedCompletionStatusEx other than a timeout or
  // an alert (fault rows W-10, W-11, W-14).
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override;

  void Wake() override { wake_.Ring(); }

  // QueryPerformanceCounter.
  Time Now() override { return Time(Duration(calls_.MonotonicNanoseconds())); }

  // Operations that were staged and never issued are taken back; the others
  // are cancelled and awaited for IocpOptions::close_grace at most. The blocks
  // of what is left are never freed.
  CloseReport Close() override;

  // Counters so far. Loop thread.
  const IocpStats& stats() const { return stats_; }

 private:
  using Block = iocp::Block;
  using HandleFacts = iocp::HandleFacts;
  enum class State { kOpen, kDead, kClosed };

  IocpPort(const IocpOptions& options, IocpCalls& calls);

  // port.cc
  absl::Status Initialize();
  void DescribeCapabilities();

  // issue.cc: each gives a call's code; what it means is for AfterCall.
  void IssueStaged();
  void Issue(Block& block);
  bool IsEndOfMessages(const Operation& operation);
  void IssueOverlapped(Block& block);
  DWORD CallOverlapped(Block& block, const HandleFacts& facts);
  DWORD Transfer(Block& block, const HandleFacts& facts);
  bool IssueNextPiece(Block& block, DWORD code, uint64_t bytes);
  DWORD SendVectors(Block& block);
  DWORD Accept(Block& block, const HandleFacts& facts);
  DWORD Connect(Block& block);
  void AfterCall(Block& block, DWORD code, bool skips);

  // blocking.cc
  void RunBlocking(Block& block);
  void OpenFile(Block& block);
  DWORD ShutDown(HANDLE handle, uint32_t mode);
  DWORD Sync(HANDLE handle);

  // reap.cc
  absl::StatusOr<std::size_t> Collect(Time until);
  DWORD MillisecondsUntil(Time until);
  void TakePacket(const OVERLAPPED_ENTRY& entry);
  void EndWithStatus(Block& block);
  void End(Block& block, DWORD code, uint64_t bytes);
  void EndAccept(Block& block, DWORD code);
  void EndWithError(Block& block, DWORD code);
  void EndWith(Block& block, int64_t result, DWORD native_error);
  std::size_t Deliver(std::span<Completion> completions);

  // cancel.cc
  void CancelIssued(Block& block);

  // close.cc
  void DropStaged();
  void DropReady();
  void BringBack(Time deadline);

  IocpCalls& calls_;
  IocpOptions options_;
  HANDLE port_ = nullptr;
  State state_ = State::kOpen;

  std::unique_ptr<iocp::BlockSlab> slab_;
  iocp::BlockQueue staged_;
  iocp::BlockQueue ready_;
  iocp::HandleTable handles_;
  iocp::WakeSource wake_;
  std::vector<OVERLAPPED_ENTRY> packets_;
  std::vector<WSABUF> buffers_;

  PortCapabilities capabilities_;
  IocpStats stats_;
  absl::Status fatal_;
  CloseReport report_;
};

}  // namespace wharf

#endif  // WHARF_BACKENDS_IOCP_PORT_H_
