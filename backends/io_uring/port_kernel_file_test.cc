// The port on the machine's own kernel: files, handles, and operations as such.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "backends/io_uring/port.h"
#include "backends/io_uring/port_kernel_test_util.h"
#include "engine/error.h"
#include "engine/io_vector.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

INSTANTIATE_TEST_SUITE_P(Setups, PortKernelTest, EveryRing(), RingKindName);

TEST_P(PortKernelTest, NopCompletes) {
  EXPECT_EQ(Run(Make(Opcode::kNop, -1)).result, 0);
}

TEST_P(PortKernelTest, WritesAndReadsAtAnOffset) {
  char text[] = "abcdef";
  EXPECT_EQ(Run(Make(Opcode::kWrite, file_, text, 6, 2)).result, 6);
  EXPECT_EQ(FileContents(), std::string("\0\0abcdef", 8));
  char back[16] = {};
  EXPECT_EQ(Run(Make(Opcode::kRead, file_, back, 16, 4)).result, 4);
  EXPECT_STREQ(back, "cdef");
  EXPECT_EQ(Run(Make(Opcode::kRead, file_, back, 16, 100)).result, 0);
}

TEST_P(PortKernelTest, CurrentPositionAdvances_R27) {
  char text[] = "abcd";
  EXPECT_EQ(Run(Make(Opcode::kWrite, file_, text, 2, kCurrentPosition)).result,
            2);
  EXPECT_EQ(
      Run(Make(Opcode::kWrite, file_, text + 2, 2, kCurrentPosition)).result,
      2);
  EXPECT_EQ(FileContents(), "abcd");
  EXPECT_EQ(lseek(file_, 0, SEEK_CUR), 4);
}

TEST_P(PortKernelTest, WritesAndReadsVectors) {
  char text[] = "abcdef";
  std::array<IoVector, 2> pieces = {IoVector{text, 2}, IoVector{text + 4, 2}};
  EXPECT_EQ(
      Run(Make(Opcode::kWriteVectored, file_, pieces.data(), 2, 0)).result, 4);
  EXPECT_EQ(FileContents(), "abef");
  char back[6] = {};
  pieces = {IoVector{back + 3, 3}, IoVector{back, 1}};
  EXPECT_EQ(Run(Make(Opcode::kReadVectored, file_, pieces.data(), 2, 0)).result,
            4);
  EXPECT_EQ(std::string_view(back, 6), std::string_view("f\0\0abe", 6));
}

TEST_P(PortKernelTest, DurableWriteAndSyncs) {
  char text[] = "x";
  Operation write = Make(Opcode::kWrite, file_, text, 1, 0);
  write.flags = kOperationDurable;
  EXPECT_EQ(Run(write).result, 1);
  EXPECT_EQ(Run(Make(Opcode::kSync, file_)).result, 0);
  Operation sync = Make(Opcode::kSync, file_);
  sync.flags = kOperationDataOnly;
  EXPECT_EQ(Run(sync).result, 0);
  OpenPipe();
  EXPECT_EQ(Run(Make(Opcode::kSync, pipe_[0])).result,
            Negated(Error::kInvalidArgument));
}

TEST_P(PortKernelTest, AllocateModesDoWhatTheySay) {
  auto allocate = [&](AllocateMode mode, uint64_t offset, uint64_t length) {
    Operation operation =
        Make(Opcode::kAllocate, file_, nullptr, length, offset);
    operation.mode = static_cast<uint32_t>(mode);
    return Run(operation).result;
  };
  EXPECT_EQ(allocate(AllocateMode::kAllocate, 0, 8192), 0);
  EXPECT_EQ(FileSize(), 8192);
  EXPECT_EQ(allocate(AllocateMode::kAllocateKeepSize, 8192, 4096), 0);
  EXPECT_EQ(FileSize(), 8192);
  const std::string text(8192, 'x');
  ASSERT_EQ(pwrite(file_, text.data(), text.size(), 0), 8192);
  EXPECT_EQ(allocate(AllocateMode::kPunchHole, 0, 4096), 0);
  EXPECT_EQ(FileContents(), std::string(4096, '\0') + std::string(4096, 'x'));
  const int64_t zeroed = allocate(AllocateMode::kZeroRange, 4096, 8192);
  if (zeroed != Negated(Error::kNotSupported)) {  // tmpfs has no zero range
    EXPECT_EQ(zeroed, 0);
    EXPECT_EQ(FileContents(), std::string(12288, '\0'));
  }
}

TEST_P(PortKernelTest, OpensAndClosesFiles) {
  char path[] = "/tmp/wharf_uring_open_XXXXXX";
  const int made = mkstemp(path);
  ASSERT_GE(made, 0);
  close(made);
  Operation open = Make(Opcode::kOpen, -1, path, std::strlen(path));
  open.mode = kOpenRead | kOpenWrite | kOpenCreate | kOpenExclusive;
  open.offset = 0600;
  EXPECT_EQ(Run(open).result, Negated(Error::kExists));
  unlink(path);
  open.id = open.id.Next();
  Submit(open);
  const int fd = static_cast<int>(ReapOne().result);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  struct stat status;
  ASSERT_EQ(fstat(fd, &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  next_ = open.id;
  EXPECT_EQ(Run(Make(Opcode::kClose, fd)).result, 0);
  EXPECT_LT(fcntl(fd, F_GETFD), 0);
  unlink(path);
}

TEST_P(PortKernelTest, CloseEndsHandlesThatNobodyWillHearOf) {
  char path[] = "/dev/null";
  Operation open = Make(Opcode::kOpen, -1, path, std::strlen(path));
  open.mode = kOpenRead;
  const int next = dup(file_);  // the number that the kernel will give
  close(next);
  Submit(open);
  std::array<Completion, 1> none;
  ASSERT_TRUE(port_->Reap({none.data(), 0}, Wait::None()).ok());
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_LT(fcntl(next, F_GETFD), 0);
}

TEST_P(PortKernelTest, CloseDoesTheClosesThatWereOnlyStaged) {
  const int fd = dup(file_);
  Submit(Make(Opcode::kClose, fd));
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_LT(fcntl(fd, F_GETFD), 0);
}

TEST_P(PortKernelTest, RefusalsAreCompletions_U25) {
  char byte = 0;
  const Completion closed = Run(Make(Opcode::kRead, 9999, &byte, 1, 0));
  EXPECT_EQ(closed.result, Negated(Error::kBadHandle));
  EXPECT_EQ(closed.native_error, EBADF);
  Operation wide = Make(Opcode::kRead, 0, &byte, 1, 0);
  wide.handle = (int64_t{1} << 32) + file_;
  EXPECT_EQ(Run(wide).result, Negated(Error::kBadHandle));
  Operation unknown = Make(Opcode::kNop, -1);
  unknown.opcode = static_cast<Opcode>(200);
  EXPECT_EQ(Run(unknown).result, Negated(Error::kInvalidArgument));
}

TEST_P(PortKernelTest, ManyOperationsPassThroughAnyQueue) {
  uint64_t submitted = 0;
  uint64_t completed = 0;
  std::array<Completion, 7> completions;
  std::vector<Operation> batch(20);
  while (completed < 3000) {
    for (Operation& operation : batch) operation = Make(Opcode::kNop, -1);
    submitted += port_->Submit(batch);
    auto count = port_->Reap(completions, Wait::Forever());
    ASSERT_TRUE(count.ok()) << count.status();
    completed += *count;
    ASSERT_LE(submitted - completed, port_->Capabilities().max_in_flight);
  }
}

}  // namespace
}  // namespace wharf
