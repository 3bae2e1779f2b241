#include "backends/io_uring/prepare.h"

#include <cstring>

#include "gtest/gtest.h"

namespace wharf::uring {
namespace {

io_uring_sqe Prepare(const Operation& operation) {
  io_uring_sqe sqe;
  std::memset(&sqe, 0xff, sizeof(sqe));
  PrepareOperation(operation, &sqe);
  return sqe;
}

Operation Make(Opcode opcode) {
  Operation operation;
  operation.id = OperationId{0x123456789};
  operation.opcode = opcode;
  operation.handle = 7;
  operation.data = reinterpret_cast<void*>(0x1000);
  operation.length = 100;
  operation.offset = 4096;
  return operation;
}

TEST(PrepareOperation, EveryOpcodeCarriesIdentityAndHandleAndNoLeftovers) {
  for (int i = 0; i < kOpcodeCount; ++i) {
    const io_uring_sqe sqe = Prepare(Make(static_cast<Opcode>(i)));
    EXPECT_EQ(sqe.opcode, kKernelOpcodes[i]) << i;
    EXPECT_EQ(sqe.user_data, 0x123456789u) << i;
    const auto opcode = static_cast<Opcode>(i);
    const int fd = opcode == Opcode::kNop    ? 0
                   : opcode == Opcode::kOpen ? AT_FDCWD
                                             : 7;
    EXPECT_EQ(sqe.fd, fd) << i;
    EXPECT_EQ(sqe.flags, 0) << i;
    EXPECT_EQ(sqe.ioprio, 0) << i;
    EXPECT_EQ(sqe.buf_index, 0) << i;
    EXPECT_EQ(sqe.personality, 0) << i;
    EXPECT_EQ(sqe.splice_fd_in, 0) << i;
  }
}

TEST(PrepareOperation, ReadsAndWritesCarryTheirRange) {
  for (Opcode opcode : {Opcode::kRead, Opcode::kReadVectored, Opcode::kWrite,
                        Opcode::kWriteVectored}) {
    const io_uring_sqe sqe = Prepare(Make(opcode));
    EXPECT_EQ(sqe.addr, 0x1000u);
    EXPECT_EQ(sqe.len, 100u);
    EXPECT_EQ(sqe.off, 4096u);
    EXPECT_EQ(sqe.rw_flags, 0);
  }
}

TEST(PrepareOperation, CurrentPositionIsMinusOne_R27) {
  Operation operation = Make(Opcode::kRead);
  operation.offset = kCurrentPosition;
  EXPECT_EQ(Prepare(operation).off, ~uint64_t{0});
}

TEST(PrepareOperation, DurableIsDsync_RA7) {
  for (Opcode opcode : {Opcode::kWrite, Opcode::kWriteVectored}) {
    Operation operation = Make(opcode);
    operation.flags = kOperationDurable;
    EXPECT_EQ(Prepare(operation).rw_flags, RWF_DSYNC);
  }
}

TEST(PrepareOperation, SyncCoversTheWholeFile) {
  Operation operation = Make(Opcode::kSync);
  EXPECT_EQ(Prepare(operation).fsync_flags, 0u);
  operation.flags = kOperationDataOnly;
  const io_uring_sqe sqe = Prepare(operation);
  EXPECT_EQ(sqe.fsync_flags, IORING_FSYNC_DATASYNC);
  EXPECT_EQ(sqe.off, 0u);
  EXPECT_EQ(sqe.len, 0u);
  EXPECT_EQ(sqe.addr, 0u);
}

TEST(PrepareOperation, AllocateHasLengthInAddrAndModeInLen) {
  Operation operation = Make(Opcode::kAllocate);
  operation.length = uint64_t{5} << 32;
  operation.mode = static_cast<uint32_t>(AllocateMode::kPunchHole);
  const io_uring_sqe sqe = Prepare(operation);
  EXPECT_EQ(sqe.off, 4096u);
  EXPECT_EQ(sqe.addr, uint64_t{5} << 32);
  EXPECT_EQ(sqe.len,
            static_cast<uint32_t>(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE));
}

TEST(PrepareOperation, SendsRaiseNoSignal) {
  EXPECT_EQ(Prepare(Make(Opcode::kSend)).msg_flags,
            static_cast<uint32_t>(MSG_NOSIGNAL));
  EXPECT_EQ(Prepare(Make(Opcode::kSendVectored)).msg_flags,
            static_cast<uint32_t>(MSG_NOSIGNAL));
  EXPECT_EQ(Prepare(Make(Opcode::kReceive)).msg_flags, 0u);
  EXPECT_EQ(Prepare(Make(Opcode::kSend)).off, 0u);
}

TEST(PrepareOperation, PollIsOneShot) {
  Operation operation = Make(Opcode::kPoll);
  operation.mode = kPollReadable | kPollWritable | kPollError;
  const io_uring_sqe sqe = Prepare(operation);
  EXPECT_EQ(sqe.poll32_events, KernelPollMask(kPollReadable | kPollWritable));
  EXPECT_EQ(sqe.len, 0u);
  EXPECT_EQ(sqe.addr, 0u);
}

TEST(PrepareOperation, OpenHasPermissionsInLen) {
  Operation operation = Make(Opcode::kOpen);
  operation.offset = 0640;
  operation.mode = kOpenRead | kOpenWrite | kOpenCreate;
  const io_uring_sqe sqe = Prepare(operation);
  EXPECT_EQ(sqe.addr, 0x1000u);
  EXPECT_EQ(sqe.len, 0640u);
  EXPECT_EQ(sqe.off, 0u);
  EXPECT_EQ(sqe.open_flags,
            static_cast<uint32_t>(O_RDWR | O_CREAT | O_CLOEXEC | O_LARGEFILE));
}

TEST(PrepareOperation, ConnectHasTheAddressLengthInOff) {
  const io_uring_sqe sqe = Prepare(Make(Opcode::kConnect));
  EXPECT_EQ(sqe.addr, 0x1000u);
  EXPECT_EQ(sqe.off, 100u);
  EXPECT_EQ(sqe.len, 0u);
}

TEST(PrepareOperation, AcceptedHandlesAreNotInherited) {
  const io_uring_sqe sqe = Prepare(Make(Opcode::kAccept));
  EXPECT_EQ(sqe.accept_flags, static_cast<uint32_t>(SOCK_CLOEXEC));
  EXPECT_EQ(sqe.addr, 0u);
  EXPECT_EQ(sqe.off, 0u);
}

TEST(PrepareOperation, LongTransferIsShortenedNotTruncated) {
  Operation operation = Make(Opcode::kWrite);
  operation.length = (uint64_t{1} << 32) + 5;
  EXPECT_EQ(Prepare(operation).len, posix::kMaxTransferBytes);
}

TEST(PrepareOperation, HandleThatIsNoDescriptorDoesNotBecomeOne) {
  for (int64_t handle :
       {int64_t{-1}, int64_t{-5}, (int64_t{1} << 32) + 7, int64_t{1} << 31}) {
    Operation operation = Make(Opcode::kRead);
    operation.handle = handle;
    EXPECT_EQ(Prepare(operation).fd, -1) << handle;
  }
}

TEST(PrepareOperation, UnknownOpcodeIsLeftToTheKernelToRefuse) {
  Operation operation = Make(static_cast<Opcode>(kOpcodeCount));
  EXPECT_EQ(Prepare(operation).opcode, kRefusedOpcode);
}

TEST(PrepareCancel, IsTaggedAndNamesOneIdentity) {
  io_uring_sqe sqe;
  PrepareCancel(OperationId{42}, &sqe);
  EXPECT_EQ(sqe.addr, 42u);
  EXPECT_EQ(sqe.cancel_flags, 0u);
  EXPECT_EQ(sqe.user_data, kCancelTag | 42);
  PrepareCancelAll(&sqe);
  EXPECT_EQ(sqe.user_data & kTagMask, kCancelAllTag);
}

TEST(Tags, AreOutsideEveryIdentity) {
  EXPECT_EQ(kTagMask & kIdMask, 0u);
  EXPECT_EQ(kTagMask | kIdMask, ~uint64_t{0});
}

}  // namespace
}  // namespace wharf::uring
