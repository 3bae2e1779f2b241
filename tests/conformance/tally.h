// Tally: the test of the tests. At the end of a conformance program it fails if
// an instance ran fewer of its tests than it says it must, if a skip does not
// name what is missing, or if an entry of differences.h was asked for by
// nobody.

#ifndef WHARF_TESTS_CONFORMANCE_TALLY_H_
#define WHARF_TESTS_CONFORMANCE_TALLY_H_

#include <string>

namespace wharf::conformance {

// The instance whose tests have `type_name` as their type parameter runs at
// least so many percent of them. Registers the check; returns true.
bool ExpectShare(const std::string& type_name, int least_percent);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_TALLY_H_
