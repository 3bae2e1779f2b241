// Sleeper: one thread sleeps until another wakes it, or for so long at most.
// What a BlockingPort sleeps on.

#ifndef WHARF_TESTS_SUPPORT_SLEEPER_H_
#define WHARF_TESTS_SUPPORT_SLEEPER_H_

#include <memory>

#include "engine/time.h"

namespace wharf::testing_support {

// A wake with nobody asleep ends the next sleep at once; several are one.
//
// On Windows this is the system's own condition variable and not the standard
// library's: under Wine the latter asks the Wine server about every sleep and
// every wake, and on a busy machine ten thousand of them take a minute.
class Sleeper {
 public:
  Sleeper();
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  ~Sleeper();

  // Sleeps until Wake, for `most` at most. True if it was woken. One thread.
  [[nodiscard]] bool Sleep(Duration most);

  // Ends the sleep, or the next one. Any thread.
  void Wake();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wharf::testing_support

#endif  // WHARF_TESTS_SUPPORT_SLEEPER_H_
