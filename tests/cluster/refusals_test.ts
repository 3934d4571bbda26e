import { assertEquals, assertMatch } from "@std/assert";
import { withFiles } from "../data/own/files.ts";
import {
  assertMistake,
  type Outcome,
  runCommand,
} from "../experiments/command.ts";

/** A Slurm of three scripts, which takes so many jobs as `room` says. */
const FAKE = {
  scontrol: 'echo "MaxArraySize            = 4"',
  squeue: "cat queue",
  sbatch: `jobs=$(grep -c . sent)
if [ "$jobs" -ge "$(cat room)" ]; then
  echo "sbatch: error: QOSMaxSubmitJobPerUserLimit" >&2
  echo "sbatch: error: Batch job submission failed: Job violates policy" >&2
  exit 1
fi
echo "$*" >> sent
for script; do :; done
name=$(sed -n 's/^#SBATCH --job-name=//p' "$script")
case $(sed -n 's/^#SBATCH --array=//p' "$script") in
  0-3*) last=3 ;;
  0-1*) last=1 ;;
  *) last= ;;
esac
for i in $(seq 0 \${last:-0}); do
  echo "$name|$((jobs + 1))_$i|\${last:+$i}|PENDING|Priority" >> queue
done
echo $((jobs + 1))`,
};

Deno.test({
  name: "what Slurm refuses is one line, and nothing is sent twice",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFiles({ room: "1", sent: "", queue: "" }, async (folder) => {
      const [bin, tools] = [`${folder}/bin`, `${folder}/tools`];
      for (const path of [bin, tools]) await Deno.mkdir(path);
      // No other programs: there may be a real Slurm among them.
      for (const name of ["cat", "grep", "sed", "seq", "git"]) {
        await Deno.symlink(`/usr/bin/${name}`, `${tools}/${name}`);
      }
      const submit = async (): Promise<Outcome> =>
        await runCommand(
          "deno run -A tests/cluster/send_cells.ts",
          [`${folder}/none`],
          { env: { PATH: `${bin}:${tools}` } },
        );
      const lines = async (file: string) =>
        (await Deno.readTextFile(`${folder}/${file}`)).trim().split("\n");

      for (const [name, script] of Object.entries(FAKE)) {
        const text = `#!/bin/sh\ncd '${folder}' || exit 1\n${script}\n`;
        await Deno.writeTextFile(`${bin}/${name}`, text);
        await Deno.chmod(`${bin}/${name}`, 0o700);
      }

      const first = await submit();
      assertEquals(first.code, 2);
      assertMatch(
        first.stderr,
        /^error: sbatch: Batch job submission failed: Job violates policy; \S+cells-4\.sh was not sent, jobs 1 were: submit again, which sends only the rest\n$/,
      );
      await Deno.writeTextFile(`${folder}/room`, "9");
      const second = await submit();
      assertEquals([second.code, second.stderr], [0, ""]);
      assertMatch(
        second.stdout,
        /^job 2: cells 4-5 of 6\njob 3: summary [^]* 4 in the queue before, 2 sent\n/,
      );
      const dependencies = (await lines("sent"))
        .map((line) => /--dependency=(\S+)/.exec(line)?.[1]);
      assertEquals(dependencies, [undefined, undefined, "afterany:1:2"]);
      const third = await submit();
      assertMatch(third.stdout, /^6 runs: .* 6 in the queue before, 0 sent\n/);
      assertEquals((await lines("sent")).length, 3);

      await Deno.remove(`${bin}/scontrol`);
      assertMistake(await submit(), "scontrol: no such program here; run it");
    }),
});
