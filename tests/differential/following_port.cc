#include "tests/differential/following_port.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "sim/kernel/ownership.h"
#include "sim/memory_guard.h"

namespace wharf::differential {
namespace {

// Reaps that may bring nothing although time can still pass.
constexpr int kMaxEmptyReaps = 64;

constexpr Duration kBetweenReaps = std::chrono::microseconds(1);

constexpr uint32_t kNotLate = ~uint32_t{0};

// The first options of a latency are for what comes soon.
constexpr uint32_t kSoonLatencies = 2;

// Whether the completion's operation was begun in an earlier Reap.
bool IsLate(const PortLog& log, const LoggedCompletion& completion) {
  return log.operations[completion.operation].after_reaps < completion.reap;
}

}  // namespace

std::vector<uint32_t> LateRanks(const PortLog& log) {
  // When what each Reap brings has begun, at the earliest.
  std::vector<uint32_t> begins(log.reaps.size(), kNotLate);
  for (const LoggedCompletion& completion : log.completions) {
    if (!IsLate(log, completion)) continue;
    uint32_t& begin = begins[completion.reap];
    begin = std::min(begin, log.operations[completion.operation].after_reaps);
  }
  std::vector<uint32_t> ranks;
  std::vector<Duration> passes;  // Before each Reap.
  uint32_t rank = kSoonLatencies;
  for (const uint32_t begin : begins) {
    Duration pass = kBetweenReaps;
    if (begin != kNotLate) {
      Duration passed{};
      for (std::size_t i = begin + 1; i < passes.size(); ++i) {
        passed += passes[i];
      }
      rank = kSoonLatencies + 1;
      while (rank + 1 < sim::Kernel::kLatencyOptions &&
             sim::Kernel::LatencyOf(rank) <= passed) {
        ++rank;
      }
      pass = sim::Kernel::LatencyOf(rank);
    }
    ranks.push_back(rank);
    passes.push_back(pass);
  }
  ranks.push_back(rank);
  return ranks;
}

std::size_t FollowingPort::Submit(std::span<const Operation> operations) {
  if (!why_.empty()) return 0;
  if (submit_ == log_->accepted.size()) {
    (void)Lost("the program submitted once more than on the real kernel");
    return 0;
  }
  const std::size_t want =
      std::min<std::size_t>(log_->accepted[submit_++], operations.size());
  if (want == 0) return 0;
  const std::size_t taken = port_->Submit(operations.first(want));
  if (taken < want) {
    (void)Lost(absl::StrCat("Submit took ", taken, " operations, not ", want));
  }
  for (const Operation& operation : operations.first(taken)) {
    if (!sim::ReadsIntoMemory(operation.opcode)) continue;
    IoVector single;
    const std::span<const IoVector> pieces = sim::VectorsOf(operation, single);
    reads_.push_back({operation.id, {pieces.begin(), pieces.end()}});
  }
  return taken;
}

void FollowingPort::Cancel(OperationId id) {
  if (!why_.empty()) return;
  // Where it is decided at once, it is about what the next Reap brings.
  if (guide_ != nullptr) guide_->BeginReap(static_cast<uint32_t>(reap_));
  port_->Cancel(id);
}

absl::StatusOr<std::size_t> FollowingPort::Reap(
    std::span<Completion> completions, Wait) {
  if (!why_.empty()) return absl::AbortedError(why_);
  if (reap_ == log_->reaps.size()) {
    return Lost("the program reaped once more than on the real kernel");
  }
  const uint32_t begin = reap_ == 0 ? 0 : log_->reaps[reap_ - 1];
  const uint32_t want = log_->reaps[reap_] - begin;
  if (guide_ != nullptr) guide_->BeginReap(static_cast<uint32_t>(reap_));
  // Also on a real machine some time passes from one Reap to the next; and what
  // is late comes due together, so that any of it can be first.
  bool late = false;
  for (uint32_t i = begin; i < begin + want && !late; ++i) {
    late = IsLate(*log_, log_->completions[i]);
  }
  if (late) {
    kernel_->PassTime(sim::Kernel::LatencyOf(late_ranks_[reap_]));
  } else if (guide_ == nullptr || !guide_->ComesAtOnce()) {
    kernel_->PassTime(kBetweenReaps);
  }
  ++reap_;
  if (want > completions.size()) return Lost("the Reap has too little room");
  std::size_t count = 0;
  int empty = 0;
  do {
    // The first is the Reap itself; the others let time pass.
    const Wait wait = empty == 0 && count == 0 ? Wait::None() : Wait::Forever();
    const absl::StatusOr<std::size_t> more =
        port_->Reap(completions.subspan(count, want - count), wait);
    if (!more.ok()) return Lost(std::string(more.status().message()));
    if (guide_ != nullptr && guide_->lost()) {
      return Lost("another completion comes first");
    }
    for (std::size_t i = count; i < count + *more; ++i) {
      if (!Matches(log_->completions[begin + i], completions[i])) {
        return absl::AbortedError(why_);
      }
    }
    count += *more;
    empty = *more == 0 ? empty + 1 : 0;
    if (empty > kMaxEmptyReaps) {
      return Lost("nothing more comes, however long one waits");
    }
  } while (count < want);
  return count;
}

bool FollowingPort::Matches(const LoggedCompletion& expected,
                            const Completion& actual) {
  const Opcode opcode = log_->operations[expected.operation].operation.opcode;
  if (actual.id != expected.completion.id) {
    (void)Lost("another operation completes first");
  } else if (!SameResult(opcode, expected.completion.result, actual.result)) {
    (void)Lost(
        absl::StrCat("its result is ", DescribeResult(opcode, actual.result)));
  } else if (compare_native_ &&
             actual.native_error != expected.completion.native_error) {
    (void)Lost(absl::StrCat("its native error is ", actual.native_error));
  } else if (!SameBytes(expected)) {
    (void)Lost("it read other bytes");
  }
  return why_.empty();
}

bool FollowingPort::SameBytes(const LoggedCompletion& expected) const {
  const auto read = std::find_if(
      reads_.begin(), reads_.end(),
      [&](const Pieces& other) { return other.id == expected.completion.id; });
  if (read == reads_.end()) return true;
  std::span<const std::byte> bytes = log_->BytesOf(expected);
  bool same = true;
  for (const IoVector& piece : read->pieces) {
    const std::size_t step = std::min(piece.length, bytes.size());
    if (step == 0) break;
    same = same && std::memcmp(piece.base, bytes.data(), step) == 0;
    bytes = bytes.subspan(step);
  }
  return same;
}

absl::Status FollowingPort::Lost(std::string why) {
  if (why_.empty()) why_ = std::move(why);
  if (guide_ != nullptr) guide_->Lose();
  return absl::AbortedError(why_);
}

Time FollowingPort::Now() {
  if (time_ == log_->times.size()) {
    (void)Lost("the program read the clock once more than on the real kernel");
    return log_->times.empty() ? Time() : log_->times.back();
  }
  return log_->times[time_++];
}

}  // namespace wharf::differential
