#!/bin/bash
# Measures the webgpu engine on a machine with a GPU, in under 9 minutes: what
# calls cost; the engine checked against the CPU, then timed by step, in groups
# and by dispatch, against tfjs, PyTorch and JAX; the host's part; L_5000; a sweep.
# What fails says so and the rest goes on. In the folder that pack.sh made, on any
# machine, or in the repository with the programs that are there:
#
#     OUT=FOLDER .dev/run.sh         # a GPU
#     OUT=FOLDER .dev/run.sh few     # to rehearse it on a software adapter
#
# `few` is one rule for all parts: none is left out, all have small counts, and
# limits three times as long. It took llvmpipe six minutes on two cores that twenty
# other processes used.
set -u
here=$(cd "$(dirname "$0")" && pwd)
out=${OUT:?a folder for the results}
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export NO_COLOR=1 XDG_RUNTIME_DIR=/tmp PYTHONUNBUFFERED=1
export DENO_WEBGPU_BACKEND=vulkan

if [ -f "$here/deno.xz" ]; then
  cd "$here"
  for package in *.deb; do
    [ -f "$package" ] && dpkg -x "$package" "$work/root"
  done
  export LD_LIBRARY_PATH="$work/root/usr/lib/$(uname -m)-linux-gnu:${LD_LIBRARY_PATH:-}"
  python3 - "$work" <<'PYTHON'
import glob, lzma, os, shutil, sys
work = sys.argv[1]
for path in glob.glob("*.xz"):
    name = os.path.basename(path).removesuffix(".xz")
    with lzma.open(path) as packed, open(f"{work}/{name}", "wb") as file:
        shutil.copyfileobj(packed, file)
os.chmod(f"{work}/deno", 0o755)
PYTHON
  # what the programs read of packages
  cat > "$work/deno.json" <<'JSON'
{
  "imports": {
    "@resvg/resvg-wasm/index_bg.wasm": "./index_bg.wasm",
    "dejavu-fonts-ttf/ttf/DejaVuSans.ttf": "./DejaVuSans.ttf",
    "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf": "./DejaVuSans-Bold.ttf"
  }
}
JSON
  deno="$work/deno" config="--config $work/deno.json" main=$work/main.js calls=$work/calls.js
  sweep=$work/latent_sweep.js
else
  cd "$here/../../.."
  deno=deno config="" main=tests/bench/main.ts calls=tests/bench/gpu/calls.ts
  sweep=experiments/latent_sweep.ts
fi
icd=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
[ -f $icd ] && export VK_DRIVER_FILES=$icd

if [ "${1:-}" = few ]; then
  times=2 rounds=2 runs=2 steps=20 seeds=1,2 as_one=8 budget=3
  extra="--batch 16 --check-steps 3" images=5 k=50
else
  times=10 rounds=5 runs=8,32,128 steps=4000 seeds=1,2,3,4,5,6,7,8 as_one=32 budget=1
  extra="--batch 128 --check-steps 20" images=10000 k=5000
fi

# measure NAME SECONDS COMMAND...
measure() {
  local name=$1 most=$2 start=$SECONDS
  shift 2
  echo "== $name"
  timeout $((most * budget)) "$@" 2>&1 | tee "$out/$name.txt"
  local code=${PIPESTATUS[0]}
  echo "== $name: exit code $code after $((SECONDS - start)) s, ${SECONDS} s in all"
}

$deno --version
command -v nvidia-smi > /dev/null &&
  nvidia-smi --query-gpu=name,driver_version,clocks.sm,clocks.mem --format=csv |
  tee "$out/gpu.txt"
run="$deno run -A --no-check $config"
bench="$run $main --no-jax"
measure calls 40 $run $calls $times
measure steps 270 $bench --only gpu --samples 1 --runs $runs --rounds $rounds \
  $extra --out "$out/steps.md"
measure host 20 $bench --only host --runs 32 --rounds $rounds \
  --out "$out/host.md"
measure bound 80 $bench --only bound --k $k --images $images \
  --out "$out/bound.md"
# figure 2 of AEVB: 4 latent dimensions by the seeds, as one
measure sweep 100 $run $sweep --dataset glyphs \
  --backend webgpu --engine webgpu --latent 2,5,10,20 --seed $seeds \
  --batch-runs $as_one --steps $steps --eval-every $steps --final-k 0 --out "$work/sweep"
