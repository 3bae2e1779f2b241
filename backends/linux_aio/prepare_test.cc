#include "backends/linux_aio/prepare.h"

#include <linux/fs.h>
#include <poll.h>

#include <cerrno>
#include <cstring>

#include "backends/posix/modes.h"
#include "gtest/gtest.h"

namespace wharf::aio {
namespace {

Operation Make(Opcode opcode) {
  return Operation{.id = OperationId{(uint64_t{5} << kIdIndexBits) + 3},
                   .handle = 7,
                   .offset = 4096,
                   .data = reinterpret_cast<void*>(0x1000),
                   .length = 100,
                   .opcode = opcode};
}

// A control block with nothing left of what was there before.
iocb Dirty() {
  iocb control;
  std::memset(&control, 0xff, sizeof(control));
  return control;
}

TEST(PrepareTransfer, EachKindHasItsCommand) {
  struct Row {
    Opcode opcode;
    io_iocb_cmd_t command;
  };
  for (const Row& row : {Row{Opcode::kRead, IO_CMD_PREAD},
                         Row{Opcode::kReadVectored, IO_CMD_PREADV},
                         Row{Opcode::kWrite, IO_CMD_PWRITE},
                         Row{Opcode::kWriteVectored, IO_CMD_PWRITEV}}) {
    iocb control = Dirty();
    PrepareTransfer(Make(row.opcode), &control);
    EXPECT_EQ(control.aio_lio_opcode, row.command);
    EXPECT_EQ(control.aio_fildes, 7);
    EXPECT_EQ(control.u.c.buf, reinterpret_cast<void*>(0x1000));
    EXPECT_EQ(control.u.c.nbytes, 100u);
    EXPECT_EQ(control.u.c.offset, 4096);
    EXPECT_EQ(DataOf(control), (uint64_t{5} << kIdIndexBits) + 3);
    EXPECT_EQ(control.aio_rw_flags, 0u);
    EXPECT_EQ(control.u.c.flags, 0u);
    EXPECT_EQ(control.aio_reqprio, 0);
  }
}

// Bit 1 of aio_flags is IOCB_FLAG_IOPRIO: the kernel takes it there without a
// word and syncs nothing.
TEST(PrepareTransfer, RA07_ADurableWriteHasItsFlagWhereTheKernelLooks) {
  for (const Opcode opcode : {Opcode::kWrite, Opcode::kWriteVectored}) {
    Operation operation = Make(opcode);
    operation.flags = kOperationDurable;
    iocb control = Dirty();
    PrepareTransfer(operation, &control);
    EXPECT_EQ(control.aio_rw_flags, static_cast<unsigned>(RWF_DSYNC));
    EXPECT_EQ(control.u.c.flags, 0u);
  }
}

TEST(PrepareTransfer, LongTransferIsShortenedNotTruncated) {
  Operation operation = Make(Opcode::kWrite);
  operation.length = (uint64_t{1} << 32) + 5;
  iocb control;
  PrepareTransfer(operation, &control);
  EXPECT_EQ(control.u.c.nbytes, posix::kMaxTransferBytes);
}

TEST(PrepareTransfer, HandleThatIsNoDescriptorDoesNotBecomeOne) {
  Operation operation = Make(Opcode::kRead);
  operation.handle = (int64_t{1} << 32) + 7;
  iocb control;
  PrepareTransfer(operation, &control);
  EXPECT_EQ(control.aio_fildes, -1);
}

// The kernel refuses a sync whose other fields are not zero.
TEST(PrepareSync, IsBareAndKnowsItsLevel) {
  iocb control = Dirty();
  PrepareSync(Make(Opcode::kSync), &control);
  EXPECT_EQ(control.aio_lio_opcode, IO_CMD_FSYNC);
  EXPECT_EQ(control.u.c.buf, nullptr);
  EXPECT_EQ(control.u.c.nbytes, 0u);
  EXPECT_EQ(control.u.c.offset, 0);
  Operation data_only = Make(Opcode::kSync);
  data_only.flags = kOperationDataOnly;
  PrepareSync(data_only, &control);
  EXPECT_EQ(control.aio_lio_opcode, IO_CMD_FDSYNC);
}

TEST(PreparePoll, HasNothingButDescriptorAndEvents) {
  iocb control = Dirty();
  PreparePoll(9, POLLIN, kWakeTag, &control);
  EXPECT_EQ(control.aio_lio_opcode, IO_CMD_POLL);
  EXPECT_EQ(control.aio_fildes, 9);
  EXPECT_EQ(control.u.poll.events, POLLIN);
  EXPECT_EQ(control.u.c.nbytes, 0u);
  EXPECT_EQ(control.u.c.offset, 0);
  EXPECT_EQ(DataOf(control), kWakeTag);
}

TEST(ResultOf, RA01_ErrorsAreNegative) {
  io_event event{};
  event.res = static_cast<unsigned long>(-EIO);
  EXPECT_EQ(ResultOf(event), -EIO);
  event.res = 4096;
  EXPECT_EQ(ResultOf(event), 4096);
}

TEST(WakeTag, IsOutsideEveryIdentity) { EXPECT_EQ(kWakeTag & kIdMask, 0u); }

}  // namespace
}  // namespace wharf::aio
