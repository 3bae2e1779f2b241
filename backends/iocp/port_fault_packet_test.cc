// Packets: who gets one, who does not, and those that are nobody's.

#include <cstdint>
#include <tuple>
#include <vector>

#include "backends/iocp/handle_table.h"
#include "backends/iocp/port_fault_test_util.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST_F(PortFaultTest, SuccessAtOnceEndsWithItsPacket_W01) {
  Open({.max_in_flight = 1});
  kernel_.Script("Read", 0);
  kernel_.dequeues.push_back({.code = WAIT_TIMEOUT});
  Issue(Make(Opcode::kRead, kFile));
  // The packet is still in the queue, so the block is not free.
  const Operation next = Make(Opcode::kNop);
  EXPECT_EQ(port_->Submit({&next, 1}), 0u);
  const auto ended = Reap();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].result, 100);
  EXPECT_EQ(port_->stats().ended_at_once, 0u);
  EXPECT_EQ(port_->stats().unknown_packets, 0u);
}

TEST_F(PortFaultTest, SuccessAtOnceNeedsNoPacketInSkipMode_W02) {
  Open({.skip_on_success = true});
  for (const auto& [opcode, name, handle] :
       {std::tuple{Opcode::kWrite, "Write", kFile},
        std::tuple{Opcode::kReceive, "Receive", kSocket}}) {
    kernel_.Script(name, 0);
    EXPECT_EQ(Run(Make(opcode, handle)).result, 100) << name;
  }
  EXPECT_EQ(port_->stats().ended_at_once, 2u);
  // What pends has its packet in this mode, too.
  Issue(Make(Opcode::kRead, kFile));
  EXPECT_TRUE(Reap().empty());
  kernel_.Complete(kernel_.Last("Read").overlapped, kStatusSuccess, 7);
  EXPECT_EQ(Reap().at(0).result, 7);
}

TEST_F(PortFaultTest, SkipModeIsNotForPipesNorForEverySocket) {
  Open({.skip_on_success = true});
  kernel_.socket_may_skip = false;
  Issue(Make(Opcode::kReceive, kSocket));
  Issue(Make(Opcode::kRead, kPipe));
  EXPECT_TRUE(kernel_.skipping.empty());
  // A system that refuses the mode posts packets.
  kernel_.Script("SetNotificationModes", ERROR_INVALID_FUNCTION);
  kernel_.Script("Read", 0);
  EXPECT_EQ(Run(Make(Opcode::kRead, kFile)).result, 100);
  EXPECT_EQ(port_->stats().unknown_packets, 0u);
}

TEST_F(PortFaultTest, FailureAtOnceHasNoPacket_W03) {
  Open();
  kernel_.Script("Read", ERROR_HANDLE_EOF);
  EXPECT_EQ(Run(Make(Opcode::kRead, kFile)).result, 0);
  kernel_.Script("Write", ERROR_DISK_FULL);
  const Completion failed = Run(Make(Opcode::kWrite, kFile));
  EXPECT_EQ(failed.result, Negated(Error::kNoSpace));
  EXPECT_EQ(failed.native_error, ERROR_DISK_FULL);
  EXPECT_EQ(port_->stats().ended_at_once, 2u);
}

TEST_F(PortFaultTest, LackOfResourcesEndsTheOneOperation_W17) {
  Open();
  for (DWORD code : {ERROR_NO_SYSTEM_RESOURCES, ERROR_INVALID_USER_BUFFER,
                     ERROR_NOT_ENOUGH_QUOTA}) {
    kernel_.Script("Read", code);
    const Completion refused = Run(Make(Opcode::kRead, kFile));
    EXPECT_EQ(refused.result, Negated(Error::kNoBuffers));
    EXPECT_EQ(refused.native_error, static_cast<int32_t>(code));
  }
  kernel_.Script("Send", WSAENOBUFS);
  EXPECT_EQ(Run(Make(Opcode::kSend, kSocket)).result,
            Negated(Error::kNoBuffers));
  EXPECT_EQ(port_->Submit(std::vector{Make(Opcode::kNop)}), 1u);
}

// Neither success nor failure: carried out, with a packet.
TEST_F(PortFaultTest, MoreDataAtOnceEndsOnceWithTheBytes_W19_RW9) {
  Open();
  kernel_.Script("Read", ERROR_MORE_DATA);
  EXPECT_EQ(Run(Make(Opcode::kRead, kPipe)).result, 100);
  EXPECT_EQ(port_->stats().unknown_packets, 0u);
  EXPECT_EQ(port_->stats().ended_at_once, 0u);
}

