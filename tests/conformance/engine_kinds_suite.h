// Goal: every kind of request that a file, a name or a connection has, through
// the engine; and that what a port lacks is refused with its name.

#ifndef WHARF_TESTS_CONFORMANCE_ENGINE_KINDS_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_ENGINE_KINDS_SUITE_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/engine_rig.h"

namespace wharf::conformance {

template <class Instance>
class EngineKinds : public testing::Test {};
TYPED_TEST_SUITE_P(EngineKinds);

inline std::vector<Buffer> Pieces(std::string_view content, std::size_t size) {
  std::vector<Buffer> pieces;
  for (std::size_t done = 0; done < content.size(); done += size) {
    pieces.push_back(EngineRig::Filled(content.substr(done, size)));
  }
  return pieces;
}
inline std::string Joined(const std::vector<Buffer>& pieces) {
  std::string content;
  for (const Buffer& piece : pieces) {
    content += Text(piece.data(), piece.size());
  }
  return content;
}

WHARF_TEST(EngineKinds, OpenReadWriteClose) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kOpen, Opcode::kClose, Opcode::kRead,
              Opcode::kWrite);
  const std::string path = rig.world().FreshPath();
  Handle handle;
  NativeHandle native;
  {
    const Pending opened =
        rig.Run(Request::Open(path, kOpenRead | kOpenWrite | kOpenCreate));
    ASSERT_EQ(opened.outcome(), Ok());
    handle = std::move(opened.result().handle);
    native = handle.native();
  }
  EXPECT_EQ(rig.Run(Request::Write(handle, rig.Filled("hello"), {.offset = 0}))
                .outcome(),
            Ok(5));
  const Pending read =
      rig.Run(Request::Read(handle, rig.Empty(5), {.offset = 0}));
  EXPECT_EQ(read.text(), "hello");
  ASSERT_TRUE(handle.unique());
  EXPECT_EQ(rig.Run(Request::Close(std::move(handle))).outcome(), Ok());
  EXPECT_FALSE(rig.world().IsOpen(native));
  EXPECT_EQ(rig.world().Content(path), "hello");
}

WHARF_TEST(EngineKinds, AnOpenThatFailsSaysWhy) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kOpen);
  const Pending missing =
      rig.Run(Request::Open(rig.world().FreshPath(), kOpenRead));
  EXPECT_EQ(missing.outcome().error, Error::kNotFound);
  EXPECT_FALSE(missing.result().handle.valid());
  const TestFile file = rig.NewFile("content");
  EXPECT_EQ(rig.Run(Request::Open(file.path, kOpenRead | kOpenDirectory))
                .outcome()
                .error,
            Error::kNotDirectory);
  EXPECT_EQ(rig.Run(Request::Open(file.path,
                                  kOpenWrite | kOpenCreate | kOpenExclusive))
                .outcome()
                .error,
            Error::kExists);
}

WHARF_TEST(EngineKinds, SyncAndAllocate) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kSync);
  const TestFile file = rig.NewFile("content");
  EXPECT_EQ(rig.Run(Request::Sync(file.handle)).outcome(), Ok());
  EXPECT_EQ(rig.Run(Request::Sync(file.handle, SyncLevel::kData)).outcome(),
            Ok());
  WHARF_NEEDS(rig, Opcode::kAllocate);
  EXPECT_EQ(
      rig.Run(Request::Allocate(file.handle, AllocateMode::kAllocate, 0, 9))
          .outcome(),
      Ok());
  EXPECT_EQ(rig.world().Content(file.path), std::string("content\0\0", 9));
}

