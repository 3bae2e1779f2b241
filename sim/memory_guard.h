// MemoryGuard: proof that the memory of one operation stays with the port from
// submission to completion (guarantee G2). It fills what the operation reads
// into with garbage, again and again, and notices when somebody else wrote
// there; it remembers what the operation sends, and notices any change; and it
// keeps the vector array, which must not change either.
//
// Supported: all transfers of engine/operation.h. Rejected: nothing.
// Divergence from a real kernel: a kernel may leave memory alone that it did
// not fill; this one never does. Freed memory is found by the sanitizer, or by
// the change that its next owner makes.

#ifndef WHARF_SIM_MEMORY_GUARD_H_
#define WHARF_SIM_MEMORY_GUARD_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/io_vector.h"
#include "engine/operation.h"

namespace wharf::sim {

// True if the opcode moves bytes between memory and a handle.
constexpr bool IsTransfer(Opcode opcode) {
  constexpr uint32_t kTransfers =
      1u << static_cast<int>(Opcode::kRead) |
      1u << static_cast<int>(Opcode::kReadVectored) |
      1u << static_cast<int>(Opcode::kWrite) |
      1u << static_cast<int>(Opcode::kWriteVectored) |
      1u << static_cast<int>(Opcode::kReceive) |
      1u << static_cast<int>(Opcode::kSend) |
      1u << static_cast<int>(Opcode::kSendVectored);
  return (kTransfers >> static_cast<int>(opcode) & 1) != 0;
}
// True if the kernel writes to the operation's memory.
constexpr bool ReadsIntoMemory(Opcode opcode) {
  return opcode == Opcode::kRead || opcode == Opcode::kReadVectored ||
         opcode == Opcode::kReceive;
}
// True if Operation::data is an array of IoVector.
constexpr bool IsVectored(Opcode opcode) {
  return opcode == Opcode::kReadVectored || opcode == Opcode::kWriteVectored ||
         opcode == Opcode::kSendVectored;
}
// The memory that the operation names: a transfer's vectors or its one range,
// an open's path with its final 0, a connect's address; none for others.
std::vector<IoVector> MemoryOf(const Operation& operation);
// Sum of the lengths.
uint64_t TotalBytes(std::span<const IoVector> vectors);
// Copies as much of `bytes` as there is room for, in order, over `vectors`;
// returns how much.
std::size_t Scatter(std::span<const std::byte> bytes,
                    std::span<const IoVector> vectors);
// All bytes that `vectors` name, in order. A null vector has none, here and in
// Scatter.
std::vector<std::byte> Gather(std::span<const IoVector> vectors);

// Watches one operation's memory. Does not own it.
class MemoryGuard {
 public:
  // Watches nothing.
  MemoryGuard() = default;
  // Watches the memory of `operation`, which must be readable (and writable if
  // the operation reads into it) until the guard dies. Overwrites memory that
  // is read into.
  explicit MemoryGuard(const Operation& operation);

  // False if memory or vector array changed since the last look. Reading
  // costs one pass over the bytes.
  [[nodiscard]] bool Unchanged() const;

  // Unchanged(), and then fresh garbage into memory that is read into.
  [[nodiscard]] bool Touch();

  // The watched ranges, from the guard's own copy of the vector array.
  std::span<const IoVector> vectors() const { return vectors_; }

 private:
  void WriteGarbage();

  std::vector<IoVector> vectors_;
  const IoVector* array_ = nullptr;  // The engine's own array, if vectored.
  uint64_t sum_ = 0;                 // Of the bytes when they are only read.
  uint64_t garbage_ = 0;             // Generator state of the last garbage.
  bool writes_ = false;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_MEMORY_GUARD_H_
