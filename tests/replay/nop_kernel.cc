#include "tests/replay/nop_kernel.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "backends/io_uring/kernel_abi.h"
#include "backends/io_uring/prepare.h"

namespace wharf::replay {
namespace {

unsigned Load(unsigned* word) {
  return std::atomic_ref<unsigned>(*word).load(std::memory_order_acquire);
}

io_uring_sqe Nop(uint64_t user_data, int32_t result) {
  io_uring_sqe sqe;
  std::memset(&sqe, 0, sizeof(sqe));
  sqe.opcode = IORING_OP_NOP;
  sqe.user_data = user_data;
  sqe.rw_flags = static_cast<int>(uring::kNopInjectResult);
  sqe.len = static_cast<uint32_t>(result);
  return sqe;
}

}  // namespace

bool NopKernel::IsSupported() {
  constexpr int32_t kResult = 4711;
  io_uring ring;
  if (io_uring_queue_init(4, &ring, 0) < 0) return false;
  *io_uring_get_sqe(&ring) = Nop(1, kResult);
  io_uring_cqe* cqe = nullptr;
  const bool answered = io_uring_submit_and_wait(&ring, 1) == 1 &&
                        io_uring_peek_cqe(&ring, &cqe) == 0;
  const bool supported = answered && cqe->res == kResult;
  io_uring_queue_exit(&ring);
  return supported;
}

void NopKernel::Answers(std::span<const Answer> answers, bool early) {
  pending_.insert(pending_.end(), answers.begin(), answers.end());
  if (early) {
    const uint64_t before = counts_.answers;
    PushAnswers(/*only_taken=*/true);
    counts_.early += counts_.answers - before;
    FlushReal();
  }
  // What waits to be run says so, and then even a Reap with nothing to submit
  // and no time to wait enters.
  if (!pending_.empty()) flags_ |= IORING_SQ_TASKRUN;
}

void NopKernel::BeginClose(std::span<const OperationId> left) {
  closing_ = true;
  for (const OperationId id : left) left_.insert(id.value);
}

int NopKernel::Setup(unsigned entries, io_uring_params* params) {
  const int fd = real_.Setup(entries, params);
  if (fd >= 0) own_.insert(fd);
  return fd;
}

int NopKernel::Map(int fd, io_uring_params* params, io_uring* ring) {
  const int mapped = real_.Map(fd, params, &ring_);
  if (mapped < 0) return mapped;
  entries_ = *ring_.sq.kring_entries;
  mask_ = entries_ - 1;
  head_ = tail_ = flags_ = 0;
  queue_.assign(entries_, io_uring_sqe{});
  array_.assign(entries_, 0);
  if ((params->flags & uring::kSetupNoIndexArray) == 0) {
    for (unsigned i = 0; i < entries_; ++i) ring_.sq.array[i] = i;
  }
  real_tail_ = *ring_.sq.ktail;
  pushed_ = 0;
  // Everything is the kernel's but the submission queue.
  *ring = ring_;
  ring->sq.khead = &head_;
  ring->sq.ktail = &tail_;
  ring->sq.kring_mask = &mask_;
  ring->sq.kring_entries = &entries_;
  ring->sq.kflags = &flags_;
  ring->sq.array = array_.data();
  ring->sq.sqes = queue_.data();
  return mapped;
}

void NopKernel::UnmapAndClose(io_uring*) {
  own_.erase(ring_.ring_fd);
  real_.UnmapAndClose(&ring_);
}

int NopKernel::Enter(int fd, unsigned to_submit, unsigned min_complete,
                     unsigned flags, const void* argument, std::size_t) {
  const unsigned count = std::min(to_submit, tail_ - head_);
  for (unsigned i = 0; i < count; ++i) {
    Take(queue_[(head_ + i) & mask_]);
  }
  head_ += count;
  PushAnswers(/*only_taken=*/false);

  int64_t until = -1;
  if (argument != nullptr) {
    const auto* extended = static_cast<const io_uring_getevents_arg*>(argument);
    const auto* limit =
        reinterpret_cast<const __kernel_timespec*>(extended->ts);
    until = limit->tv_sec * 1'000'000'000 + limit->tv_nsec;
    if ((flags & uring::kEnterAbsoluteTimer) == 0) until += now_;
  }
  // A nanosecond has passed already, on every clock.
  const __kernel_timespec soon{0, 1};
  io_uring_getevents_arg wait{};
  wait.ts = reinterpret_cast<uint64_t>(&soon);
  if (min_complete > 0) flags |= IORING_ENTER_EXT_ARG;
  const bool extended = (flags & IORING_ENTER_EXT_ARG) != 0;
  const int result =
      real_.Enter(fd, pushed_, min_complete, flags, extended ? &wait : nullptr,
                  extended ? sizeof(wait) : 0);
  CountLeftovers();
  flags_ = Load(ring_.sq.kflags) & IORING_SQ_CQ_OVERFLOW;
  if (closing_ && result == -ETIME) now_ = std::max(now_, until);
  return result < 0 ? result : static_cast<int>(count);
}

void NopKernel::Take(const io_uring_sqe& sqe) {
  const OperationId id{sqe.user_data & ~uring::kTagMask};
  switch (sqe.user_data & uring::kTagMask) {
    case uring::kWakeTag:
      return Push(sqe);
    case uring::kCancelAllTag:
      return AnswerCancelAll();
    case uring::kCancelTag:
      return AnswerCancel(id);
    default:
      taken_.insert(id.value);
  }
}

// -EALREADY and -ENOENT may come while the operation runs on (fault rows U-05,
// U-06); who is refused once is taken the next time.
void NopKernel::AnswerCancel(OperationId id) {
  constexpr int32_t kResults[] = {0, -EALREADY, -ENOENT};
  int32_t result = -ENOENT;
  if (taken_.contains(id.value)) {
    result = refused_cancels_.contains(id.value)
                 ? 0
                 : kResults[counts_.cancels % std::size(kResults)];
    if (result != 0) refused_cancels_.insert(id.value);
  }
  ++counts_.cancels;
  PushNop(uring::kCancelTag | id.value, result);
}

void NopKernel::AnswerCancelAll() {
  std::vector<uint64_t> ended;
  for (const uint64_t id : taken_) {
    if (!left_.contains(id)) ended.push_back(id);
  }
  std::sort(ended.begin(), ended.end());
  for (const uint64_t id : ended) {
    taken_.erase(id);
    ++counts_.closed;
    PushNop(id, -ECANCELED);
  }
  PushNop(uring::kCancelAllTag, static_cast<int32_t>(ended.size()));
}

void NopKernel::PushAnswers(bool only_taken) {
  std::size_t done = 0;
  for (; done < pending_.size(); ++done) {
    const Answer& answer = pending_[done];
    if (taken_.erase(answer.id.value) == 0) {
      if (only_taken) break;
      problem_ = absl::StrCat("the script ends operation ", answer.id.value,
                              ", which is not in flight");
      continue;
    }
    refused_cancels_.erase(answer.id.value);
    ++counts_.answers;
    PushNop(answer.id.value, answer.result);
  }
  pending_.erase(pending_.begin(),
                 pending_.begin() + static_cast<std::ptrdiff_t>(done));
}

void NopKernel::PushNop(uint64_t user_data, int32_t result) {
  Push(Nop(user_data, result));
}

void NopKernel::Push(const io_uring_sqe& sqe) {
  if (pushed_ == entries_) FlushReal();
  ring_.sq.sqes[real_tail_ & mask_] = sqe;
  ++real_tail_;
  std::atomic_ref<unsigned>(*ring_.sq.ktail)
      .store(real_tail_, std::memory_order_release);
  ++pushed_;
}

void NopKernel::FlushReal() {
  if (pushed_ == 0) return;
  const int taken = real_.Enter(ring_.ring_fd, pushed_, 0, 0, nullptr, 0);
  CountLeftovers();
  if (pushed_ != 0) {
    problem_ = absl::StrCat("the ring answered ", taken, " and left ", pushed_,
                            " nops");
  }
}

void NopKernel::CountLeftovers() {
  pushed_ = real_tail_ - Load(ring_.sq.khead);
}

int NopKernel::WaitEventFd(int fd, int64_t) {
  return real_.WaitEventFd(fd, /*nanoseconds=*/0);
}

int NopKernel::OpenEventFd() {
  const int fd = RealPosixSyscalls::OpenEventFd();
  if (fd >= 0) own_.insert(fd);
  return fd;
}

void NopKernel::Close(int fd) {
  if (own_.erase(fd) != 0) RealPosixSyscalls::Close(fd);
}

}  // namespace wharf::replay
