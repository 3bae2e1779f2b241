// Console: what `wharf cp` says to a person, on standard error.

#ifndef WHARF_TOOLS_CP_CONSOLE_H_
#define WHARF_TOOLS_CP_CONSOLE_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/time.h"
#include "tools/cp/copy_job.h"
#include "tools/cp/progress.h"

namespace wharf::cp {

// Messages always, a progress line only on a terminal. One at a time.
class Console final : public Reporter {
 public:
  Console();

  // True if standard error is a terminal.
  bool shows_progress() const { return terminal_; }
  // Progress can be told from now on; `total` bytes are all.
  void Begin(uint64_t total, Time now);
  // Takes the progress line away.
  void End();

  void OnFailure(std::string_view message) override;
  void OnNote(std::string_view message) override;
  Time OnProgress(uint64_t bytes, Time now) override;

 private:
  void Print(std::string_view message);
  void EraseLine();

  const bool terminal_;
  bool line_shown_ = false;
  std::optional<Progress> progress_;
};

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_CONSOLE_H_
