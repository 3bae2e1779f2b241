// The port on the machine's own kernel: files, handles, and operations as such.

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "backends/iocp/port_kernel_test_util.h"
#include "engine/io_vector.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

INSTANTIATE_TEST_SUITE_P(Ports, PortKernelTest,
                         testing::Values(PortKind::kPlain, PortKind::kSkip,
                                         PortKind::kTiny),
                         PortKindName);

TEST_P(PortKernelTest, NopCompletes) {
  EXPECT_EQ(Run(Make(Opcode::kNop, -1)).result, 0);
}

TEST_P(PortKernelTest, WritesAndReadsAtAnOffset) {
  char text[] = "abcdef";
  EXPECT_EQ(Run(Make(Opcode::kWrite, file_, text, 6, 2)).result, 6);
  char back[16] = {};
  EXPECT_EQ(Run(Make(Opcode::kRead, file_, back, 16, 4)).result, 4);
  EXPECT_STREQ(back, "cdef");
  const Completion end = Run(Make(Opcode::kRead, file_, back, 16, 100));
  EXPECT_EQ(end.result, 0);
  EXPECT_EQ(end.native_error, 0);
}

TEST_P(PortKernelTest, OffsetsGoBeyond4GiB) {
  constexpr uint64_t kFar = (uint64_t{5} << 30) + 3;
  char low[] = "low";
  char high[] = "high";
  EXPECT_EQ(Run(Make(Opcode::kWrite, file_, low, 3, 3)).result, 3);
  EXPECT_EQ(Run(Make(Opcode::kWrite, file_, high, 4, kFar)).result, 4);
  char back[5] = {};
  EXPECT_EQ(Run(Make(Opcode::kRead, file_, back, 4, kFar)).result, 4);
  EXPECT_STREQ(back, "high");
  std::memset(back, 0, sizeof(back));
  EXPECT_EQ(Run(Make(Opcode::kRead, file_, back, 3, 3)).result, 3);
  EXPECT_STREQ(back, "low");
}

TEST_P(PortKernelTest, VectorsAreTransferredOneAfterTheOther) {
  char text[] = "abcdef";
  std::array<IoVector, 2> pieces = {IoVector{text, 2}, IoVector{text + 4, 2}};
  EXPECT_EQ(
      Run(Make(Opcode::kWriteVectored, file_, pieces.data(), 2, 1)).result, 4);
  char back[8] = {};
  pieces = {IoVector{back, 2}, IoVector{back + 3, 4}};
  EXPECT_EQ(Run(Make(Opcode::kReadVectored, file_, pieces.data(), 2, 1)).result,
            4);
  EXPECT_EQ(std::string_view(back, 8), std::string_view("ab\0ef\0\0\0", 8));
}

TEST_P(PortKernelTest, SyncsAFile) {
  EXPECT_EQ(Run(Make(Opcode::kSync, file_)).result, 0);
  ConnectPipe();
  EXPECT_EQ(Run(Make(Opcode::kSync, near_)).result,
            Negated(Error::kInvalidArgument));
}

TEST_P(PortKernelTest, OpensAndClosesFiles) {
  std::string path;
  for (wchar_t unit : path_) path += static_cast<char>(unit);
  path += "-\xc3\xa4";  // UTF-8, so the file's name has one more letter
  Operation open = Make(Opcode::kOpen, -1, path.data(), path.size());
  open.mode = kOpenRead;
  EXPECT_EQ(Run(open).result, Negated(Error::kNotFound));
  open.mode = kOpenRead | kOpenWrite | kOpenCreate | kOpenExclusive;
  open.offset = 0600;
  const int64_t made = Run(open).result;
  ASSERT_GE(made, 0);
  EXPECT_EQ(Run(open).result, Negated(Error::kExists));
  const std::wstring name = path_ + L"-\u00e4";
  EXPECT_NE(GetFileAttributesW(name.c_str()), INVALID_FILE_ATTRIBUTES);
  DWORD flags = HANDLE_FLAG_INHERIT;
  EXPECT_TRUE(GetHandleInformation(reinterpret_cast<HANDLE>(made), &flags));
  EXPECT_EQ(flags & HANDLE_FLAG_INHERIT, 0u);

  char text[] = "abc";
  EXPECT_EQ(Run(Make(Opcode::kWrite, made, text, 3, 0)).result, 3);
  open.mode = kOpenWrite | kOpenAppend;
  const int64_t appended = Run(open).result;
  ASSERT_GE(appended, 0);
  EXPECT_EQ(Run(Make(Opcode::kWrite, appended, text, 3, 0)).result, 3);
  char back[10] = {};
  EXPECT_EQ(Run(Make(Opcode::kRead, made, back, 10, 0)).result, 6);
  EXPECT_STREQ(back, "abcabc");
  open.mode = kOpenWrite | kOpenAppend | kOpenTruncate;
  const int64_t truncated = Run(open).result;
  ASSERT_GE(truncated, 0);
  EXPECT_EQ(Run(Make(Opcode::kRead, made, back, 10, 0)).result, 0);

  for (int64_t handle : {made, appended, truncated}) {
    EXPECT_EQ(Run(Make(Opcode::kClose, handle)).result, 0);
    EXPECT_FALSE(
        GetHandleInformation(reinterpret_cast<HANDLE>(handle), &flags));
  }
  EXPECT_TRUE(DeleteFileW(name.c_str()));
}

