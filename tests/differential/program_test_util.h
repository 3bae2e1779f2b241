// ProgramFixture: for tests that write a program down.

#ifndef WHARF_TESTS_DIFFERENTIAL_PROGRAM_TEST_UTIL_H_
#define WHARF_TESTS_DIFFERENTIAL_PROGRAM_TEST_UTIL_H_

#include <cstdint>

#include "engine/operation.h"
#include "gtest/gtest.h"
#include "tests/differential/program.h"

namespace wharf::differential {

// Has an empty program, and adds to it.
class ProgramFixture : public testing::Test {
 protected:
  // Adds an operation, whose other members may be changed, and gives its
  // number.
  uint32_t Add(Opcode opcode, uint16_t handle, uint32_t bytes = 0) {
    ProgramOperation operation;
    operation.opcode = opcode;
    operation.handle = handle;
    operation.pieces[0] = bytes;
    program_.operations.push_back(operation);
    return static_cast<uint32_t>(program_.operations.size() - 1);
  }
  // Adds a step.
  void Then(StepKind kind, uint32_t first = 0, uint32_t count = 0) {
    program_.steps.push_back({kind, first, count});
  }
  void Submit(uint32_t first, uint32_t count = 1) {
    Then(StepKind::kSubmit, first, count);
  }

  Program program_;
};

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_PROGRAM_TEST_UTIL_H_
