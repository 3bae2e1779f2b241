// Standard error, where a person may sit: one file for each system.

#ifndef WHARF_TOOLS_CLI_TERMINAL_H_
#define WHARF_TOOLS_CLI_TERMINAL_H_

namespace wharf {

// True if standard error is a terminal that understands "\r\x1b[K".
bool StandardErrorIsTerminal();

}  // namespace wharf

#endif  // WHARF_TOOLS_CLI_TERMINAL_H_
