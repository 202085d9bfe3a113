#!/bin/bash
# First process of the cluster's box (a network, mount and pid namespace): makes the switch and starts a box per node. When it
# ends, the kernel ends every process in the box, and mounts, interfaces and firewall rules go with their namespaces.
#
#   machine  <nodes>.1 ---cable--- switch (bridge) --- eth0 of node i  <nodes>.(i+1)
#
# Environment: STATE (folder), NODES (how many), BOX (folder of this script), NODE_NET, POD_NET, SERVICE_NET, CGROUP (name),
# NETWORK_POLICIES (1: enforced), STAYS (1: lives on without its starter; else the end of standard input, a pipe from the starter, ends it).
set -euo pipefail
mount -t tmpfs tmpfs /run
mkdir -p /run/netns
ip link set lo up
ip link add switch type bridge
ip link set switch up
# The switch is only a switch: its frames are no business of iptables.
echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null || true

# A cgroup for the cluster in every hierarchy. v2: at the top, controllers handed down through groups that hold no process.
# v1: below our own. $STATE/cgroups lists them for whoever removes them.
cgroups=()
if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
  group=/sys/fs/cgroup/$CGROUP
  mkdir -p "$group"
  cgroups+=("$group")
  for parent in /sys/fs/cgroup "$group"; do
    for controller in $(cat "$parent/cgroup.controllers"); do
      echo "+$controller" > "$parent/cgroup.subtree_control" 2>/dev/null || true
    done
  done
else
  while IFS=: read -r _ controllers path; do
    if [ -n "$controllers" ]; then base=/sys/fs/cgroup/${controllers#name=}; else base=/sys/fs/cgroup/unified; fi
    [ -d "$base" ] || continue
    group=$base${path%/}/$CGROUP
    mkdir -p "$group"
    cgroups+=("$group")
    # A new v1 cpuset is empty, and no process may join it.
    if [[ ,$controllers, = *,cpuset,* ]]; then
      for file in cpuset.cpus cpuset.mems; do cat "$base${path%/}/$file" > "$group/$file"; done
    fi
  done < /proc/self/cgroup
fi
# Else all of it together weighs as much as one process that runs beside it.
for group in "${cgroups[@]}"; do
  if [ -e "$group/cpu.shares" ]; then echo 16384 > "$group/cpu.shares" || true; fi
  if [ -e "$group/cpu.weight" ]; then echo 1600 > "$group/cpu.weight" || true; fi
done
printf '%s\n' "${cgroups[@]}" > "$STATE/cgroups"

for index in $(seq "$NODES"); do
  name=node$index
  for group in "${cgroups[@]}"; do
    mkdir -p "$group/$name"
    for file in cpuset.cpus cpuset.mems; do
      if [ -e "$group/$file" ]; then cat "$group/$file" > "$group/$name/$file" 2>/dev/null || true; fi
    done
  done
  ip netns add "$name"
  ip link add "$name" type veth peer name eth0 netns "$name"
  ip link set "$name" master switch up
  (
    for group in "${cgroups[@]}"; do echo "$BASHPID" > "$group/$name/cgroup.procs"; done
    exec nsenter --net="/run/netns/$name" unshare --mount --pid --cgroup --uts --ipc --fork --kill-child --mount-proc \
      --propagation private -- "$BOX/node.sh" "$index" > "$STATE/$name/log/box.log" 2>&1
  ) &
done
echo ok > "$STATE/ready"

trap 'exit 0' TERM INT
# Without job control the standard input of a background command is /dev/null, unless it is named.
exec 3<&0
if [ "$STAYS" != 1 ]; then cat <&3 > /dev/null & fi
wait -n || true
