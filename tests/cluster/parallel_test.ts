import { assertEquals } from "@std/assert";
import { withFolder } from "../data/helpers.ts";
import { runTask } from "../experiments/command.ts";
import { hasProgram } from "./slurm.ts";
import { resultsOf, sweepFlags, sweptHere } from "./sweeps.ts";

const NAME = "the lines for GNU parallel give the sweep's bytes";
const isThere = await hasProgram("parallel");

Deno.test({
  name: isThere ? NAME : `${NAME} [ignored: no parallel]`,
  ignore: !isThere,
  fn: () =>
    withFolder(async (folder) => {
      const few = { steps: 4, "eval-every": 2, seed: 1, latent: "2,3,4" };
      const out = `${folder}/out put`;
      const [whole, { stdout, stderr }] = await Promise.all([
        sweptHere(`${folder}/whole`, few),
        runTask("submit", [
          ...["exp:latent-sweep", ...sweepFlags(out, few)],
          ...["--on", "parallel", "--chunk", "2"],
        ]),
      ]);
      assertEquals(stderr, "");
      const shell = await new Deno.Command("sh", {
        args: ["-ec", stdout],
        stdin: "null",
      }).output();
      assertEquals(new TextDecoder().decode(shell.stderr), "");
      assertEquals(shell.code, 0);
      assertEquals(await resultsOf(out), whole);
    }),
});
