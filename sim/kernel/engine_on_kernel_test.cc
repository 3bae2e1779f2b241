// The engine on the simulated kernel, over many seeds: whatever the kernel
// answers, every request has one outcome (G1), bytes on a stream are neither
// lost nor invented, files hold what was written, no memory is touched too
// early (G2), and a run is a function of its choices alone (G18).

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "sim/kernel/kernel.h"
#include "sim/profiles.h"
#include "sim/random.h"
#include "sim/random_chooser.h"
#include "sim/recorded_chooser.h"

namespace wharf::sim {
namespace {

using std::chrono::microseconds;

std::byte PatternAt(uint64_t position) {
  return std::byte(SplitMix64(position).Next() & 255);
}

Buffer Pattern(uint64_t position, std::size_t size) {
  Buffer buffer = Buffer::Allocate(size);
  for (std::size_t i = 0; i < size; ++i) {
    buffer.data()[i] = PatternAt(position + i);
  }
  return buffer;
}

// What a run shows.
struct Life {
  TraceHash hash;
  std::vector<TraceEntry> entries;
  std::vector<uint32_t> choices;
  RowCounts rows;
  std::string violations;
  uint64_t outcomes = 0;
  uint64_t expected_outcomes = 0;
};

// A program that writes and reads a file, talks over a socket pair, polls,
// syncs, sets deadlines and cancels, all drawn from `seed`; the kernel draws
// from `chooser`.
class Program {
 public:
  Program(uint64_t seed, Chooser* chooser, Personality personality)
      : random_(seed),
        kernel_({.chooser = chooser, .keep_trace = Trace::Keep::kEntries}),
        engine_(*Engine::Create(
            kernel_.OpenPort({.personality = personality,
                              .max_in_flight = 1 + random_.Below(16)}),
            {.in_flight_capacity = 8,
             .max_requests = 64,
             .max_remote_requests = 0,
             .tick = microseconds(50)})),
        has_streams_(engine_->capabilities().Has(Opcode::kReceive)),
        has_nop_(engine_->capabilities().Has(Opcode::kNop)),
        has_poll_(engine_->capabilities().Has(Opcode::kPoll)),
        file_(*kernel_.OpenFile("f")) {
    std::tie(near_, far_) = kernel_.SocketPair();
  }

  Life Go() {
    for (int step = 0; step < 60; ++step) {
      SubmitSomething();
      if (random_.Below(4) == 0) Turn();
      if (random_.Below(10) == 0 && !ids_.empty()) {
        engine_->Cancel(
            ids_[random_.Below(static_cast<uint32_t>(ids_.size()))]);
      }
    }
    // Nothing waits for ever: the streams end, the rest ends by itself.
    kernel_.ShutdownWrite(near_.native());
    kernel_.ShutdownWrite(far_.native());
    for (int i = 0; i < 5000 && engine_->live() > 0; ++i) Turn();
    // A send may still wait for room that nobody makes.
    if (engine_->live() > 0) kernel_.Reset(near_.native());
    for (int i = 0; i < 5000 && engine_->live() > 0; ++i) Turn();
    EXPECT_EQ(engine_->live(), 0u);
    engine_->Shutdown({.budget = Duration(0)});
    near_.Reset();
    far_.Reset();
    file_.Reset();
    kernel_.Settle();
    EXPECT_EQ(kernel_.live(), 0u);
    EXPECT_TRUE(kernel_.OpenHandles().empty());

    Life run;
    run.hash = kernel_.trace().Hash();
    run.entries = kernel_.trace().entries();
    run.choices = kernel_.trace().Choices();
    run.rows = kernel_.rows();
    run.violations = Describe(kernel_.violations());
    run.outcomes = outcomes_;
    run.expected_outcomes = submitted_;
    return run;
  }

 private:
  void Turn() {
    const absl::Status status = engine_->Turn(
        Wait::Until(kernel_.Now() + microseconds(random_.Below(2000))));
    ASSERT_TRUE(status.ok()) << status;
  }

  // False if there was no room for it.
  bool Submit(Request&& request, ResultCallback callback) {
    if (random_.Below(4) == 0) {
      request = std::move(request).WithDeadline(
          kernel_.Now() + microseconds(random_.Below(3000)));
    }
    const absl::StatusOr<RequestId> id =
        engine_->Submit(std::move(request), std::move(callback));
    if (!id.ok()) {
      EXPECT_EQ(id.status().code(), absl::StatusCode::kResourceExhausted)
          << id.status();
      return false;
    }
    ++submitted_;
    ids_.push_back(*id);
    return true;
  }

  void SubmitSomething() {
    switch (random_.Below(8)) {
      case 0:
        if (has_nop_) {
          Submit(Request::Nop(), [this](Result&&) { ++outcomes_; });
        }
        break;
      case 1:
      case 2:
        SubmitWrite();
        break;
      case 3:
        SubmitRead();
        break;
      case 4:
        if (has_streams_) SubmitSend();
        break;
      case 5:
        if (has_streams_) SubmitReceive();
        break;
      case 6:
        if (engine_->capabilities().Has(Opcode::kSync)) {
          Submit(Request::Sync(file_), [this](Result&&) { ++outcomes_; });
        }
        break;
      default:
        if (has_poll_) {
          Submit(Request::Poll(near_, kPollReadable),
                 [this](Result&&) { ++outcomes_; });
        }
        break;
    }
  }

