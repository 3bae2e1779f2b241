#!/bin/bash -eu
# Builds every fuzz target the way OSS-Fuzz asks for: $OUT gets, for each, the program, its seed corpus, its
# options and its dictionary. The compiler and its flags come from the environment ($CC, $CXX, $CFLAGS,
# $CXXFLAGS, $LIB_FUZZING_ENGINE), $SRC/wharf is the checkout. README.md here says what has been tried.

cd "$SRC/wharf"

# To Bazel each flag is an option of its own. OSS-Fuzz instruments for libFuzzer itself.
options=(--compilation_mode=opt --strip=never --platform_suffix=-oss-fuzz --define=wharf_fuzz=1
  --repo_env=CC="$CC" --repo_env=CXX="$CXX" --action_env=CC="$CC" --action_env=CXX="$CXX"
  # Clang has to be told that Abseil is not ours to warn about.
  --copt=--system-header-prefix=absl/)
for flag in $CFLAGS; do options+=("--conlyopt=$flag" "--linkopt=$flag"); done
for flag in $CXXFLAGS; do options+=("--cxxopt=$flag" "--linkopt=$flag"); done
if [[ ${SANITIZER:-} == undefined ]]; then options+=(--linkopt=-fsanitize-link-c++-runtime); fi

targets=()
for file in fuzz/options/*.options; do targets+=("$(basename "$file" .options)"); done

tools/setup --for=build
labels=("${targets[@]/#///fuzz:}")
bazel build "${options[@]}" "${labels[@]/%/_fuzz}"
binaries=$(bazel info "${options[@]}" bazel-bin 2>/dev/null)

for target in "${targets[@]}"; do
  install -m 755 "$binaries/fuzz/${target}_fuzz" "$OUT/${target}_fuzz"
  zip -jq "$OUT/${target}_fuzz_seed_corpus.zip" "fuzz/corpus/$target"/*
  # The options name the dictionary as it is called beside the program.
  sed "s/^dict = $target\.dict/dict = ${target}_fuzz.dict/" "fuzz/options/$target.options" >"$OUT/${target}_fuzz.options"
  if [[ -f fuzz/dict/$target.dict ]]; then cp "fuzz/dict/$target.dict" "$OUT/${target}_fuzz.dict"; fi
done
