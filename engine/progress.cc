#include "engine/progress.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace wharf {
namespace {

ProgressStep Finish(Waiter& waiter, OutcomeKind kind) {
  waiter.outcome = Outcome{.bytes = waiter.done, .kind = kind};
  return ProgressStep::kFinished;
}

ProgressStep FinishWithError(Waiter& waiter, Error error, int32_t native) {
  waiter.outcome = Outcome{.bytes = waiter.done,
                           .native_error = native,
                           .error = error,
                           .kind = OutcomeKind::kError};
  return ProgressStep::kFinished;
}

// Another operation, unless a stop was asked for (guarantee G5).
ProgressStep ContinueUnlessStopped(Waiter& waiter) {
  if (waiter.stop == StopReason::kNone) return ProgressStep::kContinue;
  waiter.outcome = StopOutcome(waiter);
  return ProgressStep::kFinished;
}

// True if "would block" means that the kernel can tell when a try is worth it.
bool CanAwaitReady(const Request& request) {
  switch (request.kind) {
    case RequestKind::kAccept:
    case RequestKind::kConnect:
    case RequestKind::kReceive:
    case RequestKind::kSend:
      return true;
    case RequestKind::kRead:
    case RequestKind::kWrite:
    case RequestKind::kDurableWrite:
      return request.offset == kCurrentPosition;
    default:
      return false;
  }
}

// Moves the cursor over the vector pieces by `bytes`.
void AdvancePieces(Waiter& waiter, uint64_t bytes) {
  const std::vector<Buffer>& buffers = waiter.request.buffers;
  while (bytes > 0) {
    const uint64_t left = buffers[waiter.piece].size() - waiter.piece_done;
    if (bytes < left) {
      waiter.piece_done += bytes;
      return;
    }
    bytes -= left;
    ++waiter.piece;
    waiter.piece_done = 0;
  }
}

// Points the vector array at the remaining pieces; returns the bytes it covers.
uint64_t FillVectors(Waiter& waiter, const PortCapabilities& port) {
  const std::vector<Buffer>& buffers = waiter.request.buffers;
  waiter.vectors.clear();
  uint64_t bytes = 0;
  uint64_t skip = waiter.piece_done;
  for (std::size_t i = waiter.piece; i < buffers.size(); ++i) {
    if (waiter.vectors.size() == port.max_vectors) break;
    const uint64_t size = buffers[i].size() - skip;
    const uint64_t length = std::min(size, port.max_operation_bytes - bytes);
    if (length > 0) {
      waiter.vectors.push_back(
          {buffers[i].data() + skip, static_cast<std::size_t>(length)});
      bytes += length;
    }
    if (length < size) break;
    skip = 0;
  }
  return bytes;
}

// How a transfer's opcode depends on whether it has one buffer or several.
Opcode TransferOpcode(RequestKind kind, bool vectored) {
  switch (kind) {
    case RequestKind::kRead:
      return vectored ? Opcode::kReadVectored : Opcode::kRead;
    case RequestKind::kReceive:
      return Opcode::kReceive;
    case RequestKind::kSend:
      return vectored ? Opcode::kSendVectored : Opcode::kSend;
    default:
      return vectored ? Opcode::kWriteVectored : Opcode::kWrite;
  }
}

void FillTransfer(Waiter& waiter, const PortCapabilities& port,
                  Operation& operation) {
  const Request& request = waiter.request;
  const bool vectored = !request.buffers.empty();
  operation.opcode = TransferOpcode(request.kind, vectored);
  operation.offset = request.offset == kCurrentPosition
                         ? kCurrentPosition
                         : request.offset + waiter.done;
  if (vectored) {
    waiter.asked = FillVectors(waiter, port);
    operation.data = waiter.vectors.data();
    operation.length = waiter.vectors.size();
  } else {
    waiter.asked =
        std::min(waiter.total - waiter.done, port.max_operation_bytes);
    operation.data =
        request.buffer.data() + request.buffer_offset + waiter.done;
    operation.length = waiter.asked;
  }
  if (waiter.durable_flag) operation.flags = kOperationDurable;
}

ProgressStep JudgeTransient(Waiter& waiter, const Completion& completion,
                            const PortCapabilities& port,
                            uint32_t max_retries) {
  if (waiter.stop != StopReason::kNone) {
    waiter.outcome = StopOutcome(waiter);
    return ProgressStep::kFinished;
  }
  if (++waiter.transient_retries > max_retries) {
    return FinishWithError(waiter, Error::kRetriesExhausted,
                           completion.native_error);
  }
  // Trying again at once would spin; wait until the kernel says that a try is
  // worth it.
  if (completion.result != -static_cast<int64_t>(Error::kInterrupted) &&
      waiter.phase == WaiterPhase::kTransfer && CanAwaitReady(waiter.request) &&
      port.Has(Opcode::kPoll)) {
    waiter.phase = WaiterPhase::kAwaitReady;
  }
  return ProgressStep::kContinue;
}

// What a negative result means. The smallest one has no negation.
Error ErrorOf(int64_t result) {
  return result < -std::numeric_limits<int64_t>::max()
             ? Error::kUnknown
             : ErrorFromValue(-result);
}

ProgressStep JudgeError(Waiter& waiter, const Completion& completion,
                        const PortCapabilities& port, uint32_t max_retries) {
  const Error error = ErrorOf(completion.result);
  switch (error) {
    case Error::kInterrupted:
      // An interrupted connect goes on in the kernel (connect(2), EINTR).
      waiter.connecting = waiter.kind == RequestKind::kConnect;
      return JudgeTransient(waiter, completion, port, max_retries);
    case Error::kWouldBlock:
      return JudgeTransient(waiter, completion, port, max_retries);
    case Error::kCancelled:
      if (waiter.stop != StopReason::kNone) {
        waiter.outcome = StopOutcome(waiter);
        return ProgressStep::kFinished;
      }
      break;
    case Error::kInProgress:
    case Error::kAlready:
      // A non-blocking connect is under way: its end is a matter of waiting.
      if (waiter.kind != RequestKind::kConnect) break;
      waiter.connecting = true;
      return JudgeTransient(waiter, completion, port, max_retries);
    case Error::kAlreadyConnected:
      if (waiter.connecting) return Finish(waiter, OutcomeKind::kOk);
      break;
    case Error::kNotSupported:
      // The file system has no durable writes: write, then sync (R20).
      if (waiter.durable_flag && waiter.phase == WaiterPhase::kTransfer) {
        waiter.durable_flag = false;
        waiter.needs_sync = true;
        return ContinueUnlessStopped(waiter);
      }
      break;
    default:
      break;
  }
  return FinishWithError(waiter, error, completion.native_error);
}

// `bytes` > 0 of the operation in flight were transferred.
ProgressStep JudgeTransferred(Waiter& waiter, uint64_t bytes) {
  waiter.done += bytes;
  waiter.transient_retries = 0;
  if (!waiter.request.buffers.empty()) AdvancePieces(waiter, bytes);
  if (waiter.done == waiter.total) {
    if (!waiter.needs_sync) return Finish(waiter, OutcomeKind::kOk);
    waiter.phase = WaiterPhase::kFinalSync;
    return ContinueUnlessStopped(waiter);
  }
  if (waiter.durable_flag) {
    // The simplest argument for G14: once a write was partial, everything is
    // covered by one sync after the last byte.
    waiter.durable_flag = false;
    waiter.needs_sync = true;
  }
  if (waiter.request.extent == Extent::kSome) {
    return Finish(waiter, OutcomeKind::kOk);
  }
  return ContinueUnlessStopped(waiter);
}

ProgressStep JudgeTransfer(Waiter& waiter, uint64_t bytes) {
  if (bytes > waiter.asked) {
    return FinishWithError(waiter, Error::kBadCompletion, 0);
  }
  if (bytes > 0) return JudgeTransferred(waiter, bytes);
  if (IsInput(waiter.request.kind)) {
    return Finish(waiter, OutcomeKind::kEndOfStream);
  }
  return FinishWithError(waiter, Error::kNoProgress, 0);
}

// The number is gone, also when the kernel reports an error (close(2)): trying
// again could hit somebody else's.
ProgressStep JudgeClose(Waiter& waiter, const Completion& completion) {
  waiter.request.handle.Disown();
  if (completion.result >= 0) return Finish(waiter, OutcomeKind::kOk);
  return FinishWithError(waiter, ErrorOf(completion.result),
                         completion.native_error);
}

}  // namespace

