#!/usr/bin/env bash
# names_test DESCRIBE FILE...: each file shows what its name says.
exec "$1" --check "${@:2}"
