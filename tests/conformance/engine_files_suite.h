// Goal: requests on files.

#ifndef WHARF_TESTS_CONFORMANCE_ENGINE_FILES_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_ENGINE_FILES_SUITE_H_

#include <string>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/engine_rig.h"

namespace wharf::conformance {

template <class Instance>
class EngineFiles : public testing::Test {};
TYPED_TEST_SUITE_P(EngineFiles);

WHARF_TEST(EngineFiles, ReadingPastTheEndIsTheEndOfTheStream) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kRead);
  const TestFile file = rig.NewFile("0123456789");
  const Pending part =
      rig.Run(Request::Read(file.handle, rig.Empty(16), {.offset = 6}));
  EXPECT_EQ(part.outcome(), Ended(OutcomeKind::kEndOfStream, 4));
  EXPECT_EQ(part.text(), "6789");
  for (const uint64_t offset : {10u, 11u, 1u << 20}) {
    EXPECT_EQ(
        rig.Run(Request::Read(file.handle, rig.Empty(16), {.offset = offset}))
            .outcome(),
        Ended(OutcomeKind::kEndOfStream));
  }
}

WHARF_TEST(EngineFiles, ABadHandleIsAnError) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kRead);
  const Handle closed = rig.ClosedHandle();
  const Pending read =
      rig.Run(Request::Read(closed, rig.Empty(16), {.offset = 0}));
  EXPECT_EQ(read.outcome().kind, OutcomeKind::kError);
  EXPECT_EQ(read.outcome().error, Error::kBadHandle);
  EXPECT_NE(read.outcome().native_error, 0);
  EXPECT_EQ(read.result().buffer.size(), 16u);
}

WHARF_TEST(EngineFiles, DirectTransfers) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kRead, Opcode::kWrite, kDirectFiles);
  const std::string before(4 * kDirectUnit, '.');
  const TestFile file = rig.NewFile(before, FileMode::kDirect);
  const std::string bytes = Pattern(2 * kDirectUnit);
  EXPECT_EQ(rig.Run(Request::Write(file.handle, rig.Filled(bytes),
                                   {.offset = kDirectUnit}))
                .outcome(),
            Ok(bytes.size()));
  const Pending read = rig.Run(Request::Read(
      file.handle, rig.Empty(bytes.size()), {.offset = kDirectUnit}));
  EXPECT_EQ(read.outcome(), Ok(bytes.size()));
  EXPECT_TRUE(read.text() == bytes) << "the content differs";
}

WHARF_TEST(EngineFiles, AMisalignedDirectTransferIsAnError) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kRead, kDirectFiles);
  const TestFile file =
      rig.NewFile(std::string(4 * kDirectUnit, '.'), FileMode::kDirect);
  WHARF_EXPECT_ANSWER(
      rig, Question::kMisalignedDirect,
      rig.Run(Request::Read(file.handle, rig.Empty(100), {.offset = 1}))
          .outcome());
}

REGISTER_TYPED_TEST_SUITE_P(EngineFiles, ReadingPastTheEndIsTheEndOfTheStream,
                            ABadHandleIsAnError, DirectTransfers,
                            AMisalignedDirectTransferIsAnError);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_ENGINE_FILES_SUITE_H_
