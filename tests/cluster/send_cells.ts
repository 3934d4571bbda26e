/** Sends six cells to whatever is called sbatch; the first argument: where to. */

import { readFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import { send } from "../../src/cli/cluster/send.ts";
import { sweepOf } from "../../src/cli/cluster/sweep_file.ts";
import { runTask } from "../../src/cli/task.ts";

await runTask(async ([folder]) => {
  const { runs } = requestOf(readFlags(["--seed", "1-6", "--latent", "2"]));
  const about = { experiment: "none", folder: folder!, command: "none" };
  await send(sweepOf(runs, about), {
    start: { start: "/", user: "/", env: {}, command: ["deno"], flags: [] },
    resources: { sbatch: [] },
    throttle: 1,
    of: 6,
  });
});
