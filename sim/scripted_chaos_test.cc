#include "sim/scripted_chaos.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "sim/random_chooser.h"
#include "sim/recorded_chooser.h"
#include "sim/recording_chooser.h"

namespace wharf::sim {
namespace {

using Bytes = std::vector<std::byte>;

int64_t Negated(Error error) { return -static_cast<int64_t>(error); }

Operation Transfer(uint64_t id, Opcode opcode, Bytes& memory) {
  Operation operation;
  operation.id = OperationId{id};
  operation.opcode = opcode;
  operation.handle = 3;
  operation.offset = 10;
  operation.data = memory.data();
  operation.length = memory.size();
  return operation;
}

std::vector<Completion> ReapSome(ScriptedPort& port,
                                 Wait wait = Wait::Forever()) {
  std::array<Completion, 8> completions;
  const std::size_t count = *port.Reap(completions, wait);
  return {completions.begin(), completions.begin() + count};
}

// One operation of `opcode` per seed; the results that came.
std::map<int64_t, int> Results(Opcode opcode, uint32_t faults,
                               bool cancel = false) {
  std::map<int64_t, int> results;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    Bytes memory(4);
    RandomChooser chooser(seed);
    ScriptedPort port;
    ScriptedChaos chaos(&port, &chooser, faults);
    port.Submit({{Transfer(1, opcode, memory)}});
    if (cancel) port.Cancel(OperationId{1});
    std::vector<Completion> got;
    while (got.empty()) got = ReapSome(port);
    ++results[got[0].result];
    EXPECT_EQ(Describe(port.violations()), "");
  }
  return results;
}

std::set<int64_t> Keys(const std::map<int64_t, int>& results) {
  std::set<int64_t> keys;
  for (const auto& [key, count] : results) keys.insert(key);
  return keys;
}

TEST(ScriptedChaosTest, WithoutFaultsEverythingEndsInFull) {
  EXPECT_EQ(Keys(Results(Opcode::kRead, 0)), (std::set<int64_t>{4}));
  EXPECT_EQ(Keys(Results(Opcode::kSync, 0)), (std::set<int64_t>{0}));
}

TEST(ScriptedChaosTest, EachFaultGivesItsResultsAndNoOthers) {
  EXPECT_EQ(Keys(Results(Opcode::kSend, kChaosShort)),
            (std::set<int64_t>{1, 2, 3, 4}));
  EXPECT_EQ(Keys(Results(Opcode::kSend, kChaosTransient)),
            (std::set<int64_t>{Negated(Error::kInterrupted),
                               Negated(Error::kWouldBlock), 4}));
  EXPECT_EQ(Keys(Results(Opcode::kWrite, kChaosError)),
            (std::set<int64_t>{Negated(Error::kNoSpace), Negated(Error::kIo),
                               Negated(Error::kQuotaExceeded), 4}));
  EXPECT_EQ(Keys(Results(Opcode::kReceive, kChaosError)),
            (std::set<int64_t>{Negated(Error::kConnectionReset),
                               Negated(Error::kBrokenPipe),
                               Negated(Error::kTimedOut), 4}));
  EXPECT_EQ(Keys(Results(Opcode::kRead, kChaosEnd)), (std::set<int64_t>{0, 4}));
  EXPECT_EQ(Keys(Results(Opcode::kRead, kChaosUnasked)),
            (std::set<int64_t>{Negated(Error::kCancelled), 4}));
}

TEST(ScriptedChaosTest, ACancelWinsLosesOrIsLate) {
  const std::map<int64_t, int> results =
      Results(Opcode::kReceive, kChaosShort, /*cancel=*/true);
  EXPECT_EQ(Keys(results),
            (std::set<int64_t>{Negated(Error::kCancelled), 1, 2, 3, 4}));
  for (const auto& [result, count] : results) EXPECT_GT(count, 30) << result;
}

TEST(ScriptedChaosTest, ACancelMayBeSettledWhenTheTargetsTurnComes) {
  RecordedChooser chooser({2, 0, 1});  // Later; one completion; cancelled.
  ScriptedPort port;
  ScriptedChaos chaos(&port, &chooser, 0);
  Operation nop;
  nop.id = OperationId{1};
  port.Submit({&nop, 1});
  port.Cancel(OperationId{1});
  EXPECT_EQ(port.undelivered(), 0u);
  const std::vector<Completion> got = ReapSome(port);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].result, Negated(Error::kCancelled));
  EXPECT_TRUE(chooser.exact());
}

