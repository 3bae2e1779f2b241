// Rows: the catalogue of what real kernels may answer
// (docs/simulator.md; U = io_uring, A = Linux AIO, W = Windows IOCP), as
// counters: a search reports how often each one has happened, so that none is
// forgotten.

#ifndef WHARF_SIM_KERNEL_ROWS_H_
#define WHARF_SIM_KERNEL_ROWS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wharf::sim {

inline constexpr int kIoUringRows = 39;
inline constexpr int kLinuxAioRows = 15;
inline constexpr int kIocpRows = 19;
inline constexpr int kRowCount = kIoUringRows + kLinuxAioRows + kIocpRows;

// One row, as 0..kRowCount-1.
struct Row {
  uint8_t index = 0;
  friend constexpr bool operator==(Row, Row) = default;
};

// Not a row of the catalogue; may be fired, and is never reported.
inline constexpr Row kNoRow = {kRowCount};

// Row U-number, A-number, W-number, numbered from 1.
constexpr Row U(int number) { return {static_cast<uint8_t>(number - 1)}; }
constexpr Row A(int number) {
  return {static_cast<uint8_t>(kIoUringRows + number - 1)};
}
constexpr Row W(int number) {
  return {static_cast<uint8_t>(kIoUringRows + kLinuxAioRows + number - 1)};
}

// "U-01" to "W-19".
std::string RowName(Row row);

// Where a row lives in the simulated kernel.
struct RowInfo {
  // What happens, in a few words.
  std::string_view event;
  // The label of the decision behind it, or "" if it is out of scope.
  std::string_view decision;
  // Why it is out of scope, or "" if it is not.
  std::string_view reason;

  bool in_scope() const { return reason.empty(); }
};

// Never fails; static lifetime.
const RowInfo& Info(Row row);

// How often each row has happened in a run.
class RowCounts {
 public:
  // Once more.
  void Fire(Row row) { ++counts_[row.index]; }
  uint64_t operator[](Row row) const { return counts_[row.index]; }
  // Adds another run's counts.
  void Add(const RowCounts& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      counts_[i] += other.counts_[i];
    }
  }

 private:
  std::array<uint64_t, kRowCount + 1> counts_ = {};
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_ROWS_H_
