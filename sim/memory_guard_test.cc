#include "sim/memory_guard.h"

#include <array>
#include <cstddef>
#include <vector>

#include "gtest/gtest.h"
#include "sim/random.h"

namespace wharf::sim {
namespace {

using Bytes = std::vector<std::byte>;

Bytes Counting(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = std::byte(i);
  return bytes;
}

Operation Transfer(Opcode opcode, void* data, uint64_t length) {
  Operation operation;
  operation.id = OperationId{5};
  operation.opcode = opcode;
  operation.data = data;
  operation.length = length;
  return operation;
}

TEST(MemoryTest, KnowsWhichOpcodesMoveBytes) {
  EXPECT_TRUE(IsTransfer(Opcode::kSendVectored));
  EXPECT_FALSE(IsTransfer(Opcode::kSync));
  EXPECT_FALSE(IsTransfer(Opcode::kPoll));
  EXPECT_TRUE(ReadsIntoMemory(Opcode::kReceive));
  EXPECT_FALSE(ReadsIntoMemory(Opcode::kWrite));
  EXPECT_TRUE(IsVectored(Opcode::kWriteVectored));
  EXPECT_FALSE(IsVectored(Opcode::kRead));
}

TEST(MemoryTest, ScattersOverVectorsAndGathersThemAgain) {
  Bytes a(3), b(5);
  const std::array<IoVector, 3> vectors = {
      IoVector{a.data(), 3}, IoVector{nullptr, 0}, IoVector{b.data(), 5}};
  EXPECT_EQ(TotalBytes(vectors), 8u);
  EXPECT_EQ(Scatter(Counting(6), vectors), 6u);
  EXPECT_EQ(b[2], std::byte{5});
  EXPECT_EQ(b[3], std::byte{0}) << "beyond what was scattered";
  Bytes expected = Counting(6);
  expected.resize(8);
  EXPECT_EQ(Gather(vectors), expected);
  EXPECT_EQ(Scatter(Counting(20), vectors), 8u) << "no more than room";
}

TEST(MemoryTest, NamesTheMemoryOfAnyOperation) {
  Bytes a(3), b(5);
  std::array<IoVector, 2> vectors = {IoVector{a.data(), 3},
                                     IoVector{b.data(), 5}};
  EXPECT_EQ(MemoryOf(Transfer(Opcode::kRead, a.data(), 3))[0].length, 3u);
  EXPECT_EQ(MemoryOf(Transfer(Opcode::kSendVectored, vectors.data(), 2)).size(),
            2u);
  EXPECT_TRUE(MemoryOf(Transfer(Opcode::kSync, a.data(), 3)).empty());
  EXPECT_TRUE(MemoryOf(Transfer(Opcode::kRead, nullptr, 3)).empty());
  EXPECT_EQ(MemoryOf(Transfer(Opcode::kConnect, a.data(), 3))[0].length, 3u);
  EXPECT_EQ(MemoryOf(Transfer(Opcode::kOpen, a.data(), 2))[0].length, 3u)
      << "the final 0 as well";
}

TEST(MemoryGuardTest, KeepsOverwritingWhatIsReadInto) {
  Bytes memory = Counting(64);
  MemoryGuard guard(Transfer(Opcode::kRead, memory.data(), memory.size()));
  EXPECT_NE(memory, Counting(64));
  EXPECT_TRUE(guard.Unchanged());
  const Bytes before = memory;
  EXPECT_TRUE(guard.Touch());
  EXPECT_NE(memory, before);
  EXPECT_TRUE(guard.Unchanged());
}

TEST(MemoryGuardTest, WritesTheSameGarbageOnEveryPlatform) {
  Bytes memory(9);
  MemoryGuard guard(Transfer(Opcode::kRead, memory.data(), memory.size()));
  SplitMix64 generator(5);  // The operation's identity.
  generator.Next();
  uint64_t word = generator.Next();
  for (int i = 0; i < 8; ++i, word >>= 8) {
    EXPECT_EQ(memory[i], std::byte(word & 255)) << i;
  }
  EXPECT_EQ(memory[8], std::byte(generator.Next() & 255));
}

TEST(MemoryGuardTest, NoticesAnEarlyReuseOfWhatIsReadInto) {
  Bytes memory(64);
  MemoryGuard guard(Transfer(Opcode::kReceive, memory.data(), memory.size()));
  memory[63] ^= std::byte{1};
  EXPECT_FALSE(guard.Unchanged());
  EXPECT_FALSE(guard.Touch());
  EXPECT_TRUE(guard.Touch()) << "the change is over";
}

TEST(MemoryGuardTest, LeavesWhatIsSentAloneAndNoticesAnyChange) {
  Bytes memory = Counting(64);
  MemoryGuard guard(Transfer(Opcode::kSend, memory.data(), memory.size()));
  EXPECT_TRUE(guard.Touch());
  EXPECT_EQ(memory, Counting(64));
  memory[0] ^= std::byte{128};
  EXPECT_FALSE(guard.Unchanged());
  memory[0] ^= std::byte{128};
  EXPECT_TRUE(guard.Unchanged());
  std::swap(memory[3], memory[4]);
  EXPECT_FALSE(guard.Unchanged());
}

TEST(MemoryGuardTest, NoticesAChangedVectorArray) {
  Bytes a = Counting(4), b = Counting(4);
  std::array<IoVector, 2> vectors = {IoVector{a.data(), 4},
                                     IoVector{b.data(), 4}};
  MemoryGuard guard(Transfer(Opcode::kSendVectored, vectors.data(), 2));
  EXPECT_TRUE(guard.Unchanged());
  // The same bytes, through another array entry: only the array differs.
  std::swap(vectors[0], vectors[1]);
  EXPECT_FALSE(guard.Unchanged());
}

TEST(MemoryGuardTest, WatchesNothingForOtherOperations) {
  Bytes memory = Counting(8);
  MemoryGuard guard(Transfer(Opcode::kSync, memory.data(), 8));
  memory[0] = std::byte{99};
  EXPECT_TRUE(guard.Touch());
  EXPECT_EQ(memory[0], std::byte{99});
}

}  // namespace
}  // namespace wharf::sim
