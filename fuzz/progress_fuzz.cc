// The progress of a request (engine/progress.h) against what docs/contract.md
// says (progress_model.h): any request, on a port with any limits, under any
// answers of the kernel, with a deadline or cancel at any time. The same
// operations must be asked for, over the same memory, and the outcome must be
// the same.

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/progress.h"
#include "engine/validate.h"
#include "fuzz/check.h"
#include "fuzz/progress_model.h"
#include "sim/bytes_chooser.h"

namespace wharf::fuzz {
namespace {

constexpr uint32_t kRetries = 2;
constexpr NativeHandle kNative = 7;
constexpr uint64_t kOffset = 1000;

// What requests read and write. Only addresses matter.
std::array<std::byte, 64> memory;
// Handles that their last owner has closed.
int closed = 0;

void CountClosed(NativeHandle, void*) { ++closed; }

class Life {
 public:
  explicit Life(sim::BytesChooser* choose) : choose_(choose) {}

  void Run() {
    DrawPort();
    Request request = DrawRequest();
    if (!Validate(request, port_).ok()) return;
    ProgressModel model(request, pieces_, several_, port_, kRetries);
    waiter_.request = std::move(request);
    // As the engine does: a nop that is nothing else takes the short way.
    if (waiter_.request.kind == RequestKind::kNop) {
      waiter_.detail = WaiterDetail::kPlainNop;
      Live(model, ProgressStep::kContinue);
    } else {
      Live(model, BeginProgress(waiter_, port_));
    }
  }

 private:
  void Live(ProgressModel& model, ProgressStep step) {
    closed = 0;
    const bool owns = waiter_.request.handle.unique();
    while (true) {
      const bool ended = model.wants() == ProgressModel::Wants::kNothing;
      Check((step == ProgressStep::kFinished) == ended, "when it ends");
      if (ended) break;
      CheckOperation(model, NextOperation(waiter_, port_));
      if (choose_->exhausted()) return;
      MaybeStop(model);
      const Completion completion{.id = waiter_.operation_id,
                                  .result = DrawResult(),
                                  .native_error = DrawNative()};
      model.Complete(completion.result, completion.native_error);
      step = JudgeCompletion(waiter_, completion, port_, kRetries);
      if (model.made_handle()) {
        Check(waiter_.request.handle.native() == completion.result &&
                  waiter_.request.handle.unique(),
              "the handle that was made");
      }
    }
    Check(waiter_.outcome == model.outcome(), "the outcome");
    waiter_.request.handle.Reset();
    const int ours = (owns && !model.handle_gone()) + model.made_handle();
    Check(closed == ours, "what was closed");
  }

  void DrawPort() {
    for (int i = 0; i < kOpcodeCount; ++i) port_.Add(static_cast<Opcode>(i));
    if (choose_->Choose(4, "poll") == 3) {
      port_.opcodes &= ~(uint64_t{1} << static_cast<int>(Opcode::kPoll));
    }
    port_.features = choose_->Choose(4, "durable") == 3
                         ? ~uint32_t{kFeatureDurableWrite}
                         : ~uint32_t{0};
    port_.max_vectors = 1 + choose_->Choose(4, "vectors");
    const uint32_t bytes = choose_->Choose(16, "bytes");
    if (bytes != 0) port_.max_operation_bytes = bytes;
    port_.closer = &CountClosed;
  }

  Request DrawRequest() {
    Request request;
    request.kind =
        static_cast<RequestKind>(choose_->Choose(kRequestKindCount, "kind"));
    request.extent = static_cast<Extent>(choose_->Choose(2, "extent"));
    request.sync_level = static_cast<SyncLevel>(choose_->Choose(2, "sync"));
    request.offset =
        choose_->Choose(2, "position") == 0 ? kOffset : kCurrentPosition;
    request.mode = choose_->Choose(4, "mode");
    request.handle = request.kind == RequestKind::kClose
                         ? Handle::Adopt(kNative, &CountClosed)
                         : Handle::Borrow(kNative);
    switch (request.kind) {
      case RequestKind::kAllocate:
        request.offset = kOffset;
        request.length = choose_->Choose(3, "length");
        break;
      case RequestKind::kOpen:
        memory[8] = std::byte{0};
        request.handle.Reset();
        request.offset = 0644;
        request.buffer = Buffer::Unowned({memory.data(), 9});
        for (int i = 0; i < 8; ++i) memory[i] = std::byte{'a'};
        break;
      case RequestKind::kConnect:
        request.buffer = Buffer::Unowned({memory.data(), 16});
        break;
      default:
        if (IsTransfer(request.kind)) DrawMemory(request);
        break;
    }
    return request;
  }

