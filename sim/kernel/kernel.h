// Kernel: a simulated machine on which a user's whole program can run: the same
// engine API, no system call, virtual time, every race reachable and every run
// replayable from the answers of one Chooser.
//
//   RandomChooser chooser(seed, profile);
//   Kernel kernel({.chooser = &chooser});
//   auto engine = Engine::Create(kernel.OpenPort({}), EngineOptions{});
//   Handle log = *kernel.OpenFile("log");
//   ... the program ...
//   EXPECT_EQ(Describe(kernel.violations()), "");
//
// Supported: all opcodes of engine/operation.h; files with a cached and a
// durable image; socket pairs, listeners, connections and pipes with bounded
// buffers, delays, half close and reset; poll; a bounded handle table; cancels;
// crashes and reboots; several ports, also of different personalities, on one
// machine; every row of the catalogue that rows.h has in scope.
// Rejected: directories; datagrams; addresses other than a listener's name.
// Divergence from a real kernel: time passes only in a Reap that sleeps (and
// where a submission blocks); an operation takes effect at one instant between
// its submission and its completion, but for a read of a file that stands still
// between its bytes and a write that reads see half done; the parts
// (file_image.h, channel.h, handle_table.h, file_system.h) say where they
// differ.
//
// Not for concurrent use, except CompletionPort::Wake.

#ifndef WHARF_SIM_KERNEL_KERNEL_H_
#define WHARF_SIM_KERNEL_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/buffer.h"
#include "engine/handle.h"
#include "engine/port.h"
#include "sim/choices.h"
#include "sim/chooser.h"
#include "sim/guarded_memory.h"
#include "sim/kernel/channel.h"
#include "sim/kernel/event_queue.h"
#include "sim/kernel/file_system.h"
#include "sim/kernel/handle_table.h"
#include "sim/kernel/kernel_options.h"
#include "sim/kernel/live_memory.h"
#include "sim/kernel/operation_table.h"
#include "sim/kernel/ownership.h"
#include "sim/kernel/personality.h"
#include "sim/kernel/ring_queue.h"
#include "sim/kernel/rows.h"
#include "sim/trace.h"
#include "sim/violation.h"
#include "sim/virtual_clock.h"

namespace wharf::sim {

class KernelPort;

// The machine. Outlives its ports (hence the engines that own them) and
// handles.
class Kernel {
 public:
  explicit Kernel(const KernelOptions& options = {});
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  ~Kernel();

  // A port onto this machine, for one engine.
  [[nodiscard]] std::unique_ptr<CompletionPort> OpenPort(
      const PortOptions& options = {});

  // Opens a file; the handle closes itself. NOT_FOUND if there is none and it
  // is not to be created. Always succeeds otherwise: opening is not simulated.
  [[nodiscard]] absl::StatusOr<Handle> OpenFile(
      std::string_view name, const FileOptions& options = {});
  // Removes a file's name; false if there is none.
  bool RemoveFile(std::string_view name);
  // The file, for looking at it or spoiling it; null if there is none. Valid
  // until the kernel dies.
  FileImage* FindFile(std::string_view name);

  // Two connected stream sockets.
  [[nodiscard]] std::pair<Handle, Handle> SocketPair(
      const StreamOptions& options = {});
  // A pipe: its reading end, then its writing end. Sockets' opcodes do not work
  // on it, reads and writes at the current position do.
  [[nodiscard]] std::pair<Handle, Handle> Pipe(
      const StreamOptions& options = {});
  // A socket that can be connected.
  [[nodiscard]] Handle Socket(const StreamOptions& options = {});
  // A socket that accepts connections to the address `name`, of which `backlog`
  // (at least 1) may wait to be accepted. ALREADY_EXISTS if another one does.
  [[nodiscard]] absl::StatusOr<Handle> Listen(
      std::string_view name, std::size_t backlog = 16,
      const StreamOptions& options = {});
  // The address of a listener as connect takes it: its name.
  [[nodiscard]] static Buffer AddressOf(std::string_view name);
  // The stream's other side will see its end behind all that was sent; sends
  // fail from here on. No effect on what is not a stream.
  void ShutdownWrite(NativeHandle handle);
  // The connection breaks: bytes under way are lost, both sides get
  // Error::kConnectionReset. No effect on what is not a stream.
  void Reset(NativeHandle handle);
  // Closes a handle, as its Handle does when it dies. What its operations do
  // then depends on the personality (U-20, A-13, W-08). If the options say so,
  // a kClosedHandle violation if it names nothing or operations still use it.
  void CloseHandle(NativeHandle handle);