TEST_P(PortKernelTest, DirectoriesAreOpenedOnlyAsSuch) {
  std::string path = "C:\\windows";
  Operation open = Make(Opcode::kOpen, -1, path.data(), path.size());
  open.mode = kOpenRead;
  EXPECT_EQ(Run(open).result, Negated(Error::kIsDirectory));
  open.mode = kOpenRead | kOpenDirectory;
  const int64_t folder = Run(open).result;
  ASSERT_GE(folder, 0);
  EXPECT_EQ(Run(Make(Opcode::kClose, folder)).result, 0);
  path = "C:\\windows\\system32\\kernel32.dll";
  open = Make(Opcode::kOpen, -1, path.data(), path.size());
  open.mode = kOpenRead | kOpenDirectory;
  EXPECT_EQ(Run(open).result, Negated(Error::kNotDirectory));
}

TEST_P(PortKernelTest, RefusalsAreCompletions) {
  char byte = 0;
  const Completion closed = Run(Make(Opcode::kRead, 0x7ffc, &byte, 1, 0));
  EXPECT_EQ(closed.result, Negated(Error::kBadHandle));
  EXPECT_EQ(closed.native_error, ERROR_INVALID_HANDLE);
  EXPECT_EQ(Run(Make(Opcode::kClose, 0x7ffc)).result,
            Negated(Error::kBadHandle));
  EXPECT_EQ(Run(Make(Opcode::kShutdown, file_)).result,
            Negated(Error::kNotSocket));
}

// Opened without FILE_FLAG_OVERLAPPED: its packets would never come.
TEST_P(PortKernelTest, ASynchronousFileIsRefused) {
  const Handle synchronous = OpenByName(path_, 0);
  char byte = 0;
  const Completion refused = Run(Make(Opcode::kRead, synchronous, &byte, 1, 0));
  EXPECT_EQ(refused.result, Negated(Error::kInvalidArgument));
  EXPECT_EQ(refused.native_error, ERROR_INVALID_PARAMETER);
}

// Associated for ever with a port that is gone: to wait would be to hang.
TEST_P(PortKernelTest, AFileOfAnotherPortIsRefused) {
  char byte = 'x';
  EXPECT_EQ(Run(Make(Opcode::kWrite, file_, &byte, 1, 0)).result, 1);
  Open(OptionsOf(GetParam()));
  EXPECT_EQ(Run(Make(Opcode::kWrite, file_, &byte, 1, 0)).result,
            Negated(Error::kInvalidArgument));
}

// Numbers are used again at once; each time it is another file.
TEST_P(PortKernelTest, ANumberThatIsUsedAgainWorks) {
  char byte = 'x';
  for (int i = 0; i < 20; ++i) {
    const Handle other = OpenByName(path_, FILE_FLAG_OVERLAPPED);
    EXPECT_EQ(Run(Make(Opcode::kWrite, other, &byte, 1, 0)).result, 1);
  }
}

TEST_P(PortKernelTest, ManyOperationsPassThroughAnyQueue) {
  uint64_t submitted = 0;
  uint64_t completed = 0;
  std::array<Completion, 7> completions;
  std::vector<Operation> batch(20);
  while (completed < 1000) {
    for (Operation& operation : batch) operation = Make(Opcode::kNop, -1);
    submitted += port_->Submit(batch);
    auto count = port_->Reap(completions, Wait::Forever());
    ASSERT_TRUE(count.ok()) << count.status();
    completed += *count;
    ASSERT_LE(submitted - completed, port_->Capabilities().max_in_flight);
  }
  EXPECT_EQ(port_->stats().unknown_packets, 0u);
}

}  // namespace
}  // namespace wharf
