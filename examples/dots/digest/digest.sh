#!/bin/sh
# Prints the newest lines of each log named in sources.txt beside it.
set -eu
here=$(dirname "$0")
while read -r source; do
    [ -r "$source" ] && tail -n 5 "$source"
done < "$here/sources.txt"
