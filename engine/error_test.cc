#include "engine/error.h"

#include <cctype>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace wharf {
namespace {

// Every enumerator, found through ErrorFromValue alone.
std::vector<Error> AllErrors() {
  std::vector<Error> errors;
  for (int64_t value = 0; value <= 2000; ++value) {
    const Error error = ErrorFromValue(value);
    if (static_cast<int64_t>(error) == value) errors.push_back(error);
  }
  return errors;
}

TEST(ErrorTest, EveryEnumeratorHasItsOwnNameAndMessage) {
  std::set<std::string_view> names;
  std::set<std::string_view> messages;
  for (Error error : AllErrors()) {
    EXPECT_TRUE(names.insert(ErrorName(error)).second) << ErrorName(error);
    EXPECT_TRUE(messages.insert(ErrorMessage(error)).second)
        << ErrorMessage(error);
    ASSERT_FALSE(ErrorName(error).empty());
    EXPECT_TRUE(std::isupper(ErrorName(error).front()));
    EXPECT_FALSE(ErrorMessage(error).empty());
  }
  // As many as error.h lists.
  EXPECT_EQ(names.size(), 55u);
}

TEST(ErrorTest, NamesAreTheEnumeratorsWithoutTheirPrefix) {
  EXPECT_EQ(ErrorName(Error::kNone), "None");
  EXPECT_EQ(ErrorName(Error::kNoSpace), "NoSpace");
  EXPECT_EQ(ErrorName(Error::kIo), "Io");
  EXPECT_EQ(ErrorName(Error::kUnknown), "Unknown");
  EXPECT_EQ(ErrorName(Error::kBadCompletion), "BadCompletion");
  EXPECT_EQ(ErrorMessage(Error::kNoSpace), "no space left on device");
}

TEST(ErrorTest, ValueOutsideTheEnumerationIsUnknown) {
  EXPECT_EQ(ErrorName(static_cast<Error>(3)), "Unknown");
  EXPECT_EQ(ErrorName(static_cast<Error>(127)), "Unknown");
  EXPECT_EQ(ErrorName(static_cast<Error>(65535)), "Unknown");
  EXPECT_EQ(ErrorMessage(static_cast<Error>(3)), ErrorMessage(Error::kUnknown));
}

TEST(ErrorTest, FromValueKnowsLinuxNumbersOnEveryPlatform) {
  EXPECT_EQ(ErrorFromValue(0), Error::kNone);
  EXPECT_EQ(ErrorFromValue(1), Error::kNotPermitted);
  EXPECT_EQ(ErrorFromValue(28), Error::kNoSpace);
  EXPECT_EQ(ErrorFromValue(104), Error::kConnectionReset);
  EXPECT_EQ(ErrorFromValue(125), Error::kCancelled);
}

TEST(ErrorTest, FromValueOfAnythingElseIsUnknown) {
  EXPECT_EQ(ErrorFromValue(3), Error::kUnknown);  // ESRCH
  EXPECT_EQ(ErrorFromValue(126), Error::kUnknown);
  EXPECT_EQ(ErrorFromValue(127), Error::kUnknown);
  EXPECT_EQ(ErrorFromValue(128), Error::kUnknown);
  EXPECT_EQ(ErrorFromValue(512), Error::kUnknown);  // ERESTARTSYS
  EXPECT_EQ(ErrorFromValue(-28), Error::kUnknown);
  // Not equal modulo 2^16 or 2^32 either.
  EXPECT_EQ(ErrorFromValue(65536 + 28), Error::kUnknown);
  EXPECT_EQ(ErrorFromValue((int64_t{1} << 32) + 28), Error::kUnknown);
  EXPECT_EQ(ErrorFromValue(std::numeric_limits<int64_t>::max()),
            Error::kUnknown);
  EXPECT_EQ(ErrorFromValue(std::numeric_limits<int64_t>::min()),
            Error::kUnknown);
}

}  // namespace
}  // namespace wharf
