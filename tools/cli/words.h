// The words of the command line: one file for each system.

#ifndef WHARF_TOOLS_CLI_WORDS_H_
#define WHARF_TOOLS_CLI_WORDS_H_

#include <string>
#include <vector>

namespace wharf {

// What main was given, in UTF-8 on Windows also (where main's own words are in
// the system's code page and cannot name every file), and as it is elsewhere.
std::vector<std::string> CommandLineWords(int argc, char** argv);

}  // namespace wharf

#endif  // WHARF_TOOLS_CLI_WORDS_H_
