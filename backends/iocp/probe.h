// What completion ports offer on this machine, and what to do where that is
// less than elsewhere.

#ifndef WHARF_BACKENDS_IOCP_PROBE_H_
#define WHARF_BACKENDS_IOCP_PROBE_H_

#include <string>
#include <vector>

#include "backends/iocp/calls.h"

namespace wharf {

// One thing that the port has or has not.
struct IocpProbeItem {
  // For machines and people, for example "cancel" or "ReadVectored".
  std::string name;
  bool available = false;
  // What it is good for; if it is missing, why.
  std::string explanation;
  // What to do if it is missing; empty if available.
  std::string way_out;
};

// The answer. Plain data.
struct IocpProbe {
  // "10.0.19045", "10.0.17134 (Wine 8.0)".
  std::string system_release;
  // True if a port can be opened with default options.
  bool usable = false;
  // Why, or why not.
  std::string explanation;
  // What to do if not usable; empty if usable.
  std::string way_out;
  // Empty if there is no port at all.
  std::vector<IocpProbeItem> features;
  std::vector<IocpProbeItem> opcodes;
};

// Opens a port and closes it again. Any thread; never fails; allocates.
IocpProbe ProbeIocp(IocpCalls& calls = RealIocpCalls());

}  // namespace wharf

#endif  // WHARF_BACKENDS_IOCP_PROBE_H_
