#include "engine/buffer.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace wharf {
namespace {

// Remembers what its hook was told.
struct Hook {
  static void Release(void* context, std::span<std::byte> bytes) {
    auto* hook = static_cast<Hook*>(context);
    ++hook->calls;
    hook->bytes = bytes;
  }
  int calls = 0;
  std::span<std::byte> bytes;
};

TEST(BufferTest, DefaultIsEmpty) {
  const Buffer buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.size(), 0u);
  EXPECT_EQ(buffer.data(), nullptr);
}

TEST(BufferTest, AllocateGivesWritableAlignedBytes) {
  for (std::size_t alignment = 1; alignment <= 65536; alignment *= 2) {
    const Buffer buffer = Buffer::Allocate(1000, alignment);
    ASSERT_EQ(buffer.size(), 1000u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % alignment, 0u)
        << alignment;
    std::memset(buffer.data(), 0x5a, buffer.size());
    EXPECT_EQ(buffer.bytes().back(), std::byte{0x5a});
  }
}

TEST(BufferTest, AllocateOfNothingIsEmpty) {
  const Buffer buffer = Buffer::Allocate(0, 4096);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.data(), nullptr);
}

TEST(BufferTest, WrapDoesNotCopyAndReleasesOnceWithTheSameBytes) {
  std::array<std::byte, 16> memory;
  Hook hook;
  {
    const Buffer buffer = Buffer::Wrap(memory, &Hook::Release, &hook);
    EXPECT_EQ(buffer.data(), memory.data());
    EXPECT_EQ(buffer.size(), memory.size());
    EXPECT_EQ(hook.calls, 0);
  }
  EXPECT_EQ(hook.calls, 1);
  EXPECT_EQ(hook.bytes.data(), memory.data());
  EXPECT_EQ(hook.bytes.size(), memory.size());
}

TEST(BufferTest, WrapKeepsTheOwnerUntilTheBufferDies) {
  auto owner = std::make_shared<std::vector<std::byte>>(64);
  const std::weak_ptr<const void> watch = owner;
  Buffer buffer = Buffer::Wrap(*owner, owner);
  EXPECT_EQ(buffer.data(), owner->data());
  owner.reset();
  EXPECT_FALSE(watch.expired());
  Buffer moved = std::move(buffer);
  EXPECT_FALSE(watch.expired());
  EXPECT_EQ(moved.size(), 64u);
  buffer = Buffer();
  EXPECT_FALSE(watch.expired());
  {
    const Buffer last = Buffer(std::move(const_cast<Buffer&>(moved)));
  }
  EXPECT_TRUE(watch.expired());
}

TEST(BufferTest, UnownedReleasesNothing) {
  static std::array<std::byte, 8> memory;
  memory.fill(std::byte{7});
  {
    const Buffer buffer = Buffer::Unowned(memory);
  }
  EXPECT_EQ(memory[7], std::byte{7});
}

TEST(BufferTest, MoveLeavesTheSourceEmptyAndReleasesOnce) {
  std::array<std::byte, 16> memory;
  Hook hook;
  {
    Buffer first = Buffer::Wrap(memory, &Hook::Release, &hook);
    const Buffer second = std::move(first);
    EXPECT_TRUE(first.empty());
    EXPECT_EQ(first.data(), nullptr);
    EXPECT_EQ(second.data(), memory.data());
    first.Reset();
    EXPECT_EQ(hook.calls, 0);
  }
  EXPECT_EQ(hook.calls, 1);
}

TEST(BufferTest, MoveAssignmentReleasesWhatWasThere) {
  std::array<std::byte, 16> memory;
  Hook old_hook;
  Hook new_hook;
  Buffer buffer = Buffer::Wrap(memory, &Hook::Release, &old_hook);
  buffer = Buffer::Wrap(memory, &Hook::Release, &new_hook);
  EXPECT_EQ(old_hook.calls, 1);
  EXPECT_EQ(new_hook.calls, 0);
}

TEST(BufferTest, SelfMoveAssignmentKeepsTheBytes) {
  std::array<std::byte, 16> memory;
  Hook hook;
  Buffer buffer = Buffer::Wrap(memory, &Hook::Release, &hook);
  Buffer& same = buffer;
  buffer = std::move(same);
  EXPECT_EQ(hook.calls, 0);
  EXPECT_EQ(buffer.data(), memory.data());
}

TEST(BufferTest, ResetReleasesNowAndOnlyOnce) {
  std::array<std::byte, 16> memory;
  Hook hook;
  Buffer buffer = Buffer::Wrap(memory, &Hook::Release, &hook);
  buffer.Reset();
  EXPECT_EQ(hook.calls, 1);
  EXPECT_TRUE(buffer.empty());
  buffer.Reset();
  EXPECT_EQ(hook.calls, 1);
}

// A view of no bytes may still stand for something that wants to be released.
TEST(BufferTest, WrapOfNoBytesIsReleasedToo) {
  Hook hook;
  {
    const Buffer buffer = Buffer::Wrap({}, &Hook::Release, &hook);
  }
  EXPECT_EQ(hook.calls, 1);
}

TEST(BufferTest, MayBeReleasedOnAnotherThread) {
  Buffer buffer = Buffer::Allocate(100);
  std::memset(buffer.data(), 1, buffer.size());
  std::thread([moved = std::move(buffer)]() mutable {
    std::memset(moved.data(), 2, moved.size());
    moved.Reset();
  }).join();
  EXPECT_TRUE(buffer.empty());
}

}  // namespace
}  // namespace wharf
