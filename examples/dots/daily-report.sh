#!/bin/sh
# Prints how full the disks are and how long the machine has been up.
# This is the artifact that the quickstart registers.
set -eu
printf 'report for %s\n' "$(date -u +%Y-%m-%d)"
df -h | sed 1d | while read -r device size used free share mount; do
    printf '%-24s %6s of %6s used (%s)\n' "$mount" "$used" "$size" "$share"
done
uptime
