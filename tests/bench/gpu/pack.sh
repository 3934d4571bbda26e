#!/bin/bash
# Packs into .dev all that a machine needs which has a GPU and Python alone: Deno,
# the programs as bundles with the files of packages that they read, Debian's
# Vulkan loader, and run.sh. The tree need not go there; the folder is half of
# the 64 MiB that such a machine may take, and its size is told.
#
#     tests/bench/gpu/pack.sh
set -eu
cd "$(dirname "$0")/../../.."
rm -rf .dev && mkdir .dev
cp tests/bench/gpu/run.sh .dev
xz -T0 -6 -c "$(readlink -f "$(command -v deno)")" > .dev/deno.xz
for program in tests/bench/main tests/bench/gpu/calls experiments/latent_sweep; do
  bundle=.dev/$(basename $program).js
  deno bundle -q -o "$bundle" "$program.ts"
  xz -T0 -6 "$bundle"
done
# A bundle has no packages: run.sh gives their names to these files.
deno eval '
import { fileURLToPath } from "node:url";
import "dejavu-fonts-ttf/package.json" with { type: "json" };
import "@resvg/resvg-wasm";
for (const name of Deno.args) console.log(fileURLToPath(import.meta.resolve(name)));
' @resvg/resvg-wasm/index_bg.wasm dejavu-fonts-ttf/ttf/DejaVuSans.ttf \
  dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf |
  while read -r file; do xz -c "$file" > ".dev/$(basename "$file").xz"; done
(cd .dev && apt-get -q download libvulkan1 libegl1 libglvnd0 > /dev/null) ||
  echo "pack.sh: no Vulkan loader: run.sh needs one on the machine" >&2
du -sb .dev | awk '{ printf "packed: %.1f MiB\n", $1 / 2 ^ 20 }'
