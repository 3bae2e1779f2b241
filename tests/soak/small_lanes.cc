#include "tests/soak/small_lanes.h"

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "backends/posix/fd.h"

namespace wharf::soak {

void TimeLane::Step() {
  if (traffic_.stopping()) return;
  const bool has_nop = traffic_.engine().capabilities().Has(Opcode::kNop);
  for (int slot = 0; slot < kSlots; ++slot) {
    if (busy_[slot]) continue;
    const bool nop = has_nop && slot > 0;
    until_[slot] =
        nop ? Time::min()
            : traffic_.engine().Now() +
                  std::chrono::microseconds(traffic_.random().Below(3000));
    busy_[slot] = traffic_.Submit(
        this, slot, nop ? Request::Nop() : Request::Sleep(until_[slot]),
        kMayBeStopped | kMayBeDropped);
  }
}

void TimeLane::OnEnd(int slot, Result&& result) {
  busy_[slot] = false;
  if (result.outcome.kind == OutcomeKind::kError) {
    traffic_.Complain(this, ToString(result.outcome));
  }
  if (result.outcome.ok() && traffic_.engine().Now() < until_[slot]) {
    traffic_.Complain(this, "a sleep has ended early");
  }
}

PollLane::PollLane(Traffic& traffic) : traffic_(traffic) {
  int fds[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) !=
      0) {
    traffic_.Complain(this, "cannot make sockets");
  }
  near_ = AdoptFd(fds[0]);
  far_ = AdoptFd(fds[1]);
}

void PollLane::Step() {
  if (busy_ || traffic_.stopping() ||
      !traffic_.engine().capabilities().Has(Opcode::kPoll)) {
    return;
  }
  const bool wanted = traffic_.random().Below(2) == 0;
  char byte = 'x';
  if (wanted && !readable_) {
    readable_ = send(static_cast<int>(far_.native()), &byte, 1, 0) == 1;
  } else if (!wanted && readable_) {
    readable_ = recv(static_cast<int>(near_.native()), &byte, 1, 0) != 1;
  }
  Request request = Request::Poll(near_, kPollReadable);
  if (readable_) {
    busy_ = traffic_.Submit(this, 0, std::move(request),
                            kMayBeStopped | kMayBeDropped);
    return;
  }
  // Nothing but its deadline ends it.
  busy_ = traffic_.SubmitUntil(
      this, 0, std::move(request),
      traffic_.engine().Now() +
          std::chrono::microseconds(traffic_.random().Below(2000)));
}

void PollLane::OnEnd(int, Result&& result) {
  busy_ = false;
  const Outcome& outcome = result.outcome;
  if (outcome.kind == OutcomeKind::kError) {
    traffic_.Complain(this, ToString(outcome));
  } else if (outcome.ok() && (!readable_ || outcome.bytes != kPollReadable)) {
    traffic_.Complain(
        this, absl::StrCat("says that it is ready: ", ToString(outcome)));
  }
}

OpenLane::OpenLane(Traffic& traffic, const std::string& folder)
    : traffic_(traffic),
      path_(folder + "/opened"),
      missing_(folder + "/missing") {}

OpenLane::~OpenLane() { unlink(path_.c_str()); }

void OpenLane::Step() {
  if (busy_ || traffic_.stopping()) return;
  if (file_.valid()) {
    if (file_.unique() && traffic_.random().Below(2) == 0 &&
        traffic_.engine().capabilities().Has(Opcode::kClose)) {
      doing_ = Doing::kClosing;
      busy_ = traffic_.Submit(this, 0, Request::Close(std::move(file_)), kRuns);
    }
    file_.Reset();
    return;
  }
  if (!traffic_.engine().capabilities().Has(Opcode::kOpen)) return;
  const bool missing = traffic_.random().Below(4) == 0;
  doing_ = missing ? Doing::kMissing : Doing::kOpening;
  busy_ = traffic_.Submit(
      this, 0,
      missing ? Request::Open(missing_, kOpenRead)
              : Request::Open(path_, kOpenRead | kOpenWrite | kOpenCreate),
      kMayBeStopped | kMayBeDropped);
}

void OpenLane::OnEnd(int, Result&& result) {
  busy_ = false;
  const Outcome& outcome = result.outcome;
  const bool not_found =
      outcome.kind == OutcomeKind::kError && outcome.error == Error::kNotFound;
  if ((outcome.kind == OutcomeKind::kError &&
       !(not_found && doing_ == Doing::kMissing)) ||
      (outcome.ok() && doing_ == Doing::kMissing)) {
    traffic_.Complain(this, ToString(outcome));
  }
  if (outcome.ok() && doing_ == Doing::kOpening) {
    file_ = std::move(result.handle);
    if (!file_.valid()) traffic_.Complain(this, "an open without a handle");
  }
}

}  // namespace wharf::soak