WHARF_TEST(EngineKinds, DurableWrites) {
  // Flagged where the port can, with a sync behind it where it cannot; whole,
  // in pieces, and split.
  for (const uint32_t without : {uint32_t{0}, uint32_t{kFeatureDurableWrite}}) {
    EngineRig rig(new_world(), {}, 64,
                  {.max_vectors = 4,
                   .max_operation_bytes = 4096,
                   .without_features = without});
    WHARF_NEEDS(rig, Opcode::kWrite, Opcode::kSync);
    const TestFile file = rig.NewFile("");
    const std::string bytes = Pattern(20'000);
    EXPECT_EQ(rig.Run(Request::DurableWrite(file.handle, rig.Filled(bytes),
                                            {.offset = 0}))
                  .outcome(),
              Ok(bytes.size()));
    EXPECT_TRUE(rig.world().Content(file.path) == bytes);
    if (!rig.capabilities().Has(Opcode::kWriteVectored)) continue;
    const std::string others = Pattern(20'000, 1);
    EXPECT_EQ(rig.Run(Request::DurableWrite(file.handle, Pieces(others, 700),
                                            {.offset = 0}))
                  .outcome(),
              Ok(others.size()));
    EXPECT_TRUE(rig.world().Content(file.path) == others);
  }
}

WHARF_TEST(EngineKinds, MoreThanOneOperationTakes) {
  EngineRig rig(new_world(), {}, 64, {.max_operation_bytes = 1000});
  WHARF_NEEDS(rig, Opcode::kRead, Opcode::kWrite);
  const TestFile file = rig.NewFile("");
  const std::string bytes = Pattern(10'500);
  EXPECT_EQ(
      rig.Run(Request::Write(file.handle, rig.Filled(bytes), {.offset = 0}))
          .outcome(),
      Ok(bytes.size()));
  const Pending read =
      rig.Run(Request::Read(file.handle, rig.Empty(20'000), {.offset = 0}));
  EXPECT_EQ(read.outcome(), Ended(OutcomeKind::kEndOfStream, bytes.size()));
  EXPECT_TRUE(read.text() == bytes);
  EXPECT_GE(rig.engine().stats().operations, 22u);
}

WHARF_TEST(EngineKinds, MoreVectorsThanOneOperationTakes) {
  // Beyond the port's own limit, whatever that is.
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReadVectored, Opcode::kWriteVectored);
  const std::size_t count = rig.capabilities().max_vectors + 100;
  const TestFile file = rig.NewFile("");
  const std::string bytes = Pattern(count * 3);
  EXPECT_EQ(
      rig.Run(Request::Write(file.handle, Pieces(bytes, 3), {.offset = 0}))
          .outcome(),
      Ok(bytes.size()));
  EXPECT_TRUE(rig.world().Content(file.path) == bytes);
  const Pending read = rig.Run(Request::Read(
      file.handle, Pieces(std::string(bytes.size(), '?'), 3), {.offset = 0}));
  EXPECT_EQ(read.outcome(), Ok(bytes.size()));
  EXPECT_TRUE(Joined(read.result().buffers) == bytes);
}

WHARF_TEST(EngineKinds, ASendOfMoreVectorsThanOneOperationTakes) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kSendVectored, Opcode::kReceive);
  const TestPair pair = rig.NewSocketPair();
  const std::string bytes =
      Pattern((rig.capabilities().max_vectors + 100) * 300);
  const Pending sent = rig.Submit(Request::Send(pair.far, Pieces(bytes, 300)));
  const Pending received =
      rig.Submit(Request::Receive(pair.near, rig.Empty(bytes.size())));
  rig.Await(sent);
  rig.Await(received);
  EXPECT_EQ(sent.outcome(), Ok(bytes.size()));
  EXPECT_EQ(received.outcome(), Ok(bytes.size()));
  EXPECT_TRUE(received.text() == bytes);
}

WHARF_TEST(EngineKinds, ZeroLengthNeedsNoOperation) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kRead, Opcode::kWrite);
  const TestFile file = rig.NewFile("content");
  EXPECT_EQ(
      rig.Run(Request::Read(file.handle, Buffer(), {.offset = 0})).outcome(),
      Ok());
  EXPECT_EQ(rig.Run(Request::Write(file.handle, rig.Filled("x"),
                                   {.offset = 0, .length = 0}))
                .outcome(),
            Ok());
  EXPECT_EQ(rig.engine().stats().operations, 0u);
  EXPECT_EQ(rig.world().Content(file.path), "content");
}

WHARF_TEST(EngineKinds, TheCurrentPosition) {
  EngineRig rig(new_world(), {}, 64, {.max_operation_bytes = 3});
  WHARF_NEEDS(rig, Opcode::kRead, Opcode::kWrite, kFeatureCurrentPosition);
  const TestFile file = rig.NewFile("0123456789");
  const Pending first = rig.Run(Request::Read(file.handle, rig.Empty(4)));
  EXPECT_EQ(first.text(), "0123");
  EXPECT_EQ(rig.Run(Request::Write(file.handle, rig.Filled("abcd"))).outcome(),
            Ok(4));
  const Pending last = rig.Run(Request::Read(file.handle, rig.Empty(4)));
  EXPECT_EQ(last.outcome(), Ended(OutcomeKind::kEndOfStream, 2));
  EXPECT_EQ(last.text(), "89");
  EXPECT_EQ(rig.world().Content(file.path), "0123abcd89");
}

WHARF_TEST(EngineKinds, APipe) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kRead, Opcode::kWrite, kFeatureCurrentPosition,
              kPipes);
  TestPair pipe = rig.world().NewPipe();
  const Handle near = rig.Keep(pipe.near);
  const std::string bytes = Pattern(300'000);
  const Pending read = rig.Submit(Request::Read(near, rig.Empty(400'000)));
  const Pending written =
      rig.Submit(Request::Write(std::move(pipe.far), rig.Filled(bytes)));
  rig.Await(written);
  EXPECT_EQ(written.outcome(), Ok(bytes.size()));
  // The writing end was the request's; with it gone, the stream has ended.
  rig.Await(read);
  EXPECT_EQ(read.outcome(), Ended(OutcomeKind::kEndOfStream, bytes.size()));
  EXPECT_TRUE(read.text() == bytes);
}

WHARF_TEST(EngineKinds, AcceptConnectShutdown) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kAccept, Opcode::kConnect, Opcode::kSend,
              Opcode::kReceive, kListeners);
  const TestListener listener = rig.NewListener();
  const Handle client = rig.NewSocket();
  const Pending accepted = rig.Submit(Request::Accept(listener.handle));
  const Pending connected =
      rig.Submit(Request::Connect(client, rig.Filled(listener.address)));
  rig.Await(connected);
  rig.Await(accepted);
  ASSERT_EQ(connected.outcome(), Ok());
  ASSERT_EQ(accepted.outcome(), Ok());
  const Handle server = std::move(accepted.result().handle);
  const Pending received = rig.Submit(Request::Receive(server, rig.Empty(9)));
  EXPECT_EQ(rig.Run(Request::Send(client, rig.Filled("hello"))).outcome(),
            Ok(5));
  if (rig.capabilities().Has(Opcode::kShutdown)) {
    EXPECT_EQ(rig.Run(Request::Shutdown(client, ShutdownSide::kSend)).outcome(),
              Ok());
  } else {
    rig.world().EndSending(client);
  }
  rig.Await(received);
  EXPECT_EQ(received.outcome(), Ended(OutcomeKind::kEndOfStream, 5));
  EXPECT_EQ(received.text(), "hello");
}

WHARF_TEST(EngineKinds, AConnectToNobodyIsRefused) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kConnect, kListeners);
  const std::string address = rig.world().RefusedAddress();
  const Pending connected =
      rig.Run(Request::Connect(rig.NewSocket(), rig.Filled(address)));
  EXPECT_EQ(connected.outcome().kind, OutcomeKind::kError);
  EXPECT_EQ(connected.outcome().error, Error::kConnectionRefused);
}

