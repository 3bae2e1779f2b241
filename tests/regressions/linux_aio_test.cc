// Goal: the bugs that a well-known asynchronous library on Linux AIO had (R-A1
// to R-A9), as far as they show only on a real kernel or in the whole engine.
// The others are tests of //backends/linux_aio with the same numbers; README.md
// has the table.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/linux_aio/port.h"
#include "backends/posix/fd.h"
#include "engine/engine.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::milliseconds;

class LinuxAioRegressionTest : public testing::Test {
 protected:
  void SetUp() override {
    auto port = LinuxAioPort::Open({.entries = 4});
    ASSERT_TRUE(port.ok()) << port.status();
    engine_ = *Engine::Create(*std::move(port), {.in_flight_capacity = 4});
    int fds[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    near_ = AdoptFd(fds[0]);
    far_ = AdoptFd(fds[1]);
    std::string path = testing::TempDir() + "/wharf_aio_XXXXXX";
    file_ = AdoptFd(mkstemp(path.data()));
    unlink(path.c_str());
  }

  Outcome Run(Request request) {
    std::optional<Outcome> outcome;
    EXPECT_TRUE(engine_
                    ->Submit(std::move(request),
                             [&](Result&& result) { outcome = result.outcome; })
                    .ok());
    for (int i = 0; i < 1000 && !outcome.has_value(); ++i)
      Turn(milliseconds(10));
    EXPECT_TRUE(outcome.has_value());
    return outcome.value_or(Outcome{});
  }
  void Turn(Duration patience = Duration::zero()) {
    ASSERT_TRUE(engine_->Turn(Wait::Until(engine_->Now() + patience)).ok());
  }
  int File() const { return static_cast<int>(file_.native()); }

  Handle near_;
  Handle far_;
  Handle file_;
  std::unique_ptr<Engine> engine_;
};

// A caller who goes away in flight: the record and the buffer stay until the
// kernel's event, then both come back, and the place with them.
TEST_F(LinuxAioRegressionTest, RA03_WhatIsDroppedInFlightStaysUntilItsEvent) {
  for (int round = 0; round < 20; ++round) {
    auto owner = std::make_shared<std::vector<std::byte>>(64);
    const std::weak_ptr<std::vector<std::byte>> watch = owner;
    Buffer buffer = Buffer::Wrap({owner->data(), owner->size()}, owner);
    owner.reset();
    const auto id = engine_->Submit(Request::Receive(near_, std::move(buffer)),
                                    [](Result&&) { FAIL(); });
    ASSERT_TRUE(id.ok()) << round << ": " << id.status();
    Turn();
    engine_->Drop(*id);
    EXPECT_FALSE(watch.expired());
    for (int i = 0; i < 1000 && engine_->live() > 0; ++i) {
      Turn(milliseconds(10));
    }
    EXPECT_EQ(engine_->live(), 0u);
    EXPECT_TRUE(watch.expired());
  }
}

// Places go to requests in their order, however many of those that wait for one
// are cancelled or dropped; none is granted twice, none is lost.
TEST_F(LinuxAioRegressionTest, RA04_AWaiterThatGoesAwayTakesNoPlaceWithIt) {
  int ended = 0;
  std::vector<RequestId> ids;
  for (int i = 0; i < 40; ++i) {
    ids.push_back(*engine_->Submit(Request::Receive(near_, Buffer::Allocate(1)),
                                   [&](Result&&) { ++ended; }));
  }
  Turn();
  for (int i = 4; i < 40; i += 2) {
    if (i % 4 == 0) {
      engine_->Drop(ids[static_cast<std::size_t>(i)]);
    } else {
      engine_->Cancel(ids[static_cast<std::size_t>(i)]);
    }
  }
  const std::string bytes(40, 'x');
  ASSERT_EQ(send(static_cast<int>(far_.native()), bytes.data(), 22, 0), 22);
  for (int i = 0; i < 1000 && engine_->live() > 0; ++i) Turn(milliseconds(10));
  EXPECT_EQ(engine_->live(), 0u);
  EXPECT_EQ(ended, 40 - 9);
  EXPECT_EQ(recv(static_cast<int>(near_.native()), nullptr, 0, MSG_DONTWAIT),
            -1);
}

TEST_F(LinuxAioRegressionTest, RA02_ManyMoreFailuresThanPlacesDoNotLockIt) {
  const Handle bad = Handle::Borrow(999'999);
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(Run(Request::Read(bad, Buffer::Allocate(8), {.offset = 0})).error,
              Error::kBadHandle);
    EXPECT_EQ(Run(Request::Sync(bad)).error, Error::kBadHandle);
  }
  EXPECT_EQ(Run(Request::Write(file_, Buffer::Allocate(8), {.offset = 0})),
            Outcome{.bytes = 8});
}

TEST_F(LinuxAioRegressionTest, RA05_TheEndOfAFileIsNotSuccess) {
  ASSERT_EQ(pwrite(File(), "abc", 3, 0), 3);
  EXPECT_EQ(Run(Request::Read(file_, Buffer::Allocate(8), {.offset = 0})),
            (Outcome{.bytes = 3, .kind = OutcomeKind::kEndOfStream}));
}

// Pages of the file that the page cache has and the disk has not; -1 if this
// kernel cannot tell (cachestat(2), Linux 6.5).
int64_t DirtyPages(int fd) {
  struct {
    uint64_t offset, length;
  } range = {0, 0};
  struct {
    uint64_t cached, dirty, in_writeback, evicted, recently_evicted;
  } facts = {};
  constexpr long kCachestat = 451;
  if (syscall(kCachestat, fd, &range, &facts, 0) != 0) return -1;
  return static_cast<int64_t>(facts.dirty + facts.in_writeback);
}

// The library put the sync level where the kernel does not look, so nothing was
// synced, and no test noticed. The page cache tells.
TEST_F(LinuxAioRegressionTest, RA07_ADurableWriteHasReachedTheDisk) {
  if (DirtyPages(File()) < 0) {
    GTEST_SKIP() << "needs cachestat(2), Linux 6.5";
  }
  EXPECT_EQ(Run(Request::Write(file_, Buffer::Allocate(16384), {.offset = 0})),
            Outcome{.bytes = 16384});
  EXPECT_GT(DirtyPages(File()), 0) << "a plain write is only in the cache";
  EXPECT_EQ(
      Run(Request::DurableWrite(file_, Buffer::Allocate(16384), {.offset = 0})),
      Outcome{.bytes = 16384});
  EXPECT_EQ(DirtyPages(File()), 0);
}

// Destroying the engine with everything in flight, over and over: no call meets
// a context that is gone (libaio would read its unmapped ring), and each gives
// its events back.
TEST_F(LinuxAioRegressionTest, RA09_AContextEndsAfterItsLastUser) {
  for (int round = 0; round < 5; ++round) {
    SetUp();
    for (int i = 0; i < 8; ++i) {
      ASSERT_TRUE(engine_
                      ->Submit(Request::Receive(near_, Buffer::Allocate(8)),
                               [](Result&&) {})
                      .ok());
    }
    Turn();
    EXPECT_EQ(engine_->Shutdown({.budget = milliseconds(1)}).abandoned, 8u);
    EXPECT_FALSE(engine_->Turn(Wait::None()).ok());
    engine_.reset();
  }
}

}  // namespace
}  // namespace wharf
