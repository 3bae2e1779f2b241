#include "backends/linux_aio/attempt.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>

#include "backends/linux_aio/fake_syscalls.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf::aio {
namespace {

using ::testing::ElementsAre;

Operation Make(Opcode opcode) {
  static char bytes[8];
  Operation operation;
  operation.handle = 5;
  operation.data = bytes;
  operation.length = 8;
  operation.opcode = opcode;
  return operation;
}

TEST(KindOf, WhatPositionsIsAFile) {
  FakeAioSyscalls kernel;
  struct Row {
    unsigned mode;
    HandleKind kind;
  };
  for (const Row& row :
       {Row{S_IFREG, HandleKind::kFile}, Row{S_IFBLK, HandleKind::kFile},
        Row{S_IFDIR, HandleKind::kFile}, Row{S_IFSOCK, HandleKind::kSocket},
        Row{S_IFIFO, HandleKind::kStream}, Row{S_IFCHR, HandleKind::kStream},
        Row{0, HandleKind::kStream}}) {
    kernel.modes[5] = row.mode | 0600;
    EXPECT_EQ(KindOf(5, kernel), static_cast<int>(row.kind)) << row.mode;
  }
  EXPECT_EQ(KindOf(-1, kernel), -EBADF);
}

TEST(ReadyEvents, InputAndOutput) {
  for (const Opcode opcode : {Opcode::kRead, Opcode::kReadVectored,
                              Opcode::kReceive, Opcode::kAccept}) {
    EXPECT_EQ(ReadyEvents(Make(opcode)), static_cast<uint32_t>(POLLIN));
  }
  for (const Opcode opcode :
       {Opcode::kWrite, Opcode::kWriteVectored, Opcode::kSend,
        Opcode::kSendVectored, Opcode::kConnect}) {
    EXPECT_EQ(ReadyEvents(Make(opcode)), static_cast<uint32_t>(POLLOUT));
  }
}

TEST(AttemptNow, ABlockingListenerIsNonBlockingForTheCallOnly) {
  FakeAioSyscalls kernel;
  kernel.results["accept"] = {9};
  EXPECT_EQ(AttemptNow(Make(Opcode::kAccept), HandleKind::kSocket, kernel), 9);
  EXPECT_THAT(kernel.calls,
              ElementsAre("fionbio 5 1", "accept 5", "fionbio 5 0"));
}

TEST(AttemptNow, AFailedCallTakesTheFlagBackToo) {
  FakeAioSyscalls kernel;
  EXPECT_EQ(AttemptNow(Make(Opcode::kConnect), HandleKind::kSocket, kernel),
            -EAGAIN);
  EXPECT_THAT(kernel.calls,
              ElementsAre("fionbio 5 1", "connect 5", "fionbio 5 0"));
}

TEST(AttemptNow, ANonBlockingHandleKeepsItsFlag) {
  FakeAioSyscalls kernel;
  kernel.status_flags[5] = O_RDWR | O_NONBLOCK;
  kernel.results["connect"] = {0};
  EXPECT_EQ(AttemptNow(Make(Opcode::kConnect), HandleKind::kSocket, kernel), 0);
  EXPECT_THAT(kernel.calls, ElementsAre("connect 5"));
}

TEST(AttemptNow, AStreamWithoutNowaitIsReadNonBlocking) {
  FakeAioSyscalls kernel;
  kernel.results["read"] = {-EOPNOTSUPP, 3};
  EXPECT_EQ(AttemptNow(Make(Opcode::kRead), HandleKind::kStream, kernel), 3);
  EXPECT_THAT(kernel.calls,
              ElementsAre("read 5", "fionbio 5 1", "read 5", "fionbio 5 0"));
  EXPECT_THAT(kernel.rw_flags, ElementsAre(RWF_NOWAIT, 0));
}

TEST(AttemptNow, APollOfAClosedDescriptorIsABadHandle) {
  FakeAioSyscalls kernel;
  kernel.results["poll"] = {POLLNVAL};
  EXPECT_EQ(AttemptNow(Make(Opcode::kPoll), HandleKind::kStream, kernel),
            -EBADF);
}

TEST(AttemptBlocking, RefusesWhatItDoesNotKnow) {
  FakeAioSyscalls kernel;
  EXPECT_EQ(AttemptBlocking(Make(static_cast<Opcode>(200)), kernel), -EINVAL);
  EXPECT_TRUE(kernel.calls.empty());
}

}  // namespace
}  // namespace wharf::aio
