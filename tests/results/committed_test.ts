import { assert, assertEquals } from "@std/assert";
import type { Experiment } from "../../src/cli/main.ts";
import { readFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import { readCsv } from "../../src/results/csv_table.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import { runConfigSchema } from "../../src/train/config.ts";
import {
  formatSamples,
  samplesEvaluated,
} from "../../src/train/samples_evaluated.ts";
import { filesBelow } from "../data/helpers.ts";
import { commandOf, loadScript, ROOT, words } from "../experiments/command.ts";

const RESULTS = `${ROOT}results`;

const folders = (await filesBelow(RESULTS))
  .filter((path) => path.endsWith("/run.json") && !path.includes(".partial/"))
  .map((path) => `${RESULTS}/${path.slice(0, -"/run.json".length)}`);

Deno.test("results/ has runs of every experiment", () => {
  for (const experiment of ["latent-sweep", "mc-samples", "elbo-gap"]) {
    assert(
      folders.some((path) => path.includes(`/${experiment}/`)),
      experiment,
    );
  }
});

Deno.test("every committed run reads back, and holds what its columns say", async () => {
  for (const folder of folders) {
    const run = (await readRunJson(folder))!;
    const config = runConfigSchema.parse(run.config);
    assertEquals(JSON.stringify(config), JSON.stringify(run.config), folder);
    assert(folder.endsWith(`${run.experiment}/${run.run}`), folder);

    const evaluations = await readCsv(`${folder}/eval.csv`);
    assertEquals(Number(evaluations.at(-1)?.["step"]), config.steps);
    // See .gitignore: of long runs git has no train.csv.
    const isLong = /-n[\d.]+e\d+-/.test(run.run) &&
      Number(formatSamples(samplesEvaluated(config))) > 1e6;
    if (isLong) continue;

    const rows = await readCsv(`${folder}/train.csv`);
    assertEquals(rows.length, config.steps, folder);
    rows.forEach((row, i) => {
      // Shortest decimals of float32 read as float64s nearby.
      const [elbo, reconstruction, kl] = ["elbo", "reconstruction", "kl"]
        .map((name) => Math.fround(Number(row[name])));
      assertEquals(Number(row["step"]), i + 1);
      assertEquals(Number(row["samples_seen"]), (i + 1) * config.batchSize);
      assertEquals(elbo, Math.fround(reconstruction! - kl!), folder);
    });
  }
});

Deno.test("the command of every committed run asks for its config, and is called so", async () => {
  for (const folder of folders) {
    const run = (await readRunJson(folder))!;
    const [, task, name, ...flags] = run.command.split(" ");
    assertEquals([task, name], ["task", `exp:${run.experiment}`]);
    const script = words(commandOf(name!)).at(-1)!;
    const { experiment } = await loadScript<{ experiment: Experiment }>(script);
    const { runs } = requestOf(readFlags(flags, experiment), experiment);
    assertEquals(
      runs.map(({ name, config }) => [name, JSON.stringify(config)]),
      [[run.run, JSON.stringify(run.config)]],
    );
  }
});
