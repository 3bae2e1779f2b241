#!/usr/bin/env bash
# Runs a Windows test program under Wine: run_under_wine PROGRAM ARGS...
#
# Each run has a Wine of its own. Bazel ends every process that a test has started when the test
# ends; Wine's server and services belong to whichever program was first, and others that used the same ones
# would then exit with 0 before they have run anything, or hang. It is a copy of a template's
# registry; the template's drive is shared.
set -euo pipefail

export WINEDEBUG=-all
export WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe='
# File names outside ASCII are UTF-8.
export LC_ALL=C.UTF-8
unset DISPLAY

wine=/usr/lib/wine/wine64
wineserver=/usr/lib/wine/wineserver64
[[ -x $wine ]] || { echo 'Wine is missing: run tools/setup --for=test' >&2; exit 1; }

root=/tmp/wharf-wine-runs-$(id -u)
template=$root/template
mkdir -p "$template"
# Wine writes desktop settings into the home of whoever runs it.
export HOME=$template/home
mkdir -p "$HOME"
(
  flock 9
  if [[ ! -f $template/ready ]]; then
    WINEPREFIX=$template "$wine" wineboot --init >/dev/null 2>&1 9>&- </dev/null || true
    WINEPREFIX=$template "$wineserver" -w 9>&-  # until the registry is written
    touch "$template/ready"
  fi
) 9>"$template/lock"

# What a run that was killed has left.
find "$root" -mindepth 1 -maxdepth 1 -name 'run.*' -mmin +240 -exec rm -rf {} + 2>/dev/null || true
WINEPREFIX=$(mktemp -d "$root/run.XXXXXX")
export WINEPREFIX
end_wine() {
  "$wineserver" -k || true
  rm -rf "$WINEPREFIX"
}
trap end_wine EXIT
cp "$template"/*.reg "$template/.update-timestamp" "$WINEPREFIX"
mkdir "$WINEPREFIX/dosdevices"
ln -s "$template/drive_c" "$WINEPREFIX/dosdevices/c:"
ln -s / "$WINEPREFIX/dosdevices/z:"

# Paths that the program gets in its environment must be Windows paths.
report=${XML_OUTPUT_FILE:-}
for name in XML_OUTPUT_FILE TEST_TMPDIR TEST_SRCDIR TEST_WARNINGS_OUTPUT_FILE; do
  if [[ -n ${!name:-} ]]; then export "$name=Z:${!name}"; fi
done

status=0
"$wine" "$@" || status=$?
if ((status)); then
  echo "exit status $status under Wine" >&2
  exit "$status"
fi

# A program that succeeded has run: GoogleTest leaves a report.
if [[ -n $report && ! -s $report ]] && grep -q -e --gtest_output= "$1"; then
  echo 'Wine says success, but the program has left no report: it did not run' >&2
  exit 1
fi
