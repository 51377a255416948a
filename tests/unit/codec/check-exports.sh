#!/bin/sh
# SPDX-License-Identifier: MIT
# check-exports.sh <nm> <symbol> <shared object>: it exports the symbol and nothing else
exports=$("$1" -D --defined-only "$3" | awk '$2 ~ /^[A-Z]$/ { print $3 }')
echo "1..1"
if [ "$exports" = "$2" ]; then
	echo "ok 1 - exports only $2"
else
	echo "not ok 1 - exports only $2"
	echo "$exports" | sed 's/^/# /'
	exit 1
fi
