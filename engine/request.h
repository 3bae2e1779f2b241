// Request: what a caller asks of the engine. A request may take several kernel
// operations (partial transfers, kernel limits, a trailing sync); its caller
// sees one Result.
//
//   engine.Submit(Request::Read(file, Buffer::Allocate(4096), {.offset = 0})
//                     .WithDeadline(engine.Now() + std::chrono::seconds(1)),
//                 [](Result&& result) { ... });

#ifndef WHARF_ENGINE_REQUEST_H_
#define WHARF_ENGINE_REQUEST_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/buffer.h"
#include "engine/callback.h"
#include "engine/handle.h"
#include "engine/ids.h"
#include "engine/operation.h"
#include "engine/outcome.h"
#include "engine/time.h"

namespace wharf {

// The kinds of request.
enum class RequestKind : uint8_t {
  kNop,
  kSleep,
  kPoll,
  kSync,
  kAllocate,
  kOpen,
  kClose,
  kShutdown,
  kAccept,
  kConnect,
  kRead,
  kWrite,
  kDurableWrite,
  kReceive,
  kSend,
};
inline constexpr int kRequestKindCount = 15;

// The enumerator's name without its "k". Static lifetime.
std::string_view RequestKindName(RequestKind kind);

// When a transfer is complete.
enum class Extent : uint8_t {
  // When every byte asked for has been transferred, over as many operations as
  // that takes. The end of the file or stream before that is kEndOfStream.
  kAll,
  // When the kernel has transferred at least one byte.
  kSome,
};

// What happens to a request whose caller goes away (Engine::Drop, a destroyed
// coroutine). In either case nobody is told and the memory stays safe.
enum class DropPolicy : uint8_t {
  // It is cancelled. The default of everything that only gathers: reads,
  // receives, polls, sleeps, accepts, opens, connects. A handle that arrives
  // all the same is closed.
  kCancel,
  // It runs to its end. The default of everything that changes the world:
  // writes, sends, syncs, allocations, closes, shutdowns (guarantee G16).
  kRunToEnd,
};

// How much a sync makes durable.
enum class SyncLevel : uint8_t {
  kFull,  // data and all metadata (fsync)
  kData,  // data and the metadata needed to read it back (fdatasync)
};

// Where and how much to transfer. For a request with one buffer the bytes
// [buffer_offset, buffer_offset + length) of the buffer are used; with several
// buffers, all bytes of all of them, and both fields must be left alone.
struct TransferOptions {
  // Position in the file, in bytes; kCurrentPosition uses and moves the
  // handle's own position. Streams ignore it.
  uint64_t offset = kCurrentPosition;
  Extent extent = Extent::kAll;
  // First byte of the buffer to use.
  uint64_t buffer_offset = 0;
  // Bytes to transfer; kToBufferEnd means the rest of the buffer.
  uint64_t length = kToBufferEnd;

  static constexpr uint64_t kToBufferEnd = ~uint64_t{0};
};

// How a request ended, together with what it owned. The callback may move the
// parts out; what it leaves is released when it returns.
struct Result {
  RequestId id;
  Outcome outcome;
  // The buffer of the request, unless the outcome is kAbandoned and the kernel
  // may still touch it.
  Buffer buffer;
  // The same for a request with several buffers, in their order.
  std::vector<Buffer> buffers;
  // What an open or accept that ended with kOk gave. Closed when the last copy
  // is dropped, so one that nobody takes does not leak (guarantee G16).
  Handle handle;
};

// Told once about a request's end (guarantee G1): on the loop thread, inside
// Engine::Turn and never inside the call that submitted it. It may submit,
// cancel and drop; it must not run turns or destroy the engine.
using ResultCallback = InlineCallback<void(Result&&)>;

// A description, move-only because it owns its buffers. Built by the factories;
// each names the rule that is particular to it.
class Request {
 public:
  // Does nothing, through the kernel. For measuring and for waking.
  [[nodiscard]] static Request Nop() { return Request(RequestKind::kNop); }

  // Ends with kOk when `until` has passed. Takes no kernel operation.
  [[nodiscard]] static Request Sleep(Time until) {
    Request request(RequestKind::kSleep);
    request.deadline = until;
    return request;
  }

  // Ends when one of `events` (PollEvents bits, not 0) is ready; the outcome's
  // bytes are the events that are. One-shot. Spurious readiness is possible.
  [[nodiscard]] static Request Poll(Handle handle, uint32_t events) {
    Request request(RequestKind::kPoll, std::move(handle));
    request.mode = events;
    return request;
  }

  // Makes completed writes of the file durable. Does not order itself after
  // writes that are still in flight: wait for their outcomes, or use
  // DurableWrite.
  [[nodiscard]] static Request Sync(Handle handle,
                                    SyncLevel level = SyncLevel::kFull) {
    Request request(RequestKind::kSync, std::move(handle));
    request.sync_level = level;
    request.on_drop = DropPolicy::kRunToEnd;
    return request;
  }

