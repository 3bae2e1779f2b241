// `wharf sim search`: many runs, until one fails.

#ifndef WHARF_TOOLS_SIM_SEARCH_VERB_H_
#define WHARF_TOOLS_SIM_SEARCH_VERB_H_

namespace wharf::simulate {

// Runs what the flags ask for, shows progress on a terminal, prints what was
// found, and shortens a failing run's choices into --save. Returns the exit
// status.
int RunSearch();

}  // namespace wharf::simulate

#endif  // WHARF_TOOLS_SIM_SEARCH_VERB_H_
