// `wharf sim run` and `wharf sim replay`: one run, told.

#ifndef WHARF_TOOLS_SIM_RUN_VERB_H_
#define WHARF_TOOLS_SIM_RUN_VERB_H_

#include <string>

namespace wharf::simulate {

// Runs --seed, writes its choices to --save if that is set, and prints what
// happened. Returns the exit status.
int RunOne();

// Runs what --save once wrote to `path`, and prints what happened. Returns the
// exit status.
int Replay(const std::string& path);

}  // namespace wharf::simulate

#endif  // WHARF_TOOLS_SIM_RUN_VERB_H_
