#include "engine/quarantine.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "engine/buffer.h"
#include "engine/handle.h"
#include "engine/io_vector.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

// These hooks must never run, at exit included: there they end the process with
// a code that fails the test.
void Fail(void*, std::span<std::byte>) { std::_Exit(3); }
void FailToClose(NativeHandle, void*) { std::_Exit(4); }

Buffer Forbidden(std::size_t size) {
  // Never freed, as the contract of an abandoned buffer wants it.
  static std::array<std::byte, 4096> memory;
  return Buffer::Wrap(std::span(memory).first(size), &Fail, nullptr);
}

TEST(QuarantineTest, ReleasesAndClosesNothing) {
  QuarantinedRequest request;
  request.handle = Handle::Adopt(42, &FailToClose);
  request.buffer = Forbidden(100);
  request.buffers.push_back(Forbidden(20));
  request.buffers.push_back(Forbidden(3));
  Quarantine(std::move(request));
}

TEST(QuarantineTest, TotalsCountRequestsAndBytesOfAllBuffers) {
  const QuarantineStats before = QuarantineTotals();
  QuarantinedRequest request;
  request.buffer = Forbidden(100);
  request.buffers.push_back(Forbidden(20));
  request.buffers.push_back(Forbidden(3));
  Quarantine(std::move(request));
  Quarantine(QuarantinedRequest());
  const QuarantineStats after = QuarantineTotals();
  EXPECT_EQ(after.requests - before.requests, 2u);
  EXPECT_EQ(after.bytes - before.bytes, 123u);
}

TEST(QuarantineTest, MemoryStaysWritableAtTheSameAddress) {
  QuarantinedRequest request;
  request.buffer = Buffer::Allocate(64);
  std::byte* bytes = request.buffer.data();
  request.vectors.push_back(IoVector{bytes, 64});
  IoVector* vectors = request.vectors.data();
  Quarantine(std::move(request));
  // What a kernel would do now; AddressSanitizer judges.
  ASSERT_EQ(vectors[0].base, bytes);
  std::memset(vectors[0].base, 0x5a, vectors[0].length);
  EXPECT_EQ(bytes[63], std::byte{0x5a});
}

TEST(QuarantineTest, TheHandlesOwnerMayGo) {
  Handle owner = Handle::Adopt(42, &FailToClose);
  QuarantinedRequest request;
  request.handle = owner;
  Quarantine(std::move(request));
  owner.Reset();
}

TEST(QuarantineTest, OwnersOfWrappedMemoryAreKept) {
  auto owner = std::make_shared<std::vector<std::byte>>(64);
  const std::weak_ptr<const void> watch = owner;
  QuarantinedRequest request;
  request.buffer = Buffer::Wrap(*owner, owner);
  owner.reset();
  Quarantine(std::move(request));
  EXPECT_FALSE(watch.expired());
}

TEST(QuarantineTest, SeveralThreadsAtOnceLoseNothing) {
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  const QuarantineStats before = QuarantineTotals();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([] {
      for (int j = 0; j < kEach; ++j) {
        QuarantinedRequest request;
        // From the heap: a node lost in a race is a leak that LeakSanitizer
        // sees.
        request.buffer = Buffer::Allocate(8);
        Quarantine(std::move(request));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const QuarantineStats after = QuarantineTotals();
  EXPECT_EQ(after.requests - before.requests, uint64_t{kThreads * kEach});
  EXPECT_EQ(after.bytes - before.bytes, uint64_t{kThreads * kEach * 8});
}

}  // namespace
}  // namespace wharf