  // Changes the allocation of `length` bytes from `offset`; see AllocateMode.
  [[nodiscard]] static Request Allocate(Handle handle, AllocateMode mode,
                                        uint64_t offset, uint64_t length) {
    Request request(RequestKind::kAllocate, std::move(handle));
    request.mode = static_cast<uint32_t>(mode);
    request.offset = offset;
    request.length = length;
    request.on_drop = DropPolicy::kRunToEnd;
    return request;
  }

  // Opens the file at `path` (OpenFlags); a new one gets `permissions`, reduced
  // by the process's umask. Relative paths start at the working directory. The
  // result has the handle.
  [[nodiscard]] static Request Open(std::string_view path, uint32_t flags,
                                    uint32_t permissions = 0644);

  // Closes the handle through the kernel, which may take its time, instead of
  // on the loop's thread. `handle` must own its number and be the only copy.
  // Whatever the outcome, the handle is gone.
  [[nodiscard]] static Request Close(Handle&& handle) {
    Request request(RequestKind::kClose, std::move(handle));
    request.on_drop = DropPolicy::kRunToEnd;
    return request;
  }

  // Ends one side of a connection, or both.
  [[nodiscard]] static Request Shutdown(Handle handle, ShutdownSide side) {
    Request request(RequestKind::kShutdown, std::move(handle));
    request.mode = static_cast<uint32_t>(side);
    request.on_drop = DropPolicy::kRunToEnd;
    return request;
  }

  // Waits for a connection to the listening socket. The result has its handle.
  [[nodiscard]] static Request Accept(Handle listener) {
    return Request(RequestKind::kAccept, std::move(listener));
  }

  // Connects the socket to `address`, in the kernel's own form (a sockaddr on
  // Linux and Windows). After any outcome but kOk the socket is good for
  // nothing but closing.
  [[nodiscard]] static Request Connect(Handle socket, Buffer address) {
    Request request(RequestKind::kConnect, std::move(socket));
    request.buffer = std::move(address);
    return request;
  }

  // Reads a file (or, at the current position, a pipe).
  [[nodiscard]] static Request Read(Handle handle, Buffer buffer,
                                    TransferOptions options = {}) {
    return Transfer(RequestKind::kRead, std::move(handle), std::move(buffer),
                    options);
  }
  [[nodiscard]] static Request Read(Handle handle, std::vector<Buffer> buffers,
                                    TransferOptions options = {}) {
    return Transfer(RequestKind::kRead, std::move(handle), std::move(buffers),
                    options);
  }

  // Writes a file (or, at the current position, a pipe). Not durable before a
  // sync. To a pipe or socket whose reader is gone it ends with
  // Error::kBrokenPipe, and on Linux may raise SIGPIPE as well, as write(2)
  // does: a program that writes to pipes ignores that signal. Send does not.
  [[nodiscard]] static Request Write(Handle handle, Buffer buffer,
                                     TransferOptions options = {}) {
    return Transfer(RequestKind::kWrite, std::move(handle), std::move(buffer),
                    options);
  }
  [[nodiscard]] static Request Write(Handle handle, std::vector<Buffer> buffers,
                                     TransferOptions options = {}) {
    return Transfer(RequestKind::kWrite, std::move(handle), std::move(buffers),
                    options);
  }

  // Writes, and ends with kOk only when the bytes are durable (guarantee G14):
  // one flagged operation where that does it, otherwise writes and then one
  // data sync, issued after the last byte has been written. The extent is
  // always kAll.
  [[nodiscard]] static Request DurableWrite(Handle handle, Buffer buffer,
                                            TransferOptions options = {}) {
    return Transfer(RequestKind::kDurableWrite, std::move(handle),
                    std::move(buffer), options);
  }
  [[nodiscard]] static Request DurableWrite(Handle handle,
                                            std::vector<Buffer> buffers,
                                            TransferOptions options = {}) {
    return Transfer(RequestKind::kDurableWrite, std::move(handle),
                    std::move(buffers), options);
  }

  // Receives from a connected socket. With kAll, bytes that arrived before a
  // deadline or cancel are in the buffer and counted in the outcome.
  [[nodiscard]] static Request Receive(Handle handle, Buffer buffer,
                                       TransferOptions options = {}) {
    return Transfer(RequestKind::kReceive, std::move(handle), std::move(buffer),
                    options);
  }

  // Sends on a connected socket. If it does not end with kOk, the first
  // `outcome.bytes` bytes may be on the wire: the caller must not send the
  // request again on the same connection (S3-26). Never raises SIGPIPE.
  [[nodiscard]] static Request Send(Handle handle, Buffer buffer,
                                    TransferOptions options = {}) {
    return Transfer(RequestKind::kSend, std::move(handle), std::move(buffer),
                    options);
  }
  [[nodiscard]] static Request Send(Handle handle, std::vector<Buffer> buffers,
                                    TransferOptions options = {}) {
    return Transfer(RequestKind::kSend, std::move(handle), std::move(buffers),
                    options);
  }

