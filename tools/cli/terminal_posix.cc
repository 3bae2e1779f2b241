#include <unistd.h>

#include "tools/cli/terminal.h"

namespace wharf {

bool StandardErrorIsTerminal() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace wharf
