// A program's requests: what it asks for, and whether what comes back is right.

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "sim/scenario/program.h"

namespace wharf::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr uint64_t kLengths[] = {64, 1, 7, 200, 512, 0, 600, 3000};
constexpr Duration kDeadlines[] = {milliseconds(1),   Duration(0),
                                   microseconds(1),   microseconds(50),
                                   microseconds(300), milliseconds(20)};
constexpr std::size_t kSector = 512;
constexpr uint32_t kOpenFlags[] = {kOpenRead | kOpenWrite | kOpenCreate,
                                   kOpenRead,
                                   kOpenRead | kOpenWrite | kOpenTruncate,
                                   kOpenWrite | kOpenCreate | kOpenExclusive,
                                   kOpenWrite | kOpenAppend | kOpenCreate};
// Handles kept at once.
constexpr std::size_t kOwned = 6;

}  // namespace

uint64_t Program::DrawLength() {
  return kLengths[Draw(std::size(kLengths), "program.length")];
}

uint64_t Program::DrawOffset() {
  return uint64_t{Draw(32, "program.offset")} * 61;
}

void Program::Ask(Kind kind) {
  Asked asked;
  asked.kind = kind;
  switch (kind) {
    case Kind::kNop:
      Submit(Request::Nop(), asked);
      break;
    case Kind::kSleep:
      asked.deadline = kernel_.Now() +
                       kDeadlines[Draw(std::size(kDeadlines), "program.sleep")];
      Submit(Request::Sleep(asked.deadline), asked);
      break;
    case Kind::kWrite:
    case Kind::kRead:
    case Kind::kDurableWrite:
      AskFile(kind);
      break;
    case Kind::kSync:
      asked.begin = model_.BeginSync();
      Submit(Request::Sync(file_, Draw(2, "program.sync_level") == 0
                                      ? SyncLevel::kFull
                                      : SyncLevel::kData),
             asked);
      break;
    case Kind::kAllocate:
      AskAllocate();
      break;
    case Kind::kPoll: {
      const uint32_t target =
          Draw(static_cast<uint32_t>(links_.size()) + 1, "program.polled");
      const uint32_t end = Draw(2, "program.side");
      Submit(Request::Poll(
                 target < links_.size() ? links_[target].ends[end] : listener_,
                 1 + Draw(3, "program.poll_events")),
             asked);
      break;
    }
    case Kind::kSend:
    case Kind::kReceive: {
      const uint32_t link =
          Draw(static_cast<uint32_t>(links_.size()), "program.link");
      const auto end = static_cast<uint8_t>(
          links_[link].socket ? Draw(2, "program.side")
                              : (kind == Kind::kSend ? 1 : 0));
      AskStream(kind, link, end);
      break;
    }
    case Kind::kShutdown:
      AskShutdown();
      break;
    case Kind::kOpen:
    case Kind::kClose:
    case Kind::kAccept:
    case Kind::kConnect:
      AskHandle(kind);
      break;
  }
}

void Program::AskHandle(Kind kind) {
  Asked asked;
  asked.kind = kind;
  switch (kind) {
    case Kind::kOpen: {
      const uint32_t flags =
          kOpenFlags[Draw(std::size(kOpenFlags), "program.open_flags")];
      Submit(Request::Open(Draw(2, "program.name") == 0 ? "g" : "h", flags),
             asked);
      break;
    }
    case Kind::kClose: {
      // Only a handle that no request holds can be closed by one.
      if (owned_.empty() || !owned_.back().unique()) return;
      Handle handle = std::move(owned_.back());
      owned_.pop_back();
      Submit(Request::Close(std::move(handle)), asked);
      break;
    }
    case Kind::kAccept:
      Submit(Request::Accept(listener_), asked);
      break;
    default:
      asked.socket = kernel_.Socket();
      Submit(Request::Connect(asked.socket, Kernel::AddressOf("server")),
             asked);
      break;
  }
}

void Program::AskShutdown() {
  Asked asked;
  asked.kind = Kind::kShutdown;
  const auto side = static_cast<ShutdownSide>(Draw(3, "program.shutdown_side"));
  const uint32_t target =
      Draw(static_cast<uint32_t>(owned_.size()) + 2, "program.shutdown");
  if (target >= 2) {
    Submit(Request::Shutdown(owned_[target - 2], side), asked);
    return;
  }
  // What nobody wants to receive any more is lost.
  if (side != ShutdownSide::kSend) links_[0].broken = true;
  Submit(Request::Shutdown(links_[0].ends[target], side), asked);
}