  // The power fails and comes back: all ports are dead (Reap says
  // ABORTED), all handles name nothing, streams are gone, and files hold what
  // the chooser lets survive.
  void Crash();

  // The program computes for so long: what has happened meanwhile shows in the
  // next Reap.
  void PassTime(Duration time);
  // Lets time run until nothing is left to happen by itself, and looks at all
  // buffers (CheckBuffers).
  void Settle();

  // A decision of the program's own, answered by the machine's chooser and kept
  // in its trace: so one list of answers replays both. 0..n-1.
  uint32_t Choose(uint32_t n, const Label& label) {
    return choices_.Pick(n, label);
  }

  // A buffer with a fence, poison when it is new and when it was given back
  // (sim/guarded_memory.h). A kMemoryReleased violation if it is given back
  // while an operation uses it. Every buffer but abandoned ones (guarantee G12)
  // is given back before the machine dies.
  [[nodiscard]] Buffer AllocateBuffer(
      std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
    return memory_.Allocate(size, alignment);
  }
  // Looks at the fences of all buffers and at what was given back: a kOverrun
  // or kWrittenAfterRelease violation for each that somebody wrote to. One pass
  // over all of them.
  void CheckBuffers() { memory_.Check(); }

  // For choosers that steer a run (kernel_guide.cc): which operation the
  // decision being asked is about; value 0 if it is about none.
  OperationId deciding() const { return deciding_; }
  // At "completion.later": what its operation came to.
  int64_t decided_result() const { return decided_result_; }
  // The operation behind each option of "order.next"; value 0 if there is none.
  OperationId OperationBehind(uint32_t option) const;
  // Whether an operation is in flight that has not begun.
  bool IsStaged(OperationId id) const;
  // True if the operation, which is in flight, is one on a stream's end.
  bool IsOnStream(OperationId id) const;
  // Whether a poll, or a read of a file, that is in flight could end with that
  // now; `bytes` are what was read. False for everything else.
  bool MaySay(OperationId id, int64_t result,
              std::span<const std::byte> bytes) const;
  // How many of these bytes, behind those that it has copied, a read of a file
  // that is in flight could copy now; none for everything else.
  std::optional<uint64_t> MayCopy(OperationId read,
                                  std::span<const std::byte> bytes) const;
  // What a change of a file, done now, would mean to a read of it that is to
  // end with these bytes: it brings the next one; it takes away another one.
  enum class Effect : uint8_t { kNone, kFeeds, kSpoils };
  Effect EffectOn(OperationId change, OperationId read,
                  std::span<const std::byte> bytes) const;
  // Whether another change would replace what this one of the file `name` is to
  // leave there, if that ends with these bytes.
  bool WaitsFor(OperationId change, OperationId other, std::string_view name,
                std::span<const std::byte> end) const;
  // Options of a decision about a latency, and what each means: 0, and then at
  // least four times the one before.
  static constexpr uint32_t kLatencyOptions = 8;
  static Duration LatencyOf(uint32_t option);
  // At "write.torn": behind how many more of its bytes a read in flight that is
  // to end with these could go on; 0 if not in its middle.
  uint64_t TornForRead(OperationId read,
                       std::span<const std::byte> bytes) const;

  // Adds an entry of the program's own to the trace.
  void Note(const Label& label, uint64_t subject = 0, int64_t a = 0,
            int64_t b = 0) {
    trace_.Add(clock_.Now(), TraceKind::kUser, label, subject, a, b);
  }

  // The machine's time.
  Time Now() const { return clock_.Now(); }
  // What happened.
  const Trace& trace() const { return trace_; }
  // How often each row of the catalogue happened.
  const RowCounts& rows() const { return rows_; }
  // What went wrong so far, in order.
  const std::vector<Violation>& violations() const { return violations_; }
  // The trace of one operation, one line per entry, if entries are kept.
  std::string History(OperationId id) const;
  // Steps so far: instants at which an operation took effect. Numbered from 1;
  // a power failure may hit before each.
  uint64_t steps() const { return steps_; }
  // Times that the power failed.
  uint64_t crashes() const { return crashes_; }
  // Operations in the machine's hands.
  std::size_t live() const { return table_.live(); }
  // Completions handed over by all ports.
  uint64_t delivered() const { return delivered_; }
  // Handles that are open.
  std::vector<NativeHandle> OpenHandles() const {
    return handles_.OpenHandles();
  }

 private:
  friend class KernelPort;

