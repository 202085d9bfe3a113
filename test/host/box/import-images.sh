#!/bin/bash
# Fills the image store $1 with the archives named after it, by a bare containerd ($CONTAINERD, $CTR) in a mount and pid
# namespace of its own, so that no overlay mount or process stays.
set -euo pipefail
store=$1
shift
mount -t tmpfs tmpfs /run
cat > /run/config.toml <<CONFIG
version = 3
root = '$store'
state = '/run/containerd'
disabled_plugins = ['io.containerd.cri.v1.images', 'io.containerd.cri.v1.runtime', 'io.containerd.grpc.v1.cri', 'io.containerd.nri.v1.nri']
[grpc]
  address = '/run/containerd/containerd.sock'
CONFIG
"$CONTAINERD" -c /run/config.toml > "$store.log" 2>&1 &
pid=$!
for _ in $(seq 200); do
  "$CTR" version > /dev/null 2>&1 && break
  sleep 0.05
done
for archive; do "$CTR" -n k8s.io images import "$archive" >> "$store.log" 2>&1; done
kill -TERM $pid
wait $pid || true
