// Steady state does not allocate: once every slot has been used, a request of
// any kind goes through the engine without a single call of operator new.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/loopback_port.h"

namespace wharf {
namespace {

using testing_support::AllocationCount;
using testing_support::LoopbackPort;

constexpr uint32_t kSlots = 8;
constexpr int kWarmUpRounds = 4;
constexpr int kRounds = 50;

std::array<std::byte, 64> memory;

Handle File() { return Handle::Borrow(3); }
Buffer Bytes() { return Buffer::Unowned(memory); }

// One request at a time is made ready here, because a vector of buffers is the
// caller's own memory: it comes back in the result and is used again.
struct Materials {
  std::vector<Buffer> buffers;

  std::vector<Buffer> TakePieces() {
    buffers.clear();
    for (std::size_t i = 0; i < 4; ++i) {
      buffers.push_back(Buffer::Unowned({memory.data() + 16 * i, 16}));
    }
    return std::move(buffers);
  }
};

struct Kind {
  const char* name;
  Request (*make)(Materials& materials, Time now);
};

const Kind kKinds[] = {
    {"Nop", [](Materials&, Time) { return Request::Nop(); }},
    {"Sleep",
     [](Materials&, Time now) {
       return Request::Sleep(now + std::chrono::milliseconds(3));
     }},
    {"Poll",
     [](Materials&, Time) { return Request::Poll(File(), kPollReadable); }},
    {"Sync", [](Materials&, Time) { return Request::Sync(File()); }},
    {"Allocate",
     [](Materials&, Time) {
       return Request::Allocate(File(), AllocateMode::kZeroRange, 0, 64);
     }},
    {"Read",
     [](Materials&, Time) {
       return Request::Read(File(), Bytes(), {.offset = 0});
     }},
    {"ReadPieces",
     [](Materials& materials, Time) {
       return Request::Read(File(), materials.TakePieces(), {.offset = 0});
     }},
    {"ReadNothing",
     [](Materials&, Time) { return Request::Read(File(), Buffer()); }},
    {"Write",
     [](Materials&, Time) {
       return Request::Write(File(), Bytes(), {.offset = 0});
     }},
    {"WritePieces",
     [](Materials& materials, Time) {
       return Request::Write(File(), materials.TakePieces(), {.offset = 0});
     }},
    {"DurableWrite",
     [](Materials&, Time) {
       return Request::DurableWrite(File(), Bytes(), {.offset = 0});
     }},
    {"DurablePieces",
     [](Materials& materials, Time) {
       return Request::DurableWrite(File(), materials.TakePieces(),
                                    {.offset = 0});
     }},
    {"Receive",
     [](Materials&, Time) { return Request::Receive(File(), Bytes()); }},
    {"Send", [](Materials&, Time) { return Request::Send(File(), Bytes()); }},
    {"SendPieces",
     [](Materials& materials, Time) {
       return Request::Send(File(), materials.TakePieces());
     }},
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class EngineAllocationTest : public testing::TestWithParam<Kind> {
 protected:
  EngineAllocationTest() {
    auto port = std::make_unique<LoopbackPort>();
    port_ = port.get();
    absl::StatusOr<std::unique_ptr<Engine>> engine =
        Engine::Create(std::move(port),
                       {.max_requests = kSlots, .max_remote_requests = kSlots});
    EXPECT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
  }

  Request Make(Materials& materials) {
    return GetParam().make(materials, engine_->Now());
  }

  // Submits one request in every slot; false if one is refused.
  bool SubmitAll() {
    for (uint32_t i = 0; i < kSlots; ++i) {
      Materials& own = materials_[i];
      const absl::StatusOr<RequestId> id =
          engine_->Submit(Make(own), [this, &own](Result&& result) {
            ++ended_;
            if (result.buffers.capacity() > 0) {
              own.buffers = std::move(result.buffers);
            }
          });
      if (!id.ok()) return false;
      ids_[i] = *id;
    }
    return true;
  }

  // `round` does not allocate once it has been done a few times.
  template <class Round>
  void ExpectNoAllocation(Round round) {
    for (int i = 0; i < kWarmUpRounds; ++i) ASSERT_TRUE(round());
    ended_ = 0;
    callers_own_ = 0;
    const uint64_t before = AllocationCount();
    bool good = true;
    for (int i = 0; i < kRounds; ++i) good = good && round();
    const uint64_t allocations = AllocationCount() - before - callers_own_;
    EXPECT_TRUE(good);
    EXPECT_EQ(allocations, 0u) << "in " << kRounds * kSlots << " requests";
  }

  std::array<Materials, kSlots> materials_;
  std::array<RequestId, kSlots> ids_;
  uint64_t ended_ = 0;
  uint64_t callers_own_ = 0;
  LoopbackPort* port_ = nullptr;
  std::unique_ptr<Engine> engine_;
};

TEST_P(EngineAllocationTest, NoneForARequest) {
  ExpectNoAllocation(
      [this] { return SubmitAll() && engine_->RunUntilIdle().ok(); });
  EXPECT_EQ(ended_, uint64_t{kRounds} * kSlots);
}

TEST_P(EngineAllocationTest, NoneForPartialTransfersAndWaitsForReadiness) {
  port_->Halve(true);
  port_->Block(true);
  ExpectNoAllocation(
      [this] { return SubmitAll() && engine_->RunUntilIdle().ok(); });
  EXPECT_EQ(ended_, uint64_t{kRounds} * kSlots);
}

TEST_P(EngineAllocationTest, NoneForCancelsAndDeadlines) {
  port_->Hold(true);
  ExpectNoAllocation([this] {
    for (uint32_t i = 0; i < kSlots; ++i) {
      Materials& own = materials_[i];
      Request request = Make(own);
      if (request.kind != RequestKind::kSleep) {
        request = std::move(request).WithDeadline(engine_->Now() +
                                                  std::chrono::milliseconds(5));
      }
      const absl::StatusOr<RequestId> id =
          engine_->Submit(std::move(request), [this, &own](Result&& result) {
            ++ended_;
            if (result.buffers.capacity() > 0) {
              own.buffers = std::move(result.buffers);
            }
          });
      if (!id.ok()) return false;
      ids_[i] = *id;
    }
    if (!engine_->Turn(Wait::None()).ok()) return false;
    for (uint32_t i = 0; i < kSlots; i += 2) engine_->Cancel(ids_[i]);
    return engine_->RunUntilIdle().ok();
  });
  EXPECT_EQ(ended_, uint64_t{kRounds} * kSlots);
}

TEST_P(EngineAllocationTest, NoneForRequestsOfASubmitter) {
  Submitter submitter = engine_->MakeSubmitter();
  ExpectNoAllocation([this, &submitter] {
    for (uint32_t i = 0; i < kSlots; ++i) {
      Materials& own = materials_[i];
      const absl::StatusOr<RemoteRequestId> id =
          submitter.Submit(Make(own), [this, &own](Result&& result) {
            ++ended_;
            if (result.buffers.capacity() > 0) {
              own.buffers = std::move(result.buffers);
            }
          });
      if (!id.ok()) return false;
      if (i % 2 == 0) submitter.Cancel(*id);
    }
    // The loop learns of them in its next turn.
    if (!engine_->Turn(Wait::None()).ok()) return false;
    return engine_->RunUntilIdle().ok();
  });
  EXPECT_EQ(ended_, uint64_t{kRounds} * kSlots);
}

TEST_P(EngineAllocationTest, NoneForDroppedRequests) {
  ExpectNoAllocation([this] {
    for (uint32_t i = 0; i < kSlots; ++i) {
      // The vector of a dropped request is gone with it; what the caller pays
      // for the next one is not the engine's.
      const uint64_t before = AllocationCount();
      Request request = Make(materials_[i]);
      callers_own_ += AllocationCount() - before;
      const absl::StatusOr<RequestId> id =
          engine_->Submit(std::move(request), [](Result&&) {});
      if (!id.ok() || !engine_->Drop(*id)) return false;
    }
    return engine_->RunUntilIdle().ok();
  });
}

INSTANTIATE_TEST_SUITE_P(All, EngineAllocationTest, testing::ValuesIn(kKinds),
                         [](const testing::TestParamInfo<Kind>& info) {
                           return std::string(info.param.name);
                         });

// The counter itself: a test that counts nothing must not pass for good.
TEST(AllocationCounterTest, CountsEveryForm) {
  constexpr auto kWide = std::align_val_t{128};
  const uint64_t before = AllocationCount();
  ::operator delete(::operator new(1));
  ::operator delete[](::operator new[](1));
  ::operator delete(::operator new(1, std::nothrow), std::nothrow);
  ::operator delete[](::operator new[](1, std::nothrow), std::nothrow);
  void* const wide = ::operator new(1, kWide);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(wide) % 128, 0u);
  ::operator delete(wide, kWide);
  ::operator delete[](::operator new[](1, kWide), kWide);
  EXPECT_EQ(AllocationCount() - before, 6u);
}

}  // namespace
}  // namespace wharf
