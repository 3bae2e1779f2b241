#include "backends/open.h"

#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The probe and the chooser must say the same about one machine.
TEST(OpenPortTest, AutoOpensWhatTheProbeNames) {
  const BackendProbe probe = ProbeBackends();
  const absl::StatusOr<OpenedPort> opened = OpenPort({});
  ASSERT_EQ(opened.ok(), probe.chosen.has_value()) << opened.status();
  EXPECT_THAT(probe.reason, Not(IsEmpty()));
  if (!opened.ok()) {
    EXPECT_EQ(opened.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(opened.status().message()), HasSubstr("probe"));
    return;
  }
  EXPECT_EQ(opened->port->Capabilities().name, BackendName(*probe.chosen));
  EXPECT_THAT(opened->reason,
              HasSubstr(std::string(BackendName(*probe.chosen))));
}

TEST(OpenPortTest, EveryBackendThatIsOfferedCanBeHadByName) {
  for (const BackendOffer& offer : ProbeBackends().offers) {
    const auto opened = OpenPort({.backend = offer.backend});
    ASSERT_EQ(opened.ok(), offer.available) << opened.status();
    if (!opened.ok()) continue;
    EXPECT_EQ(opened->port->Capabilities().name, BackendName(offer.backend));
    EXPECT_THAT(opened->reason, HasSubstr("by name"));
  }
}

TEST(OpenPortTest, ARefusedOptionIsNotCalledAMissingBackend) {
  const absl::StatusOr<OpenedPort> opened = OpenPort({.max_in_flight = 0});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ProbeBackendsTest, SaysForEachMissingThingWhatToDo) {
  const BackendProbe probe = ProbeBackends();
  EXPECT_THAT(probe.kernel_release, Not(IsEmpty()));
  ASSERT_THAT(probe.offers, Not(IsEmpty()));
  for (const BackendOffer& offer : probe.offers) {
    EXPECT_THAT(offer.explanation, Not(IsEmpty()));
    EXPECT_EQ(offer.way_out.empty(), offer.available);
  }
}

}  // namespace
}  // namespace wharf
