// What the tests of ScriptedPort share.

#ifndef WHARF_SIM_SCRIPTED_PORT_TEST_UTIL_H_
#define WHARF_SIM_SCRIPTED_PORT_TEST_UTIL_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "sim/scripted_port.h"

namespace wharf::sim {

using Bytes = std::vector<std::byte>;

// A time that many milliseconds after the clock's start.
constexpr Time At(int ms) { return Time(std::chrono::milliseconds(ms)); }

// A nop with this identity.
inline Operation Nop(uint64_t id) {
  Operation operation;
  operation.id = OperationId{id};
  return operation;
}

// A transfer of all of `memory` on handle 3.
inline Operation Transfer(uint64_t id, Opcode opcode, Bytes& memory) {
  Operation operation;
  operation.id = OperationId{id};
  operation.opcode = opcode;
  operation.handle = 3;
  operation.data = memory.data();
  operation.length = memory.size();
  return operation;
}

// Reaps with room for 8 and gives what came.
inline std::vector<Completion> ReapSome(CompletionPort& port,
                                        Wait wait = Wait::None()) {
  std::array<Completion, 8> completions;
  const absl::StatusOr<std::size_t> count = port.Reap(completions, wait);
  EXPECT_TRUE(count.ok()) << count.status();
  if (!count.ok()) return {};
  return {completions.begin(), completions.begin() + *count};
}

// Their identities.
inline std::vector<uint64_t> Ids(const std::vector<Operation>& operations) {
  std::vector<uint64_t> ids;
  for (const Operation& operation : operations) {
    ids.push_back(operation.id.value);
  }
  return ids;
}

// The kinds of what the port complains about.
inline std::vector<ViolationKind> Kinds(const ScriptedPort& port) {
  std::vector<ViolationKind> kinds;
  for (const Violation& violation : port.violations()) {
    kinds.push_back(violation.kind);
  }
  return kinds;
}

// A port that must have nothing to complain about in the end.
class ScriptedPortTest : public testing::Test {
 protected:
  ~ScriptedPortTest() override {
    port_.Close();
    EXPECT_EQ(Describe(port_.violations()), "");
  }
  // One by one, each accepted.
  void SubmitNops(uint64_t first, uint64_t last) {
    for (uint64_t id = first; id <= last; ++id) {
      ASSERT_EQ(port_.Submit({{Nop(id)}}), 1u);
    }
  }
  // Checks that exactly these rules were broken, and forgets them.
  void ExpectViolations(const std::vector<ViolationKind>& kinds) {
    EXPECT_EQ(Kinds(port_), kinds) << Describe(port_.violations());
    port_.ClearViolations();
  }
  // Completes and delivers everything.
  void FinishAll() {
    for (const Operation& operation : port_.in_flight()) {
      port_.Complete(operation.id, 0);
    }
    while (!ReapSome(port_).empty()) {
    }
  }

  ScriptedPort port_;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_SCRIPTED_PORT_TEST_UTIL_H_
