// Matchers of what a backend offers.

#ifndef WHARF_BACKENDS_BACKEND_TEST_UTIL_H_
#define WHARF_BACKENDS_BACKEND_TEST_UTIL_H_

#include <string>

#include "backends/backend.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {

// Matches a list of facts that says of `name` whether it is available.
inline auto Says(const std::string& name, bool available) {
  return testing::Contains(
      testing::AllOf(testing::Field(&BackendFact::name, name),
                     testing::Field(&BackendFact::available, available)));
}

// Every fact is explained, and what is missing has a way out.
inline void ExpectExplained(const BackendOffer& offer) {
  for (const auto* facts : {&offer.features, &offer.operations}) {
    for (const BackendFact& fact : *facts) {
      EXPECT_FALSE(fact.explanation.empty()) << fact.name;
      EXPECT_EQ(fact.way_out.empty(), fact.available) << fact.name;
    }
  }
}

}  // namespace wharf

#endif  // WHARF_BACKENDS_BACKEND_TEST_UTIL_H_
