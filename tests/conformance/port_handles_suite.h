// Goal: opcodes that make and end handles do what engine/operation.h says.

#ifndef WHARF_TESTS_CONFORMANCE_PORT_HANDLES_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_PORT_HANDLES_SUITE_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/port_rig.h"

namespace wharf::conformance {

// An open of `path`.
inline Operation MakeOpen(PortRig& rig, const std::string& path, uint32_t mode,
                          uint64_t permissions = 0644) {
  return rig.Make(Opcode::kOpen, Handle(),
                  rig.NewBytes(std::string_view(path.c_str(), path.size() + 1)),
                  path.size(), permissions, mode);
}

// A Handle for what an operation gave.
inline Handle Adopt(PortRig& rig, const Completion& completion) {
  EXPECT_GE(completion.result, 0);
  if (completion.result < 0) return Handle();
  return Handle::Adopt(completion.result, rig.capabilities().closer,
                       rig.capabilities().closer_context);
}

template <class Instance>
class PortHandles : public testing::Test {};
TYPED_TEST_SUITE_P(PortHandles);

WHARF_TEST(PortHandles, OpenGivesAHandle) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kOpen, Opcode::kRead);
  const TestFile file = rig.NewFile("content");
  const Handle handle =
      Adopt(rig, rig.Run(MakeOpen(rig, file.path, kOpenRead)));
  EXPECT_TRUE(rig.world().IsOpen(handle.native()));
  std::byte* bytes = rig.NewBytes("#######");
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kRead, handle, bytes, 7, 0)).result, 7);
  EXPECT_EQ(Text(bytes, 7), "content");
}

WHARF_TEST(PortHandles, OpenObeysItsFlags) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kOpen, Opcode::kWrite);
  const auto open = [&](const std::string& path, uint32_t mode) {
    const Completion end = rig.Run(MakeOpen(rig, path, mode));
    if (end.result >= 0) Adopt(rig, end);
    return ErrorOf(end);
  };
  const std::string path = rig.world().FreshPath();
  EXPECT_EQ(open(path, kOpenRead), Error::kNotFound);
  EXPECT_EQ(open(path, kOpenRead | kOpenWrite | kOpenCreate), Error::kNone);
  EXPECT_EQ(open(path, kOpenWrite | kOpenCreate), Error::kNone);
  EXPECT_EQ(open(path, kOpenWrite | kOpenCreate | kOpenExclusive),
            Error::kExists);
  EXPECT_EQ(open(path, kOpenRead | kOpenDirectory), Error::kNotDirectory);

  const TestFile file = rig.NewFile("content");
  EXPECT_EQ(open(file.path, kOpenWrite), Error::kNone);
  EXPECT_EQ(rig.world().Content(file.path), "content");
  {
    const Handle appends =
        Adopt(rig, rig.Run(MakeOpen(rig, file.path, kOpenWrite | kOpenAppend)));
    EXPECT_EQ(
        rig.Run(rig.Make(Opcode::kWrite, appends, rig.NewBytes("!"), 1, 0))
            .result,
        1);
  }
  EXPECT_EQ(rig.world().Content(file.path), "content!");
  EXPECT_EQ(open(file.path, kOpenWrite | kOpenTruncate), Error::kNone);
  EXPECT_EQ(rig.world().Content(file.path), "");
}

WHARF_TEST(PortHandles, AHandleIsGoodForWhatItWasOpenedFor) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kOpen, Opcode::kRead, Opcode::kWrite);
  const TestFile file = rig.NewFile("content");
  const Handle reads = Adopt(rig, rig.Run(MakeOpen(rig, file.path, kOpenRead)));
  const Handle writes =
      Adopt(rig, rig.Run(MakeOpen(rig, file.path, kOpenWrite)));
  EXPECT_LT(
      rig.Run(rig.Make(Opcode::kWrite, reads, rig.NewBytes("x"), 1, 0)).result,
      0);
  EXPECT_LT(
      rig.Run(rig.Make(Opcode::kRead, writes, rig.NewBytes("x"), 1, 0)).result,
      0);
  EXPECT_EQ(rig.world().Content(file.path), "content");
}

WHARF_TEST(PortHandles, CloseFreesTheNumber) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kClose);
  TestFile file = rig.world().NewFile("content");
  const NativeHandle native = file.handle.native();
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kClose, file.handle)).result, 0);
  file.handle.Disown();
  EXPECT_FALSE(rig.world().IsOpen(native));
}

WHARF_TEST(PortHandles, ACloseOfWhatIsClosedIsAnError) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kClose);
  const Handle closed = rig.ClosedHandle();
  EXPECT_EQ(ErrorOf(rig.Run(rig.Make(Opcode::kClose, closed))),
            Error::kBadHandle);
}

WHARF_TEST(PortHandles, AcceptAndConnectMeet) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kAccept, Opcode::kConnect, kListeners);
  for (const bool accept_first : {true, false}) {
    const TestListener listener = rig.NewListener();
    const Handle near = rig.NewSocket();
    const Operation accept = rig.Make(Opcode::kAccept, listener.handle);
    const Operation connect =
        rig.Make(Opcode::kConnect, near, rig.NewBytes(listener.address),
                 listener.address.size());
    rig.Submit(accept_first ? accept : connect);
    rig.Reap(Wait::None());
    rig.Submit(accept_first ? connect : accept);
    EXPECT_EQ(rig.Finish(connect.id).result, 0);
    const Handle far = Adopt(rig, rig.Finish(accept.id));
    ASSERT_TRUE(rig.world().Put(near, "hello"));
    EXPECT_EQ(rig.world().Take(far, 5), "hello");
    ASSERT_TRUE(rig.world().Put(far, "back"));
    EXPECT_EQ(rig.world().Take(near, 4), "back");
  }
}