  struct ChannelEntry {
    Channel channel;
    uint32_t reader = kNoIndex;  // Stream ends; none once closed.
    uint32_t writer = kNoIndex;
  };
  struct StreamEnd {
    uint32_t in = kNoIndex;  // Channels.
    uint32_t out = kNoIndex;
    bool socket = false;
    // The connection was reset; the next operation is told, once.
    bool reset_pending = false;
    // Shut down before it was connected. Of the sending side only this end
    // knows.
    bool shut_receive = false;
    bool shut_send = false;
    // An attempt to connect goes on without an operation; and how it ended, for
    // the next operation to hear.
    bool connecting = false;
    Error connect_error = Error::kNone;
    uint64_t attempt = 0;
    std::string address;
    SlotList readers;
    SlotList writers;
    SlotList pollers;
  };
  struct Listener {
    std::string name;
    std::size_t backlog = 0;
    RingQueue<uint32_t> connections;  // Stream ends that wait to be accepted.
    SlotList acceptors;
    SlotList pollers;
    // Connects that found no room, at most.
    uint32_t hanging = 0;
    bool open = true;
  };
  struct DueEntry {
    uint32_t slot = 0;
    uint64_t serial = 0;
  };

  // kernel.cc: the machine, and what all operations share.
  void Violate(ViolationKind kind, OperationId id, std::string message);
  Handle Adopt(NativeHandle native);
  void CrashNow();
  bool StepIsFatal() {
    ++steps_;
    return steps_ == options_.crash_before_step ||
           (options_.may_crash && choices_.Happens("machine.crash"));
  }
  // True if the operation's memory may be used.
  bool CheckMemory(uint32_t index) {
    return !ownership_.Watches(table_[index]) || CheckWatchedMemory(index);
  }
  bool CheckWatchedMemory(uint32_t index);
  void TakeMemory(uint32_t index);
  void LeaveMemory(uint32_t index);
  bool IsMemoryInUse(std::span<const std::byte> bytes);
  void DropObjectUse(uint32_t object);
  KernelPort* PortOf(const Slot& slot) {
    return slot.port == kNoIndex ? nullptr : ports_[slot.port];
  }
  Personality PersonalityOf(const Slot& slot) const;
  // Linux AIO's port makes the call itself, inside Reap: its end is reported
  // there, too.
  bool IsPlainCall(const Slot& slot) const;
  // It waits by a poll of the kernel's, or is one.
  bool IsPolled(const Slot& slot) const;
  // An operation that finds nothing to do ends instead of waiting. Linux AIO's
  // port polls, whatever the handle's flags.
  bool EndsAtOnce(const Slot& slot) const;

  // kernel_operations.cc: from the beginning of an operation to its end.
  void Start(uint32_t index);
  void Execute(uint32_t index);
  void ExecuteOpcode(uint32_t index);
  void Schedule(uint32_t index, Duration delay);
  void MakeDue(uint32_t index) {
    table_[index].state = SlotState::kDue;
    due_.Push({index, table_[index].serial});
  }
  void Post(uint32_t index, int64_t result, int32_t native_error);
  void PostError(uint32_t index, Error error);
  void Decide(uint32_t index, int64_t result, int32_t native_error,
              const Label& latency);
  void DecideError(uint32_t index, Error error, const Label& latency);
  void PassOn(uint32_t object);
  void Release(uint32_t index);
  Duration Latency(const Label& label);
  void RunDue();
  void RunEvents();
  const Fault* PickFault(uint32_t index, OperationClass operation,
                         const Label& label);

  // kernel_files.cc
  void ExecuteFile(uint32_t index);
  void ReadFile(Slot& slot, uint32_t index);
  void WriteFile(Slot& slot, uint32_t index);
  void SyncFile(Slot& slot, uint32_t index);
  void AllocateFile(Slot& slot, uint32_t index);
  void WriteBytes(const Slot& slot, uint64_t offset, uint64_t from,
                  uint64_t to);
  bool Misaligned(const Slot& slot, uint64_t offset) const;
  uint64_t OffsetOf(const Slot& slot) const;
  void SetPosition(Slot& slot);

  // kernel_torn.cc
  bool MayPause(const Slot& slot) const;
  void Pause(uint32_t index);
  uint64_t WriteInParts(uint32_t index, uint64_t offset, uint64_t count);
  void ReadBetween(uint32_t file);
  bool IsDueRead(const DueEntry& entry, uint32_t file) const;

