#include "tools/cli/command.h"

#include <algorithm>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace wharf {
namespace {

absl::CommandLineFlag* FindFlag(const Command& command, std::string_view name) {
  const auto it = std::find(command.flags.begin(), command.flags.end(), name);
  return it == command.flags.end() ? nullptr : absl::FindCommandLineFlag(name);
}

std::string WayOut(const Command& command) {
  return absl::StrCat("; `wharf help ", command.name, "` lists the flags");
}

// Flags are written with dashes; C++ names them with underscores.
std::string Shown(std::string_view name) {
  return absl::StrReplaceAll(name, {{"_", "-"}});
}

absl::Status UnknownFlag(const Command& command, std::string_view word) {
  return absl::InvalidArgumentError(absl::StrCat(
      word, ": wharf ", command.name, " has no such flag", WayOut(command)));
}

absl::Status SetFlag(const Command& command, absl::CommandLineFlag& flag,
                     std::string_view value) {
  std::string error;
  if (flag.ParseFrom(value, &error)) return absl::OkStatus();
  // Abseil puts a sentence of its own before the type's explanation. Types of
  // its own explain nothing, but the flag's help does.
  const std::size_t at = error.find("; ");
  const std::string reason =
      at == std::string::npos
          ? absl::StrCat("is not what the flag takes (", flag.Help(), ")")
          : error.substr(at + 2);
  return absl::InvalidArgumentError(absl::StrCat(
      "--", Shown(flag.Name()), "=", value, ": ", reason, WayOut(command)));
}

std::string Indented(std::string_view text, std::string_view indent) {
  std::string result;
  std::string line;
  for (std::string_view word :
       absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty())) {
    if (!line.empty() && line.size() + 1 + word.size() > 72) {
      absl::StrAppend(&result, indent, line, "\n");
      line.clear();
    }
    absl::StrAppend(&line, line.empty() ? "" : " ", word);
  }
  if (!line.empty()) absl::StrAppend(&result, indent, line, "\n");
  return result;
}

}  // namespace

absl::StatusOr<ParsedArguments> ParseArguments(
    const Command& command, std::span<const char* const> words) {
  ParsedArguments parsed;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--") {
      parsed.arguments.insert(parsed.arguments.end(), words.begin() + i + 1,
                              words.end());
      break;
    }
    if (word == "--help" || word == "-h") {
      parsed.help = true;
      continue;
    }
    if (word.size() < 2 || word[0] != '-') {
      parsed.arguments.emplace_back(word);
      continue;
    }
    if (!absl::StartsWith(word, "--")) return UnknownFlag(command, word);
    std::string_view name = word.substr(2);
    const std::size_t equals = name.find('=');
    const bool has_value = equals != std::string_view::npos;
    const std::string_view value =
        has_value ? name.substr(equals + 1) : std::string_view();
    name = name.substr(0, equals);
    // --block-size and --block_size are the same flag.
    const std::string canonical = absl::StrReplaceAll(name, {{"-", "_"}});
    absl::CommandLineFlag* flag = FindFlag(command, canonical);
    absl::Status status;
    if (flag == nullptr) {
      flag = absl::ConsumePrefix(&name, "no")
                 ? FindFlag(command, canonical.substr(2))
                 : nullptr;
      if (flag == nullptr || !flag->IsOfType<bool>() || has_value) {
        return UnknownFlag(command, word);
      }
      status = SetFlag(command, *flag, "false");
    } else if (has_value) {
      status = SetFlag(command, *flag, value);
    } else if (flag->IsOfType<bool>()) {
      status = SetFlag(command, *flag, "true");
    } else if (i + 1 == words.size()) {
      status = absl::InvalidArgumentError(
          absl::StrCat(word, ": the value is missing", WayOut(command)));
    } else {
      status = SetFlag(command, *flag, words[++i]);
    }
    if (!status.ok()) return status;
  }
  return parsed;
}

std::string HelpText(const Command& command) {
  std::string text;
  for (std::string_view form : command.forms) {
    absl::StrAppend(&text, text.empty() ? "usage: " : "       ", "wharf ",
                    command.name, form.empty() ? "" : " ", form, "\n");
  }
  absl::StrAppend(&text, "\n", command.description);
  if (command.flags.empty()) return text;
  absl::StrAppend(&text, "\nFlags:\n");
  for (std::string_view name : command.flags) {
    const absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
    if (flag == nullptr) continue;
    absl::StrAppend(&text, "  --", Shown(name));
    if (!flag->IsOfType<bool>()) {
      absl::StrAppend(&text, "=", flag->DefaultValue());
    }
    absl::StrAppend(&text, "\n", Indented(flag->Help(), "      "));
  }
  return text;
}

}  // namespace wharf
