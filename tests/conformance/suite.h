// The whole suite for a list of instances, each a type like this:
//
//   struct Plain {
//     static constexpr std::string_view kName = "Plain";
//     // The tests that must have run, of all, in percent.
//     static constexpr int kLeastPercent = 95;
//     static std::unique_ptr<World> NewWorld();
//   };
//   WHARF_CONFORMANCE(IoUring, testing::Types<Plain, DeferTaskrun>);
//
// One such file is one program (BUILD.bazel, README.md).

#ifndef WHARF_TESTS_CONFORMANCE_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_SUITE_H_

#include "tests/conformance/engine_basics_suite.h"
#include "tests/conformance/engine_ends_suite.h"
#include "tests/conformance/engine_files_suite.h"
#include "tests/conformance/engine_kinds_suite.h"
#include "tests/conformance/engine_load_suite.h"
#include "tests/conformance/engine_stops_suite.h"
#include "tests/conformance/engine_streams_suite.h"
#include "tests/conformance/port_suite.h"

// The part about engines.
#define WHARF_CONFORMANCE_OF_ENGINE(prefix, types)      \
  WHARF_CONFORMANCE_SUITE(prefix, types, EngineBasics); \
  WHARF_CONFORMANCE_SUITE(prefix, types, EngineFiles);  \
  WHARF_CONFORMANCE_SUITE(prefix, types, EngineKinds);  \
  WHARF_CONFORMANCE_SUITE(prefix, types, EngineStops);  \
  WHARF_CONFORMANCE_SUITE(prefix, types, EngineEnds);   \
  WHARF_CONFORMANCE_SUITE(prefix, types, EngineLoad);   \
  WHARF_CONFORMANCE_SUITE(prefix, types, EngineStreams)

// At the end of namespace wharf::conformance.
#define WHARF_CONFORMANCE(prefix, types)    \
  WHARF_CONFORMANCE_OF_PORT(prefix, types); \
  WHARF_CONFORMANCE_OF_ENGINE(prefix, types)

#endif  // WHARF_TESTS_CONFORMANCE_SUITE_H_
