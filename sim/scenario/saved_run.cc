#include "sim/scenario/saved_run.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace wharf::sim {
namespace {

constexpr std::string_view kFirstLine = "wharf-sim 1";
constexpr std::size_t kShown = 40;

// Takes lines off a text, and says what is wrong with one.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  // False at the end.
  bool Next() {
    if (text_.empty()) return false;
    const std::size_t end = std::min(text_.find('\n'), text_.size());
    line_ = text_.substr(0, end);
    // All of them: what is written again must be read as the same.
    while (line_.ends_with('\r')) line_.remove_suffix(1);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    ++number_;
    return true;
  }

  // The next line, without its first word, which must be `word`.
  absl::StatusOr<std::string_view> Field(std::string_view word) {
    if (!Next()) {
      return Error("the text ends", absl::StrCat("\"", Abseil(word), " ...\""));
    }
    std::string_view line = line_;
    if (!line.starts_with(word)) {
      return Wrong(absl::StrCat("\"", Abseil(word), " ...\""));
    }
    line.remove_prefix(word.size());
    if (line.empty()) return line;
    if (line[0] != ' ') {
      return Wrong(absl::StrCat("\"", Abseil(word), " ...\""));
    }
    return line.substr(1);
  }

  absl::Status Wrong(absl::string_view wanted) const {
    std::string shown(line_.substr(0, kShown));
    for (char& c : shown) {
      if (static_cast<unsigned char>(c) < 32 || c == 127) c = '?';
    }
    if (line_.size() > kShown) shown += "...";
    return Error(absl::StrCat("\"", shown, "\""), wanted);
  }

  std::string_view line() const { return line_; }

  static absl::string_view Abseil(std::string_view text) {
    return {text.data(), text.size()};
  }

 private:
  absl::Status Error(absl::string_view what, absl::string_view wanted) const {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", number_, ": ", what, ": must be ", wanted,
                     "; `wharf sim run --save=FILE` writes such files"));
  }

  std::string_view text_;
  std::string_view line_;
  uint64_t number_ = 0;
};

absl::StatusOr<uint64_t> Number(const Lines& lines, std::string_view text,
                                uint64_t low, uint64_t high) {
  uint64_t value = 0;
  // SimpleAtoi takes signs and blanks.
  const bool digits = std::all_of(text.begin(), text.end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || !absl::SimpleAtoi(Lines::Abseil(text), &value) ||
      value < low || value > high) {
    return lines.Wrong(absl::StrCat("a number from ", low, " to ", high));
  }
  return value;
}

absl::StatusOr<SavedRun::Choice> ParseChoice(const Lines& lines) {
  // CHOSEN of N LABEL
  const std::string_view line = lines.line();
  const std::size_t of = line.find(" of ");
  if (of == std::string_view::npos) {
    return lines.Wrong("a choice, such as \"1 of 6 read.outcome\"");
  }
  const std::string_view rest = line.substr(of + 4);
  const std::size_t blank = std::min(rest.find(' '), rest.size());
  const absl::StatusOr<uint64_t> n = Number(
      lines, rest.substr(0, blank), 2, std::numeric_limits<uint32_t>::max());
  if (!n.ok()) return n.status();
  const absl::StatusOr<uint64_t> chosen =
      Number(lines, line.substr(0, of), 0, *n - 1);
  if (!chosen.ok()) return chosen.status();
  return SavedRun::Choice{
      static_cast<uint32_t>(*n), static_cast<uint32_t>(*chosen),
      std::string(rest.substr(std::min(blank + 1, rest.size())))};
}

}  // namespace

std::vector<uint32_t> SavedRun::numbers() const {
  std::vector<uint32_t> numbers;
  numbers.reserve(choices.size());
  for (const Choice& choice : choices) numbers.push_back(choice.chosen);
  return numbers;
}

std::string_view PersonalityWord(std::optional<Personality> personality) {
  if (!personality.has_value()) return "any";
  switch (*personality) {
    case Personality::kIoUring:
      return "io_uring";
    case Personality::kLinuxAio:
      return "aio";
    case Personality::kIocp:
      return "iocp";
  }
  return "any";
}

absl::StatusOr<std::optional<Personality>> ParsePersonality(
    std::string_view word) {
  for (const std::optional<Personality> personality :
       {std::optional<Personality>(), std::optional(Personality::kIoUring),
        std::optional(Personality::kLinuxAio),
        std::optional(Personality::kIocp)}) {
    if (PersonalityWord(personality) == word) return personality;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(Lines::Abseil(word),
                   ": no such personality; take one of io_uring, aio, iocp, "
                   "any"));
}

std::string FormatSavedRun(const SavedRun& run) {
  std::string failure = run.failure;
  std::replace(failure.begin(), failure.end(), '\n', ' ');
  std::string text = absl::StrCat(
      Lines::Abseil(kFirstLine), "\nrequests ", run.options.requests,
      "\npersonality ", Lines::Abseil(PersonalityWord(run.options.personality)),
      "\nfailure ", failure, "\nchoices ", run.choices.size(), "\n");
  for (const SavedRun::Choice& choice : run.choices) {
    absl::StrAppend(&text, choice.chosen, " of ", choice.n, " ", choice.label,
                    "\n");
  }
  return text;
}

absl::StatusOr<SavedRun> ParseSavedRun(std::string_view text) {
  SavedRun run;
  Lines lines(text);
  if (!lines.Next() || lines.line() != kFirstLine) {
    return lines.Wrong(
        absl::StrCat("\"", Lines::Abseil(kFirstLine), "\", the only version"));
  }
  absl::StatusOr<std::string_view> field = lines.Field("requests");
  if (!field.ok()) return field.status();
  const absl::StatusOr<uint64_t> requests =
      Number(lines, *field, 1, ScenarioOptions::kMaxRequests);
  if (!requests.ok()) return requests.status();
  run.options.requests = static_cast<uint32_t>(*requests);

  field = lines.Field("personality");
  if (!field.ok()) return field.status();
  const absl::StatusOr<std::optional<Personality>> personality =
      ParsePersonality(*field);
  if (!personality.ok()) return lines.Wrong("io_uring, aio, iocp or any");
  run.options.personality = *personality;

  field = lines.Field("failure");
  if (!field.ok()) return field.status();
  run.failure = std::string(*field);

  field = lines.Field("choices");
  if (!field.ok()) return field.status();
  const absl::StatusOr<uint64_t> count =
      Number(lines, *field, 0, SavedRun::kMaxChoices);
  if (!count.ok()) return count.status();
  while (lines.Next()) {
    if (run.choices.size() == *count) {
      return lines.Wrong(absl::StrCat("the end, after ", *count, " choices"));
    }
    absl::StatusOr<SavedRun::Choice> choice = ParseChoice(lines);
    if (!choice.ok()) return choice.status();
    run.choices.push_back(*std::move(choice));
  }
  if (run.choices.size() < *count) {
    return lines.Wrong(absl::StrCat("followed by all of the ", *count,
                                    " choices; there are ",
                                    run.choices.size()));
  }
  return run;
}

}  // namespace wharf::sim
