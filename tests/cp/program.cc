#include "tests/cp/program.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "gtest/gtest.h"

namespace wharf::cp {
namespace {

// Both descriptors to their ends; a terminal's end is an error.
void ReadBoth(int out, int error, RunResult* result) {
  pollfd entries[2] = {{.fd = out, .events = POLLIN, .revents = 0},
                       {.fd = error, .events = POLLIN, .revents = 0}};
  std::string* const texts[2] = {&result->out, &result->error};
  while (entries[0].fd >= 0 || entries[1].fd >= 0) {
    ::poll(entries, 2, -1);
    for (int i = 0; i < 2; ++i) {
      if (entries[i].fd < 0 || entries[i].revents == 0) continue;
      char bytes[4096];
      const ssize_t count = ::read(entries[i].fd, bytes, sizeof(bytes));
      if (count <= 0) {
        entries[i].fd = -1;
      } else {
        texts[i]->append(bytes, static_cast<std::size_t>(count));
      }
    }
  }
}

}  // namespace

Program::Program(const std::vector<std::string>& words, RunOptions options) {
  const char* const runfiles = std::getenv("TEST_SRCDIR");
  const std::string path =
      std::string(runfiles == nullptr ? "." : runfiles) + "/wharf/tools/wharf";
  std::vector<char*> arguments;
  std::string name = "wharf";
  arguments.push_back(name.data());
  std::vector<std::string> copies = words;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  int out[2];
  int error[2];
  EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
  if (options.terminal) {
    EXPECT_EQ(::openpty(&error[0], &error[1], nullptr, nullptr, nullptr), 0);
  } else {
    EXPECT_EQ(::pipe2(error, O_CLOEXEC), 0);
  }
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(error[1], STDERR_FILENO);
    if (options.without_privilege && ::geteuid() == 0) {
      ::prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0);
      ::prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0);
    }
    ::execv(path.c_str(), arguments.data());
    ::_exit(99);
  }
  ::close(out[1]);
  ::close(error[1]);
  out_ = out[0];
  error_ = error[0];
}

Program::~Program() {
  if (process_ > 0) Wait();
}

void Program::Signal(int signal) const { ::kill(process_, signal); }

RunResult Program::Wait() {
  RunResult result;
  ReadBoth(out_, error_, &result);
  ::close(out_);
  ::close(error_);
  int status = 0;
  ::waitpid(process_, &status, 0);
  process_ = -1;
  result.status =
      WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  return result;
}

RunResult RunWharf(const std::vector<std::string>& words, RunOptions options) {
  return Program(words, options).Wait();
}

}  // namespace wharf::cp
