#include "sim/trace_text.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "sim/label.h"

namespace wharf::sim {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::size_t kShown = 60;
// A time has that many decimals.
constexpr std::size_t kDecimals = 9;

constexpr TraceKind kKinds[] = {
    TraceKind::kChoice,    TraceKind::kSubmit,  TraceKind::kCancel,
    TraceKind::kComplete,  TraceKind::kDeliver, TraceKind::kReap,
    TraceKind::kWake,      TraceKind::kHandle,  TraceKind::kMachine,
    TraceKind::kViolation, TraceKind::kUser};

// All of `text` as a number, as it would be written.
template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [last, error] = std::from_chars(begin, end, number);
  if (error != std::errc() || last != end) return std::nullopt;
  return number;
}

// SECONDS.NNNNNNNNN
std::optional<Time> ParseTime(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos || point == 0 ||
      text.size() != point + 1 + kDecimals) {
    return std::nullopt;
  }
  std::string digits(text);
  digits.erase(point, 1);
  const std::optional<int64_t> count = ParseNumber<int64_t>(digits);
  if (!count.has_value()) return std::nullopt;
  return Time(Duration(*count));
}

std::optional<TraceKind> ParseKind(std::string_view name) {
  for (const TraceKind kind : kKinds) {
    if (TraceKindName(kind) == name) return kind;
  }
  return std::nullopt;
}

// Takes the first word off; "" at the end.
std::string_view TakeWord(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

// True if the word is a number's, or a subject's.
bool IsNumeric(std::string_view word) {
  return !word.empty() && (word[0] == '-' || word[0] == '#' ||
                           kDigits.find(word[0]) != std::string_view::npos);
}

std::optional<TraceEntry> ParseEntry(std::string_view line) {
  TraceEntry entry;
  const std::optional<Time> time = ParseTime(TakeWord(line));
  const std::optional<TraceKind> kind = ParseKind(TakeWord(line));
  if (!time.has_value() || !kind.has_value()) return std::nullopt;
  entry.time = *time;
  entry.kind = *kind;
  std::string_view word = TakeWord(line);
  if (!IsNumeric(word)) {
    if (!IsLabelName(word)) return std::nullopt;
    entry.label = word;
    word = TakeWord(line);
  }
  if (entry.kind == TraceKind::kChoice) {
    const std::size_t slash = std::min(word.find('/'), word.size());
    const auto chosen = ParseNumber<int64_t>(word.substr(0, slash));
    const auto n =
        ParseNumber<int64_t>(word.substr(std::min(slash + 1, word.size())));
    if (!chosen.has_value() || !n.has_value()) return std::nullopt;
    entry.a = *chosen;
    entry.b = *n;
    return entry;
  }
  if (word.starts_with('#')) {
    const auto subject = ParseNumber<uint64_t>(word.substr(1));
    if (!subject.has_value()) return std::nullopt;
    entry.subject = *subject;
    word = TakeWord(line);
  }
  const auto a = ParseNumber<int64_t>(word);
  if (!a.has_value()) return std::nullopt;
  entry.a = *a;
  if (!line.empty()) {
    const auto b = ParseNumber<int64_t>(line);
    if (!b.has_value()) return std::nullopt;
    entry.b = *b;
  }
  return entry;
}

absl::string_view Abseil(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

void ParsedTrace::Add(TraceEntry entry) {
  const auto found = labels_.find(entry.label);
  entry.label = found != labels_.end()
                    ? *found
                    : *labels_.insert(std::string(entry.label)).first;
  entries_.push_back(entry);
}

absl::StatusOr<ParsedTrace> ParseTraceText(std::string_view text) {
  ParsedTrace trace;
  for (uint64_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const std::optional<TraceEntry> entry = ParseEntry(line);
    // The second half: 01, -0, a blank too many, a line that is cut off.
    if (!entry.has_value() || Describe(*entry) != line || end == text.size()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "line ", number, ": \"",
          absl::CHexEscape(Abseil(line.substr(0, kShown))),
          "\": must be a trace's line, such as \"0.000000000 complete "
          "file.read #17 4096\", as `wharf sim run --trace` prints them"));
    }
    trace.Add(*entry);
    text.remove_prefix(end + 1);
  }
  return trace;
}

}  // namespace wharf::sim