void Program::Keep(Handle handle) {
  // What is not kept is closed.
  if (owned_.size() < kOwned) owned_.push_back(std::move(handle));
}

void Program::AskFile(Kind kind) {
  Asked asked;
  asked.kind = kind;
  asked.length = DrawLength();
  asked.offset = DrawOffset();
  const bool direct = Draw(4, "program.direct") == 1;
  std::size_t alignment = 1;
  std::size_t shift = 0;
  if (direct) {
    alignment = kSector;
    // As O_DIRECT wants it, or not at all.
    if (Draw(4, "program.misaligned") == 1) {
      shift = 1;
    } else {
      asked.length = (asked.length + kSector - 1) & ~(kSector - 1);
      asked.offset &= ~(kSector - 1);
    }
  }
  const Handle& file = direct ? direct_ : file_;
  const bool input = kind == Kind::kRead;
  if (input) {
    asked.begin = model_.BeginRead();
    asked.extent =
        Draw(4, "program.extent") == 1 ? Extent::kSome : Extent::kAll;
  } else {
    asked.write = model_.BeginWrite(asked.offset, asked.length);
  }
  TransferOptions options{.offset = asked.offset, .extent = asked.extent};
  // In one buffer or several.
  const bool whole =
      direct || !engine_->capabilities().Has(Opcode::kReadVectored);
  const uint64_t pieces = whole ? 1 : 1 + Draw(3, "program.pieces");
  if (pieces == 1 || asked.length < pieces) {
    Buffer buffer = arena_->Take(asked.length, alignment, shift);
    if (!input) FileModel::Fill(buffer.bytes(), asked.offset, asked.write);
    Submit(input ? Request::Read(file, std::move(buffer), options)
           : kind == Kind::kWrite
               ? Request::Write(file, std::move(buffer), options)
               : Request::DurableWrite(file, std::move(buffer), options),
           asked);
    return;
  }
  std::vector<Buffer> buffers;
  uint64_t done = 0;
  for (uint64_t i = 0; i < pieces; ++i) {
    const uint64_t end = asked.length * (i + 1) / pieces;
    buffers.push_back(arena_->Take(end - done));
    if (!input) {
      FileModel::Fill(buffers.back().bytes(), asked.offset + done, asked.write);
    }
    done = end;
  }
  Submit(input ? Request::Read(file, std::move(buffers), options)
         : kind == Kind::kWrite
             ? Request::Write(file, std::move(buffers), options)
             : Request::DurableWrite(file, std::move(buffers), options),
         asked);
}

void Program::AskAllocate() {
  Asked asked;
  asked.kind = Kind::kAllocate;
  asked.length = DrawLength();
  asked.offset = DrawOffset();
  const auto mode = static_cast<AllocateMode>(Draw(4, "program.allocate_mode"));
  if (mode == AllocateMode::kPunchHole || mode == AllocateMode::kZeroRange) {
    asked.write = model_.BeginWrite(asked.offset, asked.length, /*zeros=*/true);
  }
  Submit(Request::Allocate(file_, mode, asked.offset, asked.length), asked);
}

void Program::AskStream(Kind kind, uint32_t number, uint8_t end) {
  Link& link = links_[number];
  const bool send = kind == Kind::kSend;
  StreamModel& flow = link.flow[send ? end : 1 - end];
  if (send ? !flow.may_send() : !flow.may_receive()) return;
  Asked asked;
  asked.kind = kind;
  asked.link = number;
  asked.end = end;
  asked.length = DrawLength();
  asked.extent = Draw(2, "program.extent") == 1 ? Extent::kSome : Extent::kAll;
  Buffer buffer = arena_->Take(asked.length);
  const TransferOptions options{.extent = asked.extent};
  const Handle& handle = link.ends[end];
  if (send) {
    flow.BeginSend(buffer.bytes());
    Submit(link.socket ? Request::Send(handle, std::move(buffer), options)
                       : Request::Write(handle, std::move(buffer), options),
           asked);
  } else {
    flow.BeginReceive();
    Submit(link.socket ? Request::Receive(handle, std::move(buffer), options)
                       : Request::Read(handle, std::move(buffer), options),
           asked);
  }
}

