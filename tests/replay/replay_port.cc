#include "tests/replay/replay_port.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace wharf::replay {

using differential::LoggedCompletion;

namespace {

// Reaps that a ring may need for what is there already.
constexpr int kMaxExtraReaps = 100;

// poll(2)'s events for the answer to a poll.
int32_t KernelEvents(int64_t events) {
  return ((events & kPollReadable) != 0 ? POLLIN : 0) |
         ((events & kPollWritable) != 0 ? POLLOUT : 0) |
         ((events & kPollError) != 0 ? POLLERR : 0) |
         ((events & kPollHangUp) != 0 ? POLLHUP : 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReplayPort>> ReplayPort::Open(
    std::unique_ptr<CompletionPort>& simulated,
    const differential::PortLog* log, IoUringOptions options,
    ReplayReport* report) {
  std::unique_ptr<ReplayPort> port(new ReplayPort(log, report));
  options.entries = simulated->Capabilities().max_in_flight;
  options.close_grace = std::chrono::milliseconds(100);
  port->kernel_.SetNow(simulated->Now());
  absl::StatusOr<std::unique_ptr<IoUringPort>> ring =
      IoUringPort::Open(options, port->kernel_);
  if (!ring.ok()) {
    port->closed_ = true;
    return ring.status();
  }
  port->ring_ = *std::move(ring);
  port->simulated_ = std::move(simulated);
  return port;
}

std::size_t ReplayPort::Submit(std::span<const Operation> operations) {
  const std::size_t taken = simulated_->Submit(operations);
  const std::size_t staged = ring_->Submit(operations.first(taken));
  if (staged != taken) {
    Lose(absl::StrCat("the ring took ", staged, " operations, not ", taken));
  }
  return taken;
}

void ReplayPort::Cancel(OperationId id) {
  simulated_->Cancel(id);
  ring_->Cancel(id);
}

void ReplayPort::Wake() {
  simulated_->Wake();
  ring_->Wake();
  ++report_->wakes;
}

absl::StatusOr<std::size_t> ReplayPort::Reap(std::span<Completion> completions,
                                             Wait wait) {
  if (!report_->problem.empty()) return absl::AbortedError(report_->problem);
  buffer_.resize(completions.size());
  const absl::StatusOr<std::size_t> simulated = simulated_->Reap(buffer_, wait);
  if (!simulated.ok()) return simulated;
  kernel_.SetNow(Now());
  if (reap_ == log_->reaps.size()) {
    Lose("the program reaps once more than in the log");
    return absl::AbortedError(report_->problem);
  }
  const uint32_t begin = reap_ == 0 ? 0 : log_->reaps[reap_ - 1];
  const auto logged =
      std::span(log_->completions).subspan(begin, log_->reaps[reap_] - begin);
  ++reap_;
  // Who gets something else than the simulated kernel has ended would be told
  // that memory is free which is not.
  if (!SameOperations(logged, std::span(buffer_).first(*simulated))) {
    Lose(absl::StrCat("Reap ", reap_, " ends other operations than the log's"));
    return absl::AbortedError(report_->problem);
  }
  Script(logged);
  return ReapRing(completions, logged.size(), wait);
}

bool ReplayPort::SameOperations(std::span<const LoggedCompletion> logged,
                                std::span<const Completion> simulated) {
  std::vector<OperationId> one, other;
  for (const LoggedCompletion& completion : logged) {
    one.push_back(completion.completion.id);
  }
  for (const Completion& completion : simulated) other.push_back(completion.id);
  std::sort(one.begin(), one.end());
  std::sort(other.begin(), other.end());
  return one == other;
}

// In every second Reap they come as soon as they can, without being fetched.
void ReplayPort::Script(std::span<const LoggedCompletion> logged) {
  std::vector<NopKernel::Answer> answers;
  for (const LoggedCompletion& entry : logged) {
    const Completion& completion = entry.completion;
    const Opcode opcode = log_->operations[entry.operation].operation.opcode;
    int64_t result = completion.result;
    if (result < 0) {
      result = -int64_t{completion.native_error};
    } else if (opcode == Opcode::kPoll) {
      result = KernelEvents(result);
    }
    if (result != static_cast<int32_t>(result) || completion.flags != 0) {
      Lose("no nop can answer what is in the log");
      return;
    }
    answers.push_back({completion.id, static_cast<int32_t>(result)});
  }
  kernel_.Answers(answers, /*early=*/reap_ % 2 == 0);
}

absl::StatusOr<std::size_t> ReplayPort::ReapRing(
    std::span<Completion> completions, std::size_t want, Wait wait) {
  std::size_t count = 0;
  for (int extra = 0;; ++extra) {
    const absl::StatusOr<std::size_t> more =
        ring_->Reap(completions.subspan(count), wait);
    if (!more.ok()) {
      Lose(std::string(more.status().message()));
      return more;
    }
    count += *more;
    if (count >= want || extra == kMaxExtraReaps) break;
    ++report_->extra_reaps;
    wait = Wait::None();
  }
  if (count != want) {
    Lose(absl::StrCat("Reap ", reap_, " brings ", count, " completions, not ",
                      want));
  }
  if (!kernel_.problem().empty()) Lose(kernel_.problem());
  if (!report_->problem.empty()) return absl::AbortedError(report_->problem);
  return count;
}

CloseReport ReplayPort::Close() {
  if (closed_) return close_report_;
  closed_ = true;
  const CloseReport simulated = simulated_->Close();
  kernel_.SetNow(Now());
  kernel_.BeginClose(simulated.operations_left);
  close_report_ = ring_->Close();
  std::vector<OperationId> one = simulated.operations_left;
  std::vector<OperationId> other = close_report_.operations_left;
  std::sort(one.begin(), one.end());
  std::sort(other.begin(), other.end());
  if (one != other) {
    Lose(absl::StrCat("Close leaves ", other.size(), " operations, not the ",
                      one.size(), " of the simulated kernel"));
    // Whose memory either may still use. A run that is lost before the ring
    // was told of an operation comes here, too.
    close_report_.operations_left.clear();
    std::set_union(one.begin(), one.end(), other.begin(), other.end(),
                   std::back_inserter(close_report_.operations_left));
  }
  if (!kernel_.problem().empty()) Lose(kernel_.problem());
  report_->ring = kernel_.counts();
  return close_report_;
}

// The first reason counts.
void ReplayPort::Lose(std::string why) {
  if (report_->problem.empty()) report_->problem = std::move(why);
}

}  // namespace wharf::replay