TEST(ScriptedChaosTest, CompletionsTakeTime) {
  std::set<Time> times;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    RandomChooser chooser(seed);
    ScriptedPort port;
    ScriptedChaos chaos(&port, &chooser, kChaosTime);
    Operation nop;
    nop.id = OperationId{1};
    port.Submit({&nop, 1});
    EXPECT_EQ(ReapSome(port).size(), 1u);
    times.insert(port.Now());
  }
  using namespace std::chrono_literals;
  EXPECT_EQ(times, (std::set<Time>{Time(0ns), Time(1us), Time(1ms), Time(1s)}));
}

TEST(ScriptedChaosTest, ReadsAndReceivesGiveThePattern) {
  RandomChooser chooser(1);
  ScriptedPort port;
  ScriptedChaos chaos(&port, &chooser, kChaosShort);
  Bytes memory(100);
  uint64_t received = 0;
  for (uint64_t id = 1; id <= 20; ++id) {
    const bool read = id % 2 == 0;
    port.Submit(
        {{Transfer(id, read ? Opcode::kRead : Opcode::kReceive, memory)}});
    std::vector<Completion> got;
    while (got.empty()) got = ReapSome(port);
    for (int64_t i = 0; i < got[0].result; ++i) {
      ASSERT_EQ(memory[i], PatternByte(3, (read ? 10 : received) + i));
    }
    if (!read) received += got[0].result;
  }
  EXPECT_EQ(chaos.Received(3), received);
}

TEST(ScriptedChaosTest, OpensAndAcceptsGiveNewHandles) {
  RecordedChooser zeros({});
  ScriptedPort port;
  ScriptedChaos chaos(&port, &zeros, 0);
  const NativeHandle first = chaos.next_handle();
  Operation accept;
  accept.opcode = Opcode::kAccept;
  accept.handle = 3;
  for (uint64_t id = 1; id <= 2; ++id) {
    accept.id = OperationId{id};
    port.Submit({&accept, 1});
    const std::vector<Completion> got = ReapSome(port);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].result, first + static_cast<int64_t>(id) - 1);
  }
}

TEST(ScriptedChaosTest, KeepsWhatWasWrittenAndSent) {
  RandomChooser chooser(2);
  ScriptedPort port;
  ScriptedChaos chaos(&port, &chooser, kChaosShort);
  Bytes memory(8);
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = std::byte(i + 1);
  Bytes sent;
  for (uint64_t id = 1; id <= 10; ++id) {
    port.Submit({{Transfer(id, Opcode::kSend, memory)}});
    std::vector<Completion> got;
    while (got.empty()) got = ReapSome(port);
    sent.insert(sent.end(), memory.begin(), memory.begin() + got[0].result);
  }
  EXPECT_EQ(chaos.Sent(3), sent);
  port.Submit({{Transfer(11, Opcode::kWrite, memory)}});
  std::vector<Completion> got;
  while (got.empty()) got = ReapSome(port);
  Bytes written(10);
  written.insert(written.end(), memory.begin(), memory.begin() + got[0].result);
  EXPECT_EQ(chaos.Written(3), written);
}