  // Gives up at `time` (on the port's clock): the outcome is then kDeadline
  // unless the request was complete by then (guarantees G4 to G6). Covers the
  // whole request, waiting in the queue included.
  [[nodiscard]] Request&& WithDeadline(Time time) && {
    deadline = time;
    return std::move(*this);
  }

  // Replaces the kind's own drop policy.
  [[nodiscard]] Request&& WithDropPolicy(DropPolicy policy) && {
    on_drop = policy;
    return std::move(*this);
  }

  Request() = default;
  Request(Request&&) = default;
  // Safe on itself, so that `request = std::move(request).WithDeadline(time)`
  // does what it says; a vector's own self-assignment would lose the buffers.
  Request& operator=(Request&& other) noexcept {
    if (this != &other) {
      std::destroy_at(this);
      std::construct_at(this, std::move(other));
    }
    return *this;
  }

  // True if this is Request::Nop() as it was made.
  bool IsPlainNop() const {
    return kind == RequestKind::kNop && deadline == kNever &&
           on_drop == DropPolicy::kCancel;
  }

  // Becomes `other`, a transfer of one buffer, but for its deadline; `other`
  // keeps nothing. Requires that this is a Request::Nop().
  void TakePlainTransfer(Request& other) {
    kind = other.kind;
    extent = other.extent;
    on_drop = other.on_drop;
    offset = other.offset;
    buffer_offset = other.buffer_offset;
    length = other.length;
    // Over what owns nothing.
    std::construct_at(&handle, std::move(other.handle));
    std::construct_at(&buffer, std::move(other.buffer));
  }

  // Makes this a Request::Nop() again after TakePlainTransfer. Requires that
  // handle and buffer were taken out.
  void ResetPlainTransfer() {
    kind = RequestKind::kNop;
    extent = Extent::kAll;
    on_drop = DropPolicy::kCancel;
    offset = kCurrentPosition;
    buffer_offset = 0;
    length = 0;
  }

  // Makes this a Request::Nop() again. Requires that handle and buffers were
  // taken out.
  void ResetDescription() {
    kind = RequestKind::kNop;
    extent = Extent::kAll;
    on_drop = DropPolicy::kCancel;
    sync_level = SyncLevel::kFull;
    mode = 0;
    deadline = kNever;
    offset = kCurrentPosition;
    buffer_offset = 0;
    length = 0;
  }

  RequestKind kind = RequestKind::kNop;
  Extent extent = Extent::kAll;
  DropPolicy on_drop = DropPolicy::kCancel;
  SyncLevel sync_level = SyncLevel::kFull;
  // PollEvents, AllocateMode, OpenFlags or ShutdownSide.
  uint32_t mode = 0;
  Time deadline = kNever;
  uint64_t offset = kCurrentPosition;
  uint64_t buffer_offset = 0;
  // Bytes of a transfer with one buffer (kToBufferEnd until it is submitted),
  // or of an allocation.
  uint64_t length = 0;
  Handle handle;
  Buffer buffer;
  std::vector<Buffer> buffers;

 private:
  explicit Request(RequestKind the_kind) : kind(the_kind) {}
  Request(RequestKind the_kind, Handle the_handle)
      : kind(the_kind), handle(std::move(the_handle)) {}

  template <class Bytes>
  static Request Transfer(RequestKind kind, Handle handle, Bytes bytes,
                          const TransferOptions& options) {
    Request request(kind, std::move(handle));
    request.extent = options.extent;
    if (kind != RequestKind::kRead && kind != RequestKind::kReceive) {
      request.on_drop = DropPolicy::kRunToEnd;
    }
    request.offset = options.offset;
    request.buffer_offset = options.buffer_offset;
    request.length = options.length;
    if constexpr (std::is_same_v<Bytes, Buffer>) {
      request.buffer = std::move(bytes);
    } else {
      request.buffers = std::move(bytes);
    }
    return request;
  }
};

// True if requests of this kind move bytes of buffers.
constexpr bool IsTransfer(RequestKind kind) {
  return kind >= RequestKind::kRead;
}

// True if the request ends with a new handle.
constexpr bool MakesHandle(RequestKind kind) {
  return kind == RequestKind::kOpen || kind == RequestKind::kAccept;
}

// True if the bytes go from the kernel into the buffer.
constexpr bool IsInput(RequestKind kind) {
  return kind == RequestKind::kRead || kind == RequestKind::kReceive;
}

}  // namespace wharf

#endif  // WHARF_ENGINE_REQUEST_H_
