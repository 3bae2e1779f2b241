#include "sim/trace.h"

#include <algorithm>
#include <bit>

#include "xxhash.h"

namespace wharf::sim {

static_assert(std::endian::native == std::endian::little,
              "the words would have to be swapped before they are hashed");

struct Trace::State {
  XXH3_state_t hash;
};

namespace {

std::string Hexadecimal(uint64_t value) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (int i = 15; i >= 0; --i, value >>= 4) text[i] = kDigits[value & 15];
  return text;
}

// Nanoseconds as seconds with nine decimals, so that columns line up.
std::string Seconds(Time time) {
  const int64_t count = time.time_since_epoch().count();
  const uint64_t size =
      count < 0 ? uint64_t{0} - static_cast<uint64_t>(count) : count;
  std::string digits = std::to_string(size);
  if (digits.size() < 10) digits.insert(0, 10 - digits.size(), '0');
  digits.insert(digits.size() - 9, ".");
  return (count < 0 ? "-" : "") + digits;
}

}  // namespace

std::string TraceHash::ToString() const {
  return Hexadecimal(high) + Hexadecimal(low);
}

std::string_view TraceKindName(TraceKind kind) {
  switch (kind) {
    case TraceKind::kChoice:
      return "choice";
    case TraceKind::kSubmit:
      return "submit";
    case TraceKind::kCancel:
      return "cancel";
    case TraceKind::kComplete:
      return "complete";
    case TraceKind::kDeliver:
      return "deliver";
    case TraceKind::kReap:
      return "reap";
    case TraceKind::kWake:
      return "wake";
    case TraceKind::kHandle:
      return "handle";
    case TraceKind::kMachine:
      return "machine";
    case TraceKind::kViolation:
      return "violation";
    case TraceKind::kUser:
      return "user";
  }
  return "unknown";
}

std::string Describe(const TraceEntry& entry) {
  std::string text = Seconds(entry.time);
  text += ' ';
  text += TraceKindName(entry.kind);
  if (!entry.label.empty()) {
    text += ' ';
    text += entry.label;
  }
  if (entry.kind == TraceKind::kChoice) {
    return text + " " + std::to_string(entry.a) + "/" + std::to_string(entry.b);
  }
  if (entry.subject != 0) text += " #" + std::to_string(entry.subject);
  text += " " + std::to_string(entry.a);
  if (entry.b != 0) text += " " + std::to_string(entry.b);
  return text;
}

Trace::Trace(Keep keep) : keep_(keep), state_(std::make_unique<State>()) {
  XXH3_128bits_reset(&state_->hash);
}

Trace::~Trace() = default;

void Trace::Absorb() {
  XXH3_128bits_update(&state_->hash, words_.data(), used_ * sizeof(uint64_t));
  used_ = 0;
}

TraceHash Trace::Hash() const {
  State state = *state_;
  XXH3_128bits_update(&state.hash, words_.data(), used_ * sizeof(uint64_t));
  const XXH128_hash_t digest = XXH3_128bits_digest(&state.hash);
  return {digest.high64, digest.low64};
}

std::vector<uint32_t> Trace::Choices() const {
  std::vector<uint32_t> choices;
  for (const TraceEntry& entry : entries_) {
    if (entry.kind == TraceKind::kChoice) {
      choices.push_back(static_cast<uint32_t>(entry.a));
    }
  }
  return choices;
}

std::string TraceText(std::span<const TraceEntry> entries) {
  std::string text;
  for (const TraceEntry& entry : entries) text += Describe(entry) + "\n";
  return text;
}

std::string FirstDifference(std::span<const TraceEntry> expected,
                            std::span<const TraceEntry> actual) {
  const std::size_t shorter = std::min(expected.size(), actual.size());
  std::size_t i = 0;
  while (i < shorter && expected[i] == actual[i]) ++i;
  if (i == expected.size() && i == actual.size()) return "";
  std::string text = "first difference at entry " + std::to_string(i) + "\n";
  for (std::size_t j = i < 3 ? 0 : i - 3; j < i; ++j) {
    text += "  both:     " + Describe(expected[j]) + "\n";
  }
  const auto line = [i](std::span<const TraceEntry> entries) {
    return (i < entries.size() ? Describe(entries[i]) : "(the end)") + "\n";
  };
  text += "  expected: " + line(expected);
  text += "  actual:   " + line(actual);
  return text;
}

}  // namespace wharf::sim
