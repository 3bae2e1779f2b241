#include "backends/posix/modes.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdint>

#include "engine/operation.h"
#include "gtest/gtest.h"

namespace wharf::posix {
namespace {

TEST(FdOf, WhatIsNoDescriptorDoesNotBecomeOne) {
  EXPECT_EQ(FdOf(0), 0);
  EXPECT_EQ(FdOf(INT32_MAX), INT32_MAX);
  for (int64_t handle :
       {int64_t{-1}, int64_t{-5}, (int64_t{1} << 32) + 7, int64_t{1} << 31}) {
    EXPECT_EQ(FdOf(handle), -1) << handle;
  }
}

TEST(PollMask, AsksForWhatCanBeAskedFor) {
  EXPECT_EQ(PollMask(kPollReadable), static_cast<uint32_t>(POLLIN));
  EXPECT_EQ(PollMask(kPollWritable), static_cast<uint32_t>(POLLOUT));
  EXPECT_EQ(PollMask(kPollError | kPollHangUp), 0u);
}

TEST(OpenCallFlags, OneForEach) {
  const uint32_t always = O_CLOEXEC | O_LARGEFILE;
  EXPECT_EQ(OpenCallFlags(kOpenRead), always | O_RDONLY);
  EXPECT_EQ(OpenCallFlags(kOpenWrite), always | O_WRONLY);
  EXPECT_EQ(OpenCallFlags(kOpenWrite | kOpenExclusive | kOpenCreate),
            always | O_WRONLY | O_EXCL | O_CREAT);
  EXPECT_EQ(OpenCallFlags(kOpenWrite | kOpenTruncate | kOpenAppend),
            always | O_WRONLY | O_TRUNC | O_APPEND);
  EXPECT_EQ(OpenCallFlags(kOpenRead | kOpenDirect), always | O_DIRECT);
  EXPECT_EQ(OpenCallFlags(kOpenRead | kOpenDirectory), always | O_DIRECTORY);
}

TEST(ShutdownHow, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(ShutdownHow(static_cast<uint32_t>(ShutdownSide::kReceive)),
            static_cast<uint32_t>(SHUT_RD));
  EXPECT_EQ(ShutdownHow(static_cast<uint32_t>(ShutdownSide::kSend)),
            static_cast<uint32_t>(SHUT_WR));
  EXPECT_EQ(ShutdownHow(static_cast<uint32_t>(ShutdownSide::kBoth)),
            static_cast<uint32_t>(SHUT_RDWR));
  EXPECT_EQ(ShutdownHow(9), ~0u);
}

TEST(FallocateMode, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(FallocateMode(0), 0u);
  EXPECT_EQ(FallocateMode(static_cast<uint32_t>(AllocateMode::kZeroRange)),
            static_cast<uint32_t>(FALLOC_FL_ZERO_RANGE));
  EXPECT_EQ(FallocateMode(99), ~0u);
}

TEST(PollEventsFromKernel, IsNeverEmpty) {
  EXPECT_EQ(PollEventsFromKernel(POLLIN | POLLOUT),
            static_cast<uint32_t>(kPollReadable | kPollWritable));
  EXPECT_EQ(PollEventsFromKernel(POLLHUP | POLLIN),
            static_cast<uint32_t>(kPollReadable | kPollHangUp));
  EXPECT_EQ(PollEventsFromKernel(POLLRDHUP),
            static_cast<uint32_t>(kPollHangUp));
  EXPECT_EQ(PollEventsFromKernel(POLLERR), static_cast<uint32_t>(kPollError));
  EXPECT_EQ(PollEventsFromKernel(POLLNVAL), static_cast<uint32_t>(kPollError));
}

}  // namespace
}  // namespace wharf::posix
