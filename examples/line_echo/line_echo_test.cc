// The server among clients of all manners on a machine that fails, and servers
// with planted bugs, all of which the same search has to find.

#include "examples/line_echo/line_echo.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "examples/line_echo/closes_over_unread_bytes.h"
#include "examples/line_echo/dies_of_a_failed_accept.h"
#include "examples/line_echo/echo_search.h"
#include "examples/line_echo/forgets_half_a_line.h"
#include "examples/line_echo/keeps_a_connection_that_was_reset.h"
#include "examples/line_echo/takes_a_short_send_for_all.h"
#include "examples/line_echo/waits_for_silent_clients.h"
#include "gtest/gtest.h"

namespace wharf::examples {
namespace {

using sim::Personality;

void ExpectRightEchoes(std::string_view profile) {
  // Linux AIO has no sockets.
  for (const Personality personality :
       {Personality::kIoUring, Personality::kIocp}) {
    constexpr uint64_t kSeeds = 30;
    const EchoReport report = SearchEcho<LineEcho>(
        {.personality = personality, .profile = profile}, kSeeds);
    EXPECT_EQ(report.complaint, "") << PersonalityName(personality);
    // A search in which nothing happened proves nothing.
    EXPECT_GT(report.accepted, 5 * kSeeds);
    EXPECT_GT(report.bytes, 100 * kSeeds);
  }
}

TEST(LineEchoTest, ServesOnAMachineThatNeverFails) {
  ExpectRightEchoes("plain");
}

TEST(LineEchoTest, ServesUnderResetsAndShortTransfers) {
  ExpectRightEchoes("rough");
}

TEST(LineEchoTest, ServesInAStorm) { ExpectRightEchoes("storm"); }

TEST(LineEchoTest, ServesUnderAnyMixtureOfFaults) {
  ExpectRightEchoes("swarm");
}

// The search shows what the bug does, in one way or the other.
template <class Server>
void ExpectFound(std::string_view what, std::string_view or_else = "") {
  const EchoReport report = SearchEcho<Server>({.profile = "rough"}, 100);
  const bool found =
      report.complaint.find(what) != std::string::npos ||
      (!or_else.empty() && report.complaint.find(or_else) != std::string::npos);
  EXPECT_TRUE(found) << report.complaint;
}

TEST(LineEchoBugTest, AShortSendTakenForAllIsFound) {
  ExpectFound<TakesAShortSendForAll>("came back wrong", "was not served");
}

TEST(LineEchoBugTest, AForgottenHalfLineIsFound) {
  ExpectFound<ForgetsHalfALine>("came back wrong", "was not served");
}

TEST(LineEchoBugTest, AServerThatDiesOfAFailedAcceptIsFound) {
  ExpectFound<DiesOfAFailedAccept>("not all are served at once");
}

TEST(LineEchoBugTest, AConnectionThatIsKeptAfterAResetIsFound) {
  ExpectFound<KeepsAConnectionThatWasReset>("never closed");
}

TEST(LineEchoBugTest, WaitingForSilentClientsIsFound) {
  ExpectFound<WaitsForSilentClients>("a client waits for ever");
}

TEST(LineEchoBugTest, AnAnswerThatAResetOvertakesIsFound) {
  ExpectFound<ClosesOverUnreadBytes>("was not served");
}

}  // namespace
}  // namespace wharf::examples
