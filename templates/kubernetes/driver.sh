# Waits for the launcher beside it, runs what that has written down, and tells it how this ended.
# $1: for how many tenths of a second it waits. /lease/stop says by which signal it ends, and after how many seconds by SIGKILL.
set -u
lease=/lease
nap() { sleep 0.1 2>/dev/null || sleep 1; }

# As the first process of a container it would ignore what it has no answer to.
trap 'exit 143' TERM INT HUP
waited=0
while [ ! -e "$lease/go" ]; do
  if [ -e "$lease/failed" ]; then
    read -r status <"$lease/failed"
    exit "$status"
  fi
  waited=$((waited + 1))
  if [ "$waited" -gt "$1" ]; then
    echo 'hibana: there was no word of the launcher' >&2
    exit 6
  fi
  nap
done

sh "$lease/driver.sh" &
driver=$!
# What is left of the pod's grace is the launcher's, to delete the cluster.
trap 'signalled=yes; echo TERM 25 >"$lease/stop.mine" && mv "$lease/stop.mine" "$lease/stop"' TERM INT HUP
(
  trap '' TERM INT HUP
  while kill -0 "$driver" 2>/dev/null; do
    if [ -e "$lease/stop" ] && read -r signal seconds <"$lease/stop"; then
      kill -s "$signal" "$driver" 2>/dev/null
      while [ "$seconds" -gt 0 ] && kill -0 "$driver" 2>/dev/null; do
        sleep 1
        seconds=$((seconds - 1))
      done
      kill -s KILL "$driver" 2>/dev/null
      exit
    fi
    nap
  done
) &
# A signal ends the waiting, not what is waited for: then its status comes with the next, if this one was not it already.
status=
while :; do
  signalled=
  wait "$driver"
  got=$?
  [ "$got" -eq 127 ] && [ -n "$status" ] && break
  status=$got
  [ -n "$signalled" ] || break
done
echo "$status" >"$lease/status.new" && mv "$lease/status.new" "$lease/status"
exit "$status"
