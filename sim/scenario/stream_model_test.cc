#include "sim/scenario/stream_model.h"

#include <cstddef>
#include <vector>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

using Bytes = std::vector<std::byte>;

// What a send of `count` bytes puts on the wire.
Bytes Sent(StreamModel& model, std::size_t count) {
  Bytes bytes(count);
  model.BeginSend(bytes);
  model.EndSend(count);
  return bytes;
}

TEST(StreamModelTest, WhatWasSentMayComeInPieces) {
  StreamModel model;
  Bytes bytes = Sent(model, 10);
  EXPECT_TRUE(model.may_have_more());
  model.BeginReceive();
  EXPECT_EQ(model.EndReceive({bytes.data(), 4}), "");
  model.BeginReceive();
  EXPECT_EQ(model.EndReceive({bytes.data() + 4, 6}), "");
  EXPECT_EQ(model.AtEnd(), "");
  EXPECT_FALSE(model.may_have_more());
}

TEST(StreamModelTest, NoByteTwiceAndNoneLeftOut) {
  StreamModel model;
  Bytes bytes = Sent(model, 10);
  model.BeginReceive();
  EXPECT_EQ(model.EndReceive({bytes.data(), 4}), "");
  model.BeginReceive();
  EXPECT_NE(model.EndReceive({bytes.data() + 3, 4}), "");
  model.BeginReceive();
  EXPECT_NE(model.EndReceive({bytes.data() + 5, 4}), "");
}

TEST(StreamModelTest, NotMoreThanWasSentOrIsBeingSent) {
  StreamModel model;
  Bytes first = Sent(model, 4);
  Bytes second(4);
  model.BeginSend(second);
  model.BeginReceive();
  EXPECT_EQ(model.EndReceive(first), "");
  model.BeginReceive();
  EXPECT_EQ(model.EndReceive({second.data(), 2}), "") << "it is under way";
  model.EndSend(2);
  model.BeginReceive();
  EXPECT_NE(model.EndReceive({second.data() + 2, 1}), "");
}

TEST(StreamModelTest, AnEndWithoutEverythingIsALoss) {
  StreamModel model;
  Bytes bytes = Sent(model, 4);
  model.BeginReceive();
  EXPECT_EQ(model.EndReceive({bytes.data(), 3}), "");
  EXPECT_NE(model.AtEnd(), "");
}

TEST(StreamModelTest, WhatNobodyKnowsIsNotJudged) {
  StreamModel sender;
  Bytes bytes(4);
  sender.BeginSend(bytes);
  sender.LoseSend();
  EXPECT_FALSE(sender.may_send());
  EXPECT_EQ(sender.AtEnd(), "");
  StreamModel receiver;
  Sent(receiver, 4);
  receiver.BeginReceive();
  receiver.LoseReceive();
  EXPECT_FALSE(receiver.may_receive());
  EXPECT_EQ(receiver.AtEnd(), "");
}

TEST(StreamModelTest, OneOfEachAtATime) {
  StreamModel model;
  Bytes bytes(4);
  model.BeginSend(bytes);
  EXPECT_FALSE(model.may_send());
  EXPECT_TRUE(model.may_receive());
  model.BeginReceive();
  EXPECT_FALSE(model.may_receive());
  model.EndSend(4);
  EXPECT_TRUE(model.may_send());
}

}  // namespace
}  // namespace wharf::sim
