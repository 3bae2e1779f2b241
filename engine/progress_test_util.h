// What the tests of progress.h share.

#ifndef WHARF_ENGINE_PROGRESS_TEST_UTIL_H_
#define WHARF_ENGINE_PROGRESS_TEST_UTIL_H_

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/buffer.h"
#include "engine/capabilities.h"
#include "engine/error.h"
#include "engine/handle.h"
#include "engine/io_vector.h"
#include "engine/operation.h"
#include "engine/outcome.h"
#include "engine/progress.h"
#include "engine/request.h"
#include "engine/validate.h"
#include "engine/waiter_table.h"
#include "gtest/gtest.h"

namespace wharf {

// For GoogleTest's messages.
inline void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << ToString(outcome);
}

constexpr NativeHandle kNative = 7;
constexpr uint64_t kOffset = 1000;
constexpr uint32_t kRetries = 3;

// A port that can do everything.
inline PortCapabilities FullPort() {
  PortCapabilities port;
  for (int i = 0; i < kOpcodeCount; ++i) port.Add(static_cast<Opcode>(i));
  port.features = ~uint32_t{0};
  port.max_vectors = 16;
  return port;
}

// The same but for durable writes.
inline PortCapabilities PortWithoutDurableWrites() {
  PortCapabilities port = FullPort();
  port.features &= ~uint32_t{kFeatureDurableWrite};
  return port;
}

// The handle of every request here.
inline Handle File() { return Handle::Borrow(kNative); }

// Bytes that only their addresses are used of.
inline std::byte memory[64];

// `size` bytes of `memory` from `begin`.
inline Buffer Piece(std::size_t begin, std::size_t size) {
  return Buffer::Unowned({memory + begin, size});
}

// Pieces of the given sizes, one after the other in `memory`.
inline std::vector<Buffer> Pieces(const std::vector<std::size_t>& sizes) {
  std::vector<Buffer> pieces;
  std::size_t begin = 0;
  for (const std::size_t size : sizes) {
    pieces.push_back(Piece(begin, size));
    begin += size;
  }
  return pieces;
}

// The result of an operation that failed with `error`.
inline int64_t Answer(Error error) { return -static_cast<int64_t>(error); }

// Which bytes of `memory` a transfer names: (first, length) of each piece.
using Extents = std::vector<std::pair<std::ptrdiff_t, std::size_t>>;

// The bytes that `operation` names, a transfer.
inline Extents ExtentsOf(const Operation& operation) {
  Extents extents;
  switch (operation.opcode) {
    case Opcode::kReadVectored:
    case Opcode::kWriteVectored:
    case Opcode::kSendVectored: {
      const auto* vectors = static_cast<const IoVector*>(operation.data);
      for (uint64_t i = 0; i < operation.length; ++i) {
        extents.emplace_back(static_cast<std::byte*>(vectors[i].base) - memory,
                             vectors[i].length);
      }
      break;
    }
    default:
      extents.emplace_back(static_cast<std::byte*>(operation.data) - memory,
                           operation.length);
  }
  return extents;
}

// One waiter with one request, driven by hand.
class Driver {
 public:
  explicit Driver(Request request, PortCapabilities port = FullPort())
      : port_(port) {
    // As the engine does: it resolves the length.
    EXPECT_EQ(Validate(request, port_), absl::OkStatus());
    waiter.request = std::move(request);
    begun = BeginProgress(waiter, port_);
  }

  // The waiter's next operation.
  Operation Next() { return NextOperation(waiter, port_); }
  // What this answer to the operation leads to.
  ProgressStep Judge(int64_t result, int32_t native = 0) {
    return JudgeCompletion(waiter,
                           Completion{.id = waiter.operation_id,
                                      .result = result,
                                      .native_error = native},
                           port_, kRetries);
  }
  // Issues an operation and expects its answer to ask for another.
  void Continue(int64_t result) {
    Next();
    ASSERT_EQ(Judge(result), ProgressStep::kContinue);
  }
  // Issues an operation and returns the outcome that its answer makes.
  Outcome End(int64_t result, int32_t native = 0) {
    Next();
    EXPECT_EQ(Judge(result, native), ProgressStep::kFinished);
    return waiter.outcome;
  }

  Waiter waiter;
  ProgressStep begun;

 private:
  PortCapabilities port_;
};

// The requests of these tests, one of each kind. All their transfers are of
// kTotal bytes.
constexpr uint64_t kTotal = 8;

template <Extent extent = Extent::kAll>
Request ReadAt() {
  return Request::Read(File(), Piece(0, kTotal),
                       {.offset = kOffset, .extent = extent});
}
inline Request ReadHere() { return Request::Read(File(), Piece(0, kTotal)); }
inline Request ReadPieces() {
  return Request::Read(File(), Pieces({3, 5}), {.offset = kOffset});
}
template <Extent extent = Extent::kAll>
Request WriteAt() {
  return Request::Write(File(), Piece(0, kTotal),
                        {.offset = kOffset, .extent = extent});
}
inline Request WriteHere() { return Request::Write(File(), Piece(0, kTotal)); }
inline Request WritePieces() {
  return Request::Write(File(), Pieces({4, 4}), {.offset = kOffset});
}
inline Request DurableAt() {
  return Request::DurableWrite(File(), Piece(0, kTotal), {.offset = kOffset});
}
inline Request DurableHere() {
  return Request::DurableWrite(File(), Piece(0, kTotal));
}
template <Extent extent = Extent::kAll>
Request ReceiveIt() {
  return Request::Receive(File(), Piece(0, kTotal), {.extent = extent});
}
template <Extent extent = Extent::kAll>
Request SendIt() {
  return Request::Send(File(), Piece(0, kTotal), {.extent = extent});
}
inline Request SendPieces() { return Request::Send(File(), Pieces({2, 6})); }
inline Request PollIt() { return Request::Poll(File(), kPollReadable); }
inline Request SyncIt() { return Request::Sync(File()); }
inline Request AllocateIt() {
  return Request::Allocate(File(), AllocateMode::kPunchHole, kOffset, kTotal);
}

// A stream's answer that it is not ready.
inline const int64_t kBlocked = Answer(Error::kWouldBlock);

}  // namespace wharf

#endif  // WHARF_ENGINE_PROGRESS_TEST_UTIL_H_
