// Trace: what a simulated run did, as choices and events in virtual time. Two
// runs are the same exactly when their traces are; a 128-bit hash says so
// without keeping them.

#ifndef WHARF_SIM_TRACE_H_
#define WHARF_SIM_TRACE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/time.h"
#include "sim/label.h"

namespace wharf::sim {

// A trace's fingerprint: XXH3-128 over the fields of all its entries, the same
// on every platform, compiler and build.
struct TraceHash {
  uint64_t high = 0;
  uint64_t low = 0;

  // 32 hexadecimal digits.
  std::string ToString() const;
  friend bool operator==(const TraceHash&, const TraceHash&) = default;
};

// What an entry tells.
enum class TraceKind : uint8_t {
  kChoice,     // a = the option chosen, b = the number of options
  kSubmit,     // subject = operation; a = opcode, b = bytes or vectors
  kCancel,     // subject = operation; label = what became of the request
  kComplete,   // subject = operation; a = result, b = native error
  kDeliver,    // subject = operation; a = result: the engine has it
  kReap,       // a = completions delivered, b = the time waited for, or 0
  kWake,       // another thread or the test woke a port
  kHandle,     // subject = native handle; label = opened, closed, reset...
  kMachine,    // label = crash, close and the like; a, b = as it says
  kViolation,  // subject = operation; a = ViolationKind
  kUser,       // the program's own notes
};

// The enumerator's name without its "k", in lower case. Static lifetime.
std::string_view TraceKindName(TraceKind kind);

// One entry.
struct TraceEntry {
  Time time;
  uint64_t subject = 0;
  int64_t a = 0;
  int64_t b = 0;
  std::string_view label;
  TraceKind kind = TraceKind::kUser;

  friend bool operator==(const TraceEntry&, const TraceEntry&) = default;
};

// One line for a person, without a newline.
std::string Describe(const TraceEntry& entry);

// Grows with a run; not for concurrent use.
class Trace {
 public:
  // Whether the entries are kept or only hashed.
  enum class Keep : uint8_t { kHashOnly, kEntries };

  explicit Trace(Keep keep = Keep::kHashOnly);
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
  ~Trace();

  // Adds an entry. Does not allocate if entries are not kept.
  void Add(Time time, TraceKind kind, const Label& label, uint64_t subject = 0,
           int64_t a = 0, int64_t b = 0) {
    uint64_t* words = Words(5);
    words[0] = static_cast<uint64_t>(time.time_since_epoch().count());
    words[1] = label.hash + static_cast<uint64_t>(kind);
    words[2] = subject;
    words[3] = static_cast<uint64_t>(a);
    words[4] = static_cast<uint64_t>(b);
    Remember({time, subject, a, b, label.name, kind});
  }

  // Adds a kChoice: option `chosen` of `n`.
  void AddChoice(Time time, const Label& label, uint32_t chosen, uint32_t n) {
    uint64_t* words = Words(3);
    words[0] = static_cast<uint64_t>(time.time_since_epoch().count());
    words[1] = label.hash + static_cast<uint64_t>(TraceKind::kChoice);
    words[2] = uint64_t{n} << 32 | chosen;
    Remember({time, 0, chosen, n, label.name, TraceKind::kChoice});
  }

  // The fingerprint of everything so far.
  TraceHash Hash() const;
  // The number of entries so far, kept or not.
  uint64_t size() const { return size_; }
  // The entries, if they are kept.
  const std::vector<TraceEntry>& entries() const { return entries_; }
  // The options chosen, in order, as RecordedChooser takes them; from the
  // entries, so empty if they are not kept.
  std::vector<uint32_t> Choices() const;

 private:
  struct State;

  // Room for `count` words that are hashed sooner or later.
  uint64_t* Words(std::size_t count) {
    if (used_ + count > words_.size()) Absorb();
    used_ += count;
    return words_.data() + used_ - count;
  }
  void Remember(const TraceEntry& entry) {
    ++size_;
    if (keep_ == Keep::kEntries) entries_.push_back(entry);
  }
  void Absorb();

  Keep keep_;
  std::size_t used_ = 0;
  uint64_t size_ = 0;
  std::array<uint64_t, 256> words_;  // Not absorbed yet.
  std::unique_ptr<State> state_;
  std::vector<TraceEntry> entries_;
};

// All entries, one line each.
std::string TraceText(std::span<const TraceEntry> entries);

// "" if both are the same; otherwise the first entry that differs with the
// three before it, as both sides have it. For telling where a run stopped
// repeating itself.
std::string FirstDifference(std::span<const TraceEntry> expected,
                            std::span<const TraceEntry> actual);

}  // namespace wharf::sim

#endif  // WHARF_SIM_TRACE_H_
