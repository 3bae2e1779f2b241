// The model's own complaints, one broken promise each: an oracle that is never
// wrong about a good engine must also be seen to object to a bad one.

#include "tests/property/engine_model.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf::property {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

Time At(int64_t ms) { return Time(milliseconds(ms)); }

// Plays an engine of capacity 2 by hand.
class EngineModelTest : public testing::Test {
 protected:
  EngineModelTest() : model_(Facts()) {}

  static EngineFacts Facts() {
    EngineFacts facts;
    facts.options.in_flight_capacity = 2;
    facts.options.max_requests = 3;
    facts.options.max_remote_requests = 1;
    return facts;
  }
  uint32_t Submit(uint32_t slot, Time deadline = kNever, bool remote = false) {
    RequestFacts facts;
    facts.kind = RequestKind::kRead;
    facts.offset = 0;
    facts.handle = 7;
    facts.memory = {std::span<const std::byte>(bytes_)};
    return model_.OnSubmitted(
        facts, {.deadline = deadline, .remote = remote},
        remote ? RequestId{} : RequestId{slot + kIdGenerationUnit});
  }
  Operation Read(uint32_t slot, uint64_t generation = 1) {
    Operation operation;
    operation.id = {slot + generation * kIdGenerationUnit};
    operation.handle = 7;
    operation.offset = 0;
    operation.data = bytes_.data();
    operation.length = bytes_.size();
    operation.opcode = Opcode::kRead;
    return operation;
  }
  void Issue(const std::vector<Operation>& operations, Time now = At(0)) {
    model_.OnSubmit(operations, operations.size(), now);
  }
  void Complete(uint32_t slot, int64_t result, Time now = At(0)) {
    Completion completion;
    completion.id = Read(slot).id;
    completion.result = result;
    model_.OnReapEnd(true, {&completion, 1}, now);
  }
  void Tell(uint32_t request, uint32_t slot, const Outcome& outcome,
            Time now = At(0)) {
    Result result;
    result.id = {slot + kIdGenerationUnit};
    result.outcome = outcome;
    model_.BeginOutcome(request, result, now);
    model_.EndOutcome(request);
  }

  std::array<std::byte, 8> bytes_;
  EngineModel model_;
};

TEST_F(EngineModelTest, AGoodTurnIsNoProblem) {
  Submit(0);
  model_.BeginTurn(At(0), Wait::Forever());
  Issue({Read(0)});
  model_.OnReapBegin(Wait::Forever(), At(0));
  model_.OnSleep(Wait::Forever());
  Complete(0, 8);
  Tell(0, 0, {.bytes = 8});
  model_.EndTurn(true, 0);
  EXPECT_EQ(model_.problem(), "");
}

TEST_F(EngineModelTest, G01_ASecondOutcome) {
  Submit(0);
  model_.BeginTurn(At(0), Wait::Forever());
  Issue({Read(0)});
  model_.OnReapBegin(Wait::Forever(), At(0));
  Complete(0, 8);
  Tell(0, 0, {.bytes = 8});
  Tell(0, 0, {.bytes = 8});
  EXPECT_THAT(model_.problem(), HasSubstr("two outcomes (G1)"));
}

TEST_F(EngineModelTest, G01_AnOutcomeThatDoesNotCome) {
  Submit(0);
  model_.BeginTurn(At(0), Wait::Forever());
  Issue({Read(0)});
  model_.OnReapBegin(Wait::Forever(), At(0));
  Complete(0, 8);
  model_.EndTurn(true, 1);
  EXPECT_THAT(model_.problem(), HasSubstr("not told in its turn (G1)"));
}

TEST_F(EngineModelTest, G02_MemoryThatComesBackTooEarly) {
  Submit(0);
  model_.BeginTurn(At(0), Wait::Forever());
  Issue({Read(0)});
  model_.OnMemoryReleased(0);
  EXPECT_THAT(model_.problem(), HasSubstr("(G2)"));
}

TEST_F(EngineModelTest, G05_AnOperationAfterTheDeadline) {
  Submit(0, At(1));
  model_.BeginTurn(At(1), Wait::Forever());
  Issue({Read(0)}, At(1));
  EXPECT_THAT(model_.problem(), HasSubstr("(G5)"));
}

TEST_F(EngineModelTest, G06_ASleepPastADeadline) {
  Submit(0, At(3));
  model_.BeginTurn(At(0), Wait::Forever());
  Issue({Read(0)});
  model_.OnReapBegin(Wait::Until(At(3)), At(0));
  EXPECT_EQ(model_.problem(), "");
  model_.OnReapBegin(Wait::Until(At(4)), At(0));
  EXPECT_THAT(model_.problem(), HasSubstr("(G6)"));
}

