// The `wharf sim` command.

#ifndef WHARF_TOOLS_SIM_COMMAND_H_
#define WHARF_TOOLS_SIM_COMMAND_H_

#include "tools/cli/command.h"

namespace wharf::simulate {

// Searches the simulated kernel for broken promises, and replays what it finds.
Command SimCommand();

}  // namespace wharf::simulate

#endif  // WHARF_TOOLS_SIM_COMMAND_H_
