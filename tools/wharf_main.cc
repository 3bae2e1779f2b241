// The `wharf` command: finds the subcommand, sets its flags, runs it.

#include <array>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/cli/command.h"
#include "tools/cli/words.h"
#include "tools/conform/command.h"
#include "tools/cp/command.h"
#include "tools/probe/command.h"
#include "tools/sim/command.h"

namespace wharf {
namespace {

constexpr std::string_view kVersion = "wharf 0.1\n";

void Put(std::FILE* file, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
}

std::array<Command, 4> Commands() {
  return {cp::CopyCommand(), probe::ProbeCommand(), simulate::SimCommand(),
          conform::ConformCommand()};
}

std::string Overview() {
  std::string text = "usage: wharf COMMAND [FLAGS] [ARGUMENTS]\n\nCommands:\n";
  for (const Command& command : Commands()) {
    absl::StrAppendFormat(&text, "  %-8s %s\n", command.name, command.summary);
  }
  absl::StrAppend(
      &text,
      "  help     this text; `wharf help COMMAND` says more about one\n"
      "  version  the version\n\n"
      "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.\n");
  return text;
}

int UnknownCommand(std::string_view name) {
  Put(stderr, absl::StrCat("wharf: ", name,
                           ": no such command; `wharf help` lists them\n"));
  return kExitUsage;
}

int Help(std::span<const char* const> words) {
  if (words.empty()) {
    Put(stdout, Overview());
    return kExitOk;
  }
  for (const Command& command : Commands()) {
    if (command.name != words[0]) continue;
    Put(stdout, HelpText(command));
    return kExitOk;
  }
  return UnknownCommand(words[0]);
}

int Run(const Command& command, std::span<const char* const> words) {
  const absl::StatusOr<ParsedArguments> parsed = ParseArguments(command, words);
  if (!parsed.ok()) {
    Put(stderr, absl::StrCat("wharf ", command.name, ": ",
                             parsed.status().message(), "\n"));
    return kExitUsage;
  }
  if (parsed->help) {
    Put(stdout, HelpText(command));
    return kExitOk;
  }
  return command.run(parsed->arguments);
}

int Main(std::span<const char* const> words) {
  if (words.empty()) {
    Put(stderr, Overview());
    return kExitUsage;
  }
  const std::string_view name = words[0];
  const std::span<const char* const> rest = words.subspan(1);
  if (name == "help" || name == "--help" || name == "-h") return Help(rest);
  if (name == "version" || name == "--version") {
    Put(stdout, kVersion);
    return kExitOk;
  }
  for (const Command& command : Commands()) {
    if (command.name == name) return Run(command, rest);
  }
  return UnknownCommand(name);
}

}  // namespace
}  // namespace wharf

int main(int argc, char** argv) {
  const std::vector<std::string> words = wharf::CommandLineWords(argc, argv);
  std::vector<const char*> texts;
  texts.reserve(words.size());
  for (const std::string& word : words) texts.push_back(word.c_str());
  const std::span<const char* const> all(texts);
  return wharf::Main(all.empty() ? all : all.subspan(1));
}
