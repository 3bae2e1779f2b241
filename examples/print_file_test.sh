#!/usr/bin/env bash
# The README's example prints a file, says that a missing one is missing, and is what README.md shows.
set -euo pipefail
program=$1

printed=$("$program" examples/print_file.cc 2>/dev/null)
[[ $printed == "$(cat examples/print_file.cc)" ]] || { echo "printed something else"; exit 1; }

# Kept, because grep may stop reading before the program stops writing.
said=$("$program" /nonexistent/file 2>&1)
[[ $said == *NotFound* ]] || { echo "a missing file: $said"; exit 1; }

# The README shows this program.
[[ $(cat README.md) == *"$(sed -n '/^#include/,$p' examples/print_file.cc)"* ]] ||
  { echo "README.md shows another program than examples/print_file.cc"; exit 1; }
