#include "sim/kernel/channel.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <vector>

#include "gtest/gtest.h"
#include "sim/random.h"

namespace wharf::sim {
namespace {

using Bytes = std::vector<std::byte>;

Time At(int64_t ns) { return Time(std::chrono::nanoseconds(ns)); }

Bytes Counting(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = std::byte(i + 1);
  return bytes;
}

TEST(ChannelTest, TakesNoMoreThanItHasRoomFor) {
  Channel channel(4);
  EXPECT_EQ(channel.Write(Counting(3), At(0)), 3u);
  EXPECT_EQ(channel.Write(Counting(3), At(0)), 1u);
  EXPECT_EQ(channel.Write(Counting(3), At(0)), 0u);
  EXPECT_EQ(channel.room(), 0u);
  Bytes out(2);
  channel.Arrive(At(0));
  EXPECT_EQ(channel.Read(out), 2u);
  EXPECT_EQ(channel.room(), 2u);
}

TEST(ChannelTest, BytesArriveAtTheirTimeAndInOrder) {
  Channel channel(10);
  channel.Write(Counting(2), At(50));
  channel.Write(Counting(3), At(20));  // Not before those ahead of it.
  EXPECT_EQ(channel.NextArrival(), At(50));
  EXPECT_FALSE(channel.Arrive(At(49)));
  EXPECT_EQ(channel.readable(), 0u);
  EXPECT_EQ(channel.unread(), 5u);
  EXPECT_TRUE(channel.Arrive(At(50)));
  EXPECT_EQ(channel.readable(), 5u);
  EXPECT_EQ(channel.NextArrival(), kNever);
}

TEST(ChannelTest, TheEndComesBehindTheBytes) {
  Channel channel(10);
  channel.Write(Counting(2), At(5));
  channel.WriteEnd(At(1));
  channel.WriteEnd(At(9));  // Once.
  EXPECT_TRUE(channel.write_ended());
  channel.Arrive(At(5));
  EXPECT_EQ(channel.NextArrival(), kNever);
  EXPECT_FALSE(channel.at_end()) << "bytes are left";
  Bytes out(10);
  EXPECT_EQ(channel.Read(out), 2u);
  EXPECT_TRUE(channel.at_end());
}

TEST(ChannelTest, AnEndOnItsWayHasNotArrived) {
  Channel channel(10);
  channel.WriteEnd(At(5));
  EXPECT_FALSE(channel.at_end());
  channel.Arrive(At(5));
  EXPECT_TRUE(channel.at_end());
}

TEST(ChannelTest, AResetLosesEverything) {
  Channel channel(10);
  channel.Write(Counting(2), At(0));
  channel.Arrive(At(0));
  channel.Write(Counting(2), At(7));
  channel.Reset();
  EXPECT_TRUE(channel.reset());
  EXPECT_EQ(channel.readable(), 0u);
  EXPECT_EQ(channel.NextArrival(), kNever);
  EXPECT_EQ(channel.Write(Counting(2), At(8)), 0u);
  Bytes out(10);
  EXPECT_EQ(channel.Read(out), 0u);
}

TEST(ChannelTest, AReaderThatWantsNoMoreReadsWhatIsThere) {
  Channel channel(10);
  channel.Write(Counting(2), At(0));
  channel.Arrive(At(0));
  channel.Write(Counting(3), At(7));
  channel.EndReading();
  EXPECT_TRUE(channel.reader_closed());
  EXPECT_FALSE(channel.at_end());
  EXPECT_EQ(channel.NextArrival(), kNever);
  Bytes out(10);
  EXPECT_EQ(channel.Read(out), 2u);
  EXPECT_TRUE(channel.at_end());
}

TEST(ChannelTest, IsAsNewAfterAClear) {
  Channel channel(4);
  channel.Write(Counting(3), At(0));
  channel.Arrive(At(0));
  channel.Write(Counting(1), At(9));
  channel.WriteEnd(At(9));
  channel.Arrive(At(9));
  channel.CloseReader();
  channel.Reset();
  channel.Clear();
  EXPECT_EQ(channel.room(), 4u);
  EXPECT_EQ(channel.readable(), 0u);
  EXPECT_EQ(channel.NextArrival(), kNever);
  EXPECT_FALSE(channel.reset() || channel.reader_closed() ||
               channel.write_ended() || channel.at_end());
  EXPECT_EQ(channel.Write(Counting(9), At(1)), 4u);
  EXPECT_FALSE(channel.Arrive(At(0)));
}

TEST(ChannelTest, KnowsThatItsReaderHasGone) {
  Channel channel(10);
  EXPECT_FALSE(channel.reader_closed());
  channel.CloseReader();
  EXPECT_TRUE(channel.reader_closed());
}

// Against a deque, around the ring's edge in every way.
TEST(ChannelTest, GivesBackWhatWasWritten) {
  Random random(4);
  Channel channel(13);
  std::deque<std::byte> model;
  uint8_t next = 0;
  for (int step = 0; step < 20000; ++step) {
    if (random.Below(2) == 0) {
      Bytes bytes(1 + random.Below(9));
      for (std::byte& b : bytes) b = std::byte(next++);
      const std::size_t taken = channel.Write(bytes, At(step));
      ASSERT_EQ(taken, std::min<std::size_t>(bytes.size(), 13 - model.size()));
      model.insert(model.end(), bytes.begin(), bytes.begin() + taken);
      next = static_cast<uint8_t>(next - (bytes.size() - taken));
    } else {
      channel.Arrive(At(step));
      Bytes out(1 + random.Below(9));
      const std::size_t got = channel.Read(out);
      ASSERT_EQ(got, std::min(out.size(), model.size()));
      for (std::size_t i = 0; i < got; ++i) {
        ASSERT_EQ(out[i], model.front());
        model.pop_front();
      }
    }
    ASSERT_EQ(channel.unread(), model.size());
  }
}

}  // namespace
}  // namespace wharf::sim
