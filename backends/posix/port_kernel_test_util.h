// What the tests of every Linux port on the machine's own kernel share.

#ifndef WHARF_BACKENDS_POSIX_PORT_KERNEL_TEST_UTIL_H_
#define WHARF_BACKENDS_POSIX_PORT_KERNEL_TEST_UTIL_H_

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/error.h"
#include "engine/port.h"
#include "gtest/gtest.h"

namespace wharf {

// A file of its own, sockets and pipes on request, and one operation after the
// other through the port that the derived class has.
class PosixPortTest : public testing::Test {
 protected:
  PosixPortTest() {
    char path[] = "/tmp/wharf_port_XXXXXX";
    file_ = mkstemp(path);
    unlink(path);
  }
  ~PosixPortTest() override {
    for (int fd : {file_, sockets_[0], sockets_[1], pipe_[0], pipe_[1]}) {
      if (fd >= 0) close(fd);
    }
  }

  // The port under test.
  virtual CompletionPort& port() = 0;

  void OpenSockets() {
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets_), 0);
  }
  void OpenPipe() { ASSERT_EQ(pipe2(pipe_, O_CLOEXEC), 0); }

  Operation Make(Opcode opcode, int fd, void* data = nullptr,
                 uint64_t length = 0, uint64_t offset = 0) {
    Operation operation;
    operation.id = next_ = OperationId{next_.value + kIdGenerationUnit};
    operation.opcode = opcode;
    operation.handle = fd;
    operation.data = data;
    operation.length = length;
    operation.offset = offset;
    return operation;
  }
  Operation MakePoll(int fd, uint32_t events) {
    Operation operation = Make(Opcode::kPoll, fd);
    operation.mode = events;
    return operation;
  }
  void Submit(const Operation& operation) {
    for (int i = 0; port().Submit({&operation, 1}) == 0; ++i) {
      ASSERT_LT(i, 1000);
      std::array<Completion, 1> none;
      ASSERT_TRUE(port().Reap({none.data(), 0}, Wait::None()).ok());
    }
  }
  // The next completion, or one with id 0 after five seconds.
  Completion ReapOne() {
    const Time end = port().Now() + std::chrono::seconds(5);
    std::array<Completion, 1> completions;
    while (port().Now() < end) {
      auto count = port().Reap(completions, Wait::Until(end));
      EXPECT_TRUE(count.ok()) << count.status();
      if (!count.ok()) break;
      if (*count == 1) return completions[0];
    }
    ADD_FAILURE() << "no completion";
    return {};
  }
  // Submits one operation and returns its completion.
  Completion Run(const Operation& operation) {
    Submit(operation);
    Completion completion = ReapOne();
    EXPECT_EQ(completion.id, operation.id);
    return completion;
  }
  int64_t Reaped(Wait wait) {
    std::array<Completion, 16> completions;
    auto count = port().Reap(completions, wait);
    EXPECT_TRUE(count.ok()) << count.status();
    return count.ok() ? static_cast<int64_t>(*count) : -1;
  }
  int64_t FileSize() const {
    struct stat status;
    EXPECT_EQ(fstat(file_, &status), 0);
    return status.st_size;
  }
  std::string FileContents() const {
    std::string contents(static_cast<std::size_t>(FileSize()), '?');
    EXPECT_EQ(pread(file_, contents.data(), contents.size(), 0),
              static_cast<ssize_t>(contents.size()));
    return contents;
  }

  OperationId next_{0};
  int file_ = -1;
  int sockets_[2] = {-1, -1};
  int pipe_[2] = {-1, -1};
};

// The result of an operation that ended with `error`.
constexpr int64_t Negated(Error error) { return -static_cast<int64_t>(error); }

}  // namespace wharf

#endif  // WHARF_BACKENDS_POSIX_PORT_KERNEL_TEST_UTIL_H_
