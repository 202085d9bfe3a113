#!/bin/bash
# First process of a node's box. Argument: the node's number. Environment: see cluster.sh. Runs every file in
# $STATE/node<i>/programs and starts it again when it ends, so their order does not matter and tests may kill one.
set -euo pipefail
index=$1
address=$NODE_NET.$((index + 1))
node=$STATE/node$index
hostname "node$index"

# Network. Nothing leads out of the machine: without the last route a pod's connection to elsewhere would hang.
ip link set lo up
ip addr add "$address/24" dev eth0
ip link set eth0 up
for other in $(seq "$NODES"); do
  [ "$other" = "$index" ] || ip route add "$POD_NET.$other.0/24" via "$NODE_NET.$((other + 1))"
done
# A local packet to a Service needs a route before kube-proxy gets to rewrite it.
ip route add "$SERVICE_NET.0.0/16" dev eth0 src "$address"
ip route add unreachable default metric 9999
set_kernel() { [ ! -e "/proc/sys/$1" ] || echo "$2" > "/proc/sys/$1" || true; }
set_kernel net/ipv4/ip_forward 1
set_kernel net/bridge/bridge-nf-call-iptables 1
set_kernel net/ipv4/conf/all/rp_filter 0

# The first packet of each connection goes to the program network-policies, which lets it pass or not; without it none passes. What root of the
# node sends is the node's own: kubelet's probes.
if [ "${NETWORK_POLICIES:-0}" = 1 ]; then
  iptables -t mangle -A POSTROUTING -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
  iptables -t mangle -A POSTROUTING -m owner --uid-owner 0 -j ACCEPT
  iptables -t mangle -A POSTROUTING -j NFQUEUE --queue-num 100
fi

# Mounts: shared inside the box, as kubelet wants, private to the rest of the machine.
mount --make-rshared /
cgroup_type=$(stat -fc %T /sys/fs/cgroup)
mount -t sysfs sysfs /sys
if [ "$cgroup_type" = cgroup2fs ]; then
  mount -t cgroup2 cgroup /sys/fs/cgroup
  mkdir -p /sys/fs/cgroup/init
  for pid in $(cat /sys/fs/cgroup/cgroup.procs); do echo "$pid" > /sys/fs/cgroup/init/cgroup.procs 2>/dev/null || true; done
  for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
    echo "+$controller" > /sys/fs/cgroup/cgroup.subtree_control || true
  done
else
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  while IFS=: read -r _ controllers _; do
    [ -n "$controllers" ] || continue
    folder=/sys/fs/cgroup/${controllers#name=}
    mkdir -p "$folder"
    mount -t cgroup -o "$controllers" cgroup "$folder"
    if [[ $controllers = *,* ]]; then
      for controller in ${controllers//,/ }; do ln -s "$controllers" "/sys/fs/cgroup/$controller"; done
    fi
  done < /proc/self/cgroup
fi
for folder in /run /var/lib /mnt; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done
mkdir -p /run/lock /var/lib/{containerd,kubelet,cni,local-path}
mount --bind "$node/containerd" /var/lib/containerd
mount --bind "$node/kubelet" /var/lib/kubelet
mount --bind "$node/local-path" /var/lib/local-path
mount --bind "$node/log" /var/log

# Kubelet sets kernel-wide values: it gets files instead. A second, uncovered proc must stay in sight, or the kernel refuses to
# mount proc in pods with a user namespace.
mkdir -p /run/sysctl /run/proc
mount -t proc proc /run/proc
for value in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  copy=/run/sysctl/${value//\//.}
  cat "/proc/sys/$value" > "$copy"
  mount --bind "$copy" "/proc/sys/$value"
done

keep_running() {
  while :; do
    "$1" >> "$node/log/$(basename "$1").log" 2>&1 || true
    sleep 0.3
  done
}
for program in "$node"/programs/*; do keep_running "$program" & done
trap 'exit 0' TERM INT
# Also reaps what lost its parent.
while :; do wait -n || true; done
