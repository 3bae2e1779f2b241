// AllocationCounter: how often this process has asked for heap memory. Linking
// it replaces the global operator new and delete, in every form, for the whole
// test program; sanitizers still see the malloc and free underneath.

#ifndef WHARF_TESTS_SUPPORT_ALLOCATION_COUNTER_H_
#define WHARF_TESTS_SUPPORT_ALLOCATION_COUNTER_H_

#include <cstdint>

namespace wharf::testing_support {

// Calls of any operator new so far, on all threads. Any thread.
uint64_t AllocationCount();

// The same on the calling thread alone.
uint64_t ThreadAllocationCount();

}  // namespace wharf::testing_support

#endif  // WHARF_TESTS_SUPPORT_ALLOCATION_COUNTER_H_
