// `wharf probe`.

#ifndef WHARF_TOOLS_PROBE_COMMAND_H_
#define WHARF_TOOLS_PROBE_COMMAND_H_

#include "tools/cli/command.h"

namespace wharf::probe {

// The command, for the tool's list of commands.
Command ProbeCommand();

}  // namespace wharf::probe

#endif  // WHARF_TOOLS_PROBE_COMMAND_H_
