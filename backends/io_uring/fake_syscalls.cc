#include "backends/io_uring/fake_syscalls.h"

#include <algorithm>
#include <cerrno>

#include "backends/io_uring/kernel_abi.h"

namespace wharf {
namespace {

constexpr int kRingFd = 70;
// A wait that finds something takes this long, so that time always moves.
constexpr int64_t kWaitTakes = 1'000'000;

}  // namespace

FakeSyscalls::FakeSyscalls()
    : features(IORING_FEAT_NODROP | IORING_FEAT_RW_CUR_POS |
               IORING_FEAT_EXT_ARG | IORING_FEAT_RSRC_TAGS |
               uring::kFeatureMinTimeout) {}

void FakeSyscalls::Post(uint64_t user_data, int32_t result, uint32_t flags) {
  if (cq_tail_ - cq_head_ == cq_entries_) {
    sq_flags_ |= IORING_SQ_CQ_OVERFLOW;
    return;
  }
  io_uring_cqe& cqe = cqes_[cq_tail_++ & cq_mask_];
  cqe.user_data = user_data;
  cqe.res = result;
  cqe.flags = flags;
}

int FakeSyscalls::CountTaken(uint8_t opcode) const {
  return static_cast<int>(std::count_if(
      taken.begin(), taken.end(),
      [&](const io_uring_sqe& sqe) { return sqe.opcode == opcode; }));
}

int FakeSyscalls::Setup(unsigned entries, io_uring_params* params) {
  setups.push_back(params->flags);
  if (setup_error != 0) return -setup_error;
  if ((params->flags & ~known_setup_flags) != 0) return -EINVAL;
  sq_entries_ = entries;
  cq_entries_ = (params->flags & IORING_SETUP_CQSIZE) != 0 ? params->cq_entries
                                                           : 2 * entries;
  params->sq_entries = sq_entries_;
  params->cq_entries = cq_entries_;
  params->features = features;
  ++open_fds;
  return kRingFd;
}

int FakeSyscalls::Map(int fd, io_uring_params* params, io_uring* ring) {
  *ring = {};
  ring->ring_fd = fd;
  sq_mask_ = sq_entries_ - 1;
  cq_mask_ = cq_entries_ - 1;
  array_.clear();
  if ((params->flags & uring::kSetupNoIndexArray) == 0) {
    array_.assign(sq_entries_, ~0u);
  }
  sqes_.assign(sq_entries_, io_uring_sqe{});
  cqe_bytes_.assign(cq_entries_ * sizeof(io_uring_cqe), 0);
  cqes_ = reinterpret_cast<io_uring_cqe*>(cqe_bytes_.data());
  ring->sq = {};
  ring->sq.khead = &sq_head_;
  ring->sq.ktail = &sq_tail_;
  ring->sq.kring_mask = &sq_mask_;
  ring->sq.kring_entries = &sq_entries_;
  ring->sq.kflags = &sq_flags_;
  ring->sq.kdropped = &sq_dropped_;
  // The kernel has its queue's head there then; here a store is seen.
  ring->sq.array = array_.empty() ? nullptr : array_.data();
  ring->sq.sqes = sqes_.data();
  ring->cq = {};
  ring->cq.khead = &cq_head_;
  ring->cq.ktail = &cq_tail_;
  ring->cq.kring_mask = &cq_mask_;
  ring->cq.kring_entries = &cq_entries_;
  ring->cq.kflags = &cq_flags_;
  ring->cq.koverflow = &cq_overflow_;
  ring->cq.cqes = cqes_;
  ++open_rings;
  return 0;
}

void FakeSyscalls::UnmapAndClose(io_uring*) {
  --open_rings;
  --open_fds;
}

int FakeSyscalls::Enter(int, unsigned to_submit, unsigned min_complete,
                        unsigned flags, const void* argument, std::size_t) {
  EnterCall call{to_submit, min_complete, flags, -1};
  if ((flags & IORING_ENTER_EXT_ARG) != 0) {
    const auto* extended = static_cast<const io_uring_getevents_arg*>(argument);
    const auto* timeout =
        reinterpret_cast<const __kernel_timespec*>(extended->ts);
    call.timeout = timeout->tv_sec * 1'000'000'000 + timeout->tv_nsec;
  }
  enters.push_back(call);
  if (min_complete > 0) now += kWaitTakes;
  Step step;
  if (!script.empty()) {
    step = script.front();
    script.pop_front();
  }
  const unsigned consumed =
      std::min({step.consume, to_submit, sq_tail_ - sq_head_});
  for (unsigned i = 0; i < consumed; ++i) {
    const unsigned place = sq_head_ & sq_mask_;
    taken.push_back(sqes_[array_.empty() ? place : array_[place]]);
    ++sq_head_;
  }
  if (step.effect) step.effect();
  if (min_complete > 0 && cq_head_ == cq_tail_ && when_idle) when_idle();
  if (step.result != kCount) return step.result;
  if (consumed == 0 && min_complete > 0 && cq_head_ == cq_tail_) {
    if (call.timeout < 0) return -EINTR;
    const bool absolute = (flags & uring::kEnterAbsoluteTimer) != 0;
    now = std::max(now, absolute ? call.timeout : now + call.timeout);
    return -ETIME;
  }
  return static_cast<int>(consumed);
}

int FakeSyscalls::Register(int, unsigned opcode, void* argument,
                           unsigned count) {
  switch (opcode) {
    case IORING_REGISTER_PROBE: {
      auto* probe = static_cast<io_uring_probe*>(argument);
      probe->last_op = last_opcode;
      for (unsigned i = 0; i < count && i <= last_opcode; ++i) {
        probe->ops[i].flags = IO_URING_OP_SUPPORTED;
      }
      return 0;
    }
    case IORING_REGISTER_RESTRICTIONS: {
      auto* list = static_cast<io_uring_restriction*>(argument);
      restrictions.assign(list, list + count);
      return restrictions_result;
    }
    case IORING_REGISTER_RING_FDS:
      return register_ring_result;
    default:
      return 0;
  }
}

int FakeSyscalls::WaitEventFd(int, int64_t nanoseconds) {
  eventfd_waits.push_back(nanoseconds);
  return eventfd_count != 0 ? 1 : 0;
}

void FakeSyscalls::Close(int fd) {
  if (fd == kRingFd) --open_fds;
  FakePosixSyscalls::Close(fd);
}

}  // namespace wharf
