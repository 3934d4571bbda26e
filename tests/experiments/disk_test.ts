import { assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  type Outcome,
  run,
  runBare,
  runHere,
  threeAtATime,
  tiny,
  tinyNet,
} from "./command.ts";

/** Bash: a small disk at $1, with $2 kilobytes, which ends with the process. */
const SMALL_DISK = 'mount -t tmpfs -o "size=$2k" tmpfs "$1"';
const UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"];

function bash(script: string, ...args: readonly string[]): string[] {
  return ["bash", "-c", script, "bash", ...args];
}

async function canMount(): Promise<boolean> {
  const folder = await Deno.makeTempDir();
  try {
    const [file, ...args] = [...UNSHARE, ...bash(SMALL_DISK, folder, "4")];
    const command = new Deno.Command(file!, { args, stderr: "null" });
    return (await command.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  } finally {
    await Deno.remove(folder);
  }
}

const mounts = await canMount();

/** Without it there is no source.patch, whose size nobody knows beforehand. */
const WITHOUT_GIT = { GIT_DIR: "/nowhere" };

/** Registers a test with small disks, ignored where none can be mounted. */
function testOnSmallDisk(
  name: string,
  check: (disk: string) => Promise<void>,
): void {
  Deno.test({
    name: mounts ? name : `${name} [ignored: no tmpfs may be mounted here]`,
    ignore: !mounts,
    fn: () => withFolder(check),
  });
}

/**
 * Runs on a disk of so many kilobytes, in blocks of four.
 *
 * @returns the outcome, whose stdout lists what was left on the disk
 */
async function runOnDisk(
  disk: string,
  kilobytes: number,
  experiment: string,
  args: readonly string[],
): Promise<{ outcome: Outcome; left: string[] }> {
  const script = `${SMALL_DISK} || exit; at="$1"; shift 2; "$@"; code=$?; ` +
    'cd "$at" && find . -type f -o -name "*.partial"; exit "$code"';
  const under = [...UNSHARE, ...bash(script, disk, String(kilobytes))];
  const { stdout, ...rest } = await run(experiment, args, {
    under,
    env: WITHOUT_GIT,
  });
  const left = stdout.split("\n").filter((line) => line !== "").sort();
  return { outcome: { ...rest, stdout: "" }, left };
}

testOnSmallDisk(
  "a disk that fills is one line, exit code 2, and no half of a run",
  async (disk) => {
    const grows = {
      ...{ steps: 200, "eval-every": 200, "checkpoint-every": 200 },
      out: disk,
    };
    await threeAtATime([
      async () => {
        const { outcome, left } = await runOnDisk(
          disk,
          12,
          "latent-sweep",
          // A slow machine would tell of its progress.
          [...tinyNet(grows), "--quiet"],
        );
        assertMistake(outcome, "train.csv", "disk is full");
        assertEquals(left, []);
      },
      // One block and more: one file after the other finds no room. What a
      // checkpoint covers stays, to go on from when there is room again.
      ...[
        { file: "train.csv", kept: [] },
        { file: "eval.csv", kept: [] },
        { file: "checkpoint-4.safetensors", kept: [] },
        { file: "checkpoint-4.safetensors", kept: [] },
        {
          file: "evaluation-k3-n10.csv",
          kept: ["checkpoint-4.safetensors", "eval.csv", "train.csv"],
        },
        {
          file: "evaluation-k3-n10-units.csv",
          kept: [
            ...["checkpoint-4.safetensors", "eval.csv"],
            ...["evaluation-k3-n10.csv", "train.csv"],
          ],
        },
        {
          file: "made.json",
          kept: [
            ...["checkpoint-4.safetensors", "eval.csv"],
            ...["evaluation-k3-n10-units.csv", "evaluation-k3-n10.csv"],
            "train.csv",
          ],
        },
      ].map(({ file, kept }, i) => async () => {
        const args = [
          ...tiny({ latent: 2, backend: "cpu", out: disk }),
          "--quiet",
        ];
        const size = 4 * (i + 1);
        const { outcome, left } = await runOnDisk(disk, size, "elbo-gap", args);
        assertMistake(outcome, file, "disk is full", "--out");
        const partial = "./elbo-gap/linear-gaussian-z2-L1-seed1.partial";
        assertEquals(
          left,
          kept.length === 0
            ? []
            : [partial, ...kept.map((name) => `${partial}/${name}`)],
        );
      }),
      async () => {
        // The rows of a run that diverges: its record finds no room.
        const args = [
          ...tinyNet({ optimizer: "sgd", "learning-rate": 1e30, out: disk }),
          "--quiet",
        ];
        const { outcome, left } = await runOnDisk(
          disk,
          8,
          "latent-sweep",
          args,
        );
        assertMistake(outcome, "made.json", "disk is full");
        assertEquals(left, []);
      },
    ]);
  },
);

testOnSmallDisk(
  "a disk that is full leaves the finished run alone",
  async (disk) => {
    // Room for the seven files of a run and the summary, and for nothing more.
    const script = `${SMALL_DISK} || exit; at="$1"; shift 2; "$@"; ` +
      'cd "$at"/elbo-gap/*seed1 && sum=$(sha256sum *) && cd - >/dev/null; ' +
      '"$@" --fresh; code=$?; cd "$at"/elbo-gap; ls; cd *seed1; ' +
      '[ "$sum" = "$(sha256sum *)" ] && echo same; exit "$code"';
    const args = tiny({ latent: 2, backend: "cpu", out: disk });
    const { code, stdout, stderr } = await run(
      "elbo-gap",
      [...args, "--quiet"],
      { under: [...UNSHARE, ...bash(script, disk, "36")], env: WITHOUT_GIT },
    );
    const [first, second, ...rest] = stderr.split("\n");
    assertEquals([code, rest], [2, [""]], stderr);
    assertStringIncludes(first!, "learning-curves.svg: the disk is full");
    assertStringIncludes(second!, "seed1.lock: the disk is full");
    assertEquals(stdout, "linear-gaussian-z2-L1-seed1\nsummary.csv\nsame\n");
  },
);

testOnSmallDisk(
  "a disk that is read-only is one line, exit code 2",
  async (disk) => {
    const script = 'mount -t tmpfs -o ro tmpfs "$1" && shift && "$@"';
    assertMistake(
      await runBare([...tinyNet({ out: `${disk}/out` }), "--quiet"], {
        under: [...UNSHARE, ...bash(script, disk)],
      }),
      ...[`${disk}/out`, "read-only", "--out"],
    );
  },
);

Deno.test({
  name:
    "a file that may not grow is one line, exit code 2, and no half of a run",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (out) => {
      // 8 kilobytes. Without its signal, the limit is an error of the write.
      const script = "trap '' XFSZ; ulimit -f 8; exec \"$@\"";
      const args = [
        ...tinyNet({
          ...{ steps: 300, "eval-every": 300, "checkpoint-every": 300 },
          out,
        }),
        // A slow machine would tell of its progress.
        "--quiet",
      ];
      assertMistake(
        await runBare(args, { under: bash(script) }),
        ...["train.csv", "too large", "--out"],
      );
      assertEquals([...Deno.readDirSync(`${out}/latent-sweep`)], []);
    }),
});

Deno.test({
  name: "--out where nothing may be written is one line, exit code 2",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const loop = `${folder}/loop`;
      await Deno.symlink("loop", loop);
      const long = `${folder}/${"long".repeat(80)}`;
      const places = ["/proc/out", "/sys/out", loop, long];
      await threeAtATime(places.map((out) => async () => {
        const outcome = await runHere("latent-sweep", tinyNet({ out }));
        assertMistake(outcome, out, "--out");
      }));
      assertEquals([...Deno.readDirSync(folder)].length, 1);
    }),
});
