// Waiting for streams and listeners: polls, and who is woken when.

#include <cstddef>
#include <utility>

#include "sim/kernel/kernel.h"

namespace wharf::sim {
void Kernel::Poll(Slot& slot, uint32_t index, StreamEnd& end) {
  const uint32_t asked = slot.operation.mode | kPollError | kPollHangUp;
  const Readiness ready = ReadinessOf(end, PersonalityOf(slot));
  uint32_t events = ready.certain & asked;
  if ((ready.possible & asked & kPollHangUp) != 0 &&
      choices_.Happens("poll.hang_up")) {
    events |= kPollHangUp;
  }
  if ((ready.possible & asked & kPollWritable) != 0 &&
      !choices_.Happens("poll.full")) {
    events |= kPollWritable;
  }
  if (events == 0) {
    WaitFor(index, end.pollers);
    return;
  }
  const Fault* fault = PickFault(index, OperationClass::kPoll, "poll.outcome");
  if (fault != nullptr) {
    PostError(index, fault->error);
  } else {
    Post(index, events, 0);
  }
}

// What a poll of the stream says. Which kind of socket it is decides some of it
// (AF_UNIX hangs up when its peer is gone, TCP not before both sides have shut
// down; with bytes that nobody will read AF_UNIX may count as full, TCP never
// does). io_uring hears of the end of the other's direction unasked, since it
// adds EPOLLRDHUP to every poll. What is neither empty nor full may count as
// full.
Kernel::Readiness Kernel::ReadinessOf(const StreamEnd& end,
                                      Personality personality) const {
  Readiness ready;
  if (end.connecting) return ready;
  if (end.in == kNoIndex && end.out == kNoIndex) {  // Not connected.
    ready.certain = uint32_t{kPollWritable} | kPollHangUp;
    if (end.shut_receive) ready.certain |= kPollReadable;
    if (end.connect_error != Error::kNone) ready.certain |= kPollError;
    return ready;
  }
  bool in_over = end.socket;
  if (end.in != kNoIndex) {
    const Channel& in = channels_[end.in].channel;
    in_over = in.end_arrived() || in.reset() || end.shut_receive;
    // A pipe's end is a hang-up, a socket's is to be read.
    if (in.readable() > 0 || (in_over && end.socket)) {
      ready.certain |= kPollReadable;
    }
    if (in_over && !end.socket) ready.certain |= kPollHangUp;
  }
  if (end.out != kNoIndex) {
    const Channel& out = channels_[end.out].channel;
    const bool gone = out.reset() || (end.socket && out.reader_closed());
    if (out.unread() == 0) {
      ready.certain |= kPollWritable;
    } else if (out.room() > 0 || gone) {
      ready.possible |= kPollWritable;
    }
    if (!end.socket && out.reader_closed()) ready.certain |= kPollError;
    if (end.socket && in_over &&
        (out.write_ended() || out.reset() || end.shut_send)) {
      ready.certain |= kPollHangUp;
    } else if (end.socket && in_over &&
               (gone || personality == Personality::kIoUring)) {
      ready.possible |= kPollHangUp;
    }
  }
  if (end.reset_pending) ready.certain |= kPollError;
  return ready;
}

void Kernel::WaitFor(uint32_t index, SlotList& list) {
  table_[index].state = SlotState::kWaiting;
  list.Push(table_, index);
  // A cancel that came before there was anything to wait for is not lost:
  // whoever asks for the end of something endless gets it (U-06).
  if (table_[index].cancelled) CancelWaiting(index);
}

void Kernel::StopWaiting(uint32_t index) {
  const Slot& slot = table_[index];
  const OpenObject& object = handles_[slot.object];
  const OperationClass operation =
      ClassOf(slot.operation.opcode, /*on_stream=*/true);
  if (object.kind == ObjectKind::kListener) {
    Listener& listener = listeners_[object.index];
    (operation == OperationClass::kAccept ? listener.acceptors
                                          : listener.pollers)
        .Remove(table_, index);
    return;
  }
  StreamEnd& end = ends_[object.index];
  switch (operation) {
    case OperationClass::kReceive:
      end.readers.Remove(table_, index);
      break;
    case OperationClass::kSend:
      end.writers.Remove(table_, index);
      break;
    default:
      end.pollers.Remove(table_, index);
      break;
  }
}

// Who of those that wait comes first, nobody promises: all try again, and those
// who find nothing wait on.
void Kernel::WakeAll(SlotList& list) {
  SlotList woken = std::exchange(list, SlotList());
  while (!woken.empty()) {
    const uint32_t index = woken.front();
    woken.Remove(table_, index);
    MakeDueLater(index, "wake.latency");
  }
}

// Tries again. io_uring leaves that to the program's next call, where what is
// submitted then goes first. Linux AIO's port first has to hear that it is
// worth it, or looks now and then; its polls know in the moment in which they
// are woken, whatever becomes of the bytes before they are reported. Wine, too,
// leaves the transfer that has waited for later.
void Kernel::MakeDueLater(uint32_t index, const Label& latency) {
  const Personality personality = PersonalityOf(table_[index]);
  const OperationId deciding =
      std::exchange(deciding_, table_[index].operation.id);
  if (personality != Personality::kIoUring &&
      table_[index].operation.opcode == Opcode::kPoll &&
      !choices_.Happens("poll.looks_later")) {
    table_[index].state = SlotState::kDue;
    ExecuteOpcode(index);
  } else if (const Duration delay = Latency(latency);
             delay == Duration(0) && personality == Personality::kIoUring) {
    MakeDue(index);  // A cancel that was put off finds it.
  } else {
    Schedule(index, delay);
  }
  deciding_ = deciding;
}

// There is more to read than before, or there never will be.
void Kernel::WakeReaders(uint32_t index) {
  if (channels_[index].reader == kNoIndex) return;
  const Channel& channel = channels_[index].channel;
  StreamEnd& reader = ends_[channels_[index].reader];
  if (channel.readable() == 0 && !channel.at_end() && !channel.reset()) return;
  WakeAll(reader.readers);
  // With both directions over, also senders hear of it that had not.
  if (channel.end_arrived() && reader.out != kNoIndex) {
    const Channel& out = channels_[reader.out].channel;
    if (out.write_ended() || out.reader_closed()) WakeAll(reader.writers);
  }
  WakeAll(reader.pollers);
}

// There is more room than before, or there never will be.
void Kernel::WakeWriters(uint32_t index) {
  if (channels_[index].writer == kNoIndex) return;
  const Channel& channel = channels_[index].channel;
  StreamEnd& writer = ends_[channels_[index].writer];
  const bool over =
      channel.reset() || channel.reader_closed() || channel.write_ended();
  if (channel.room() == 0 && !over) return;
  if (!IsUnheard(channel, writer)) WakeAll(writer.writers);
  WakeAll(writer.pollers);
}

// Whether senders go on waiting although their direction is over. On Linux AIO
// they wait with a poll; to that an AF_UNIX socket whose other direction goes
// on is as full as before, a TCP socket is writable.
bool Kernel::IsUnheard(const Channel& out, const StreamEnd& writer) {
  if (writer.writers.empty() || !writer.socket || out.unread() == 0 ||
      !(out.write_ended() || out.reader_closed()) || writer.in == kNoIndex ||
      channels_[writer.in].channel.end_arrived() || out.reset() ||
      channels_[writer.in].channel.reset()) {
    return false;
  }
  const Slot& waits = table_[writer.writers.front()];
  if (!IsPolled(waits)) return false;
  const OperationId deciding = std::exchange(deciding_, waits.operation.id);
  const bool unheard = choices_.Happens("send.unheard");
  deciding_ = deciding;
  return unheard;
}

void Kernel::WakeBoth(uint32_t channel) {
  WakeReaders(channel);
  WakeWriters(channel);
}

}  // namespace wharf::sim