TEST_F(PortFaultTest, AFailedPacketIsAnErrorWithItsNativeCode_W09_W18) {
  Open();
  Issue(Make(Opcode::kReceive, kSocket));
  kernel_.Complete(kernel_.Last("Receive").overlapped, kStatusConnectionReset,
                   0);
  const auto ended = Reap();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].result, Negated(Error::kConnectionReset));
  EXPECT_EQ(ended[0].native_error, WSAECONNRESET);
}

TEST_F(PortFaultTest, TheEndOfAFileAndOfAPipeAreNoBytes) {
  Open();
  for (uint32_t status : {0xC0000011u, 0xC000014Bu}) {
    Issue(Make(Opcode::kRead, kPipe));
    kernel_.Complete(kernel_.Last("Read").overlapped, status, 0);
    EXPECT_EQ(Reap().at(0).result, 0) << status;
  }
}

TEST_F(PortFaultTest, PacketsComeInAnyOrder_W12) {
  Open();
  std::vector<OVERLAPPED*> blocks;
  std::vector<OperationId> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(Issue(Make(Opcode::kRead, kFile)));
    blocks.push_back(kernel_.Last("Read").overlapped);
  }
  for (int i : {2, 0, 1}) kernel_.Complete(blocks[i], kStatusSuccess, 1);
  const auto ended = Reap();
  ASSERT_EQ(ended.size(), 3u);
  EXPECT_EQ(ended[0].id, ids[2]);
  EXPECT_EQ(ended[1].id, ids[0]);
  EXPECT_EQ(ended[2].id, ids[1]);
}

// Stale, doubled and foreign packets: an address that matches is not enough.
TEST_F(PortFaultTest, PacketsOfNobodyEndNothing_RW6_RW18) {
  Open({.max_in_flight = 1});
  Issue(Make(Opcode::kRead, kFile));
  OVERLAPPED* block = kernel_.Last("Read").overlapped;
  OVERLAPPED foreign{};
  kernel_.PostPacket(99, nullptr);
  kernel_.PostPacket(iocp::kHandleKey, &foreign);
  kernel_.PostPacket(iocp::kHandleKey, block);  // its operation runs
  EXPECT_TRUE(Reap().empty());
  EXPECT_EQ(port_->stats().unknown_packets, 3u);

  kernel_.Complete(block, kStatusSuccess, 1);
  kernel_.PostPacket(iocp::kHandleKey, block);
  EXPECT_EQ(Reap().size(), 1u);
  EXPECT_EQ(port_->stats().unknown_packets, 4u);

  // The same block, another operation.
  Issue(Make(Opcode::kRead, kFile));
  ASSERT_EQ(kernel_.Last("Read").overlapped, block);
  kernel_.PostPacket(iocp::kHandleKey, block);
  EXPECT_TRUE(Reap().empty());
  kernel_.Complete(block, kStatusSuccess, 2);
  EXPECT_EQ(Reap().at(0).result, 2);
}

TEST_F(PortFaultTest, NothingIsLostWhenTheCallerHasLittleRoom) {
  Open({.batch = 2});
  for (int i = 0; i < 5; ++i) Issue(Make(Opcode::kNop));
  std::vector<OperationId> ids;
  for (int i = 0; i < 20; ++i) {
    Completion one;
    auto count = port_->Reap({&one, 1}, Wait::None());
    ASSERT_TRUE(count.ok());
    if (*count == 1) ids.push_back(one.id);
  }
  ASSERT_EQ(ids.size(), 5u);
  for (std::size_t i = 1; i < ids.size(); ++i) EXPECT_LT(ids[i - 1], ids[i]);
}

TEST_F(PortFaultTest, TakesAsManyAsItHasBlocks) {
  Open({.max_in_flight = 2});
  const std::vector<Operation> three = {Make(Opcode::kNop), Make(Opcode::kNop),
                                        Make(Opcode::kNop)};
  EXPECT_EQ(port_->Submit(three), 2u);
  EXPECT_EQ(port_->Submit(three), 0u);
  EXPECT_EQ(Reap().size(), 2u);
  EXPECT_EQ(port_->Submit({&three[2], 1}), 1u);
}

TEST_F(PortFaultTest, ANopThatCannotBePostedSaysSo) {
  Open();
  kernel_.Script("Post", ERROR_NO_SYSTEM_RESOURCES);
  const Completion refused = Run(Make(Opcode::kNop));
  EXPECT_EQ(refused.result, Negated(Error::kNoBuffers));
}

}  // namespace
}  // namespace wharf
