#include "sim/kernel/kernel.h"

#include <utility>

#include "absl/status/status.h"
#include "sim/kernel/port.h"
#include "sim/memory_guard.h"

namespace wharf::sim {
namespace {

// So many violations come with their operation's history.
constexpr std::size_t kHistories = 100;

}  // namespace

Kernel::Kernel(const KernelOptions& options)
    : options_(options),
      trace_(options.keep_trace),
      choices_(options.chooser, &trace_, &clock_),
      ownership_(options.strict),
      disk_(options.sector, options.disk_bytes),
      memory_(
          [this](ViolationKind kind, std::string message) {
            Violate(kind, {}, std::move(message));
          },
          [this](std::span<const std::byte> bytes) {
            return IsMemoryInUse(bytes);
          }) {}

Kernel::~Kernel() = default;

std::unique_ptr<CompletionPort> Kernel::OpenPort(const PortOptions& options) {
  const auto number = static_cast<uint32_t>(ports_.size());
  auto port = std::make_unique<KernelPort>(this, number, options);
  ports_.push_back(port.get());
  return port;
}

absl::StatusOr<Handle> Kernel::OpenFile(std::string_view name,
                                        const FileOptions& options) {
  OpenObject object;
  object.index = options.create ? disk_.FindOrCreate(name) : disk_.Find(name);
  if (object.index == kNoIndex) {
    return absl::NotFoundError("no file of that name");
  }
  object.kind = ObjectKind::kFile;
  object.direct = options.direct;
  object.write_through = options.write_through;
  const NativeHandle handle = handles_.Open(object);
  trace_.Add(clock_.Now(), TraceKind::kHandle, "file.opened",
             static_cast<uint64_t>(handle));
  return Adopt(handle);
}

Handle Kernel::Adopt(NativeHandle native) {
  return Handle::Adopt(
      native,
      [](NativeHandle handle, void* kernel) {
        static_cast<Kernel*>(kernel)->CloseHandle(handle);
      },
      this);
}

bool Kernel::RemoveFile(std::string_view name) { return disk_.Remove(name); }

FileImage* Kernel::FindFile(std::string_view name) {
  const uint32_t file = disk_.Find(name);
  return file == kNoIndex ? nullptr : &disk_[file];
}

void Kernel::CloseHandle(NativeHandle handle) {
  // A handle that outlived a crash has nothing to close.
  if (!handles_.FromThisBoot(handle)) return;
  const uint32_t object = handles_.Close(handle);
  if (object == kNoIndex) {
    if (options_.forbid_closed_handles) {
      Violate(ViolationKind::kClosedHandle, {},
              "handle " + std::to_string(handle) + " closed twice");
    }
    return;
  }
  trace_.Add(clock_.Now(), TraceKind::kHandle, "handle.closed",
             static_cast<uint64_t>(handle), handles_[object].operations);
  if (handles_[object].operations > 0) {
    if (options_.forbid_closed_handles) {
      Violate(ViolationKind::kClosedHandle, {},
              "handle " + std::to_string(handle) + " closed while " +
                  std::to_string(handles_[object].operations) +
                  " operations use it");
    }
    AbortOperationsOn(object);
    return;
  }
  CloseObject(object);
}

void Kernel::DropObjectUse(uint32_t object) {
  if (--handles_[object].operations > 0 || handles_[object].open) return;
  CloseObject(object);
}

// Neither handle nor operation names the object any more. Its peers may see
// that later than who closed it (Linux puts the release off).
void Kernel::CloseObject(uint32_t object) {
  if (handles_[object].kind != ObjectKind::kFile) {
    const Duration delay = Latency("close.release");
    if (delay > Duration(0)) {
      events_.Schedule(SaturatingAdd(clock_.Now(), delay), EventKind::kRelease,
                       object, 0);
      return;
    }
  }
  ReleaseObject(object);
}

void Kernel::ReleaseObject(uint32_t object) {
  const OpenObject closed = handles_[object];
  handles_.Release(object);
  if (closed.kind == ObjectKind::kStreamEnd) CloseEnd(closed.index);
  if (closed.kind == ObjectKind::kListener) CloseListener(closed.index);
}

Personality Kernel::PersonalityOf(const Slot& slot) const {
  const KernelPort* port = slot.port == kNoIndex ? nullptr : ports_[slot.port];
  return port == nullptr ? Personality::kIoUring : port->personality();
}

bool Kernel::IsPlainCall(const Slot& slot) const {
  if (PersonalityOf(slot) != Personality::kLinuxAio) return false;
  const Operation& operation = slot.operation;
  if (operation.opcode == Opcode::kPoll || operation.opcode == Opcode::kSync) {
    return false;
  }
  return !IsTransfer(operation.opcode) || slot.object == kNoIndex ||
         handles_[slot.object].kind != ObjectKind::kFile ||
         operation.offset == kCurrentPosition;
}

bool Kernel::IsPolled(const Slot& slot) const {
  return PersonalityOf(slot) == Personality::kLinuxAio &&
         slot.object != kNoIndex &&
         handles_[slot.object].kind != ObjectKind::kFile &&
         slot.operation.opcode != Opcode::kSync;
}

bool Kernel::EndsAtOnce(const Slot& slot) const {
  return handles_[slot.object].nonblocking &&
         PersonalityOf(slot) != Personality::kLinuxAio;
}

void Kernel::Violate(ViolationKind kind, OperationId id, std::string message) {
  // A program that has gone wrong often is not looked at every time.
  const bool tell = id.value != 0 && violations_.size() < kHistories;
  violations_.push_back(
      {kind, id, std::move(message), tell ? History(id) : std::string()});
  trace_.Add(clock_.Now(), TraceKind::kViolation, "violation", id.value,
             static_cast<int64_t>(kind));
}

// The operation was accepted: its memory is the machine's.
void Kernel::TakeMemory(uint32_t index) {
  Slot& slot = table_[index];
  const Operation& operation = slot.operation;
  uint32_t other = kNoIndex;
  const auto take = [&](const void* base, std::size_t length, bool writes) {
    const uint32_t user = live_memory_.Add(
        {static_cast<const std::byte*>(base), length}, index, writes);
    if (other == kNoIndex) other = user;
  };
  IoVector single;
  for (const IoVector& vector : VectorsOf(operation, single)) {
    take(vector.base, vector.length, ReadsIntoMemory(operation.opcode));
  }
  if (IsVectored(operation.opcode)) {
    take(operation.data, operation.length * sizeof(IoVector), false);
  }
  if (other != kNoIndex) {
    const Operation& user = table_[other].operation;
    Violate(ViolationKind::kMemoryShared, operation.id,
            std::string(OpcodeName(operation.opcode)) +
                ": its memory is also that of " +
                std::string(OpcodeName(user.opcode)) + " #" +
                std::to_string(user.id.value) + ", which is in flight");
  }
  ownership_.Begin(slot);
}

void Kernel::LeaveMemory(uint32_t index) {
  const Slot& slot = table_[index];
  if (IsVectored(slot.operation.opcode)) {
    live_memory_.RemoveAll(index);
  } else {
    live_memory_.RemoveOne(index,
                           static_cast<const std::byte*>(slot.operation.data));
  }
}

bool Kernel::IsMemoryInUse(std::span<const std::byte> bytes) {
  const uint32_t user = live_memory_.FindUser(bytes);
  if (user == kNoIndex) return false;
  const Operation& operation = table_[user].operation;
  Violate(ViolationKind::kMemoryReleased, operation.id,
          std::string(OpcodeName(operation.opcode)) +
              ": its memory was given back while it belonged to the kernel");
  return true;
}

bool Kernel::CheckWatchedMemory(uint32_t index) {
  Slot& slot = table_[index];
  if (ownership_.Check(slot)) return true;
  Violate(ViolationKind::kMemoryChanged, slot.operation.id,
          std::string(OpcodeName(slot.operation.opcode)) +
              ": its memory changed while it belonged to the kernel");
  return ownership_.ArrayIntact(slot);
}

void Kernel::Crash() { CrashNow(); }

void Kernel::CrashNow() {
  ++crashes_;
  trace_.Add(clock_.Now(), TraceKind::kMachine, "crash", 0,
             static_cast<int64_t>(crashes_));
  for (uint32_t i = 0; i < table_.size(); ++i) {
    const Slot& slot = table_[i];
    if (slot.state != SlotState::kScheduled && slot.state != SlotState::kDue) {
      continue;
    }
    if (slot.decided || slot.object == kNoIndex ||
        handles_[slot.object].kind != ObjectKind::kFile ||
        ClassOf(slot.operation.opcode, false) != OperationClass::kWrite ||
        !ownership_.ArrayIntact(slot) || !choices_.Happens("crash.in_flight")) {
      continue;
    }
    const OpenObject& object = handles_[slot.object];
    uint64_t offset = slot.operation.offset == kCurrentPosition
                          ? object.position
                          : slot.operation.offset;
    IoVector single;
    for (const IoVector& vector : VectorsOf(slot.operation, single)) {
      if (vector.length == 0) continue;
      if (offset + vector.length > options_.max_file_bytes) break;
      disk_[object.index].AddInFlightWrite(
          offset, {static_cast<const std::byte*>(vector.base), vector.length});
      offset += vector.length;
    }
  }
  disk_.Crash(choices_);
  handles_.Crash();
  channels_.clear();
  ends_.clear();
  listeners_.clear();
  free_channels_.clear();
  free_ends_.clear();
  free_listeners_.clear();
  events_.Clear();
  due_.Clear();
  live_memory_.Clear();
  for (uint32_t i = 0; i < table_.size(); ++i) {
    if (table_[i].state != SlotState::kFree) table_.Release(i);
  }
  for (KernelPort* port : ports_) {
    if (port == nullptr) continue;
    port->Forget();
    port->Fail(absl::AbortedError("the simulated machine has crashed"));
  }
}

void Kernel::PassTime(Duration time) {
  clock_.Advance(time);
  RunEvents();
}

void Kernel::Settle() {
  RunDue();
  while (!events_.empty()) {
    clock_.AdvanceTo(events_.NextTime());
    RunDue();
  }
  CheckBuffers();
}

std::string Kernel::History(OperationId id) const {
  std::string text;
  for (const TraceEntry& entry : trace_.entries()) {
    const bool about_operation = entry.kind == TraceKind::kSubmit ||
                                 entry.kind == TraceKind::kCancel ||
                                 entry.kind == TraceKind::kComplete ||
                                 entry.kind == TraceKind::kDeliver ||
                                 entry.kind == TraceKind::kViolation;
    if (about_operation && entry.subject == id.value) {
      text += Describe(entry) + "\n";
    }
  }
  return text;
}

}  // namespace wharf::sim
