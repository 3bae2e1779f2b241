// The simulated machine under schedules that rapidcheck makes and shrinks.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck.h"
#include "sim/kernel/kernel.h"
#include "sim/recorded_chooser.h"
#include "sim/schedule_gen.h"

namespace wharf::sim {
namespace {

// A program without an engine: writes 8 bytes at 0, syncs, writes 8 others at
// 4, then the power fails.
struct Crashed {
  bool synced = false;
  std::vector<std::byte> found;
};

int64_t Run(CompletionPort& port, const Operation& operation) {
  if (port.Submit({&operation, 1}) != 1) return -1;
  std::array<Completion, 4> completions;
  for (int i = 0; i < 1000; ++i) {
    const absl::StatusOr<std::size_t> count =
        port.Reap(completions, Wait::Forever());
    if (!count.ok()) return -1;
    if (*count > 0) return completions[0].result;
  }
  return -1;
}

Crashed WriteSyncCrash(const std::vector<uint32_t>& schedule) {
  RecordedChooser chooser(schedule);
  Kernel kernel({.chooser = &chooser, .sector = 4});
  std::unique_ptr<CompletionPort> port = kernel.OpenPort();
  const Handle file = *kernel.OpenFile("f");
  std::array<std::byte, 8> first, second;
  first.fill(std::byte{1});
  second.fill(std::byte{2});

  Crashed crashed;
  Operation write;
  write.id = OperationId{1};
  write.opcode = Opcode::kWrite;
  write.handle = file.native();
  write.data = first.data();
  write.length = first.size();
  write.offset = 0;
  Operation sync = write;
  sync.id = OperationId{2};
  sync.opcode = Opcode::kSync;
  sync.data = nullptr;
  sync.length = 0;
  crashed.synced = Run(*port, write) == 8 && Run(*port, sync) == 0;
  write.id = OperationId{3};
  write.data = second.data();
  write.offset = 4;
  Run(*port, write);
  kernel.Crash();
  // A file that was never synced may have lost its name.
  if (const FileImage* image = kernel.FindFile("f")) {
    crashed.found.assign(image->durable().begin(), image->durable().end());
  }
  port->Close();
  EXPECT_EQ(Describe(kernel.violations()), "");
  return crashed;
}

TEST(KernelPropertyTest, WhatWasSyncedAndNotWrittenAgainSurvives) {
  EXPECT_TRUE(rc::check("synced bytes survive", [] {
    const Crashed crashed = WriteSyncCrash(*Schedules());
    if (!crashed.synced) return;
    RC_ASSERT(crashed.found.size() >= 8u);
    RC_ASSERT(std::all_of(crashed.found.begin(), crashed.found.begin() + 4,
                          [](std::byte b) { return b == std::byte{1}; }));
  }));
}

TEST(KernelPropertyTest, ThePlainestScheduleHasNoFault) {
  const Crashed crashed = WriteSyncCrash({});
  EXPECT_TRUE(crashed.synced);
  EXPECT_EQ(crashed.found,
            std::vector<std::byte>({std::byte{1}, std::byte{1}, std::byte{1},
                                    std::byte{1}, std::byte{2}, std::byte{2},
                                    std::byte{2}, std::byte{2}, std::byte{2},
                                    std::byte{2}, std::byte{2}, std::byte{2}}));
}

// Not true of any kernel: rapidcheck must say so, with one choice.
TEST(KernelPropertyTest, AnUntruePropertyShrinksToOneFault) {
  const auto fails = [](const std::vector<uint32_t>& schedule) {
    return !WriteSyncCrash(schedule).synced;
  };
  std::vector<uint32_t> minimal;
  for (uint64_t seed = 0; minimal.empty() && seed < 1000; ++seed) {
    rc::Shrinkable<std::vector<uint32_t>> found =
        Schedules()(rc::Random(seed), 100);
    if (!fails(found.value())) continue;
    for (bool smaller = true; smaller;) {
      smaller = false;
      auto shrinks = found.shrinks();
      while (auto shrink = shrinks.next()) {
        if (!fails(shrink->value())) continue;
        found = *shrink;
        smaller = true;
        break;
      }
    }
    minimal = found.value();
  }
  ASSERT_FALSE(minimal.empty());
  EXPECT_EQ(minimal.back(), 1u);
  EXPECT_EQ(std::count(minimal.begin(), minimal.end(), 0u),
            static_cast<int64_t>(minimal.size()) - 1)
      << "one fault, after plain answers";
}

}  // namespace
}  // namespace wharf::sim