TEST_F(EngineModelTest, G06_ADeadlineOfWhichThePortIsNotTold) {
  Submit(0, At(3));
  model_.BeginTurn(At(0), Wait::Forever());
  Issue({Read(0)});
  model_.OnReapBegin(Wait::Until(At(3)), At(0));
  model_.OnReapEnd(true, {}, At(3));
  model_.EndTurn(true, 1);
  EXPECT_THAT(model_.problem(), HasSubstr("not asked to cancel"));
}

TEST_F(EngineModelTest, G07_MoreInFlightThanTheCapacity) {
  for (uint32_t slot = 0; slot < 3; ++slot) Submit(slot);
  EXPECT_EQ(model_.ExpectSubmit(false), EngineModel::Admission::kFull);
  EXPECT_EQ(model_.ExpectSubmit(true), EngineModel::Admission::kTaken);
  model_.BeginTurn(At(0), Wait::Forever());
  Issue({Read(0), Read(1)});
  EXPECT_EQ(model_.problem(), "");
  Issue({Read(2)});
  EXPECT_THAT(model_.problem(), HasSubstr("(G7)"));
}

TEST_F(EngineModelTest, G08_TheSecondBeforeTheFirst) {
  Submit(0);
  Submit(1);
  model_.BeginTurn(At(0), Wait::Forever());
  Issue({Read(1)});
  EXPECT_THAT(model_.problem(), HasSubstr("(G8)"));
}

TEST_F(EngineModelTest, G09_AnIdentityThatWasUsedBefore) {
  Submit(0);
  model_.BeginTurn(At(0), Wait::Forever());
  Issue({Read(0)});
  Complete(0, -static_cast<int64_t>(Error::kInterrupted));
  Issue({Read(0)});
  EXPECT_THAT(model_.problem(), HasSubstr("(G9)"));
}

TEST_F(EngineModelTest, G09_ACancelThatNobodyAskedFor) {
  Submit(0);
  model_.BeginTurn(At(0), Wait::Forever());
  Issue({Read(0)});
  model_.OnCancel(Read(0).id, At(0));
  EXPECT_THAT(model_.problem(), HasSubstr("nobody asked for"));
}

TEST_F(EngineModelTest, G10_ASleepThroughSomethingNew) {
  Submit(0);
  model_.BeginTurn(At(0), Wait::Forever());
  Issue({Read(0)});
  model_.OnReapBegin(Wait::Forever(), At(0));
  Submit(0, kNever, /*remote=*/true);
  model_.OnWake();
  model_.OnSleep(Wait::Forever());
  EXPECT_EQ(model_.problem(), "");
  model_.OnReapEnd(true, {}, At(0));
  model_.BeginTurn(At(0), Wait::Forever());
  model_.OnPublished();
  model_.OnReapBegin(Wait::Forever(), At(0));
  EXPECT_THAT(model_.problem(), HasSubstr("(G1"));
}

TEST_F(EngineModelTest, G10_NobodyIsWoken) {
  Submit(0);
  model_.BeginTurn(At(0), Wait::Forever());
  Issue({Read(0)});
  model_.OnReapBegin(Wait::Forever(), At(0));
  Submit(0, kNever, /*remote=*/true);
  model_.OnSleep(Wait::Forever());
  EXPECT_THAT(model_.problem(), HasSubstr("nobody woke it (G10)"));
}

TEST_F(EngineModelTest, G12_AbandonedBeforeTheBudgetIsUsedUp) {
  Submit(0);
  model_.BeginShutdown(At(10), /*cancel_first=*/false);
  model_.OnCloseBegin(At(9));
  model_.OnCloseEnd({});
  EXPECT_THAT(model_.problem(), HasSubstr("(G12)"));
}

TEST_F(EngineModelTest, G12_AnOperationAfterTheBudget) {
  Submit(0);
  model_.BeginShutdown(At(10), /*cancel_first=*/false);
  Issue({Read(0)}, At(10));
  EXPECT_THAT(model_.problem(), HasSubstr("after the budget"));
}

TEST_F(EngineModelTest, G16_OneWhoHadGoneIsTold) {
  Submit(0);
  model_.BeginTurn(At(0), Wait::Forever());
  Issue({Read(0)});
  EXPECT_TRUE(model_.BeginDrop(0));
  model_.OnCancel(Read(0).id, At(0));
  model_.EndCall(0, true, true);
  model_.OnReapBegin(Wait::Forever(), At(0));
  Complete(0, 8);
  Tell(0, 0, {.bytes = 8});
  EXPECT_THAT(model_.problem(), HasSubstr("(G16)"));
}

TEST_F(EngineModelTest, G17_WhatIsNotStaged) {
  Submit(0);
  model_.BeginTurn(At(0), Wait::Forever());
  model_.OnReapBegin(Wait::Forever(), At(0));
  EXPECT_THAT(model_.problem(), HasSubstr("not staged"));
}

}  // namespace
}  // namespace wharf::property