  void DrawMemory(Request& request) {
    several_ = request.kind != RequestKind::kReceive &&
               choose_->Choose(2, "several") == 1;
    std::byte* at = memory.data();
    if (!several_) {
      const uint64_t skip = choose_->Choose(3, "skip");
      const uint64_t size = choose_->Choose(33, "size");
      request.buffer = Buffer::Unowned({at, skip + size});
      request.buffer_offset = skip;
      request.length = TransferOptions::kToBufferEnd;
      pieces_.push_back({at + skip, size});
      return;
    }
    request.length = TransferOptions::kToBufferEnd;
    for (uint32_t i = choose_->Choose(6, "pieces") + 1; i > 0; --i) {
      const uint64_t size = choose_->Choose(10, "size");
      request.buffers.push_back(Buffer::Unowned({at, size}));
      pieces_.push_back({at, size});
      at += size + 1;  // not side by side
    }
  }

  void MaybeStop(ProgressModel& model) {
    const uint32_t stop = choose_->Choose(16, "stop");
    if (stop < 1 || stop > 2 || waiter_.stop != StopReason::kNone) return;
    waiter_.stop = stop == 1 ? StopReason::kDeadline : StopReason::kCancel;
    model.Stop(stop == 1 ? OutcomeKind::kDeadline : OutcomeKind::kCancelled);
  }

  int64_t DrawResult() {
    static constexpr Error kErrors[] = {
        Error::kInterrupted,      Error::kWouldBlock, Error::kCancelled,
        Error::kNotSupported,     Error::kInProgress, Error::kAlready,
        Error::kAlreadyConnected, Error::kIo};
    const uint32_t what = choose_->Choose(12, "result");
    if (what < 4) return choose_->Choose(34, "bytes");
    if (what == 4) return int64_t{1} << choose_->Choose(63, "much");
    if (what == 5) return INT64_MIN + choose_->Choose(2, "least");
    if (what == 6) return -int64_t{choose_->Choose(1100, "any error")};
    return -static_cast<int64_t>(kErrors[choose_->Choose(8, "error")]);
  }

  int32_t DrawNative() {
    return static_cast<int32_t>(choose_->Choose(3, "native"));
  }

  void CheckOperation(const ProgressModel& model, const Operation& operation) {
    const RequestKind kind = waiter_.request.kind;
    Check(operation.id == waiter_.operation_id, "whose operation");
    if (kind == RequestKind::kNop || kind == RequestKind::kSleep) {
      Check(operation.opcode == Opcode::kNop, "a nop");
      return;
    }
    Check(operation.handle == waiter_.request.handle.native(), "on what");
    if (model.wants() == ProgressModel::Wants::kReadiness) {
      const bool input = kind == RequestKind::kRead ||
                         kind == RequestKind::kReceive ||
                         kind == RequestKind::kAccept;
      Check(operation.opcode == Opcode::kPoll, "it waits until it is ready");
      Check(operation.mode == (input ? kPollReadable : kPollWritable),
            "ready for what");
      return;
    }
    if (model.wants() == ProgressModel::Wants::kSync) {
      Check(operation.opcode == Opcode::kSync, "the sync at the end");
      Check(operation.flags == kOperationDataOnly, "of the data");
      return;
    }
    if (!IsTransfer(kind)) {
      Check(operation.opcode == RequiredOpcode(waiter_.request), "what to do");
      return;
    }
    Check((operation.flags == kOperationDurable) == model.flagged(), "durable");
    const bool positioned =
        kind != RequestKind::kReceive && kind != RequestKind::kSend;
    const uint64_t offset = waiter_.request.offset;
    if (positioned) {
      Check(operation.offset == (offset == kCurrentPosition
                                     ? kCurrentPosition
                                     : offset + model.done()),
            "where in the file");
    }
    CheckMemory(model.NextMemory(), operation);
  }

  void CheckMemory(const std::vector<ProgressModel::Piece>& wanted,
                   const Operation& operation) {
    if (!several_) {
      Check(wanted.size() == 1 && operation.data == wanted[0].data &&
                operation.length == wanted[0].size,
            "which memory");
      return;
    }
    const auto* vectors = static_cast<const IoVector*>(operation.data);
    Check(operation.length == wanted.size(), "how many pieces");
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      Check(vectors[i].base == wanted[i].data &&
                vectors[i].length == wanted[i].size,
            "which piece");
    }
  }

  sim::BytesChooser* choose_;
  PortCapabilities port_;
  Waiter waiter_;
  std::vector<ProgressModel::Piece> pieces_;
  bool several_ = false;
};

}  // namespace
}  // namespace wharf::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  wharf::sim::BytesChooser choose({data, size});
  wharf::fuzz::Life(&choose).Run();
  return 0;
}
