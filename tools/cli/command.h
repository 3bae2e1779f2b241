// Command: one subcommand of the wharf tool, its flags and its help.
//
// Flags are absl::flags, defined where they are used; a command lists those
// that are its own, so that `wharf probe --depth=3` is an error and
// `wharf help cp` shows what `wharf cp` takes and nothing else. (Abseil's own
// ParseCommandLine has one set of flags for a whole program, and exits itself.)

#ifndef WHARF_TOOLS_CLI_COMMAND_H_
#define WHARF_TOOLS_CLI_COMMAND_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace wharf {

// What a run of the tool ended with, for scripts; `wharf help` lists them.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,
  kExitUsage = 2,
  kExitInterrupted = 130,  // 128 + SIGINT, as shells have it
};

// Plain data with static lifetime.
struct Command {
  // "cp".
  std::string_view name;
  // One line for the list of commands.
  std::string_view summary;
  // What follows "wharf cp ", one line for each form.
  std::vector<std::string_view> forms;
  // Paragraphs for `wharf help NAME`, with line breaks.
  std::string_view description;
  // Names of the absl::flags that the command takes.
  std::vector<std::string_view> flags;
  // Runs it with the arguments that are not flags, after the flags were set.
  // Returns an ExitCode.
  int (*run)(const std::vector<std::string>& arguments);
};

// What the words after the command's name ask for.
struct ParsedArguments {
  std::vector<std::string> arguments;
  // --help or -h was among the flags.
  bool help = false;
};

// Sets the command's flags from `words` and returns the rest, in order. Knows
// --flag=value, --flag value, --switch, --noswitch and -- (all that follows is
// an argument). INVALID_ARGUMENT names the flag, its value, what is allowed and
// the way out; flags before it stay set. Not for concurrent use: absl::flags
// are global.
[[nodiscard]] absl::StatusOr<ParsedArguments> ParseArguments(
    const Command& command, std::span<const char* const> words);

// The text of `wharf help NAME`, with every flag's meaning and default.
std::string HelpText(const Command& command);

}  // namespace wharf

#endif  // WHARF_TOOLS_CLI_COMMAND_H_
