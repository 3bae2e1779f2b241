#include "tools/cp/console.h"

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "tools/cli/terminal.h"

namespace wharf::cp {
namespace {

void PutError(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

Console::Console() : terminal_(StandardErrorIsTerminal()) {}

void Console::Begin(uint64_t total, Time now) { progress_.emplace(total, now); }

void Console::End() {
  EraseLine();
  progress_.reset();
}

void Console::OnFailure(std::string_view message) { Print(message); }
void Console::OnNote(std::string_view message) { Print(message); }

Time Console::OnProgress(uint64_t bytes, Time now) {
  if (!progress_.has_value()) return kNever;
  if (now < progress_->next()) return progress_->next();
  // To the first column, and clear to the end of the line.
  PutError(absl::StrCat("\r\x1b[K", progress_->Line(bytes, now)));
  line_shown_ = true;
  return progress_->next();
}

void Console::Print(std::string_view message) {
  EraseLine();
  PutError(absl::StrCat("wharf cp: ", message, "\n"));
}

void Console::EraseLine() {
  if (line_shown_) PutError("\r\x1b[K");
  line_shown_ = false;
}

}  // namespace wharf::cp
