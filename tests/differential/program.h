// Program: a short program at the seam, as data: which objects there are, and
// which operations are submitted, cancelled and reaped in which order. It means
// the same on every kernel, so that what happened on a real one can be held
// against the simulated one.

#ifndef WHARF_TESTS_DIFFERENTIAL_PROGRAM_H_
#define WHARF_TESTS_DIFFERENTIAL_PROGRAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/operation.h"

namespace wharf::differential {

// What a program starts with. Each gives one handle, or two where it has two
// ends.
enum class ObjectKind : uint8_t {
  kFile,        // one; named, with some bytes in it, for reading and writing
  kPipe,        // two: the reading end, the writing end
  kSocketPair,  // two: connected stream sockets
  kListener,    // one; takes connections
  kSocket,      // one; can be connected
};

// One object.
struct ObjectSpec {
  ObjectKind kind = ObjectKind::kFile;
  // Bytes in a file at the start; a listener's backlog.
  uint32_t size = 0;
};

// Handles that an object gives.
constexpr uint32_t HandlesOf(ObjectKind kind) {
  return kind == ObjectKind::kPipe || kind == ObjectKind::kSocketPair ? 2 : 1;
}

// File names that a program may use: those of its files come first.
inline constexpr uint32_t kNames = 4;
// Most pieces of a vectored transfer.
inline constexpr uint32_t kMaxPieces = 3;
// No handle.
inline constexpr uint16_t kNoHandle = 0xffff;

// One operation. Handles are numbered: first those of the objects, in order,
// then those that opens and accepts may make.
struct ProgramOperation {
  Opcode opcode = Opcode::kNop;
  uint8_t flags = 0;
  uint16_t handle = kNoHandle;
  // The handle that it makes, or none.
  uint16_t makes = kNoHandle;
  // Of an open: the number of the name. Of a connect: the listener's handle.
  uint16_t target = 0;
  uint32_t mode = 0;
  uint64_t offset = 0;
  // Bytes of each piece; one piece if not vectored. Of an allocation: the
  // length.
  std::array<uint32_t, kMaxPieces> pieces = {};
  // Taken out by shrinking: as if it were not there.
  bool skipped = false;
};

// Bytes in all pieces.
uint64_t TotalBytes(const ProgramOperation& operation);

// What the program does next.
enum class StepKind : uint8_t {
  kSubmit,  // `count` operations from number `first` on
  kCancel,  // of operation number `first`
  kReap,    // what is there, without waiting
  kSettle,  // until everything has ended that ends by itself
  // What an engine does with a deadline: reaps for `count` microseconds, or
  // until operation number `first` has ended, and then cancels that if it has
  // not.
  kDeadline,
};
struct Step {
  StepKind kind = StepKind::kReap;
  uint32_t first = 0;
  uint32_t count = 0;
};

// The whole. At its end everything in flight is cancelled and awaited.
struct Program {
  uint64_t seed = 0;
  std::vector<ObjectSpec> objects;
  std::vector<ProgramOperation> operations;
  std::vector<Step> steps;
  // All handles: of objects, and that may be made.
  uint32_t handles = 0;
};

// What a handle of the program names; kFile also for what an open makes, and
// kSocketPair for what an accept makes.
ObjectKind KindOfHandle(const Program& program, uint16_t handle);

// Byte number `index` that operation number `operation` writes or sends.
constexpr std::byte PatternByte(uint32_t operation, uint64_t index) {
  return static_cast<std::byte>(uint64_t{operation} * 37 + index +
                                (index >> 8) * 11 + 1);
}
// Byte number `index` of file number `file` at the start.
constexpr std::byte InitialByte(uint32_t file, uint64_t index) {
  return static_cast<std::byte>(0x80 + file * 16 + index % 13);
}

// One line, for people: "#3 Write f0 at 512, 100 bytes".
std::string Describe(const Program& program, uint32_t operation);
// All of it, one line for each step.
std::string Describe(const Program& program);

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_PROGRAM_H_
