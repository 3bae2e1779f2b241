// Goal: the chooser's rules, whatever the machine has. Method: backends that
// only say whether they work.

#include "backends/choose.h"

#include <array>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A port that does nothing but exist. `Capabilities().name` says whose it is.
class IdlePort final : public CompletionPort {
 public:
  explicit IdlePort(std::string_view name) { capabilities_.name = name; }
  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }
  std::size_t Submit(std::span<const Operation>) override { return 0; }
  void Cancel(OperationId) override {}
  absl::StatusOr<std::size_t> Reap(std::span<Completion>, Wait) override {
    return 0;
  }
  void Wake() override {}
  Time Now() override { return Time(); }
  CloseReport Close() override { return {}; }

 private:
  PortCapabilities capabilities_;
};

using Opened = absl::StatusOr<std::unique_ptr<CompletionPort>>;

BackendOffer Works() {
  BackendOffer offer;
  offer.available = true;
  return offer;
}

BackendOffer SwitchedOff() {
  BackendOffer offer;
  offer.explanation = "switched off";
  offer.way_out = "switch it on";
  return offer;
}

Backend Working(BackendChoice choice) {
  return {.choice = choice,
          .advantage = "it is good",
          .open = [](const OpenOptions&) -> Opened {
            return std::make_unique<IdlePort>("working");
          },
          .probe = &Works};
}

Backend Broken(BackendChoice choice) {
  return {.choice = choice,
          .advantage = "it is better",
          .open = [](const OpenOptions&) -> Opened {
            return absl::PermissionDeniedError("switched off");
          },
          .probe = &SwitchedOff};
}

Backend Strict(BackendChoice choice) {
  return {.choice = choice,
          .advantage = "it is better",
          .open = [](const OpenOptions&) -> Opened {
            return absl::InvalidArgumentError("0 is too few");
          },
          .probe = &Works};
}

constexpr BackendChoice kFirst = BackendChoice::kIoUring;
constexpr BackendChoice kSecond = BackendChoice::kLinuxAio;

TEST(OpenFromTest, AutoTakesTheFirstThatWorks) {
  const std::array backends = {Working(kFirst), Working(kSecond)};
  const auto opened = OpenFrom(backends, {});
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->reason, "io_uring, because it is good");
  EXPECT_NE(opened->port, nullptr);
}

TEST(OpenFromTest, AutoFallsBackAndSaysWhy) {
  const std::array backends = {Broken(kFirst), Working(kSecond)};
  const auto opened = OpenFrom(backends, {});
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->reason,
            "linux_aio, because it is good; "
            "io_uring does not work here: switched off");
}

TEST(OpenFromTest, NothingWorksNamesEveryBackendAndItsReason) {
  const std::array backends = {Broken(kFirst), Broken(kSecond)};
  const auto opened = OpenFrom(backends, {});
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(opened.status().message()),
              AllOf(HasSubstr("io_uring does not work here: switched off"),
                    HasSubstr("linux_aio does not work here: switched off"),
                    HasSubstr("wharf probe")));
}

TEST(OpenFromTest, ARefusedOptionIsNotAReasonToFallBack) {
  const std::array backends = {Strict(kFirst), Working(kSecond)};
  EXPECT_EQ(OpenFrom(backends, {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(OpenFromTest, ANamedBackendIsTakenOrItsErrorReturned) {
  const std::array backends = {Broken(kFirst), Working(kSecond)};
  const auto second = OpenFrom(backends, {.backend = kSecond});
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(second->reason, HasSubstr("asked for by name"));
  EXPECT_EQ(OpenFrom(backends, {.backend = kFirst}).status(),
            absl::PermissionDeniedError("switched off"));
}

TEST(OpenFromTest, ABackendOfAnotherSystemIsAnErrorWithTheWayOut) {
  const std::array backends = {Working(kFirst), Working(kSecond)};
  const auto opened = OpenFrom(backends, {.backend = BackendChoice::kIocp});
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(opened.status().message()),
              AllOf(HasSubstr("iocp"), HasSubstr("io_uring, linux_aio"),
                    HasSubstr("auto")));
}

TEST(OpenFromTest, ABuildWithoutBackendsSaysSo) {
  const auto any = OpenFrom({}, {});
  EXPECT_EQ(any.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(any.status().message()),
              HasSubstr("no backend for this system"));
  const auto named = OpenFrom({}, {.backend = kFirst});
  EXPECT_EQ(named.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(named.status().message()),
              HasSubstr("no backend for this system"));
}

TEST(ProbeFromTest, NamesWhatAutoTakesAndWhyNotThoseBefore) {
  const std::array backends = {Broken(kFirst), Working(kSecond)};
  const BackendProbe probe = ProbeFrom(backends, "1.2.3");
  EXPECT_EQ(probe.kernel_release, "1.2.3");
  ASSERT_EQ(probe.offers.size(), 2u);
  EXPECT_EQ(probe.chosen, kSecond);
  EXPECT_EQ(probe.reason, OpenFrom(backends, {})->reason);
}

TEST(ProbeFromTest, WhatComesAfterTheChoiceIsNotItsReason) {
  const std::array backends = {Working(kFirst), Broken(kSecond)};
  const BackendProbe probe = ProbeFrom(backends, "");
  EXPECT_EQ(probe.chosen, kFirst);
  EXPECT_THAT(probe.reason, Not(HasSubstr("switched off")));
  EXPECT_EQ(probe.offers.at(1).way_out, "switch it on");
}

TEST(ProbeFromTest, NothingWorks) {
  const std::array backends = {Broken(kFirst)};
  const BackendProbe probe = ProbeFrom(backends, "");
  EXPECT_EQ(probe.chosen, std::nullopt);
  EXPECT_EQ(probe.reason,
            "none, because io_uring does not work here: switched off");
  EXPECT_THAT(ProbeFrom({}, "").reason, HasSubstr("no backend"));
}

}  // namespace
}  // namespace wharf