ProgressStep BeginProgress(Waiter& waiter, const PortCapabilities& port) {
  Request& request = waiter.request;
  waiter.kind = request.kind;
  waiter.detail = WaiterDetail::kFull;
  if (request.kind == RequestKind::kAllocate) {
    return request.length == 0 ? Finish(waiter, OutcomeKind::kOk)
                               : ProgressStep::kContinue;
  }
  if (!IsTransfer(request.kind)) return ProgressStep::kContinue;

  uint64_t total = request.length;
  if (!request.buffers.empty()) {
    total = 0;
    for (const Buffer& buffer : request.buffers) total += buffer.size();
  }
  waiter.total = total;
  if (total == 0) return Finish(waiter, OutcomeKind::kOk);
  if (request.kind == RequestKind::kDurableWrite) {
    request.extent = Extent::kAll;
    const bool one_operation = total <= port.max_operation_bytes &&
                               request.buffers.size() <= port.max_vectors;
    waiter.durable_flag =
        one_operation && port.HasFeatures(kFeatureDurableWrite);
    waiter.needs_sync = !waiter.durable_flag;
  }
  return ProgressStep::kContinue;
}

namespace internal_progress {

void FillOperation(Waiter& waiter, const PortCapabilities& port,
                   Operation& operation) {
  const Request& request = waiter.request;
  operation.handle = request.handle.native();
  if (waiter.phase == WaiterPhase::kAwaitReady) {
    operation.opcode = Opcode::kPoll;
    const bool readable =
        IsInput(request.kind) || request.kind == RequestKind::kAccept;
    operation.mode = readable ? kPollReadable : kPollWritable;
    return;
  }
  if (waiter.phase == WaiterPhase::kFinalSync) {
    operation.opcode = Opcode::kSync;
    operation.flags = kOperationDataOnly;
    return;
  }
  switch (request.kind) {
    case RequestKind::kNop:
    case RequestKind::kSleep:
      break;
    case RequestKind::kPoll:
      operation.opcode = Opcode::kPoll;
      operation.mode = request.mode;
      break;
    case RequestKind::kSync:
      operation.opcode = Opcode::kSync;
      if (request.sync_level == SyncLevel::kData) {
        operation.flags = kOperationDataOnly;
      }
      break;
    case RequestKind::kAllocate:
      operation.opcode = Opcode::kAllocate;
      operation.mode = request.mode;
      operation.offset = request.offset;
      operation.length = request.length;
      break;
    case RequestKind::kOpen:
      operation.opcode = Opcode::kOpen;
      operation.mode = request.mode;
      operation.offset = request.offset;
      operation.data = request.buffer.data();
      operation.length = request.buffer.size() - 1;
      break;
    case RequestKind::kClose:
      operation.opcode = Opcode::kClose;
      break;
    case RequestKind::kShutdown:
      operation.opcode = Opcode::kShutdown;
      operation.mode = request.mode;
      break;
    case RequestKind::kAccept:
      operation.opcode = Opcode::kAccept;
      break;
    case RequestKind::kConnect:
      operation.opcode = Opcode::kConnect;
      operation.data = request.buffer.data();
      operation.length = request.buffer.size();
      break;
    default:
      FillTransfer(waiter, port, operation);
      break;
  }
}

ProgressStep Judge(Waiter& waiter, const Completion& completion,
                   const PortCapabilities& port,
                   uint32_t max_transient_retries) {
  if (waiter.kind == RequestKind::kClose &&
      completion.result != -static_cast<int64_t>(Error::kCancelled)) {
    return JudgeClose(waiter, completion);
  }
  if (completion.result < 0) {
    return JudgeError(waiter, completion, port, max_transient_retries);
  }
  if (waiter.phase == WaiterPhase::kAwaitReady) {
    waiter.phase = WaiterPhase::kTransfer;
    return ContinueUnlessStopped(waiter);
  }
  if (waiter.phase == WaiterPhase::kFinalSync) {
    return Finish(waiter, OutcomeKind::kOk);
  }
  const auto result = static_cast<uint64_t>(completion.result);
  if (IsTransfer(waiter.request.kind)) return JudgeTransfer(waiter, result);
  if (waiter.request.kind == RequestKind::kPoll) waiter.done = result;
  if (MakesHandle(waiter.request.kind)) {
    // In the place of the listener, if there is one: the result's from now on.
    waiter.request.handle =
        Handle::Adopt(completion.result, port.closer, port.closer_context);
  }
  return Finish(waiter, OutcomeKind::kOk);
}

}  // namespace internal_progress

Outcome StopOutcome(const Waiter& waiter) {
  return Outcome{.bytes = waiter.done,
                 .kind = waiter.stop == StopReason::kDeadline
                             ? OutcomeKind::kDeadline
                             : OutcomeKind::kCancelled};
}

}  // namespace wharf
