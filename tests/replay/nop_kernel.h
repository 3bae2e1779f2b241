// NopKernel: a call table under the io_uring backend that lets a script decide
// how operations end and a real ring tell the backend so.
//
// The backend writes its submission queue as always, but that queue is the
// table's: an operation is only noted. When the script ends it, a nop goes to
// the real ring with the operation's user_data and result
// (IORING_NOP_INJECT_RESULT, Linux 6.11), and the completion queue that the
// backend reads is the real one. So completions are the kernel's own, in the
// script's order, and nothing is read or written.
//
// What is no operation: a cancel is answered by a nop, too, whose result is 0,
// -EALREADY or -ENOENT in turn; the cancel of everything that Close sends ends
// all that is not to be left. The wake's poll goes to the ring as it is and is
// a real multishot poll of a real eventfd. A wait is one of the real ring that
// is over at once, because everything that can come is there; time is the
// script's. Not for SQPOLL, whose thread reads the queue by itself, and IOPOLL,
// which has no nops.

#ifndef WHARF_TESTS_REPLAY_NOP_KERNEL_H_
#define WHARF_TESTS_REPLAY_NOP_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "backends/io_uring/syscalls.h"
#include "backends/posix/real_syscalls.h"
#include "engine/ids.h"
#include "engine/time.h"

namespace wharf::replay {

// Not for concurrent use, except WriteEventFd. One ring at a time.
class NopKernel final : public RealPosixSyscalls<IoUringSyscalls> {
 public:
  // One scripted end of an operation: what the kernel puts into cqe->res.
  struct Answer {
    OperationId id;
    int32_t result = 0;
  };
  // How often things happened.
  struct Counts {
    uint64_t answers = 0;  // nops for operations
    uint64_t early = 0;    // of these, before the call that reaped them
    uint64_t cancels = 0;  // cancels answered
    uint64_t closed = 0;   // operations that Close's cancel ended
    friend bool operator==(const Counts&, const Counts&) = default;
  };

  // Whether this machine's kernel gives a nop's result as asked. False also if
  // there is no io_uring.
  static bool IsSupported();

  // Ends operations in this order: in the next call that enters the ring, or
  // with `early` at once, as far as the kernel has taken them already.
  void Answers(std::span<const Answer> answers, bool early);
  // From now on waits take the time that they were given, and the cancel of
  // everything brings all back but these.
  void BeginClose(std::span<const OperationId> left);
  // What MonotonicNanoseconds says.
  void SetNow(Time now) { now_ = now.time_since_epoch().count(); }

  // What went wrong; "" if nothing.
  const std::string& problem() const { return problem_; }
  const Counts& counts() const { return counts_; }

  int Setup(unsigned entries, io_uring_params* params) override;
  int Map(int fd, io_uring_params* params, io_uring* ring) override;
  void UnmapAndClose(io_uring* ring) override;
  int Enter(int fd, unsigned to_submit, unsigned min_complete, unsigned flags,
            const void* argument, std::size_t argument_size) override;
  int Register(int fd, unsigned opcode, void* argument,
               unsigned count) override {
    return real_.Register(fd, opcode, argument, count);
  }
  int WaitEventFd(int fd, int64_t nanoseconds) override;
  int DisabledSysctl() override { return real_.DisabledSysctl(); }
  uint64_t MemlockLimit() override { return real_.MemlockLimit(); }
  int OpenEventFd() override;
  // Closes only what this table opened: other numbers are a script's.
  void Close(int fd) override;
  int64_t MonotonicNanoseconds() override { return now_; }

 private:
  void Take(const io_uring_sqe& sqe);
  void AnswerCancel(OperationId id);
  void AnswerCancelAll();
  void Push(const io_uring_sqe& sqe);
  void PushNop(uint64_t user_data, int32_t result);
  void PushAnswers(bool only_taken);
  void FlushReal();
  void CountLeftovers();

  IoUringSyscalls& real_ = RealIoUringSyscalls();
  std::set<int> own_;
  io_uring ring_{};
  unsigned real_tail_ = 0;
  unsigned pushed_ = 0;  // not told to the kernel yet

  // The queue that the backend sees.
  unsigned head_ = 0, tail_ = 0, mask_ = 0, entries_ = 0, flags_ = 0;
  std::vector<io_uring_sqe> queue_;
  std::vector<unsigned> array_;

  std::unordered_set<uint64_t> taken_;
  std::vector<Answer> pending_;
  std::unordered_set<uint64_t> left_;
  bool closing_ = false;
  std::unordered_set<uint64_t> refused_cancels_;
  int64_t now_ = 0;
  std::string problem_;
  Counts counts_;
};

}  // namespace wharf::replay

#endif  // WHARF_TESTS_REPLAY_NOP_KERNEL_H_