void Program::Submit(Request&& request, const Asked& asked) {
  const auto index = static_cast<uint32_t>(asked_.size());
  asked_.push_back(asked);
  if (asked.kind != Kind::kSleep && Draw(4, "program.has_deadline") == 1) {
    const Time deadline =
        kernel_.Now() +
        kDeadlines[Draw(std::size(kDeadlines), "program.deadline")];
    asked_[index].deadline = deadline;
    request = std::move(request).WithDeadline(deadline);
  }
  const auto callback = [this, index](Result&& result) {
    OnResult(index, std::move(result));
  };
  const bool remote =
      submitter_.has_value() && !local_only_ && Draw(4, "program.remote") == 1;
  submitting_ = true;
  absl::Status status;
  if (remote) {
    const absl::StatusOr<RemoteRequestId> id =
        submitter_->Submit(std::move(request), callback);
    status = id.status();
    if (id.ok()) asked_[index].remote_id = *id;
  } else {
    const absl::StatusOr<RequestId> id =
        engine_->Submit(std::move(request), callback);
    status = id.status();
    if (id.ok()) {
      asked_[index].id = *id;
      watch_->Begin(id->index(), asked_[index].deadline);
    }
  }
  submitting_ = false;
  asked_[index].remote = remote;
  if (status.ok()) return;
  const Asked refused = asked_[index];
  asked_.pop_back();
  OnRefusal(status, refused);
}

// Nothing was taken: as if it had not been asked for.
void Program::OnRefusal(const absl::Status& status, const Asked& asked) {
  ++result_.refused;
  if (asked.write != kNone) model_.EndWrite(asked.write, 0, false);
  if (asked.link != kNone) {
    Link& link = links_[asked.link];
    if (asked.kind == Kind::kSend) {
      link.flow[asked.end].EndSend(0);
    } else {
      (void)link.flow[1 - asked.end].EndReceive({});
    }
  }
  if (status.code() == absl::StatusCode::kFailedPrecondition &&
      !engine_->status().ok()) {
    return;
  }
  if (status.code() != absl::StatusCode::kResourceExhausted) {
    Fail("a request was refused with " + std::string(status.message()));
    return;
  }
  if (!asked.remote && engine_->live() < limits_.max_requests) {
    Fail("a request was refused although only " +
         std::to_string(engine_->live()) + " are live (G7)");
  }
  if (!waits_for_room_ && Draw(2, "program.await_room") == 1) {
    waits_for_room_ = engine_->AwaitRoom(this);
  }
}

// Its caller went away: nobody will know what it did.
void Program::Forget(const Asked& asked) {
  if (asked.kind == Kind::kSync || asked.kind == Kind::kDurableWrite) {
    model_.ForgetSyncs();
  }
  if (asked.link == kNone) return;
  Link& link = links_[asked.link];
  link.broken = true;  // It may be the one that is told of a reset.
  if (asked.kind == Kind::kSend) {
    link.flow[asked.end].LoseSend();
  } else {
    link.flow[1 - asked.end].LoseReceive();
  }
}

void Program::OnResult(uint32_t index, Result&& result) {
  Asked& asked = asked_[index];
  if (submitting_) Fail("an outcome came inside the submitting call (G1)");
  if (asked.ended) Fail("a request has had two outcomes (G1)");
  if (asked.dropped && !asked.remote) Fail("who had gone away was told (G16)");
  if (!asked.remote && result.id != asked.id) {
    Fail("an outcome names another request (G9)");
  }
  asked.ended = true;
  if (!asked.remote) watch_->End(asked.id.index());
  if (asked.dropped) --dropped_;  // The drop came too late.
  ++ended_;
  ++result_.outcomes[static_cast<std::size_t>(result.outcome.kind)];
  CheckOutcome(asked, result);
  NoteEffect(asked, result);
  if (result.handle.valid()) Keep(std::move(result.handle));
  if (accepting_ && asked_.size() < requests_ &&
      Draw(8, "program.in_callback") == 1) {
    MakeRequest();
  }
}

