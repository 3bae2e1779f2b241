#include "backends/iocp/block_slab.h"

#include <memory>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace wharf::iocp {
namespace {

Operation Named(uint64_t id) {
  Operation operation;
  operation.id = OperationId{id};
  return operation;
}

TEST(BlockQueue, IsFirstInFirstOut) {
  Block blocks[3];
  BlockQueue queue;
  EXPECT_EQ(queue.Pop(), nullptr);
  for (Block& block : blocks) queue.Push(&block);
  EXPECT_EQ(queue.size(), 3u);
  for (Block& block : blocks) EXPECT_EQ(queue.Pop(), &block);
  EXPECT_TRUE(queue.empty());
  queue.Push(&blocks[1]);
  EXPECT_EQ(queue.Pop(), &blocks[1]);
  EXPECT_EQ(queue.Pop(), nullptr);
}

TEST(BlockSlab, FindsByTheWholeIdentity) {
  BlockSlab slab(2);
  const uint64_t id = 1 + 5 * kIdGenerationUnit;
  Block* block = slab.Take(Named(id));
  EXPECT_EQ(slab.Find(OperationId{id}), block);
  EXPECT_EQ(slab.Find(OperationId{id + kIdGenerationUnit}), nullptr);
  EXPECT_EQ(slab.Find(OperationId{1}), nullptr);
  slab.Release(block);
  EXPECT_EQ(slab.Find(OperationId{id}), nullptr);
}

TEST(BlockSlab, FindsByAddressWhatIsABlockAndNothingElse) {
  BlockSlab slab(2);
  Block* block = slab.Take(Named(1));
  EXPECT_EQ(slab.FindByAddress(&block->overlapped), block);
  auto* bytes = reinterpret_cast<char*>(block);
  for (int distance : {-1000000, 8, 1000000}) {
    EXPECT_EQ(slab.FindByAddress(reinterpret_cast<OVERLAPPED*>(
                  reinterpret_cast<uintptr_t>(bytes) +
                  static_cast<uintptr_t>(distance))),
              nullptr)
        << distance;
  }
  EXPECT_EQ(slab.FindByAddress(nullptr), nullptr);
}

// A packet too many finds the block empty for as long as can be.
TEST(BlockSlab, UsesTheBlockThatIsFreeForLongest_RW18) {
  BlockSlab slab(3);
  std::set<Block*> seen;
  for (uint64_t id = 0; id < 3; ++id) {
    Block* block = slab.Take(Named(id));
    seen.insert(block);
    slab.Release(block);
  }
  EXPECT_EQ(seen.size(), 3u);
}

TEST(BlockSlab, ABlockStartsClean) {
  BlockSlab slab(1);
  Block* block = slab.Take(Named(1));
  EXPECT_EQ(block->status(), kStatusPending);
  EXPECT_EQ(block->state, BlockState::kStaged);
  block->overlapped.Internal = 0;
  block->overlapped.OffsetHigh = 7;
  block->cancel_asked = true;
  slab.Release(block);
  block = slab.Take(Named(2));
  EXPECT_EQ(block->status(), kStatusPending);
  EXPECT_EQ(block->overlapped.OffsetHigh, 0u);
  EXPECT_FALSE(block->cancel_asked);
}

TEST(BlockSlab, VisitsWhatIsInUse) {
  BlockSlab slab(3);
  slab.Take(Named(1));
  slab.Release(slab.Take(Named(2)));
  slab.Take(Named(3));
  std::vector<uint64_t> ids;
  slab.ForEach([&](Block& block) { ids.push_back(block.operation.id.value); });
  EXPECT_EQ(ids, (std::vector<uint64_t>{1, 3}));
  EXPECT_EQ(slab.size(), 2u);
}

TEST(BlockSlab, KeptForeverStaysWhereItIs) {
  auto slab = std::make_unique<BlockSlab>(1);
  Block* block = slab->Take(Named(1));
  const std::size_t before = BlockSlab::KeptForever();
  BlockSlab::KeepForever(std::move(slab));
  EXPECT_EQ(BlockSlab::KeptForever(), before + 1);
  block->overlapped.Internal = 0;
  EXPECT_EQ(block->operation.id.value, 1u);
}

}  // namespace
}  // namespace wharf::iocp
