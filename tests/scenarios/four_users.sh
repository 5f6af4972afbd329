#!/usr/bin/env bash
# Runs an office as four users that only this mount namespace knows. PYTHON FOLDER SETTINGS RUN; see test_four_users.py.
set -eu
python=$1 folder=$2 settings=$3 run=$4
mount --bind "$folder/passwd" /etc/passwd
mount --bind "$folder/group" /etc/group
appliance() { "$python" -m appliance --settings "$settings" "$@"; }
as() { local role=$1; shift; setpriv --reuid "or-$role" --regid or --clear-groups --no-new-privs "$@"; }
declare -A pids=()
trap 'kill -KILL "${pids[@]}" 2>/dev/null || true' EXIT

appliance owners
echo "given twice: $(appliance owners)"
for role in keeper darkroom recorder web; do
  (umask 0027; exec setpriv --reuid "or-$role" --regid or --clear-groups --no-new-privs \
    "$python" -m appliance --settings "$settings" process "$role" > "$folder/$role.log" 2>&1) &
  pids[$role]=$!
done

state=""
for _ in $(seq 240); do
  state=$(appliance status --json 2>/dev/null | "$python" -c \
    'import json, sys; c = json.load(sys.stdin)["cameras"][0]; print(c["state"] if c["last_written_age_s"] else "")' 2>/dev/null || true)
  [ "$state" = live ] && break
  sleep 0.5
done
echo "recorded: $state"
for role in recorder web darkroom keeper; do
  for verb in office status login recorder.gap verify; do
    as "$role" "$python" -c '
import sys
from appliance.core.errors import RecorderError
from appliance.protocol.transport import Client
path, role, verb = sys.argv[1:]
try:
    answer = "ok" if Client(path, timeout_seconds=120).call(verb).head["ok"] else "?"
except RecorderError as error:
    answer = type(error).__name__
print(f"{role} asked {verb}: {answer}")' "$run/keeper.sock" "$role" "$verb"
  done
done
kill -TERM "${pids[recorder]}"
wait "${pids[recorder]}" || true
unset "pids[recorder]"
office=$(dirname "$settings")/office/office
for _ in $(seq 240); do
  [ -z "$(ls "$office/open")" ] && break
  sleep 0.5
done
echo "closed: $(find "$office/ring" -name '*.seg' | wc -l) in the ring, $(find "$office/open" -name '*.seg' | wc -l) in open"
echo "verified: $(appliance verify | tail -n 1)"
for role in web darkroom keeper; do
  kill -TERM "${pids[$role]}"
  wait "${pids[$role]}" || true
  unset "pids[$role]"
done
