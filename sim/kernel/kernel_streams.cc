// What operations do to streams.

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "sim/kernel/kernel.h"

namespace wharf::sim {
namespace {

constexpr Row kEndRows[kPersonalityCount] = {U(14), A(12), kNoRow};
constexpr Row kAgainRows[kPersonalityCount] = {U(15), kNoRow, kNoRow};
constexpr Row kShortRows[kPersonalityCount] = {U(13), A(12), kNoRow};

bool IsSocketOpcode(Opcode opcode) {
  return opcode == Opcode::kReceive || opcode == Opcode::kSend ||
         opcode == Opcode::kSendVectored;
}

}  // namespace

std::pair<Handle, Handle> Kernel::SocketPair(const StreamOptions& options) {
  return OpenStreams(/*socket=*/true, /*both_ways=*/true, options);
}

std::pair<Handle, Handle> Kernel::Pipe(const StreamOptions& options) {
  return OpenStreams(/*socket=*/false, /*both_ways=*/false, options);
}

// Bytes written to one end can from now on be read from the other.
void Kernel::Connect(uint32_t writer, uint32_t reader) {
  uint32_t channel = static_cast<uint32_t>(channels_.size());
  if (free_channels_.empty()) {
    channels_.push_back({Channel(options_.stream_bytes), reader, writer});
  } else {
    channel = free_channels_.back();
    free_channels_.pop_back();
    channels_[channel].channel.Clear();
    channels_[channel].reader = reader;
    channels_[channel].writer = writer;
  }
  ends_[writer].out = channel;
  ends_[reader].in = channel;
}

// An end that is not connected, as new.
uint32_t Kernel::NewEnd(bool socket) {
  uint32_t end = static_cast<uint32_t>(ends_.size());
  if (free_ends_.empty()) {
    ends_.emplace_back();
  } else {
    end = free_ends_.back();
    free_ends_.pop_back();
    ends_[end] = StreamEnd();
  }
  ends_[end].socket = socket;
  return end;
}

// A side of the channel is closed. When both are, its memory is used again;
// what is still to arrive there arrives for nobody.
void Kernel::LeaveChannel(uint32_t channel, bool reader) {
  ChannelEntry& entry = channels_[channel];
  (reader ? entry.reader : entry.writer) = kNoIndex;
  if (entry.reader == kNoIndex && entry.writer == kNoIndex) {
    free_channels_.push_back(channel);
  }
}

NativeHandle Kernel::NewStream(uint32_t end, bool nonblocking) {
  OpenObject object;
  object.kind = ObjectKind::kStreamEnd;
  object.index = end;
  object.nonblocking = nonblocking;
  const NativeHandle handle = handles_.Open(object);
  trace_.Add(clock_.Now(), TraceKind::kHandle, "stream.opened",
             static_cast<uint64_t>(handle));
  return handle;
}

std::pair<Handle, Handle> Kernel::OpenStreams(bool socket, bool both_ways,
                                              const StreamOptions& options) {
  const uint32_t first = NewEnd(socket);
  const uint32_t second = NewEnd(socket);
  Connect(second, first);
  if (both_ways) Connect(first, second);
  const NativeHandle one = NewStream(first, options.nonblocking);
  const NativeHandle two = NewStream(second, options.nonblocking);
  return {Adopt(one), Adopt(two)};
}

void Kernel::ExecuteStream(uint32_t index) {
  Slot& slot = table_[index];
  StreamEnd& end = ends_[handles_[slot.object].index];
  const Operation& operation = slot.operation;
  if (!end.socket && IsSocketOpcode(operation.opcode)) {
    PostError(index, Error::kNotSocket);
    return;
  }
  switch (ClassOf(operation.opcode, /*on_stream=*/true)) {
    case OperationClass::kReceive:
      Receive(slot, index, end);
      break;
    case OperationClass::kSend:
      Send(slot, index, end);
      break;
    case OperationClass::kPoll:
      Poll(slot, index, end);
      break;
    default:  // Neither sync nor allocation.
      PostError(index, Error::kInvalidArgument);
      break;
  }
}

// Tells the operation that its connection was reset, if it is the first to
// hear.
bool Kernel::TakeReset(uint32_t index, StreamEnd& end) {
  if (!end.reset_pending) return false;
  end.reset_pending = false;
  PostError(index, Error::kConnectionReset);
  return true;
}

// Ends the operation with a chosen error. True if that broke the connection,
// which only a socket has.
bool Kernel::FailStream(uint32_t index, StreamEnd& end, Error error) {
  if (error == Error::kConnectionReset && end.socket) {
    ResetEnd(handles_[table_[index].object].index);
    TakeReset(index, end);
    return true;
  }
  PostError(index,
            error == Error::kConnectionReset ? Error::kInterrupted : error);
  return false;
}

// A socket that is not connected says so in one of several ways; a pipe has no
// such direction.
void Kernel::PostUnconnected(uint32_t index, const StreamEnd& end,
                             const Label& label) {
  const bool receives = ClassOf(table_[index].operation.opcode,
                                /*on_stream=*/true) == OperationClass::kReceive;
  const bool iocp = PersonalityOf(table_[index]) == Personality::kIocp;
  if (!end.socket) {
    PostError(index, iocp ? Error::kAccessDenied : Error::kBadHandle);
    return;
  }
  Error error = Error::kNotConnected;  // All that Windows says (WSARecv).
  if (!(iocp && receives) && choices_.Happens(label)) {
    // AF_UNIX; TCP under Wine; TCP.
    error = receives ? Error::kInvalidArgument
            : iocp   ? Error::kConnectionReset
                     : Error::kBrokenPipe;
  }
  PostError(index, error);
}

void Kernel::Receive(Slot& slot, uint32_t index, StreamEnd& end) {
  if (end.in == kNoIndex) {
    PostUnconnected(index, end, "receive.unconnected");
    return;
  }
  Channel& channel = channels_[end.in].channel;
  const auto personality = static_cast<int>(PersonalityOf(slot));
  if (channel.readable() == 0) {
    if (TakeReset(index, end)) return;
    if (channel.at_end() || channel.reset() || end.shut_receive) {
      rows_.Fire(kEndRows[personality]);
      Post(index, 0, 0);
    } else if (EndsAtOnce(slot)) {
      rows_.Fire(kAgainRows[personality]);
      PostError(index, Error::kWouldBlock);
    } else {
      WaitFor(index, end.readers);
    }
    return;
  }
  const Fault* fault =
      PickFault(index, OperationClass::kReceive, "receive.outcome");
  if (fault != nullptr && fault->error != Error::kNone) {
    // The bytes are still there for others.
    if (!FailStream(index, end, fault->error)) WakeReaders(end.in);
    return;
  }
  uint64_t count =
      std::min<uint64_t>(AskedFor(slot.operation), channel.readable());
  if (fault != nullptr && count > 1) {
    rows_.Fire(fault->row);
    count = choices_.UpTo(count - 1, "receive.bytes");
  }
  uint64_t done = 0;
  IoVector single;
  for (const IoVector& vector : VectorsOf(slot.operation, single)) {
    const uint64_t step = std::min<uint64_t>(vector.length, count - done);
    done += channel.Read({static_cast<std::byte*>(vector.base), step});
  }
  Post(index, static_cast<int64_t>(done), 0);
  WakeBoth(end.in);
}

void Kernel::Send(Slot& slot, uint32_t index, StreamEnd& end) {
  if (end.out == kNoIndex) {
    PostUnconnected(index, end, "send.unconnected");
    return;
  }
  // What was already taken is reported first, whatever has happened since.
  const bool partly_done = slot.progress > 0;
  Channel& channel = channels_[end.out].channel;
  const bool broken = end.reset_pending || channel.write_ended() ||
                      channel.reset() || channel.reader_closed() ||
                      end.shut_send;
  if (broken && partly_done) {
    Post(index, static_cast<int64_t>(slot.progress), 0);
    return;
  }
  // Some sockets tell only who receives (AF_UNIX).
  if (end.reset_pending && !choices_.Happens("send.reset_unheard") &&
      TakeReset(index, end)) {
    return;
  }
  const uint64_t asked = AskedFor(slot.operation);
  if (broken) {
    if (end.socket && channel.reader_closed() && !channel.reset() &&
        !end.reset_pending && !end.shut_send &&
        choices_.Happens("send.into_closed")) {
      // Taken, lost, and answered with a reset.
      Post(index, static_cast<int64_t>(asked), 0);
      end.reset_pending = true;
      channel.Reset();
      BreakChannel(end.in);
      WakeWriters(end.out);
      WakeReaders(end.in);
      return;
    }
    PostError(index, Error::kBrokenPipe);
    return;
  }
  const auto personality = static_cast<int>(PersonalityOf(slot));
  // Buffers are accounted for in pages and blocks: what is not empty may be
  // full long before its bytes say so.
  if (channel.room() == 0 ||
      (channel.unread() > 0 && choices_.Happens("send.full"))) {
    if (EndsAtOnce(slot)) {
      rows_.Fire(kAgainRows[personality]);
      PostError(index, Error::kWouldBlock);
    } else {
      WaitFor(index, end.writers);
    }
    return;
  }
  const Fault* fault =
      partly_done ? nullptr
                  : PickFault(index, OperationClass::kSend, "send.outcome");
  if (fault != nullptr && fault->error != Error::kNone) {
    // The room is still there for others.
    if (!FailStream(index, end, fault->error)) WakeWriters(end.out);
    return;
  }
  uint64_t count = std::min<uint64_t>(asked - slot.progress, channel.room());
  if (fault != nullptr && count > 1) {
    rows_.Fire(fault->row);
    count = choices_.UpTo(count - 1, "send.bytes");
  }
  const Time arrival = ArrivalTime();
  uint64_t skip = slot.progress;
  uint64_t done = 0;
  IoVector single;
  for (const IoVector& vector : VectorsOf(slot.operation, single)) {
    const uint64_t skipped = std::min<uint64_t>(vector.length, skip);
    skip -= skipped;
    const uint64_t step =
        std::min<uint64_t>(vector.length - skipped, count - done);
    done += channel.Write(
        {static_cast<const std::byte*>(vector.base) + skipped, step}, arrival);
  }
  slot.progress += done;
  const bool goes_on = slot.progress < asked && channel.room() == 0 &&
                       !handles_[slot.object].nonblocking &&
                       !IsPlainCall(slot) && choices_.Happens("send.goes_on");
  if (goes_on) {
    WaitFor(index, end.writers);
  } else {
    if (slot.progress < asked) rows_.Fire(kShortRows[personality]);
    Post(index, static_cast<int64_t>(slot.progress), 0);
  }
  const uint32_t out = end.out;
  ArriveAt(out, arrival);
  WakeWriters(out);
}

void Kernel::Arrived(uint32_t channel) {
  if (channels_[channel].channel.Arrive(clock_.Now())) WakeReaders(channel);
}

Time Kernel::ArrivalTime() {
  return SaturatingAdd(clock_.Now(), Latency("stream.delay"));
}

void Kernel::ArriveAt(uint32_t channel, Time arrival) {
  if (arrival <= clock_.Now()) {
    Arrived(channel);
  } else {
    events_.Schedule(arrival, EventKind::kArrival, channel, 0);
  }
}

void Kernel::ShutdownWrite(NativeHandle handle) {
  const uint32_t object = handles_.Find(handle);
  if (object == kNoIndex || handles_[object].kind != ObjectKind::kStreamEnd) {
    return;
  }
  trace_.Add(clock_.Now(), TraceKind::kHandle, "stream.shutdown",
             static_cast<uint64_t>(handle));
  ShutdownEnd(handles_[object].index, ShutdownSide::kSend);
}

void Kernel::ShutdownEnd(uint32_t end, ShutdownSide side) {
  const uint32_t in = ends_[end].in;
  const uint32_t out = ends_[end].out;
  if (side != ShutdownSide::kReceive && out != kNoIndex) {
    const Time arrival = ArrivalTime();
    channels_[out].channel.WriteEnd(arrival);
    ArriveAt(out, arrival);
    WakeWriters(out);
  }
  if (side != ShutdownSide::kSend && in != kNoIndex) {
    channels_[in].channel.EndReading();
    WakeBoth(in);
  }
}

void Kernel::Reset(NativeHandle handle) {
  const uint32_t object = handles_.Find(handle);
  if (object == kNoIndex || handles_[object].kind != ObjectKind::kStreamEnd) {
    return;
  }
  trace_.Add(clock_.Now(), TraceKind::kHandle, "stream.reset",
             static_cast<uint64_t>(handle));
  ResetEnd(handles_[object].index);
}

// The connection is gone. What has arrived may still be there to be read.
void Kernel::BreakChannel(uint32_t index) {
  Channel& channel = channels_[index].channel;
  if (channel.readable() > 0 && choices_.Happens("reset.keeps_bytes")) {
    channel.Cut();
  } else {
    channel.Reset();
  }
}

void Kernel::ResetEnd(uint32_t end) {
  const uint32_t in = ends_[end].in;
  const uint32_t out = ends_[end].out;
  if (in == kNoIndex || out == kNoIndex) return;  // A pipe cannot.
  for (const uint32_t channel : {in, out}) BreakChannel(channel);
  ends_[end].reset_pending = true;
  const uint32_t other = channels_[in].writer;
  if (other != kNoIndex) ends_[other].reset_pending = true;
  WakeBoth(in);
  WakeBoth(out);
}

// Nobody uses the end any more.
void Kernel::CloseEnd(uint32_t end) {
  const uint32_t in = ends_[end].in;
  const uint32_t out = ends_[end].out;
  if (in != kNoIndex && out != kNoIndex && channels_[in].channel.unread() > 0) {
    // Bytes that nobody will read are answered with a reset (RFC 1122,
    // 4.2.2.13).
    ResetEnd(end);
  }
  if (in != kNoIndex) {
    channels_[in].channel.CloseReader();
    WakeWriters(in);
  }
  if (out != kNoIndex) {
    const Time arrival = ArrivalTime();
    channels_[out].channel.WriteEnd(arrival);
    ArriveAt(out, arrival);
  }
  if (in != kNoIndex) LeaveChannel(in, /*reader=*/true);
  if (out != kNoIndex) LeaveChannel(out, /*reader=*/false);
  free_ends_.push_back(end);
}

}  // namespace wharf::sim
