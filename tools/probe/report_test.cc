#include "tools/probe/report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace wharf::probe {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

BackendProbe Works() {
  return {.kernel_release = "6.1.0",
          .offers = {{.backend = BackendChoice::kIoUring,
                      .available = true,
                      .explanation = "a \"ring\" can be made",
                      .way_out = "",
                      .features = {{.name = "defer_taskrun",
                                    .available = false,
                                    .explanation = "fewer interruptions",
                                    .way_out = "Linux 6.1 has it"}},
                      .operations = {{.name = "Read",
                                      .available = true,
                                      .explanation = "",
                                      .way_out = ""}}}},
          .chosen = BackendChoice::kIoUring,
          .reason = "io_uring, because it is there"};
}

BackendProbe Fails() {
  return {.kernel_release = "",
          .offers = {{.backend = BackendChoice::kIoUring,
                      .available = false,
                      .explanation = "switched off",
                      .way_out = "sysctl kernel.io_uring_disabled=0",
                      .features = {},
                      .operations = {}}},
          .chosen = std::nullopt,
          .reason = "none, because nothing works"};
}

TEST(TextReportTest, SaysTheChoiceFirstAndWhatIsMissingWithTheWayOut) {
  const std::string text = TextReport(Works());
  EXPECT_THAT(text, StartsWith("kernel:  6.1.0\n"
                               "chosen:  io_uring, because it is there\n"));
  EXPECT_THAT(text, HasSubstr("no   defer_taskrun: fewer interruptions; "
                              "Linux 6.1 has it\n"));
  EXPECT_THAT(text, HasSubstr("yes  Read\n"));
}

TEST(TextReportTest, NothingWorks) {
  const std::string text = TextReport(Fails());
  EXPECT_THAT(text, HasSubstr("kernel:  unknown\n"));
  EXPECT_THAT(text, HasSubstr("io_uring: does not work; switched off\n"
                              "  what to do: sysctl "
                              "kernel.io_uring_disabled=0\n"));
}

TEST(JsonReportTest, HasEverythingThatTheTextHas) {
  const auto json = nlohmann::json::parse(JsonReport(Works()));
  EXPECT_EQ(json.at("kernel"), "6.1.0");
  EXPECT_EQ(json.at("chosen"), "io_uring");
  EXPECT_EQ(json.at("reason"), "io_uring, because it is there");
  const auto& backend = json.at("backends").at(0);
  EXPECT_EQ(backend.at("name"), "io_uring");
  EXPECT_EQ(backend.at("available"), true);
  EXPECT_EQ(backend.at("explanation"), "a \"ring\" can be made");
  EXPECT_EQ(backend.at("features").at(0).at("way_out"), "Linux 6.1 has it");
  EXPECT_EQ(backend.at("operations").at(0).at("name"), "Read");
}

TEST(JsonReportTest, NoChoiceIsNull) {
  const auto json = nlohmann::json::parse(JsonReport(Fails()));
  EXPECT_TRUE(json.at("chosen").is_null());
  EXPECT_EQ(json.at("backends").at(0).at("way_out"),
            "sysctl kernel.io_uring_disabled=0");
}

}  // namespace
}  // namespace wharf::probe
