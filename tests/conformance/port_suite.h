// The part of the suite that is about ports alone; suite.h has all of it.

#ifndef WHARF_TESTS_CONFORMANCE_PORT_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_PORT_SUITE_H_

#include <string>

#include "gtest/gtest.h"
#include "tests/conformance/port_cancel_suite.h"
#include "tests/conformance/port_close_suite.h"
#include "tests/conformance/port_handles_suite.h"
#include "tests/conformance/port_operations_suite.h"
#include "tests/conformance/port_reap_suite.h"
#include "tests/conformance/port_submit_suite.h"
#include "tests/conformance/port_wake_suite.h"
#include "tests/conformance/tally.h"

namespace wharf::conformance {

// Names tests by their instance, and notes what share of them must run.
struct InstanceNames {
  template <class Instance>
  static std::string GetName(int) {
    static const bool noted =
        ExpectShare(std::string(Instance::kName), Instance::kLeastPercent);
    (void)noted;
    return std::string(Instance::kName);
  }
};

}  // namespace wharf::conformance

#define WHARF_CONFORMANCE_SUITE(prefix, types, suite) \
  INSTANTIATE_TYPED_TEST_SUITE_P(prefix, suite, types, InstanceNames)

// At the end of namespace wharf::conformance, as WHARF_CONFORMANCE.
#define WHARF_CONFORMANCE_OF_PORT(prefix, types)          \
  WHARF_CONFORMANCE_SUITE(prefix, types, PortSubmit);     \
  WHARF_CONFORMANCE_SUITE(prefix, types, PortOperations); \
  WHARF_CONFORMANCE_SUITE(prefix, types, PortHandles);    \
  WHARF_CONFORMANCE_SUITE(prefix, types, PortReap);       \
  WHARF_CONFORMANCE_SUITE(prefix, types, PortWake);       \
  WHARF_CONFORMANCE_SUITE(prefix, types, PortCancel);     \
  WHARF_CONFORMANCE_SUITE(prefix, types, PortClose)

#endif  // WHARF_TESTS_CONFORMANCE_PORT_SUITE_H_
