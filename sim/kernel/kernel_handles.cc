// Operations that make and end handles: open, close, shutdown, accept, connect.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "sim/kernel/kernel.h"

namespace wharf::sim {
namespace {

// What Linux needs to give up on an address that does not answer.
constexpr Duration kConnectTimeout = std::chrono::seconds(127);

std::string_view NameIn(const Operation& operation) {
  return {static_cast<const char*>(operation.data),
          static_cast<std::size_t>(operation.length)};
}

}  // namespace

Handle Kernel::Socket(const StreamOptions& options) {
  return Adopt(NewStream(NewEnd(/*socket=*/true), options.nonblocking));
}

absl::StatusOr<Handle> Kernel::Listen(std::string_view name,
                                      std::size_t backlog,
                                      const StreamOptions& options) {
  if (FindListener(name) != kNoIndex) {
    return absl::AlreadyExistsError("the address is in use");
  }
  OpenObject object;
  object.kind = ObjectKind::kListener;
  object.index = static_cast<uint32_t>(listeners_.size());
  object.nonblocking = options.nonblocking;
  if (free_listeners_.empty()) {
    listeners_.emplace_back();
  } else {
    object.index = free_listeners_.back();
    free_listeners_.pop_back();
  }
  Listener& listener = listeners_[object.index];
  listener.name = name;
  listener.backlog = std::max<std::size_t>(backlog, 1);
  listener.open = true;
  const NativeHandle handle = handles_.Open(object);
  trace_.Add(clock_.Now(), TraceKind::kHandle, "listener.opened",
             static_cast<uint64_t>(handle));
  return Adopt(handle);
}

Buffer Kernel::AddressOf(std::string_view name) {
  Buffer address = Buffer::Allocate(name.size());
  std::memcpy(address.data(), name.data(), name.size());
  return address;
}

uint32_t Kernel::FindListener(std::string_view name) const {
  for (uint32_t i = 0; i < listeners_.size(); ++i) {
    if (listeners_[i].open && listeners_[i].name == name) return i;
  }
  return kNoIndex;
}

void Kernel::ExecuteOpen(uint32_t index) {
  const Slot& slot = table_[index];
  const uint32_t mode = slot.operation.mode;
  const std::string_view path = NameIn(slot.operation);
  const Fault* fault = PickFault(index, OperationClass::kOpen, "open.outcome");
  if (fault != nullptr) {
    PostError(index, fault->error);
    return;
  }
  if (!HasFreeHandle()) {
    PostError(index, Error::kTooManyFiles);
    return;
  }
  uint32_t file = disk_.Find(path);
  if (file != kNoIndex) {
    if ((mode & kOpenDirectory) != 0) {
      PostError(index, Error::kNotDirectory);
      return;
    }
    if ((mode & kOpenCreate) != 0 && (mode & kOpenExclusive) != 0) {
      PostError(index, Error::kExists);
      return;
    }
  } else {
    if ((mode & kOpenCreate) == 0 || (mode & kOpenDirectory) != 0) {
      PostError(index, Error::kNotFound);
      return;
    }
    file = disk_.FindOrCreate(path);
  }
  if ((mode & kOpenTruncate) != 0 && disk_[file].size() > 0) {
    disk_[file].Truncate(0);
  }
  OpenObject object;
  object.kind = ObjectKind::kFile;
  object.index = file;
  object.readable = (mode & kOpenRead) != 0;
  object.writable = (mode & kOpenWrite) != 0;
  object.append = (mode & kOpenAppend) != 0;
  object.direct = (mode & kOpenDirect) != 0;
  const NativeHandle handle = handles_.Open(object);
  trace_.Add(clock_.Now(), TraceKind::kHandle, "file.opened",
             static_cast<uint64_t>(handle));
  Post(index, handle, 0);
}

void Kernel::ExecuteClose(uint32_t index) {
  const Fault* fault =
      PickFault(index, OperationClass::kClose, "close.outcome");
  CloseThrough(index);
  if (fault != nullptr) {
    PostError(index, fault->error);
  } else {
    Post(index, 0, 0);
  }
}

// The number is free from here on, whatever is reported (close(2)). The close
// itself is the one operation that may still name the object.
void Kernel::CloseThrough(uint32_t index) {
  Slot& slot = table_[index];
  const NativeHandle handle = slot.operation.handle;
  const uint32_t object = slot.object;
  if (object == kNoIndex) return;  // Refused at submission.
  if (handles_.Find(handle) != object) {
    Violate(ViolationKind::kClosedHandle, slot.operation.id,
            "Close of a handle that was closed meanwhile");
    return;
  }
  slot.object = kNoIndex;
  --handles_[object].operations;
  CloseHandle(handle);
}

void Kernel::ExecuteShutdown(uint32_t index) {
  const Slot& slot = table_[index];
  const OpenObject& object = handles_[slot.object];
  if (object.kind == ObjectKind::kFile ||
      (object.kind == ObjectKind::kStreamEnd && !ends_[object.index].socket)) {
    PostError(index, Error::kNotSocket);
    return;
  }
  const uint32_t end = object.index;
  const auto side = static_cast<ShutdownSide>(slot.operation.mode);
  if (object.kind != ObjectKind::kListener && ends_[end].in == kNoIndex &&
      choices_.Happens("shutdown.unconnected")) {
    // AF_UNIX: it will be so when it is connected.
    ends_[end].shut_receive |= side != ShutdownSide::kSend;
    ends_[end].shut_send |= side != ShutdownSide::kReceive;
    Post(index, 0, 0);
    return;
  }
  if (object.kind == ObjectKind::kListener || ends_[end].in == kNoIndex ||
      (channels_[ends_[end].in].channel.reset() &&
       !choices_.Happens("shutdown.reset"))) {
    PostError(index, Error::kNotConnected);
    return;
  }
  Post(index, 0, 0);
  ShutdownEnd(end, side);
}

void Kernel::ExecuteListener(uint32_t index) {
  const Slot& slot = table_[index];
  const OpenObject& object = handles_[slot.object];
  Listener& listener = listeners_[object.index];
  const bool ready = !listener.connections.empty();
  if (slot.operation.opcode == Opcode::kPoll) {
    if (!ready || (slot.operation.mode & kPollReadable) == 0) {
      WaitFor(index, listener.pollers);
    } else if (const Fault* fault =
                   PickFault(index, OperationClass::kPoll, "poll.outcome");
               fault != nullptr) {
      PostError(index, fault->error);
    } else {
      Post(index, kPollReadable, 0);
    }
    return;
  }
  if (slot.operation.opcode != Opcode::kAccept) {
    PostError(index, Error::kNotConnected);
    return;
  }
  if (!ready) {
    if (EndsAtOnce(slot)) {
      PostError(index, Error::kWouldBlock);
    } else {
      WaitFor(index, listener.acceptors);
    }
    return;
  }
  const Fault* fault =
      PickFault(index, OperationClass::kAccept, "accept.outcome");
  if (fault != nullptr) {
    // A connection that broke while it waited is told of, and gone; any other
    // failure leaves it to the next accept.
    if (fault->error == Error::kConnectionAborted ||
        fault->error == Error::kConnectionReset) {
      DropConnection(listener);
    }
    PostError(index, fault->error);
  } else if (!HasFreeHandle()) {
    PostError(index, Error::kTooManyFiles);
  } else {
    const uint32_t number = object.index;
    const NativeHandle made =
        NewStream(listener.connections.Pop(), object.nonblocking);
    Post(index, made, 0);
    RetryConnects(number);
    WakeAcceptors(listeners_[number]);
    return;
  }
  WakeAcceptors(listener);
}

// There is room: those who found none try again, and one of them gets it.
void Kernel::RetryConnects(uint32_t number) {
  Listener& listener = listeners_[number];
  if (listener.hanging == 0) return;
  listener.hanging = 0;
  for (uint32_t i = 0; i < table_.size(); ++i) {
    Slot& slot = table_[i];
    if (slot.state != SlotState::kScheduled || slot.decided ||
        slot.operation.opcode != Opcode::kConnect || slot.progress == 0 ||
        NameIn(slot.operation) != listener.name) {
      continue;
    }
    slot.progress = 0;
    table_.Renew(i);
    if (PersonalityOf(slot) == Personality::kLinuxAio) {
      MakeDueLater(i, "connect.again");
    } else {
      MakeDue(i);
    }
  }
}

void Kernel::WakeAcceptors(Listener& listener) {
  if (listener.connections.empty()) return;
  WakeAll(listener.acceptors);
  WakeAll(listener.pollers);
}

void Kernel::ExecuteConnect(uint32_t index) {
  Slot& slot = table_[index];
  const OpenObject& object = handles_[slot.object];
  if (object.kind != ObjectKind::kStreamEnd || !ends_[object.index].socket) {
    PostError(index, Error::kNotSocket);
    return;
  }
  const uint32_t near = object.index;
  if (slot.progress > 0) {  // Nobody has answered.
    PostError(index, Error::kTimedOut);
    return;
  }
  if (TakeConnectState(index, ends_[near])) return;
  const Fault* fault =
      PickFault(index, OperationClass::kConnect, "connect.outcome");
  if (fault != nullptr) {
    if (fault->error == Error::kInterrupted) GoOnConnecting(index);
    PostError(index, fault->error);
    return;
  }
  if (EndsAtOnce(slot)) {
    GoOnConnecting(index);
    PostError(index, Error::kInProgress);
    return;
  }
  const uint32_t number = FindListener(NameIn(slot.operation));
  if (number == kNoIndex) {
    PostError(index, Error::kConnectionRefused);
    return;
  }
  if (!HasRoom(number) || choices_.Happens("connect.hangs")) {
    slot.progress = 1;
    Schedule(index, kConnectTimeout);
    ++listeners_[number].hanging;
    return;
  }
  Establish(near, number);
  Post(index, 0, 0);
}

// True if the operation has been told of an earlier attempt to connect.
bool Kernel::TakeConnectState(uint32_t index, StreamEnd& end) {
  if (end.connecting) {
    PostError(index, Error::kAlready);
  } else if (end.connect_error != Error::kNone) {
    PostError(index, std::exchange(end.connect_error, Error::kNone));
  } else if (end.in != kNoIndex) {
    PostError(index, Error::kAlreadyConnected);
  } else {
    return false;
  }
  return true;
}

// The attempt does not end with its operation (connect(2), EINTR and
// EINPROGRESS).
void Kernel::GoOnConnecting(uint32_t index) {
  const Slot& slot = table_[index];
  const uint32_t number = handles_[slot.object].index;
  StreamEnd& end = ends_[number];
  end.connecting = true;
  end.attempt = ++attempts_;
  end.address = NameIn(slot.operation);
  events_.Schedule(SaturatingAdd(clock_.Now(), Latency("connect.time")),
                   EventKind::kConnect, number, end.attempt);
}

void Kernel::FinishConnect(uint32_t number, uint64_t attempt) {
  StreamEnd& end = ends_[number];
  if (!end.connecting || end.attempt != attempt) return;  // Closed meanwhile.
  end.connecting = false;
  const uint32_t listener = FindListener(end.address);
  if (listener == kNoIndex) {
    end.connect_error = Error::kConnectionRefused;
  } else if (!HasRoom(listener)) {
    end.connect_error = Error::kTimedOut;
  } else {
    Establish(number, listener);
  }
  WakeAll(ends_[number].pollers);
}

bool Kernel::HasRoom(uint32_t listener) const {
  return listeners_[listener].connections.size() < listeners_[listener].backlog;
}

// `near` is connected from here on; its other end waits to be accepted.
void Kernel::Establish(uint32_t near, uint32_t listener) {
  const uint32_t far = NewEnd(/*socket=*/true);
  Connect(near, far);
  Connect(far, near);
  if (ends_[near].shut_receive) ShutdownEnd(near, ShutdownSide::kReceive);
  listeners_[listener].connections.Push(far);
  WakeAcceptors(listeners_[listener]);
}

// Who was not accepted finds the connection reset.
void Kernel::CloseListener(uint32_t number) {
  listeners_[number].open = false;
  while (!listeners_[number].connections.empty()) {
    DropConnection(listeners_[number]);
  }
  free_listeners_.push_back(number);
}

void Kernel::DropConnection(Listener& listener) {
  const uint32_t end = listener.connections.Pop();
  ResetEnd(end);
  CloseEnd(end);
}

// Nobody will be told of the operation's end: the handle that it made, or that
// it was to close and has not, ends here (CompletionPort::Close).
void Kernel::DropResult(uint32_t index) {
  Slot& slot = table_[index];
  const bool over = slot.state == SlotState::kPosted || slot.executed;
  if (MakesHandle(slot.operation.opcode)) {
    if (over && slot.result >= 0) CloseHandle(slot.result);
  } else if (slot.operation.opcode == Opcode::kClose) {
    const bool ran =
        over && slot.result != -static_cast<int64_t>(Error::kCancelled);
    if (!ran) CloseThrough(index);
  }
}

}  // namespace wharf::sim