void Program::CheckOutcome(const Asked& asked, const Result& result) {
  const Outcome& outcome = result.outcome;
  const bool input = asked.kind == Kind::kRead || asked.kind == Kind::kReceive;
  const bool transfer = input || asked.kind == Kind::kWrite ||
                        asked.kind == Kind::kDurableWrite ||
                        asked.kind == Kind::kSend;
  const auto wrong = [&](const char* why) {
    Fail("a request of " + std::to_string(asked.length) + " bytes ended with " +
         ToString(outcome) + ": " + why);
  };
  if (transfer && outcome.bytes > asked.length) wrong("too many bytes (G3)");
  const bool makes_handle =
      asked.kind == Kind::kOpen || asked.kind == Kind::kAccept;
  if (result.handle.valid() != (makes_handle && outcome.ok())) {
    wrong(outcome.ok() ? "no handle" : "a handle");
  }
  switch (outcome.kind) {
    case OutcomeKind::kOk:
      if (transfer && outcome.bytes < asked.length &&
          (asked.extent == Extent::kAll || outcome.bytes == 0)) {
        wrong("not all that was asked for");
      }
      if (asked.kind == Kind::kSleep && kernel_.Now() < asked.deadline) {
        wrong("woken too early (G6)");
      }
      break;
    case OutcomeKind::kEndOfStream:
      if (!input || outcome.bytes >= asked.length) wrong("not the end (G15)");
      break;
    case OutcomeKind::kDeadline:
      if (kernel_.Now() < asked.deadline) wrong("too early (G6)");
      break;
    case OutcomeKind::kCancelled:
      if (!asked.cancelled) wrong("nobody cancelled it (G13)");
      break;
    case OutcomeKind::kAbandoned:
      if (!may_abandon_ && engine_->status().ok()) wrong("too early (G12)");
      return;  // Its memory may stay away.
    case OutcomeKind::kError:
      // A close is never tried again: its handle is gone.
      if (outcome.error == Error::kNone ||
          (asked.kind != Kind::kClose &&
           (outcome.error == Error::kInterrupted ||
            outcome.error == Error::kWouldBlock))) {
        wrong("that is no error for a caller (G11)");
      }
      if (outcome.error == Error::kBadCompletion ||
          outcome.error == Error::kNoProgress ||
          outcome.error == Error::kUnknown) {
        wrong("the kernel was misunderstood");
      }
      break;
  }
  if (!transfer) return;
  uint64_t size = result.buffer.size();
  for (const Buffer& buffer : result.buffers) size += buffer.size();
  if (size != asked.length) wrong("its memory has not come back (G3)");
}

void Program::NoteEffect(const Asked& asked, const Result& result) {
  const Outcome& outcome = result.outcome;
  const bool abandoned = outcome.kind == OutcomeKind::kAbandoned;
  if (abandoned) {
    // It may go on for ever.
    Forget(asked);
    return;
  }
  switch (asked.kind) {
    case Kind::kWrite:
      model_.EndWrite(asked.write, outcome.bytes, false);
      break;
    case Kind::kDurableWrite:
      model_.EndWrite(asked.write, outcome.bytes, outcome.ok());
      // Its own sync may have lost more than its own bytes.
      if (outcome.kind == OutcomeKind::kError) model_.EndSync(0, false);
      break;
    case Kind::kSync:
      if (outcome.ok() || outcome.kind == OutcomeKind::kError) {
        model_.EndSync(asked.begin, outcome.ok());
      }
      break;
    case Kind::kAllocate:
      if (asked.write != kNone) {
        model_.EndWrite(asked.write, outcome.ok() ? asked.length : 0, false);
      }
      break;
    case Kind::kRead:
      CheckRead(asked, result);
      break;
    case Kind::kSend:
      links_[asked.link].flow[asked.end].EndSend(outcome.bytes);
      break;
    case Kind::kReceive: {
      Link& link = links_[asked.link];
      StreamModel& flow = link.flow[1 - asked.end];
      const std::string problem =
          flow.EndReceive(result.buffer.bytes().first(outcome.bytes));
      if (!problem.empty()) Fail(problem);
      if (outcome.kind == OutcomeKind::kEndOfStream) {
        std::string lost = flow.AtEnd();
        if (!lost.empty()) link.ended_early = std::move(lost);
      }
      break;
    }
    case Kind::kConnect:
      if (outcome.ok()) Keep(asked.socket);
      break;
    default:
      break;
  }
  if (asked.link != kNone && outcome.kind == OutcomeKind::kError) {
    links_[asked.link].broken = true;
  }
}

void Program::CheckRead(const Asked& asked, const Result& result) {
  const bool at_end = result.outcome.kind == OutcomeKind::kEndOfStream;
  uint64_t left = result.outcome.bytes;
  uint64_t offset = asked.offset;
  const auto check = [&](const Buffer& buffer) {
    const uint64_t here = std::min<uint64_t>(left, buffer.size());
    left -= here;
    // The end is behind the last byte.
    const std::string problem =
        model_.CheckRead(asked.begin, offset, buffer.bytes().first(here),
                         at_end && left == 0 && here < buffer.size());
    if (!problem.empty()) Fail(problem);
    offset += here;
  };
  check(result.buffer);
  for (const Buffer& buffer : result.buffers) check(buffer);
}

}  // namespace wharf::sim
