# shellcheck shell=bash
# Sourced by tools/setup, tools/bazel and ./wharf: where Wharf keeps what is not in the checkout.
# The same rule is in bazel/cache_repository.bzl.

wharf_home_dir() {
  # A service may run without HOME.
  if [[ -n ${HOME:-} ]]; then printf '%s\n' "$HOME"; else getent passwd "$(id -u)" | cut -d: -f6; fi
}

wharf_cache_dir() {
  if [[ -n ${WHARF_CACHE:-} ]]; then
    printf '%s\n' "$WHARF_CACHE"
  elif [[ -n ${XDG_CACHE_HOME:-} ]]; then
    printf '%s\n' "$XDG_CACHE_HOME/wharf"
  else
    local home
    home=$(wharf_home_dir)
    [[ -n $home ]] || return 1
    printf '%s\n' "$home/.cache/wharf"
  fi
}

# Fixes both for every program that is started from here; Bazel insists on a home.
wharf_export_dirs() {
  WHARF_CACHE=$(wharf_cache_dir) || { echo 'wharf: no folder for the cache: set WHARF_CACHE' >&2; exit 1; }
  HOME=$(wharf_home_dir)
  [[ -n $HOME ]] || HOME=$WHARF_CACHE
  export WHARF_CACHE HOME
}
