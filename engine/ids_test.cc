#include "engine/ids.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace wharf {
namespace {

constexpr uint64_t kLastGeneration = kIdMask & ~kIdIndexMask;

TEST(OperationIdTest, NextKeepsTheIndexAndChangesTheIdentity) {
  for (uint64_t index : {uint64_t{0}, uint64_t{1}, kIdIndexMask}) {
    const OperationId id{index + 5 * kIdGenerationUnit};
    EXPECT_EQ(id.Next().index(), index);
    EXPECT_EQ(id.Next().value, index + 6 * kIdGenerationUnit);
  }
}

TEST(OperationIdTest, NextWrapsWithoutTouchingIndexOrTopBits) {
  for (uint64_t index : {uint64_t{0}, uint64_t{77}, kIdIndexMask}) {
    const OperationId last{kLastGeneration | index};
    EXPECT_EQ(last.Next().value, index);
    EXPECT_EQ(last.Next().Next().value, index + kIdGenerationUnit);
  }
}

TEST(OperationIdTest, TopBitsAreZeroInEveryGeneration) {
  OperationId id{kLastGeneration - 10 * kIdGenerationUnit + kIdIndexMask};
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(id.value >> kIdBits, 0u);
    id = id.Next();
  }
}

TEST(RequestIdTest, NextKeepsTheIndexAndChangesTheIdentity) {
  for (uint64_t index : {uint64_t{0}, uint64_t{1}, kIdIndexMask}) {
    const RequestId id{index + 5 * kIdGenerationUnit};
    EXPECT_EQ(id.Next().index(), index);
    EXPECT_EQ(id.Next().value, index + 6 * kIdGenerationUnit);
  }
}

TEST(RequestIdTest, NextSkipsGenerationZero) {
  for (uint64_t index : {uint64_t{0}, uint64_t{77}, kIdIndexMask}) {
    const RequestId last{~kIdIndexMask | index};
    EXPECT_EQ(last.Next().value, index + kIdGenerationUnit);
  }
}

TEST(RequestIdTest, DefaultNamesNothingThatNextGives) {
  // From a never used slot, whose stored identity has generation 0.
  EXPECT_NE(RequestId{0}.Next(), RequestId());
  EXPECT_EQ(RequestId{0}.Next().value, kIdGenerationUnit);
  EXPECT_NE(RequestId{kLastGeneration}.Next(), RequestId());
}

TEST(RequestIdTest, ComparesByValue) {
  EXPECT_EQ(RequestId{5}, RequestId{5});
  EXPECT_LT(RequestId{5}, RequestId{6});
}

}  // namespace
}  // namespace wharf
