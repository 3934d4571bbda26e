#!/bin/bash
# Packs into .dev what run.sh needs on a machine that has a GPU and Python alone:
# Deno, the programs as bundles, Debian's Vulkan loader. 64 MiB at most, with the
# tree.
#
#     tests/bench/gpu/pack.sh
set -eu
cd "$(dirname "$0")/../../.."
rm -rf .dev && mkdir .dev
xz -T0 -6 -c "$(readlink -f "$(command -v deno)")" > .dev/deno.xz
for program in tests/bench/main tests/bench/gpu/calls experiments/latent_sweep; do
  bundle=.dev/$(basename $program).js
  deno bundle -q -o "$bundle" "$program.ts"
  xz -T0 -6 "$bundle"
done
(cd .dev && apt-get -q download libvulkan1 libegl1 libglvnd0 > /dev/null) ||
  echo "pack.sh: no Vulkan loader: run.sh needs one on the machine" >&2
du -sh --apparent-size .dev
