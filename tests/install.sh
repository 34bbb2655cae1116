#!/bin/bash
# The real servers that the tests talk to, from Debian's own packages. Installs what is
# missing, touches nothing that is there, starts no service: the tests start their own
# instances on loopback, with their own configuration.
set -euo pipefail

packages=(postfix clamav-daemon rspamd spamassassin spamd swaks openssl netcat-openbsd recode strace valgrind g++
    miltertest m4 prometheus slapd ldap-utils systemd debhelper lintian debootstrap iproute2 haproxy fail2ban)

# Sendmail conflicts with Postfix: it is unpacked and not installed, only the libraries that it
# needs are. Its set-group-id bit is taken off.
sendmail=/var/cache/congthu-sendmail
packages+=(libdb5.3 libldap-2.5-0 libnsl2 libsasl2-2 libwrap0)

if [ "$(cut -d. -f1 /etc/debian_version 2>/dev/null)" != 12 ]; then
    echo "install.sh: these packages are Debian 12's; this is $(cat /etc/debian_version 2>/dev/null || echo 'no Debian')" >&2
    exit 1
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
# A machine with nothing but Postfix, for the tests that install the package and boot it.
machine=/var/cache/congthu-debian

[ ${#missing[@]} -gt 0 ] || [ ! -e "$sendmail" ] || [ ! -e "$machine" ] || exit 0

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)

# Debian asks this script before it starts a service; 101 means "do not".
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

echo 'postfix postfix/main_mailer_type select No configuration' |
    "${as_root[@]}" debconf-set-selections
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
"${apt[@]}" update
[ ${#missing[@]} = 0 ] || "${apt[@]}" install -y --no-install-recommends "${missing[@]}"

if [ ! -e "$sendmail" ]; then
    work=$(mktemp -d)
    (
        cd "$work"
        apt-get -q download sendmail-bin sendmail-cf
        for package in *.deb; do dpkg-deb -x "$package" root; done
    )
    chmod 755 "$work/root" "$work/root/usr/libexec/sendmail/sendmail"
    "${as_root[@]}" mv "$work/root" "$sendmail"
    rm -rf "$work"
fi

if [ ! -e "$machine" ]; then
    "${as_root[@]}" rm -rf "$machine.new"
    "${as_root[@]}" debootstrap --variant=minbase --include=systemd,systemd-sysv,postfix \
        bookworm "$machine.new"
    "${as_root[@]}" rm -rf "$machine.new"/var/cache/apt/archives/*.deb
    "${as_root[@]}" mv "$machine.new" "$machine"
fi
