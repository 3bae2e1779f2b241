// BytesChooser: a schedule from a string of bytes, for coverage-guided search.
// A fuzzer that changes a byte changes one decision, and one that cuts the
// string makes the rest of the run plain.

#ifndef WHARF_SIM_BYTES_CHOOSER_H_
#define WHARF_SIM_BYTES_CHOOSER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/chooser.h"

namespace wharf::sim {

// Any string is a schedule. The same string is the same schedule on every
// platform.
class BytesChooser final : public Chooser {
 public:
  // Borrows the bytes for its own life.
  explicit BytesChooser(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  // Takes the fewest bytes that can hold 0..n-1, low byte first, modulo `n`.
  // Bytes beyond the end are 0.
  uint32_t Choose(uint32_t n, std::string_view /*label*/) override {
    if (n <= 1) return 0;
    uint32_t choice = 0;
    uint32_t shift = 0;
    for (uint32_t left = n - 1; left > 0; left >>= 8, shift += 8) {
      if (exhausted()) break;
      choice |= uint32_t{bytes_[used_++]} << shift;
    }
    return choice % n;
  }

  // Bytes taken so far.
  std::size_t used() const { return used_; }
  // True if every further answer is 0.
  bool exhausted() const { return used_ == bytes_.size(); }

 private:
  std::span<const uint8_t> bytes_;
  std::size_t used_ = 0;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_BYTES_CHOOSER_H_
