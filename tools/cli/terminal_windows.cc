#include <windows.h>

#include "tools/cli/terminal.h"

namespace wharf {

bool StandardErrorIsTerminal() {
  const HANDLE console = ::GetStdHandle(STD_ERROR_HANDLE);
  DWORD mode = 0;
  return ::GetConsoleMode(console, &mode) != 0 &&
         ::SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) !=
             0;
}

}  // namespace wharf
