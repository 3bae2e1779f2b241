// The platform's part of the chooser: which backends a build has. Defined once
// for each platform, in open_<platform>.cc; the build takes the one.

#ifndef WHARF_BACKENDS_PLATFORM_H_
#define WHARF_BACKENDS_PLATFORM_H_

#include <span>
#include <string>

#include "backends/choose.h"

namespace wharf {

// The backends of this build, the one that kAuto prefers first. Static
// lifetime.
std::span<const Backend> AllBackends();

// What the system calls its kernel, for example "6.18.44"; "" if unknown.
std::string KernelRelease();

}  // namespace wharf

#endif  // WHARF_BACKENDS_PLATFORM_H_
