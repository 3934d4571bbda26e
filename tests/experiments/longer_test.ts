import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MADE_JSON } from "../../src/results/run_json.ts";
import { withFolder } from "../data/helpers.ts";
import { digests, runBareHere, timingOf, tinyNet } from "./command.ts";

/** The name of the run of so many steps in a folder of results. */
function nameOf(out: string, steps: number): string {
  const names = Array.from(Deno.readDirSync(`${out}/latent-sweep`))
    .map(({ name }) => name).filter((name) => name.includes(`-steps${steps}-`));
  assertEquals(names.length, 1, `${names}`);
  return names[0]!;
}

/** The digests of a run's files, but for what each repetition has anew. */
async function runDigests(folder: string) {
  const { [MADE_JSON]: _, ...files } = await digests(folder);
  assert("train.csv" in files && "run.json" in files, `${Object.keys(files)}`);
  return files;
}

Deno.test("more steps go on from a finished run, and give the bytes of a run from the start", () =>
  withFolder(async (folder) => {
    const [on, anew] = [`${folder}/on`, `${folder}/anew`];
    const train = async (out: string, steps: number, ...more: string[]) => {
      const flags = { out, steps, "eval-every": 4 };
      const outcome = await runBareHere([...tinyNet(flags), ...more], {
        hasWholeNames: true,
      });
      assertEquals(outcome.code, 0, outcome.stderr);
      return outcome.stderr;
    };
    await train(on, 6);
    const short = nameOf(on, 6);
    const before = await runDigests(`${on}/latent-sweep/${short}`);
    const said = await train(on, 12);
    const long = nameOf(on, 12);
    assertStringIncludes(said, `${long}  continues from step 6 of ${short}\n`);
    await train(anew, 12);
    const files = await runDigests(`${on}/latent-sweep/${long}`);
    assertEquals(files, await runDigests(`${anew}/latent-sweep/${long}`));
    assertEquals((await timingOf(`${on}/latent-sweep/${long}`)).resumedFrom, 6);
    assertEquals(await runDigests(`${on}/latent-sweep/${short}`), before);

    // Its first steps are others, or another engine's: it starts at the first.
    const rate = ["--learning-rate", "stages:0.001:5,0.01:1"];
    assertStringIncludes(
      await train(on, 12, ...rate),
      `does not go on from ${short}: its learning rate is another from step 6`,
    );
    const other = await train(on, 8, "--engine", "wasm");
    assertStringIncludes(
      other,
      `does not go on from ${short}: it was trained with another engine`,
    );
  }));
