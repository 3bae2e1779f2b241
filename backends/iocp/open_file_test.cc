#include "backends/iocp/open_file.h"

#include <string>

#include "backends/iocp/fake_calls.h"
#include "engine/operation.h"
#include "gtest/gtest.h"

namespace wharf::iocp {
namespace {

OpenedFile OpenNamed(FakeCalls& calls, uint32_t flags,
                     const std::string& path = "name") {
  return OpenFileByName(calls, path.c_str(), path.size(), flags, 0644);
}

TEST(OpenArgumentsFor, AccessIsWhatWasAskedFor) {
  EXPECT_EQ(OpenArgumentsFor(kOpenRead, 0).access, DWORD{GENERIC_READ});
  EXPECT_EQ(OpenArgumentsFor(kOpenRead | kOpenWrite, 0).access,
            GENERIC_READ | DWORD{GENERIC_WRITE});
  const DWORD append = OpenArgumentsFor(kOpenWrite | kOpenAppend, 0).access;
  EXPECT_NE(append & FILE_APPEND_DATA, 0u);
  EXPECT_EQ(append & (FILE_WRITE_DATA | GENERIC_WRITE), 0u);
}

TEST(OpenArgumentsFor, DispositionIsWhatBecomesOfTheFile) {
  constexpr uint32_t kWrite = kOpenWrite;
  EXPECT_EQ(OpenArgumentsFor(kWrite, 0).disposition, DWORD{OPEN_EXISTING});
  EXPECT_EQ(OpenArgumentsFor(kWrite | kOpenTruncate, 0).disposition,
            DWORD{TRUNCATE_EXISTING});
  EXPECT_EQ(OpenArgumentsFor(kWrite | kOpenCreate, 0).disposition,
            DWORD{OPEN_ALWAYS});
  EXPECT_EQ(
      OpenArgumentsFor(kWrite | kOpenCreate | kOpenTruncate, 0).disposition,
      DWORD{CREATE_ALWAYS});
  EXPECT_EQ(
      OpenArgumentsFor(kWrite | kOpenCreate | kOpenTruncate | kOpenExclusive, 0)
          .disposition,
      DWORD{CREATE_NEW});
}

TEST(OpenArgumentsFor, FlagsAreOverlappedAndMore) {
  const DWORD plain = OpenArgumentsFor(kOpenRead, 0).flags;
  EXPECT_NE(plain & FILE_FLAG_OVERLAPPED, 0u);
  EXPECT_EQ(plain & (FILE_FLAG_NO_BUFFERING | FILE_FLAG_BACKUP_SEMANTICS |
                     FILE_ATTRIBUTE_READONLY),
            0u);
  EXPECT_NE(OpenArgumentsFor(kOpenRead | kOpenDirect, 0).flags &
                FILE_FLAG_NO_BUFFERING,
            0u);
  EXPECT_NE(OpenArgumentsFor(kOpenRead | kOpenDirectory, 0).flags &
                FILE_FLAG_BACKUP_SEMANTICS,
            0u);
  EXPECT_NE(OpenArgumentsFor(kOpenWrite | kOpenCreate, 0444).flags &
                FILE_ATTRIBUTE_READONLY,
            0u);
  EXPECT_EQ(OpenArgumentsFor(kOpenWrite | kOpenCreate, 0644).flags &
                FILE_ATTRIBUTE_READONLY,
            0u);
}

TEST(OpenFileByName, TruncatesBeforeItAppends) {
  FakeCalls calls;
  const OpenedFile opened =
      OpenNamed(calls, kOpenWrite | kOpenAppend | kOpenTruncate);
  EXPECT_EQ(opened.error, Error::kNone);
  ASSERT_EQ(calls.opens.size(), 2u);
  EXPECT_EQ(calls.opens[0].access, DWORD{GENERIC_WRITE});
  EXPECT_EQ(calls.opens[1].access & FILE_WRITE_DATA, 0u);
  EXPECT_EQ(calls.opens[1].flags, DWORD{FILE_FLAG_OVERLAPPED});
  ASSERT_EQ(calls.closed.size(), 1u);
  EXPECT_NE(calls.closed[0], opened.handle);
}

TEST(OpenFileByName, ADirectoryIsNamedAsSuch) {
  FakeCalls calls;
  calls.Script("OpenPath", ERROR_ACCESS_DENIED);
  EXPECT_EQ(OpenNamed(calls, kOpenRead).error, Error::kAccessDenied);
  calls.is_directory = true;
  calls.Script("OpenPath", ERROR_ACCESS_DENIED);
  const OpenedFile refused = OpenNamed(calls, kOpenRead);
  EXPECT_EQ(refused.error, Error::kIsDirectory);
  EXPECT_EQ(refused.code, DWORD{ERROR_ACCESS_DENIED});
}

TEST(OpenFileByName, AFileIsNoDirectory) {
  FakeCalls calls;
  const OpenedFile refused = OpenNamed(calls, kOpenRead | kOpenDirectory);
  EXPECT_EQ(refused.error, Error::kNotDirectory);
  EXPECT_EQ(calls.closed.size(), 1u);
  calls.is_directory = true;
  EXPECT_EQ(OpenNamed(calls, kOpenRead | kOpenDirectory).error, Error::kNone);
}

TEST(OpenFileByName, ANameThatIsNotUtf8IsRefused) {
  FakeCalls calls;
  calls.Script("Widen", ERROR_NO_UNICODE_TRANSLATION);
  const OpenedFile refused = OpenNamed(calls, kOpenRead);
  EXPECT_EQ(refused.error, Error::kInvalidArgument);
}

}  // namespace
}  // namespace wharf::iocp
