#include "tests/differential/program.h"

#include <set>

#include "gtest/gtest.h"

namespace wharf::differential {
namespace {

ProgramOperation On(Opcode opcode, uint16_t handle) {
  ProgramOperation operation;
  operation.opcode = opcode;
  operation.handle = handle;
  return operation;
}

// f0 (0), a pipe (1, 2), a pair (3, 4), a listener (5), a socket (6), and what
// an open (7) and an accept (8) make.
Program Example() {
  Program program;
  program.seed = 9;
  program.objects = {{ObjectKind::kFile, 100},
                     {ObjectKind::kPipe},
                     {ObjectKind::kSocketPair},
                     {ObjectKind::kListener, 8},
                     {ObjectKind::kSocket}};
  ProgramOperation read = On(Opcode::kReadVectored, 0);
  read.offset = 512;
  read.pieces = {10, 5, 0};
  ProgramOperation open = On(Opcode::kOpen, kNoHandle);
  open.target = 2;
  open.mode = kOpenRead;
  open.makes = 7;
  ProgramOperation accept = On(Opcode::kAccept, 5);
  accept.makes = 8;
  ProgramOperation connect = On(Opcode::kConnect, 6);
  connect.target = 5;
  ProgramOperation write = On(Opcode::kWrite, 2);
  write.offset = kCurrentPosition;
  write.pieces = {7, 0, 0};
  program.operations = {read, open, accept, connect, write};
  program.steps = {{StepKind::kSubmit, 0, 3},    {StepKind::kReap},
                   {StepKind::kSubmit, 3, 2},    {StepKind::kCancel, 2},
                   {StepKind::kDeadline, 4, 50}, {StepKind::kSettle}};
  program.handles = 9;
  return program;
}

TEST(ProgramTest, HandlesAreNumberedThroughTheObjects) {
  const Program program = Example();
  const ObjectKind kinds[] = {ObjectKind::kFile,       ObjectKind::kPipe,
                              ObjectKind::kPipe,       ObjectKind::kSocketPair,
                              ObjectKind::kSocketPair, ObjectKind::kListener,
                              ObjectKind::kSocket,     ObjectKind::kFile,
                              ObjectKind::kSocketPair};
  for (uint16_t i = 0; i < program.handles; ++i) {
    EXPECT_EQ(KindOfHandle(program, i), kinds[i]) << i;
  }
}

TEST(ProgramTest, BytesAreThoseOfAllPieces) {
  EXPECT_EQ(TotalBytes(Example().operations[0]), 15u);
  EXPECT_EQ(TotalBytes(Example().operations[1]), 0u);
}

TEST(ProgramTest, IsToldLineByLine) {
  EXPECT_EQ(Describe(Example()),
            "program 9\n"
            "  has file0 (f0) of 100 bytes\n"
            "  has pipe1\n"
            "  has pair2\n"
            "  has listener3 with a backlog of 8\n"
            "  has socket4\n"
            "  submit #0 ReadVectored f0 at 512, 10+5 bytes\n"
            "     and #1 Open name 2 mode 1 -> made7\n"
            "     and #2 Accept listener3 -> made8\n"
            "  reap\n"
            "  submit #3 Connect socket4 to listener3\n"
            "     and #4 Write pipe1.w at its position, 7 bytes\n"
            "  cancel #2\n"
            "  deadline of #4 in 50 us\n"
            "  settle\n");
}

TEST(ProgramTest, WhatIsSkippedIsNotTold) {
  Program program = Example();
  program.operations[1].skipped = true;
  program.operations[2].skipped = true;
  program.operations[4].skipped = true;
  const std::string text = Describe(program);
  EXPECT_EQ(text.find("Open"), std::string::npos) << text;
  EXPECT_EQ(text.find("cancel"), std::string::npos) << text;
  EXPECT_EQ(text.find("deadline"), std::string::npos) << text;
}

// Whose byte it is, and which, can be told from its value.
TEST(ProgramTest, NeighbouringBytesAndOperationsDiffer) {
  for (uint32_t operation = 0; operation < 24; ++operation) {
    EXPECT_NE(PatternByte(operation, 0), PatternByte(operation, 1));
    EXPECT_NE(PatternByte(operation, 0), PatternByte(operation, 256));
    EXPECT_NE(PatternByte(operation, 5), PatternByte(operation + 1, 5));
  }
  EXPECT_NE(InitialByte(0, 0), InitialByte(1, 0));
  EXPECT_NE(InitialByte(0, 0), InitialByte(0, 1));
}

}  // namespace
}  // namespace wharf::differential
