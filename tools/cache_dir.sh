# Sourced by tools/setup and ./wharf: where Wharf keeps what is not in the checkout.
# The same rule is in bazel/cache_repository.bzl.

wharf_cache_dir() {
  if [[ -n ${WHARF_CACHE:-} ]]; then
    printf '%s\n' "$WHARF_CACHE"
  elif [[ -n ${XDG_CACHE_HOME:-} ]]; then
    printf '%s\n' "$XDG_CACHE_HOME/wharf"
  else
    local home=${HOME:-}
    [[ -n $home ]] || home=$(getent passwd "$(id -u)" | cut -d: -f6)
    [[ -n $home ]] || return 1
    printf '%s\n' "$home/.cache/wharf"
  fi
}
