#include "tools/cp/errors.h"

#include <cerrno>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf::cp {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(ErrorsTest, AMessageIsPathReasonWayOut) {
  const absl::Status status = SystemError(EACCES, "/a b", "cannot open it");
  EXPECT_THAT(std::string(status.message()),
              MatchesRegex("/a b: cannot open it: [^;]+; check the .+"));
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  // An error without a portable name has the system's words.
  EXPECT_THAT(std::string(SystemError(ENOTTY, "p", "a").message()),
              HasSubstr("Inappropriate ioctl"));
}

TEST(ErrorsTest, APathCannotBreakTheLine) {
  EXPECT_EQ(ShowPath("a\nb\x1b[2J"), "a\\x0ab\\x1b[2J");
  EXPECT_EQ(ShowPath("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
}

TEST(ErrorsTest, OutcomesSayWhatHappened) {
  EXPECT_THAT(std::string(RequestError({.kind = OutcomeKind::kDeadline}, "p",
                                       "cannot read")
                              .message()),
              HasSubstr("p: cannot read within the time of --deadline; "));
  EXPECT_THAT(std::string(RequestError({.native_error = ENOTTY,
                                        .error = Error::kUnknown,
                                        .kind = OutcomeKind::kError},
                                       "p", "cannot read")
                              .message()),
              HasSubstr("Inappropriate ioctl"));
}

TEST(ErrorsTest, OnlyWhatConcernsEveryFileStopsEverything) {
  const auto stops = [](int error) {
    return StopsEverything(SystemError(error, "p", "a"));
  };
  EXPECT_TRUE(stops(ENOSPC));
  EXPECT_TRUE(stops(EDQUOT));
  for (const int error : {EIO, EACCES, ENOENT, EMFILE, ENOMEM, EFBIG}) {
    EXPECT_FALSE(stops(error)) << error;
  }
  EXPECT_TRUE(StopsEverything(
      RequestError({.kind = OutcomeKind::kCancelled}, "p", "a")));
  EXPECT_FALSE(StopsEverything(
      RequestError({.kind = OutcomeKind::kDeadline}, "p", "a")));
}

}  // namespace
}  // namespace wharf::cp
