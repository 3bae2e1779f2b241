#include "backends/posix/errors.h"

#include <cerrno>
#include <cstdint>

#include "gtest/gtest.h"

namespace wharf::posix {
namespace {

TEST(ErrorFromResult, TranslatesErrnos) {
  EXPECT_EQ(ErrorFromResult(-EIO), Error::kIo);
  EXPECT_EQ(ErrorFromResult(-ECANCELED), Error::kCancelled);
  EXPECT_EQ(ErrorFromResult(-EAGAIN), Error::kWouldBlock);
  EXPECT_EQ(ErrorFromResult(-ENOTSOCK), Error::kNotSocket);
}

TEST(ErrorFromResult, RestartCodesOfTheKernelAreInterruptions_U09) {
  for (int32_t result = -516; result <= -512; ++result) {
    EXPECT_EQ(ErrorFromResult(result), Error::kInterrupted) << result;
  }
  EXPECT_EQ(ErrorFromResult(-511), Error::kUnknown);
  EXPECT_EQ(ErrorFromResult(-517), Error::kUnknown);
}

TEST(ErrorFromResult, CodesWithoutANameAreUnknown) {
  EXPECT_EQ(ErrorFromResult(-4095), Error::kUnknown);
  // 1000 and above are Wharf's own numbers, not a kernel's.
  EXPECT_EQ(ErrorFromResult(-1001), Error::kUnknown);
  EXPECT_EQ(ErrorFromResult(INT32_MIN), Error::kUnknown);
}

TEST(NativeErrorFromResult, IsTheErrno) {
  EXPECT_EQ(NativeErrorFromResult(-1), 1);
  EXPECT_EQ(NativeErrorFromResult(-EIO), EIO);
  EXPECT_EQ(NativeErrorFromResult(-INT32_MAX), INT32_MAX);
}

TEST(NativeErrorFromResult, WhatIsTooLargeStaysAnError) {
  EXPECT_EQ(NativeErrorFromResult(INT32_MIN), INT32_MAX);
  EXPECT_EQ(NativeErrorFromResult(INT64_MIN), INT32_MAX);
}

}  // namespace
}  // namespace wharf::posix
