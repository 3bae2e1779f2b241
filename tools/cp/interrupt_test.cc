#include "tools/cp/interrupt.h"

#include <poll.h>

#include <csignal>
#include <utility>

#include "gtest/gtest.h"

namespace wharf::cp {
namespace {

bool Readable(const Interrupt& interrupt) {
  pollfd entry{.fd = static_cast<int>(interrupt.Await().handle.native()),
               .events = POLLIN,
               .revents = 0};
  return ::poll(&entry, 1, 0) == 1;
}

TEST(InterruptTest, ASignalIsReadableInsteadOfDeadly) {
  for (const int signal : {SIGINT, SIGTERM}) {
    absl::StatusOr<Interrupt> interrupt = Interrupt::Install();
    ASSERT_TRUE(interrupt.ok()) << interrupt.status();
    EXPECT_FALSE(Readable(*interrupt));
    ::raise(signal);
    EXPECT_TRUE(Readable(*interrupt));
    EXPECT_EQ(interrupt->Restore(), signal);
    EXPECT_FALSE(Readable(*interrupt));
    EXPECT_EQ(interrupt->Restore(), 0);
  }
}

TEST(InterruptTest, WithoutRestoreASignalIsForgottenAtTheEnd) {
  {
    absl::StatusOr<Interrupt> interrupt = Interrupt::Install();
    ASSERT_TRUE(interrupt.ok());
    const Interrupt moved = std::move(*interrupt);
    ::raise(SIGINT);
  }
  SUCCEED();  // The process lives.
}

TEST(InterruptDeathTest, AfterRestoreASignalIsDeadlyAgain) {
  EXPECT_EXIT(
      {
        absl::StatusOr<Interrupt> interrupt = Interrupt::Install();
        ::raise(SIGINT);
        interrupt->Restore();
        ::raise(SIGINT);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace wharf::cp
