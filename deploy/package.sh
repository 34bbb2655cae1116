#!/bin/bash
# Makes the Debian package: `make deb`, or `deploy/package.sh FOLDER` for another place than target/deb.
# CONGTHU_BINARY names a binary that is built already; CONGTHU_VERSION is a version other than that of
# Cargo.toml; CONGTHU_DEB_OPTIONS goes to dpkg-deb.
set -euo pipefail
cd "$(dirname "$0")/.."

out=${1:-target/deb}
version=${CONGTHU_VERSION:-$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)}

if ! command -v dh >/dev/null; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get -q update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends debhelper
fi

binary=${CONGTHU_BINARY:-}
if [ -z "$binary" ]; then
    # Optimised across crates, which `make run` has no time for.
    cargo build --profile shipped --locked --ignore-rust-version
    binary=target/shipped/congthu
fi

build=$out/build
stage=$build/stage
rm -rf "$build"
mkdir -p "$stage"/{bin,rules,man,bash,zsh,fish,examples}
cp -r deploy/debian "$build"
cp deploy/systemd/congthu.service deploy/systemd/congthu.socket "$build/debian"
# Only put there: who wants the milter door enables it.
cp deploy/systemd/congthu-milter.socket "$stage"
cp "$binary" "$stage/bin/congthu"
cp deploy/congthu.toml "$stage"
cp rules/*.toml "$stage/rules"
cp -r grafana "$stage"
cp README.md README.vi.md "$stage"
cp deploy/README.md "$stage/deploy.md"
cp rules/README.md "$stage/rules.md"
cp deploy/haproxy.cfg "$stage/examples"
cp -r deploy/fail2ban "$stage/examples"
cp CHANGELOG.md "$stage/by-name.md"

# Pages and completions are what the program itself says of its commands.
"$stage/bin/congthu" generate man "$stage/man"
"$stage/bin/congthu" generate completions "$stage"
cp deploy/congthu.toml.5 "$stage/man"
mv "$stage/congthu.bash" "$stage/bash/congthu"
mv "$stage/_congthu" "$stage/zsh"
mv "$stage/congthu.fish" "$stage/fish"

# What each linked crate asks for: its licence, and the notices that come with it.
registry=${CARGO_HOME:-$HOME/.cargo}/registry/src
cargo tree --locked --edges normal,no-proc-macro --prefix none --format '{p}	{l}' |
    sort -u | while IFS=$'\t' read -r crate licence; do
    read -r name number _ <<<"$crate"
    [ "$name" != congthu ] || continue
    printf '=== %s %s: %s\n\n' "$name" "${number#v}" "$licence"
    source=$(echo "$registry"/*/"$name-${number#v}")
    notices=$(find "$source" -maxdepth 2 -type f \
        \( -iname 'licen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' -o -path '*/LICENSES/*' \) -exec cat {} +)
    if [ -n "$notices" ]; then
        printf '%s\n\n' "$notices"
    else
        echo "It comes without a text of its licence (the usual texts: /usr/share/common-licenses, and the"
        printf 'copyright file beside this one).\n%s\n\n' "$(sed -n '/^authors = /,/\]$/p' "$source/Cargo.toml")"
    fi
done | gzip -9n >"$stage/crates.gz"

cat >"$build/debian/changelog" <<END
congthu ($version) unstable; urgency=medium

  * What changed is told by finding and setting names in
    /usr/share/doc/congthu/by-name.md.gz.

 -- $(sed -n 's/^Maintainer: //p' deploy/debian/control)  $(date -R -r CHANGELOG.md)
END

(cd "$build" && dpkg-buildpackage --build=binary --no-sign --no-check-builddeps >../build.log 2>&1) || {
    tail -30 "$out/build.log" >&2
    exit 1
}
echo "$out/congthu_${version}_$(dpkg --print-architecture).deb"
