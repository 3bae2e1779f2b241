// `wharf cp`.

#ifndef WHARF_TOOLS_CP_COMMAND_H_
#define WHARF_TOOLS_CP_COMMAND_H_

#include "tools/cli/command.h"

namespace wharf::cp {

// The command, for the tool's list of commands.
Command CopyCommand();

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_COMMAND_H_
