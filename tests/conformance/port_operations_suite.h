// Goal: every opcode whose bit a port has does what engine/operation.h says.
// A port without the bit is skipped here; that the engine refuses such requests
// is capabilities_suite.h's.

#ifndef WHARF_TESTS_CONFORMANCE_PORT_OPERATIONS_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_PORT_OPERATIONS_SUITE_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "engine/io_vector.h"
#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/port_rig.h"

namespace wharf::conformance {

template <class Instance>
class PortOperations : public testing::Test {};
TYPED_TEST_SUITE_P(PortOperations);

WHARF_TEST(PortOperations, Nop) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kNop);
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kNop)).result, 0);
}

WHARF_TEST(PortOperations, Read) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kRead);
  const TestFile file = rig.NewFile("0123456789");
  std::byte* bytes = rig.NewBytes("########");
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kRead, file.handle, bytes, 4, 3)).result,
            4);
  EXPECT_EQ(Text(bytes, 8), "3456####");
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kRead, file.handle, bytes, 8, 8)).result,
            2);
  EXPECT_EQ(Text(bytes, 2), "89");
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kRead, file.handle, bytes, 8, 10)).result,
            0);
  EXPECT_EQ(
      rig.Run(rig.Make(Opcode::kRead, file.handle, bytes, 8, 5000)).result, 0);
}

WHARF_TEST(PortOperations, ReadVectored) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReadVectored);
  const TestFile file = rig.NewFile("0123456789");
  std::byte* bytes = rig.NewBytes("################");
  std::array<IoVector, 3> vectors = {
      {{bytes, 2}, {bytes + 4, 3}, {bytes + 12, 1}}};
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kReadVectored, file.handle, vectors.data(),
                             vectors.size(), 1))
                .result,
            6);
  EXPECT_EQ(Text(bytes, 16), "12##345#####6###");
}

WHARF_TEST(PortOperations, Write) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kWrite);
  const TestFile file = rig.NewFile("..........");
  EXPECT_EQ(
      rig.Run(rig.Make(Opcode::kWrite, file.handle, rig.NewBytes("abcd"), 4, 3))
          .result,
      4);
  EXPECT_EQ(rig.world().Content(file.path), "...abcd...");
  // Beyond the end: the gap reads as zeros.
  EXPECT_EQ(
      rig.Run(rig.Make(Opcode::kWrite, file.handle, rig.NewBytes("e"), 1, 12))
          .result,
      1);
  EXPECT_EQ(rig.world().Content(file.path),
            std::string_view("...abcd...\0\0e", 13));
}

WHARF_TEST(PortOperations, WriteVectored) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kWriteVectored);
  const TestFile file = rig.NewFile("..........");
  std::byte* bytes = rig.NewBytes("abcdef");
  std::array<IoVector, 2> vectors = {{{bytes + 4, 2}, {bytes, 3}}};
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kWriteVectored, file.handle,
                             vectors.data(), vectors.size(), 2))
                .result,
            5);
  EXPECT_EQ(rig.world().Content(file.path), "..efabc...");
}

WHARF_TEST(PortOperations, TheCurrentPositionMoves) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kRead, Opcode::kWrite, kFeatureCurrentPosition);
  const TestFile file = rig.NewFile("0123456789");
  std::byte* bytes = rig.NewBytes("####");
  const auto run = [&](Opcode opcode, void* data) {
    return rig.Run(rig.Make(opcode, file.handle, data, 3, kCurrentPosition))
        .result;
  };
  EXPECT_EQ(run(Opcode::kRead, bytes), 3);
  EXPECT_EQ(Text(bytes, 3), "012");
  EXPECT_EQ(run(Opcode::kWrite, rig.NewBytes("abc")), 3);
  EXPECT_EQ(run(Opcode::kRead, bytes), 3);
  EXPECT_EQ(Text(bytes, 3), "678");
  EXPECT_EQ(rig.world().Content(file.path), "012abc6789");
}

WHARF_TEST(PortOperations, SyncOfBothKinds) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kSync);
  const TestFile file = rig.NewFile("content");
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kSync, file.handle)).result, 0);
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kSync, file.handle, nullptr, 0, 0, 0,
                             kOperationDataOnly))
                .result,
            0);
}

WHARF_TEST(PortOperations, ADurableWrite) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kWrite, kFeatureDurableWrite);
  const TestFile file = rig.NewFile("....");
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kWrite, file.handle, rig.NewBytes("ab"), 2,
                             1, 0, kOperationDurable))
                .result,
            2);
  EXPECT_EQ(rig.world().Content(file.path), ".ab.");
}

WHARF_TEST(PortOperations, Allocate) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kAllocate);
  const TestFile file = rig.NewFile("0123");
  const auto run = [&](AllocateMode mode, uint64_t offset, uint64_t length) {
    return rig
        .Run(rig.Make(Opcode::kAllocate, file.handle, nullptr, length, offset,
                      static_cast<uint32_t>(mode)))
        .result;
  };
  EXPECT_EQ(run(AllocateMode::kAllocateKeepSize, 0, 4096), 0);
  EXPECT_EQ(rig.world().Content(file.path), "0123");
  EXPECT_EQ(run(AllocateMode::kAllocate, 2, 4), 0);
  EXPECT_EQ(rig.world().Content(file.path), std::string_view("0123\0\0", 6));
}

