# usage: HOME LOG PROGRAM [ARGUMENT...]
# Runs PROGRAM. Each line of standard input names a signal for it; the end of standard input means
# that whoever started this is gone: PROGRAM is stopped and HOME removed.
umask 077
home=$1 log=$2
shift 2
exec 3<&0 4>&1 </dev/null >>"$log" 2>&1

# Descriptor 4 is inherited by every process of PROGRAM: its end is the end of all of them.
"$@" 3<&- &
program=$!

(
    while read -r signal; do
        kill -s "$signal" "$program"
    done
    : >"$home/abandoned"
    # More than once: a program that has only just begun may not listen yet.
    while kill -s QUIT "$program" 2>/dev/null; do
        sleep 0.2
    done
) <&3 4>&- &
orders=$!

# Nobody may be left to read it.
trap '' PIPE
echo "$program" >&4

wait "$program"
status=$?
kill "$orders" 2>/dev/null
if [ -e "$home/abandoned" ]; then
    rm -rf "$home" 2>/dev/null
fi
exit "$status"
