// Driver: runs a program on a world, straight at the seam.

#ifndef WHARF_TESTS_DIFFERENTIAL_DRIVER_H_
#define WHARF_TESTS_DIFFERENTIAL_DRIVER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/handle.h"
#include "engine/io_vector.h"
#include "engine/port.h"
#include "tests/differential/program.h"
#include "tests/differential/world.h"

namespace wharf::differential {

// What a run leaves behind, apart from its log.
struct RunResult {
  // Why it could not be run to its end; "" if it was.
  std::string problem;
  // What the files hold at the end, by name.
  std::array<std::vector<std::byte>, kNames> files;
};

// The identity of a program's operation, the same in every world.
constexpr OperationId IdOf(const Program& program, uint32_t operation) {
  return OperationId{(((program.seed + 1) << kIdIndexBits) | operation) &
                     kIdMask};
}

// Keeps the memory of operations: lives longer than the port has them. Not for
// concurrent use.
class Driver {
 public:
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver();

  // Runs it through `port`, which is the world's or stands before that.
  // Deterministic but for what the port answers. An operation that does not end
  // within five seconds of a cancel is a problem, and its memory is kept for
  // ever.
  RunResult Run(const Program& program, World& world, CompletionPort& port);

  // The machine of the last run is no more, so nothing can touch memory that it
  // has not given back.
  void Forget() { in_flight_.clear(); }

 private:
  struct Memory {
    std::vector<std::byte> bytes;
    std::array<IoVector, kMaxPieces> vectors;
  };

  void Submit(const Step& step);
  bool Prepare(uint32_t number, Operation& operation);
  bool IsUsed(uint16_t handle) const;
  void PrepareTransfer(uint32_t number, Operation& operation);
  void SetText(uint32_t number, std::span<const std::byte> text,
               Operation& operation);
  bool Reap(Wait wait);
  void Complete(const Completion& completion);
  bool EndsByItself(uint32_t number) const;
  bool AnyInFlight(bool only_finite) const;
  bool AwaitAll(bool only_finite);
  void AwaitDeadline(uint32_t number, Duration time);
  void Finish(RunResult& result);

  const Program* program_ = nullptr;
  World* world_ = nullptr;
  CompletionPort* port_ = nullptr;
  std::vector<Handle> handles_;
  std::vector<bool> in_flight_;
  std::vector<Memory>* memory_ = new std::vector<Memory>;
  std::string problem_;
};

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_DRIVER_H_
