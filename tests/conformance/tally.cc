#include "tests/conformance/tally.h"

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <string_view>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/rig.h"

namespace wharf::conformance {
namespace {

struct Count {
  int run = 0;
  int skipped = 0;
};

std::map<std::string, int>& Shares() {
  static auto* const shares = new std::map<std::string, int>();
  return *shares;
}

// "Sim/PortSubmit/Uring": the instance is what follows the last slash.
std::string InstanceOf(std::string_view suite) {
  return std::string(suite.substr(suite.rfind('/') + 1));
}

void CheckSkip(const testing::TestInfo& test) {
  bool named = false;
  for (int i = 0; i < test.result()->total_part_count(); ++i) {
    const testing::TestPartResult& part = test.result()->GetTestPartResult(i);
    if (!part.skipped()) continue;
    const std::string_view message = part.message();
    named |= message.substr(0, kSkipPrefix.size()) == kSkipPrefix &&
             message.size() > kSkipPrefix.size();
  }
  EXPECT_TRUE(named) << test.test_suite_name() << "." << test.name()
                     << " was skipped without saying what is missing";
}

class Tally final : public testing::Environment {
 public:
  void TearDown() override {
    const testing::UnitTest& all = *testing::UnitTest::GetInstance();
    std::map<std::string, Count> counts;
    for (int i = 0; i < all.total_test_suite_count(); ++i) {
      const testing::TestSuite& suite = *all.GetTestSuite(i);
      if (suite.type_param() == nullptr) continue;
      Count& count = counts[InstanceOf(suite.name())];
      for (int j = 0; j < suite.total_test_count(); ++j) {
        const testing::TestInfo& test = *suite.GetTestInfo(j);
        if (!test.should_run()) continue;
        if (test.result()->Skipped()) {
          ++count.skipped;
          CheckSkip(test);
        } else {
          ++count.run;
        }
      }
    }
    // With a filter or in a shard nothing can be said of the whole.
    const bool whole = all.test_to_run_count() == all.total_test_count();
    bool complete = false;
    for (const auto& [instance, count] : counts) {
      const int total = count.run + count.skipped;
      std::cout << instance << ": " << count.run << " of " << total
                << " tests ran, " << count.skipped
                << " need something that is missing\n";
      complete |= count.skipped == 0;
      if (!whole) continue;
      ASSERT_TRUE(Shares().contains(instance)) << instance;
      EXPECT_GE(count.run * 100, total * Shares()[instance])
          << instance << " ran too few tests to say anything";
    }
    if (whole && complete) {
      EXPECT_EQ(NeverAsked(), "") << "ask, or take it out of the table";
    }
  }
};

}  // namespace

bool ExpectShare(const std::string& type_name, int least_percent) {
  if (Shares().empty()) testing::AddGlobalTestEnvironment(new Tally);
  Shares()[type_name] = least_percent;
  return true;
}

}  // namespace wharf::conformance
