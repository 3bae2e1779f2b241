#include "tools/cli/words.h"

namespace wharf {

std::vector<std::string> CommandLineWords(int argc, char** argv) {
  return {argv, argv + argc};
}

}  // namespace wharf
