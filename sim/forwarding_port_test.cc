#include "sim/forwarding_port.h"

#include <array>
#include <memory>

#include "gtest/gtest.h"
#include "sim/scripted_port.h"

namespace wharf::sim {
namespace {

TEST(ForwardingPortTest, PassesEverythingOn) {
  ScriptedPort scripted({.forbid_left_at_close = false});
  ForwardingPort port(&scripted);
  EXPECT_EQ(&port.Capabilities(), &scripted.Capabilities());
  const Operation nops[] = {{.id = OperationId{1}}, {.id = OperationId{2}}};
  EXPECT_EQ(port.Submit(nops), 2u);
  EXPECT_EQ(scripted.in_flight().size(), 2u);
  port.Cancel(OperationId{2});
  ASSERT_EQ(scripted.cancels().size(), 1u);
  EXPECT_EQ(scripted.cancels()[0], OperationId{2});
  scripted.Complete(OperationId{1}, 7);
  std::array<Completion, 4> completions;
  const auto reaped = port.Reap(completions, Wait::None());
  ASSERT_TRUE(reaped.ok()) << reaped.status();
  ASSERT_EQ(*reaped, 1u);
  EXPECT_EQ(completions[0].result, 7);
  scripted.clock().AdvanceTo(Time(Duration(5)));
  EXPECT_EQ(port.Now(), Time(Duration(5)));
  port.Wake();
  EXPECT_EQ(scripted.wakes(), 1u);
  EXPECT_EQ(port.Close().operations_left.size(), 1u);
  EXPECT_TRUE(scripted.closed());
}

TEST(ForwardingPortTest, LivesWithThePortThatItHasTaken) {
  class Ending final : public ForwardingPort {
   public:
    Ending(CompletionPort* port, bool* ended)
        : ForwardingPort(port), ended_(ended) {}
    ~Ending() override { *ended_ = true; }

   private:
    bool* ended_;
  };
  ScriptedPort scripted;
  bool ended = false;
  {
    const ForwardingPort port(std::make_unique<Ending>(&scripted, &ended));
    EXPECT_EQ(&port.Capabilities(), &scripted.Capabilities());
    EXPECT_FALSE(ended);
  }
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace wharf::sim
