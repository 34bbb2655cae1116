#!/bin/bash
# Becomes the first process of a machine with nothing: Debian with systemd in namespaces of its own
# (mounts, processes, network, names, cgroups). Started by `unshare`; what it writes is gone with it.
#   machine.sh BASE SHARED    BASE: a tree made by debootstrap; SHARED: a folder that is /host in it
set -euo pipefail
base=$1
shared=$2
work=$shared/machine
mount --make-rprivate /
mkdir -p "$work"
mount -t tmpfs -o size=3g,mode=755 machine "$work"
mkdir "$work"/{upper,work,root}
mount -t overlay -o "lowerdir=$base,upperdir=$work/upper,workdir=$work/work" machine "$work/root"
cd "$work/root"

mount -t proc proc proc
# The kernel is everybody's: nothing of it is set from here.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=755 dev dev
for node in null zero full random urandom tty; do
    touch "dev/$node"
    mount --bind "/dev/$node" "dev/$node"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mkdir host old
mount --bind "$shared" host

# No consoles, no devices, no kernel modules.
for unit in getty.target console-getty.service systemd-remount-fs.service systemd-modules-load.service \
    systemd-udevd.service systemd-udev-trigger.service systemd-sysctl.service dev-hugepages.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount; do
    ln -sf /dev/null "etc/systemd/system/$unit"
done
ln -sf /lib/systemd/system/multi-user.target etc/systemd/system/default.target
echo mx.tiengiang.gov.vn >etc/hostname
echo '127.0.0.1 localhost mx.tiengiang.gov.vn mx' >etc/hosts
: >etc/resolv.conf
hostname mx.tiengiang.gov.vn
ip link set lo up

# A cgroup of its own, which is the root for whoever lives in it.
mount -t cgroup2 cgroup2 sys/fs/cgroup
mkdir -p "sys/fs/cgroup/congthu-$(basename "$shared")"
echo $$ >"sys/fs/cgroup/congthu-$(basename "$shared")/cgroup.procs"
umount sys/fs/cgroup
pivot_root . old
exec chroot . unshare --cgroup /bin/sh -c '
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    umount -l /old
    exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd'