// A connection is for whoever waits: that one of them was told of it, and is
// cancelled, leaves it to the next.
WHARF_TEST(PortHandles, ACancelledAcceptPassesTheConnectionOn) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kAccept, Opcode::kConnect, kListeners,
              kFeatureCancel);
  for (const bool cancel_first : {true, false}) {
    const TestListener listener = rig.NewListener();
    std::vector<Operation> accepts;
    for (int i = 0; i < 3; ++i) {
      accepts.push_back(rig.Make(Opcode::kAccept, listener.handle));
      rig.Submit(accepts[i]);
      rig.Reap(Wait::None());
    }
    std::vector<Operation> connects;
    std::vector<Handle> near;
    for (int i = 0; i < 2; ++i) {
      near.push_back(rig.NewSocket());
      connects.push_back(rig.Make(Opcode::kConnect, near[i],
                                  rig.NewBytes(listener.address),
                                  listener.address.size()));
    }
    if (cancel_first) rig.Cancel(accepts[0].id);
    for (const Operation& connect : connects) rig.Submit(connect);
    if (!cancel_first) rig.Cancel(accepts[0].id);
    for (const Operation& connect : connects) rig.Finish(connect.id);
    const auto connections = [&] {
      return std::count_if(accepts.begin(), accepts.end(), [&](auto& accept) {
        return !rig.InFlight(accept.id) && rig.EndOf(accept.id).result >= 0;
      });
    };
    for (int i = 0; i < 100 && connections() < 2; ++i) {
      rig.Reap(Wait::Until(rig.In(std::chrono::milliseconds(10))));
    }
    EXPECT_EQ(connections(), 2);
    for (const Operation& accept : accepts) {
      rig.Cancel(accept.id);
      const Completion completion = rig.Finish(accept.id);
      if (completion.result >= 0) Adopt(rig, completion);
    }
  }
}

WHARF_TEST(PortHandles, AConnectToNobodyIsRefused) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kConnect, kListeners);
  const std::string address = rig.world().RefusedAddress();
  EXPECT_EQ(ErrorOf(rig.Run(rig.Make(Opcode::kConnect, rig.NewSocket(),
                                     rig.NewBytes(address), address.size()))),
            Error::kConnectionRefused);
}

WHARF_TEST(PortHandles, ShutdownEndsOneSide) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kShutdown, Opcode::kReceive);
  const TestPair pair = rig.NewSocketPair();
  EXPECT_EQ(rig.Run(rig.Make(Opcode::kShutdown, pair.near, nullptr, 0, 0,
                             static_cast<uint32_t>(ShutdownSide::kSend)))
                .result,
            0);
  EXPECT_EQ(rig.world().Take(pair.far, 1), "");
  EXPECT_TRUE(rig.world().Put(pair.far, "still"));
  EXPECT_EQ(rig.world().Take(pair.near, 5), "still");
}

WHARF_TEST(PortHandles, ShutdownOfAFileIsAnError) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kShutdown);
  const TestFile file = rig.NewFile("content");
  EXPECT_EQ(ErrorOf(rig.Run(rig.Make(Opcode::kShutdown, file.handle))),
            Error::kNotSocket);
}

WHARF_TEST(PortHandles, AReceiveOnAFileIsAnError) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive);
  const TestFile file = rig.NewFile("content");
  EXPECT_EQ(ErrorOf(rig.Run(
                rig.Make(Opcode::kReceive, file.handle, rig.NewBytes("x"), 1))),
            Error::kNotSocket);
}

WHARF_TEST(PortHandles, AHandleThatIsClosedUnderItsOperation) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kOutsideClose);
  TestPair pair = rig.world().NewSocketPair();
  const Handle far = rig.Keep(pair.far);
  const Operation receive =
      rig.Make(Opcode::kReceive, pair.near, rig.NewBytes("####"), 4);
  rig.Submit(receive);
  rig.FlushAll();
  rig.world().CloseOutside(std::move(pair.near));
  const Time end = rig.In(std::chrono::milliseconds(5));
  // Some return for nothing.
  for (int i = 0; i < 100 && rig.InFlight(receive.id); ++i) {
    if (rig.port().Now() >= end) break;
    rig.Reap(Wait::Until(end));
  }
  if (rig.InFlight(receive.id)) {
    WHARF_EXPECT_ANSWER(rig, Question::kClosedUnderWait, kAnswerNothing);
    EXPECT_TRUE(rig.world().Put(far, "late"));
    EXPECT_EQ(rig.Finish(receive.id).result, 4);
  } else {
    WHARF_EXPECT_ANSWER(rig, Question::kClosedUnderWait,
                        rig.EndOf(receive.id).result);
  }
}

REGISTER_TYPED_TEST_SUITE_P(PortHandles, OpenGivesAHandle, OpenObeysItsFlags,
                            AHandleIsGoodForWhatItWasOpenedFor,
                            CloseFreesTheNumber, ACloseOfWhatIsClosedIsAnError,
                            AcceptAndConnectMeet,
                            ACancelledAcceptPassesTheConnectionOn,
                            AConnectToNobodyIsRefused, ShutdownEndsOneSide,
                            ShutdownOfAFileIsAnError, AReceiveOnAFileIsAnError,
                            AHandleThatIsClosedUnderItsOperation);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_PORT_HANDLES_SUITE_H_
