/**
 * Shell script for process 1 of a container: runs the program that its arguments name, hands SIGTERM and SIGHUP on to it, and ends as that does. Node in
 * its place would take away none of the processes that others left behind: with each child of k3v that ends a zombie would stay, its watchdog.
 */
export const initScript = `asked=
trap 'asked=TERM; kill -s TERM "$main" 2>/dev/null' TERM
trap 'asked=HUP; kill -s HUP "$main" 2>/dev/null' HUP
# A command in the background would have no standard input.
exec 3<&0
"$@" <&3 3<&- &
main=$!
exec 3<&-
[ -z "$asked" ] || kill -s "$asked" "$main"
# Above 128 it may be that of a signal that came meanwhile.
while :; do
  wait "$main"
  status=$?
  [ "$status" -gt 128 ] && kill -0 "$main" 2>/dev/null || exit "$status"
done
`;