WHARF_TEST(PortOperations, AllocateMakesZeros) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kAllocate, kFeaturePunchHole);
  const TestFile file = rig.NewFile("0123456789");
  const auto run = [&](AllocateMode mode, uint64_t offset, uint64_t length) {
    return rig
        .Run(rig.Make(Opcode::kAllocate, file.handle, nullptr, length, offset,
                      static_cast<uint32_t>(mode)))
        .result;
  };
  EXPECT_EQ(run(AllocateMode::kPunchHole, 1, 2), 0);
  EXPECT_EQ(run(AllocateMode::kZeroRange, 8, 4), 0);
  EXPECT_EQ(rig.world().Content(file.path), std::string_view("0\0\0"
                                                             "34567\0\0\0\0",
                                                             12));
}

WHARF_TEST(PortOperations, ReceiveAndSend) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, Opcode::kSend);
  const TestPair pair = rig.NewSocketPair();
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kSend, pair.near, rig.NewBytes("out"), 3))
                .result,
            3);
  EXPECT_EQ(rig.world().Take(pair.far, 3), "out");
  EXPECT_TRUE(rig.world().Put(pair.far, "in"));
  std::byte* bytes = rig.NewBytes("####");
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kReceive, pair.near, bytes, 4)).result, 2);
  EXPECT_EQ(Text(bytes, 2), "in");
  rig.world().EndSending(pair.far);
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kReceive, pair.near, bytes, 4)).result, 0);
}

WHARF_TEST(PortOperations, SendVectored) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kSendVectored);
  const TestPair pair = rig.NewSocketPair();
  std::byte* bytes = rig.NewBytes("abcdef");
  std::array<IoVector, 3> vectors = {{{bytes + 4, 2}, {bytes, 1}, {bytes, 3}}};
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kSendVectored, pair.near, vectors.data(),
                             vectors.size()))
                .result,
            6);
  EXPECT_EQ(rig.world().Take(pair.far, 6), "efaabc");
}

WHARF_TEST(PortOperations, PollOfASocket) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kPoll);
  const TestPair pair = rig.NewSocketPair();
  const auto poll = [&](uint32_t events) {
    return rig.Run(rig.Make(Opcode::kPoll, pair.near, nullptr, 0, 0, events))
        .result;
  };
  EXPECT_EQ(poll(kPollWritable), kPollWritable);
  EXPECT_EQ(poll(kPollWritable | kPollReadable), kPollWritable);
  EXPECT_TRUE(rig.world().Put(pair.far, "x"));
  rig.world().Pass(std::chrono::milliseconds(2));
  EXPECT_EQ(poll(kPollReadable), kPollReadable);
  EXPECT_EQ(poll(kPollWritable | kPollReadable), kPollWritable | kPollReadable);
}

WHARF_TEST(PortOperations, PollWaitsUntilThereIsSomething) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kPoll);
  const TestPair pair = rig.NewSocketPair();
  const Operation poll =
      rig.Make(Opcode::kPoll, pair.near, nullptr, 0, 0, kPollReadable);
  rig.Submit(poll);
  rig.Reap(Wait::Until(rig.In(std::chrono::milliseconds(5))));
  EXPECT_TRUE(rig.InFlight(poll.id));
  EXPECT_TRUE(rig.world().Put(pair.far, "x"));
  EXPECT_EQ(rig.Finish(poll.id).result, kPollReadable);
}

WHARF_TEST(PortOperations, PollSeesTheEndOfTheStream) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kPoll);
  TestPair pair = rig.world().NewSocketPair();
  const Handle near = rig.Keep(pair.near);
  const Operation poll =
      rig.Make(Opcode::kPoll, near, nullptr, 0, 0, kPollReadable);
  rig.Submit(poll);
  rig.Reap(Wait::None());
  pair.far.Reset();
  const int64_t events = rig.Finish(poll.id).result;
  EXPECT_GT(events, 0);
  EXPECT_NE(events & (kPollReadable | kPollHangUp), 0) << events;
}

WHARF_TEST(PortOperations, APipeAtTheCurrentPosition) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kRead, Opcode::kWrite, kFeatureCurrentPosition,
              kPipes);
  const TestPair pipe = rig.NewPipe();
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kWrite, pipe.far, rig.NewBytes("hello"), 5,
                             kCurrentPosition))
                .result,
            5);
  std::byte* bytes = rig.NewBytes("########");
  EXPECT_EQ(
      rig.Run(rig.Make(Opcode::kRead, pipe.near, bytes, 8, kCurrentPosition))
          .result,
      5);
  EXPECT_EQ(Text(bytes, 5), "hello");
}

REGISTER_TYPED_TEST_SUITE_P(PortOperations, Nop, Read, ReadVectored, Write,
                            WriteVectored, TheCurrentPositionMoves,
                            SyncOfBothKinds, ADurableWrite, Allocate,
                            AllocateMakesZeros, ReceiveAndSend, SendVectored,
                            PollOfASocket, PollWaitsUntilThereIsSomething,
                            PollSeesTheEndOfTheStream,
                            APipeAtTheCurrentPosition);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_PORT_OPERATIONS_SUITE_H_
