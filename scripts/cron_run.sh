#!/bin/sh
# What a line of the crontab runs: cron_run.sh TARGET LOG_DIR. The output of `make TARGET` goes to LOG_DIR/TARGET.log.
# If the run fails, its part of the log is also printed, because cron mails what a command prints. The exit code is
# that of make, which is 2 for every failure; the message of make has the loader's own.
set -u
cd "$(dirname "$0")/.." || exit
umask 077
log=$2/$1.log

mkdir -p "$2"
if ! true >>"$log"; then
    echo "error: $log can't be written, so this is the output of make $1 — correct LOG_DIR or its owner"
    exec make --silent "$1" 2>&1
fi
before=$(wc -c <"$log")
make --silent "$1" >>"$log" 2>&1
code=$?
if [ "$code" -ne 0 ]; then
    echo "make $1 failed with exit code $code; all output is in $log, and of this run it is:"
    tail -c "+$((before + 1))" "$log"
fi
exit "$code"