  // kernel_streams.cc
  std::pair<Handle, Handle> OpenStreams(bool socket, bool both_ways,
                                        const StreamOptions& options);
  void ExecuteStream(uint32_t index);
  void Receive(Slot& slot, uint32_t index, StreamEnd& end);
  void Send(Slot& slot, uint32_t index, StreamEnd& end);
  void PostUnconnected(uint32_t index, const StreamEnd& end,
                       const Label& label);
  void Arrived(uint32_t channel);
  // What is sent now arrives when; and lets it.
  Time ArrivalTime();
  void ArriveAt(uint32_t channel, Time arrival);
  void BreakChannel(uint32_t index);
  void ResetEnd(uint32_t end);
  void CloseEnd(uint32_t end);
  bool TakeReset(uint32_t index, StreamEnd& end);
  bool FailStream(uint32_t index, StreamEnd& end, Error error);
  void Connect(uint32_t writer, uint32_t reader);
  void ShutdownEnd(uint32_t end, ShutdownSide side);
  uint32_t NewEnd(bool socket);
  void LeaveChannel(uint32_t channel, bool reader);

  // kernel_waits.cc
  struct Readiness {
    uint32_t certain = 0;
    uint32_t possible = 0;
  };
  void Poll(Slot& slot, uint32_t index, StreamEnd& end);
  bool PollMaySay(const Slot& slot, uint32_t events) const;
  bool IsFileRead(const Slot& slot) const;
  const Slot* SlotOf(OperationId id) const;
  std::optional<std::byte> ByteFrom(const Slot& slot, uint64_t offset,
                                    uint64_t place, uint64_t size) const;
  Readiness ReadinessOf(const StreamEnd& end, Personality personality) const;
  void WaitFor(uint32_t index, SlotList& list);
  void StopWaiting(uint32_t index);
  void WakeAll(SlotList& list);
  void MakeDueLater(uint32_t index, const Label& latency);
  void WakeReaders(uint32_t index);
  void WakeWriters(uint32_t index);
  bool IsUnheard(const Channel& out, const StreamEnd& writer);
  void WakeBoth(uint32_t channel);

  // kernel_handles.cc
  void ExecuteOpen(uint32_t index);
  void ExecuteClose(uint32_t index);
  void ExecuteShutdown(uint32_t index);
  void ExecuteListener(uint32_t index);
  void ExecuteConnect(uint32_t index);
  bool TakeConnectState(uint32_t index, StreamEnd& end);
  void GoOnConnecting(uint32_t index);
  void FinishConnect(uint32_t number, uint64_t attempt);
  bool HasRoom(uint32_t listener) const;
  void Establish(uint32_t near, uint32_t listener);
  NativeHandle NewStream(uint32_t end, bool nonblocking);
  uint32_t FindListener(std::string_view name) const;
  void WakeAcceptors(Listener& listener);
  void RetryConnects(uint32_t number);
  void CloseListener(uint32_t number);
  void CloseObject(uint32_t object);
  void ReleaseObject(uint32_t object);
  void DropConnection(Listener& listener);
  void CloseThrough(uint32_t index);
  void DropResult(uint32_t index);
  bool HasFreeHandle() const { return handles_.open() < options_.max_handles; }

  // kernel_cancel.cc
  void ArriveCancel(uint32_t index);
  void CancelWaiting(uint32_t index);
  void CancelRunning(uint32_t index);
  void CancelStaged(uint32_t index);
  bool NeverSleeps(const Slot& slot) const;
  void TraceStagedCancel(const Slot& slot);
  void LateCancel(uint32_t index);
  void AbortOperationsOn(uint32_t object);

  KernelOptions options_;
  VirtualClock clock_;
  Trace trace_;
  Choices choices_;
  RowCounts rows_;
  std::vector<Violation> violations_;
  Ownership ownership_;
  LiveMemory live_memory_;
  OperationTable table_;
  EventQueue events_;
  RingQueue<DueEntry> due_;
  HandleTable handles_;
  FileSystem disk_;
  std::vector<ChannelEntry> channels_;
  std::vector<StreamEnd> ends_;
  std::vector<Listener> listeners_;
  // Indices to be used again.
  std::vector<uint32_t> free_channels_;
  std::vector<uint32_t> free_ends_;
  std::vector<uint32_t> free_listeners_;
  uint64_t attempts_ = 0;
  std::vector<KernelPort*> ports_;  // Null once gone.

  // A write of which others may see a part: its slot, place, bytes in all and
  // bytes written.
  struct TornWrite {
    uint32_t slot = kNoIndex;
    uint64_t offset = 0;
    uint64_t count = 0;
    uint64_t done = 0;
  };
  TornWrite torn_;
  OperationId deciding_;
  int64_t decided_result_ = 0;
  uint64_t steps_ = 0;
  uint64_t crashes_ = 0;
  uint64_t delivered_ = 0;
  GuardedMemory memory_;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_KERNEL_H_
