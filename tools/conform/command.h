// The `wharf conform` command: the simulated kernel held against this machine's
// own.

#ifndef WHARF_TOOLS_CONFORM_COMMAND_H_
#define WHARF_TOOLS_CONFORM_COMMAND_H_

#include "tools/cli/command.h"

namespace wharf::conform {

// The command's description for the front door. Static lifetime.
Command ConformCommand();

}  // namespace wharf::conform

#endif  // WHARF_TOOLS_CONFORM_COMMAND_H_