WHARF_TEST(EngineKinds, AnAcceptNobodyAnswersIsCancelled) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kAccept, kFeatureCancel, kListeners);
  const TestListener listener = rig.NewListener();
  const Pending timed =
      rig.Submit(Request::Accept(listener.handle)
                     .WithDeadline(rig.In(std::chrono::milliseconds(20))));
  const Pending cancelled = rig.Submit(Request::Accept(listener.handle));
  rig.Issue();
  rig.engine().Cancel(cancelled.id);
  rig.Await(timed);
  rig.Await(cancelled);
  WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, timed.outcome());
  WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, cancelled.outcome());
}

WHARF_TEST(EngineKinds, PollTellsWhatIsReady) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kPoll);
  const TestPair pair = rig.NewSocketPair();
  EXPECT_EQ(rig.Run(Request::Poll(pair.near, kPollWritable)).outcome(),
            Ok(kPollWritable));
  const Pending polled = rig.Submit(Request::Poll(pair.near, kPollReadable));
  rig.Issue();
  EXPECT_FALSE(polled.ended());
  EXPECT_TRUE(rig.world().Put(pair.far, "x"));
  rig.Await(polled);
  EXPECT_EQ(polled.outcome(), Ok(kPollReadable));
}

WHARF_TEST(EngineKinds, WhatThePortLacksIsRefusedByName) {
  EngineRig rig(new_world());
  const TestFile file = rig.NewFile("content");
  const TestPair pair = rig.NewSocketPair();
  struct Wanted {
    Opcode opcode;
    Request request;
  };
  std::vector<Wanted> all;
  const auto add = [&](Opcode opcode, Request request) {
    all.push_back({opcode, std::move(request)});
  };
  const auto two = [&] { return Pieces("ab", 1); };
  const Handle& handle = file.handle;
  add(Opcode::kNop, Request::Nop());
  add(Opcode::kRead, Request::Read(handle, rig.Empty(1), {.offset = 0}));
  add(Opcode::kReadVectored, Request::Read(handle, two(), {.offset = 0}));
  add(Opcode::kWrite, Request::Write(handle, rig.Filled("c"), {.offset = 0}));
  add(Opcode::kWriteVectored, Request::Write(handle, two(), {.offset = 0}));
  add(Opcode::kSync, Request::Sync(handle));
  add(Opcode::kAllocate,
      Request::Allocate(handle, AllocateMode::kAllocate, 0, 1));
  add(Opcode::kReceive, Request::Receive(pair.near, rig.Empty(1)));
  add(Opcode::kSend, Request::Send(pair.far, rig.Filled("x")));
  add(Opcode::kSendVectored, Request::Send(pair.far, two()));
  add(Opcode::kPoll, Request::Poll(pair.near, kPollWritable));
  add(Opcode::kOpen, Request::Open(file.path, kOpenRead));
  add(Opcode::kShutdown, Request::Shutdown(pair.far, ShutdownSide::kSend));
  int refused = 0;
  for (Wanted& wanted : all) {
    const bool has = rig.capabilities().Has(wanted.opcode);
    const absl::StatusOr<RequestId> id =
        rig.engine().Submit(std::move(wanted.request), [](Result&&) {});
    EXPECT_EQ(id.ok(), has) << OpcodeName(wanted.opcode);
    if (id.ok()) continue;
    ++refused;
    EXPECT_EQ(id.status().code(), absl::StatusCode::kUnimplemented);
    EXPECT_NE(std::string(id.status().message())
                  .find(std::string(OpcodeName(wanted.opcode))),
              std::string::npos)
        << id.status();
  }
  EXPECT_EQ(rig.engine().stats().refused, static_cast<uint64_t>(refused));
  rig.TurnUntilIdle();
}

REGISTER_TYPED_TEST_SUITE_P(
    EngineKinds, OpenReadWriteClose, AnOpenThatFailsSaysWhy, SyncAndAllocate,
    DurableWrites, MoreThanOneOperationTakes, MoreVectorsThanOneOperationTakes,
    ASendOfMoreVectorsThanOneOperationTakes, ZeroLengthNeedsNoOperation,
    TheCurrentPosition, APipe, AcceptConnectShutdown, AConnectToNobodyIsRefused,
    AnAcceptNobodyAnswersIsCancelled, PollTellsWhatIsReady,
    WhatThePortLacksIsRefusedByName);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_ENGINE_KINDS_SUITE_H_
