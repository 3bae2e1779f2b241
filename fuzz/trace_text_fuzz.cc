// Traces in files (sim/trace_text.h): any text. What is refused is refused by
// its line; what is accepted is, written again, the same text.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/check.h"
#include "fuzz/notes.h"
#include "sim/trace.h"
#include "sim/trace_text.h"

namespace wharf::fuzz {
namespace {

void Try(std::string_view text) {
  const absl::StatusOr<sim::ParsedTrace> trace = sim::ParseTraceText(text);
  if (!trace.ok()) {
    Check(absl::IsInvalidArgument(trace.status()), "the kind of error");
    Check(trace.status().message().substr(0, 5) == "line ", "names its line");
    Note("refused");
    return;
  }
  Note("accepted");
  Check(TraceText(trace->entries()) == text, "the text again");
  Check(FirstDifference(trace->entries(), trace->entries()).empty(),
        "the same as itself");
}

}  // namespace
}  // namespace wharf::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  wharf::fuzz::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
