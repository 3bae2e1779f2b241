#!/usr/bin/env bash
# Runs a Windows test program under Wine: run_under_wine PROGRAM ARGS...
# All tests share one Wine prefix; the first one makes it.
set -euo pipefail

export WINEDEBUG=-all
WINEPREFIX=/tmp/wharf-wine-$(id -u)
export WINEPREFIX
# Wine writes desktop settings into the home of whoever runs it.
export HOME=$WINEPREFIX/home
export WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe='
unset DISPLAY

wine=/usr/lib/wine/wine64
[[ -x $wine ]] || { echo 'Wine is missing: run tools/setup --for=test' >&2; exit 1; }

mkdir -p "$HOME"
(
  flock 9
  if [[ ! -f $WINEPREFIX/ready ]]; then
    "$wine" wineboot --init >/dev/null 2>&1 9>&- </dev/null || true
    touch "$WINEPREFIX/ready"
  fi
) 9>"$WINEPREFIX/lock"

# Paths that the program gets in its environment must be Windows paths.
for name in XML_OUTPUT_FILE TEST_TMPDIR TEST_SRCDIR TEST_WARNINGS_OUTPUT_FILE; do
  if [[ -n ${!name:-} ]]; then export "$name=Z:${!name}"; fi
done
exec "$wine" "$@"