  // The same pattern at the same place, whoever writes: a reader knows it.
  void SubmitWrite() {
    const uint64_t offset = random_.Below(2000);
    Submit(Request::Write(file_, Pattern(offset, 1 + random_.Below(600)),
                          {.offset = offset}),
           [this](Result&& result) {
             ++outcomes_;
             if (result.outcome.kind != OutcomeKind::kAbandoned) {
               EXPECT_LE(result.outcome.bytes, result.buffer.size());
             }
           });
  }

  void SubmitRead() {
    const uint64_t offset = random_.Below(2000);
    Submit(Request::Read(file_, Buffer::Allocate(1 + random_.Below(600)),
                         {.offset = offset}),
           [this, offset](Result&& result) {
             ++outcomes_;
             for (uint64_t i = 0; i < result.outcome.bytes; ++i) {
               const std::byte b = result.buffer.data()[i];
               // Not written yet, or what everybody writes there.
               ASSERT_TRUE(b == std::byte{0} || b == PatternAt(offset + i))
                   << offset << " + " << i;
             }
           });
  }

  // One send at a time: what it put on the wire is known when it ends.
  void SubmitSend() {
    if (sending_) return;
    sending_ =
        Submit(Request::Send(near_, Pattern(sent_, 1 + random_.Below(90000))),
               [this](Result&& result) {
                 ++outcomes_;
                 sending_ = false;
                 sent_ += result.outcome.bytes;
               });
  }

  // One receive at a time: its bytes follow those before.
  void SubmitReceive() {
    if (receiving_) return;
    const Extent extent = random_.Below(2) == 0 ? Extent::kSome : Extent::kAll;
    receiving_ =
        Submit(Request::Receive(far_, Buffer::Allocate(1 + random_.Below(5000)),
                                {.extent = extent}),
               [this](Result&& result) {
                 ++outcomes_;
                 receiving_ = false;
                 for (uint64_t i = 0; i < result.outcome.bytes; ++i) {
                   ASSERT_EQ(result.buffer.data()[i], PatternAt(received_ + i))
                       << received_ << " + " << i;
                 }
                 received_ += result.outcome.bytes;
               });
  }

  Random random_;
  Kernel kernel_;
  std::unique_ptr<Engine> engine_;
  bool has_streams_;
  bool has_nop_;
  bool has_poll_;
  Handle file_;
  Handle near_;
  Handle far_;
  std::vector<RequestId> ids_;
  uint64_t submitted_ = 0;
  uint64_t outcomes_ = 0;
  bool sending_ = false;
  bool receiving_ = false;
  uint64_t sent_ = 0;
  uint64_t received_ = 0;
};

constexpr Personality kAll[] = {Personality::kIoUring, Personality::kLinuxAio,
                                Personality::kIocp};

Life LiveOnce(uint64_t seed, Personality personality,
              std::string_view profile = "swarm") {
  RandomChooser chooser(seed, *FindProfile(profile));
  return Program(seed, &chooser, personality).Go();
}

class EngineOnKernelTest : public testing::TestWithParam<Personality> {};

TEST_P(EngineOnKernelTest, KeepsItsPromisesWhateverTheKernelAnswers) {
  for (const std::string_view profile : ProfileNames()) {
    for (uint64_t seed = 0; seed < 150; ++seed) {
      const Life run = LiveOnce(seed, GetParam(), profile);
      ASSERT_EQ(run.violations, "") << profile << " " << seed;
      ASSERT_EQ(run.outcomes, run.expected_outcomes) << profile << " " << seed;
    }
  }
}

TEST_P(EngineOnKernelTest, TheSameSeedIsTheSameRun) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Life first = LiveOnce(seed, GetParam());
    const Life second = LiveOnce(seed, GetParam());
    ASSERT_EQ(first.hash, second.hash)
        << seed << "\n"
        << FirstDifference(first.entries, second.entries);
  }
}

TEST_P(EngineOnKernelTest, ARecordingReplaysTheRun) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Life run = LiveOnce(seed, GetParam());
    RecordedChooser replay(run.choices);
    const Life again = Program(seed, &replay, GetParam()).Go();
    ASSERT_EQ(run.hash, again.hash)
        << seed << "\n"
        << FirstDifference(run.entries, again.entries);
    EXPECT_TRUE(replay.exact());
  }
}

TEST_P(EngineOnKernelTest, AnotherSeedIsAnotherRun) {
  EXPECT_NE(LiveOnce(1, GetParam()).hash, LiveOnce(2, GetParam()).hash);
}

INSTANTIATE_TEST_SUITE_P(
    Personalities, EngineOnKernelTest, testing::ValuesIn(kAll),
    [](const testing::TestParamInfo<Personality>& personality) {
      std::string name(PersonalityName(personality.param));
      std::erase_if(name, [](char c) { return c == '_' || c == '-'; });
      return name;
    });

// Fixed here: the same on every platform and compiler (G18). A change of the
// kernel or the engine that changes runs changes these, and orphans recorded
// runs.
TEST(EngineOnKernelHashTest, RunsAreTheSameOnEveryPlatform) {
  EXPECT_EQ(LiveOnce(1, Personality::kIoUring).hash.ToString(),
            "b08ef756e78433328ce28156ea355ebf");
  EXPECT_EQ(LiveOnce(1, Personality::kLinuxAio).hash.ToString(),
            "b91cc202ed149c33f20caf6d37183bc3");
  EXPECT_EQ(LiveOnce(1, Personality::kIocp).hash.ToString(),
            "ba3138e31c638a3f6fdb3a671fc9e1ac");
}

}  // namespace
}  // namespace wharf::sim