TEST(ScriptedChaosTest, OperationsEndInEveryOrder) {
  std::set<std::vector<uint64_t>> orders;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    RandomChooser chooser(seed);
    ScriptedPort port;
    ScriptedChaos chaos(&port, &chooser, 0);
    for (uint64_t id = 1; id <= 3; ++id) {
      Operation nop;
      nop.id = OperationId{id};
      port.Submit({&nop, 1});
    }
    std::vector<uint64_t> order;
    while (order.size() < 3) {
      for (const Completion& completion : ReapSome(port)) {
        order.push_back(completion.id.value);
      }
    }
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 6u);
}

TEST(ScriptedChaosTest, SubmitsArePartialAndReapsEmptyButNotForEver) {
  int partial = 0, empty = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    RandomChooser chooser(seed);
    ScriptedPort port;
    ScriptedChaos chaos(&port, &chooser, kChaosBackpressure | kChaosEmptyReap);
    std::array<Operation, 4> nops;
    for (uint64_t i = 0; i < 4; ++i) nops[i].id = OperationId{i + 1};
    const std::size_t taken = port.Submit(nops);
    ASSERT_GE(taken, 1u);
    partial += taken < 4;
    int in_a_row = 0;
    std::size_t ended = 0;
    while (ended < taken) {
      const std::size_t got = ReapSome(port).size();
      ended += got;
      in_a_row = got == 0 ? in_a_row + 1 : 0;
      empty += got == 0;
      ASSERT_LE(in_a_row, 3);
    }
  }
  EXPECT_GT(partial, 20);
  EXPECT_GT(empty, 20);
}

TEST(ScriptedChaosTest, ASleepWithAnEndMayReachIt) {
  int reached = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    RandomChooser chooser(seed);
    ScriptedPort port;
    ScriptedChaos chaos(&port, &chooser, 0);
    Operation nop;
    nop.id = OperationId{1};
    port.Submit({&nop, 1});
    const Time end = Time(std::chrono::milliseconds(5));
    const bool empty = ReapSome(port, Wait::Until(end)).empty();
    EXPECT_EQ(port.Now(), empty ? end : Time());
    reached += empty;
    if (empty) {
      EXPECT_EQ(ReapSome(port).size(), 1u) << "a sleep without end";
    }
  }
  EXPECT_GT(reached, 10);
  EXPECT_LT(reached, 90);
}

// The plainest answers to everything: in order, in full, at once.
TEST(ScriptedChaosTest, AnEmptyRecordingIsThePlainestKernel) {
  RecordedChooser zeros({});
  ScriptedPort port;
  ScriptedChaos chaos(&port, &zeros);
  Bytes memory(8);
  for (uint64_t id = 1; id <= 3; ++id) {
    port.Submit({{Transfer(id, Opcode::kSend, memory)}});
  }
  for (uint64_t id = 1; id <= 3; ++id) {
    const std::vector<Completion> got = ReapSome(port, Wait::None());
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].id, OperationId{id});
    EXPECT_EQ(got[0].result, 8);
  }
  EXPECT_EQ(port.Now(), Time());
}

TEST(ScriptedChaosTest, ARecordedRunRepeats) {
  RandomChooser random(99);
  RecordingChooser recording(&random);
  const auto run = [](Chooser& chooser) {
    ScriptedPort port;
    ScriptedChaos chaos(&port, &chooser);
    Bytes memory(50);
    std::vector<std::array<int64_t, 3>> events;
    for (uint64_t id = 1; id <= 30; ++id) {
      port.Submit({{Transfer(id, Opcode::kSend, memory)}});
      if (id % 3 == 0) port.Cancel(OperationId{id});
      for (const Completion& completion : ReapSome(port)) {
        events.push_back({static_cast<int64_t>(completion.id.value),
                          completion.result,
                          port.Now().time_since_epoch().count()});
      }
    }
    while (!port.in_flight().empty()) ReapSome(port);
    return events;
  };
  const auto events = run(recording);
  RecordedChooser replay(recording.numbers());
  EXPECT_EQ(run(replay), events);
  EXPECT_TRUE(replay.exact());
  EXPECT_GT(recording.choices().size(), 50u);
}

}  // namespace
}  // namespace wharf::sim
