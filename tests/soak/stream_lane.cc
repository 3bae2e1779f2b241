#include "tests/soak/stream_lane.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "backends/posix/fd.h"
#include "tests/soak/content.h"

namespace wharf::soak {
namespace {

// Longest request, in bytes.
constexpr uint32_t kMostBytes = 24'000;

}  // namespace

StreamLane::StreamLane(Traffic& traffic, bool pipe)
    : traffic_(traffic),
      pipe_(pipe),
      has_vectored_(traffic.engine().capabilities().Has(
          pipe ? Opcode::kWriteVectored : Opcode::kSendVectored)) {}

void StreamLane::Open() {
  int fds[2] = {-1, -1};
  const int failed =
      pipe_ ? pipe2(fds, O_CLOEXEC)
            : socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
  if (failed != 0) {
    traffic_.Complain(this, "the machine has no descriptor left");
    return;
  }
  near_ = AdoptFd(fds[0]);
  far_ = AdoptFd(fds[1]);
  salt_ = traffic_.random().Next() | 1;
  sent_ = received_ = 0;
  state_ = State::kFlowing;
}

bool StreamLane::Idle() const {
  for (const bool busy : busy_) {
    if (busy) return false;
  }
  return true;
}

bool StreamLane::TrySubmit(int slot, Request&& request, uint32_t fates) {
  busy_[slot] = traffic_.Submit(this, slot, std::move(request), fates);
  return busy_[slot];
}

void StreamLane::Step() {
  if (traffic_.stopping()) return;
  if (state_ == State::kBroken || state_ == State::kOver) {
    if (!Idle()) return;
    near_.Reset();
    far_.Reset();
    Open();
  }
  if (state_ == State::kFlowing) StepSender();
  if (state_ == State::kFlowing || state_ == State::kEnding) StepReceiver();
}

void StreamLane::StepSender() {
  if (busy_[kSender] || busy_[kEnder]) return;
  sim::Random& random = traffic_.random();
  if (random.Below(100) == 0) {
    if (!pipe_ && traffic_.engine().capabilities().Has(Opcode::kShutdown)) {
      TrySubmit(kEnder, Request::Shutdown(far_, ShutdownSide::kSend), kRuns);
    } else {
      far_.Reset();
    }
    state_ = State::kEnding;
    return;
  }
  const uint32_t size = 1 + random.Below(kMostBytes);
  const bool vectored = has_vectored_ && random.Below(4) == 0;
  const uint32_t first = vectored ? random.Below(size + 1) : size;
  std::vector<Buffer> pieces;
  pieces.push_back(traffic_.Take(first));
  Fill(pieces[0].bytes(), salt_, sent_);
  if (vectored) {
    pieces.push_back(traffic_.Take(size - first));
    Fill(pieces[1].bytes(), salt_, sent_ + first);
  }
  const TransferOptions options = {
      .extent = random.Below(4) == 0 ? Extent::kSome : Extent::kAll};
  Request request;
  if (vectored) {
    request = pipe_ ? Request::Write(far_, std::move(pieces), options)
                    : Request::Send(far_, std::move(pieces), options);
  } else {
    request = pipe_ ? Request::Write(far_, std::move(pieces[0]), options)
                    : Request::Send(far_, std::move(pieces[0]), options);
  }
  TrySubmit(kSender, std::move(request), kMayBeStopped | kMayBeDropped);
}

void StreamLane::StepReceiver() {
  if (busy_[kReceiver]) return;
  sim::Random& random = traffic_.random();
  Buffer buffer = traffic_.Take(1 + random.Below(kMostBytes));
  const TransferOptions options = {
      .extent = random.Below(2) == 0 ? Extent::kSome : Extent::kAll};
  TrySubmit(kReceiver,
            pipe_ ? Request::Read(near_, std::move(buffer), options)
                  : Request::Receive(near_, std::move(buffer), options),
            kMayBeStopped | kMayBeDropped);
}

void StreamLane::OnEnd(int slot, Result&& result) {
  busy_[slot] = false;
  if (state_ == State::kBroken || traffic_.stopping()) return;
  switch (slot) {
    case kSender:
      OnSent(result);
      break;
    case kReceiver:
      OnReceived(result);
      break;
    default:
      if (!result.outcome.ok()) {
        traffic_.Complain(this, absl::StrCat("ending the stream: ",
                                             ToString(result.outcome)));
      }
      break;
  }
}

void StreamLane::OnSent(const Result& result) {
  sent_ += result.outcome.bytes;
  if (result.outcome.kind == OutcomeKind::kError ||
      result.outcome.kind == OutcomeKind::kEndOfStream) {
    traffic_.Complain(this,
                      absl::StrCat("sending: ", ToString(result.outcome)));
    Break();
  }
}

void StreamLane::OnReceived(const Result& result) {
  const uint64_t bytes = result.outcome.bytes;
  if (bytes > result.buffer.size() ||
      !Matches(result.buffer.bytes().first(bytes), salt_, received_)) {
    traffic_.Complain(this,
                      absl::StrCat("received other bytes than were sent "
                                   "at ",
                                   received_, ": ", ToString(result.outcome)));
    Break();
    return;
  }
  received_ += bytes;
  if (result.outcome.kind == OutcomeKind::kError) {
    traffic_.Complain(this,
                      absl::StrCat("receiving: ", ToString(result.outcome)));
    Break();
    return;
  }
  if (result.outcome.kind != OutcomeKind::kEndOfStream) return;
  if (state_ != State::kEnding || received_ != sent_) {
    traffic_.Complain(this, absl::StrCat("the end of the stream came after ",
                                         received_, " of ", sent_, " bytes"));
  }
  state_ = State::kOver;
  // Through the kernel where it can be: this is the only copy.
  const bool closes = traffic_.engine().capabilities().Has(Opcode::kClose);
  if (closes && near_.unique()) {
    Request request = Request::Close(std::move(near_));
    TrySubmit(kCloser, std::move(request), kRuns);
  }
}

void StreamLane::OnDropped(int slot) {
  busy_[slot] = false;
  Break();
}

// Nobody knows where in the stream it is.
void StreamLane::Break() {
  state_ = State::kBroken;
  traffic_.CancelAll(this);
  near_.Reset();
  far_.Reset();
}

}  // namespace wharf::soak
