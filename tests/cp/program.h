// Program: the built `wharf`, run as a user would.

#ifndef WHARF_TESTS_CP_PROGRAM_H_
#define WHARF_TESTS_CP_PROGRAM_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace wharf::cp {

// How a run ended.
struct RunResult {
  // The exit status, or 1000 + the signal that ended it.
  int status = -1;
  std::string out;
  std::string error;
};

// How to run.
struct RunOptions {
  // Without root's right to ignore permissions.
  bool without_privilege = false;
  // Standard error is a terminal.
  bool terminal = false;
};

// A run under way.
class Program {
 public:
  // Starts it; the words follow "wharf".
  explicit Program(const std::vector<std::string>& words,
                   RunOptions options = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  // Waits for the end if nobody did.
  ~Program();

  // Sends a signal.
  void Signal(int signal) const;
  // Waits for the end.
  RunResult Wait();

 private:
  pid_t process_ = -1;
  int out_ = -1;
  int error_ = -1;
};

// Runs it to its end.
RunResult RunWharf(const std::vector<std::string>& words,
                   RunOptions options = {});

}  // namespace wharf::cp

#endif  // WHARF_TESTS_CP_PROGRAM_H_
