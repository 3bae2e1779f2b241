// Windows' headers, in the one order in which they compile, and no others.

#ifndef WHARF_BACKENDS_IOCP_WIN32_H_
#define WHARF_BACKENDS_IOCP_WIN32_H_

#include <winsock2.h>
// After winsock2.h, or windows.h brings the old sockets.
#include <mswsock.h>
#include <windows.h>

#endif  // WHARF_BACKENDS_IOCP_WIN32_H_
