/**
 * `deno task new`: the script of a new experiment, to change and to run.
 *
 * @module
 */

import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import project from "../../deno.json" with { type: "json" };
import { once, text } from "../config/value.ts";
import { UserError } from "../errors.ts";
import { makeFolder, readText, targetOf } from "../files.ts";
import { writeAtomically } from "../results/files.ts";
import { print } from "./progress.ts";
import { readTask, runTask, type Task } from "./task.ts";
import { shellWords } from "./task_command.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const flagsSchema = z.object({
  _: z.tuple(
    [
      z.string().regex(
        /^[a-z][a-z0-9-]{0,39}$/,
        "a name has lower-case letters, digits and -, and a letter first",
      ),
    ],
    "name one experiment, such as batch-size",
  ),
  in: once(text()),
});

const TASK: Task<z.output<typeof flagsSchema>> = {
  usage: [
    "Writes the script of a new experiment, which runs as it is.",
    "",
    "Usage: deno task new NAME [--in DIR]",
  ],
  flags: {
    in: ["DIR", "where it goes, in a project of yours (default: experiments)"],
  },
  schema: flagsSchema,
};

/** The script of an experiment of that name. */
export function templateOf(name: string): string {
  return `/**
 * What it shows, after which equation or figure, and the command.
 */
import {
  Batches,
  createVae,
  drawPictures,
  evaluateRun,
  loadDataset,
  main,
  train,
} from "${project.name}";

// Config: the defaults of any flag, as they would be typed.
const experiment = {
  name: "${name}",
  shows: "one line for --help and the figures",
  axis: "latentDim",
  defaults: { latent: "10", steps: "1000" },
} as const;

await main(experiment, async (run) => {
  const { config } = run;

  // Data
  const data = await loadDataset(config, run.source);
  const batches = new Batches(data, config);

  // Model
  using vae = createVae(config, data);
  using engine = await run.openEngine(vae);

  // Loop
  const results = await run.open(data, engine);
  for await (const report of train(engine, batches, config, run)) {
    await results.record(report);
  }

  // Results
  await results.addEvaluation(await evaluateRun(vae, data, config, run));
  await results.addPictures(await drawPictures(vae, data, config.seed));
});
`;
}

/** The nearest file of that name in a folder or above it; null: there is none. */
async function nearestFile(
  folder: string,
  names: readonly string[],
): Promise<string | null> {
  for (const name of names) {
    const path = join(folder, name);
    if (await targetOf(path) !== null) return path;
  }
  const above = dirname(folder);
  return above === folder ? null : await nearestFile(above, names);
}

/** What a project says to import this one from its folder. */
function settingsFor(folder: string) {
  const { name, version, allowScripts } = project;
  return {
    imports: { [name]: `jsr:${name}@^${version}` },
    links: [relative(folder, ROOT).replaceAll("\\", "/")],
    allowScripts,
  };
}

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function newExperiment(args: readonly string[]): Promise<void> {
  const flags = readTask(args, TASK);
  if (flags === null) return;
  const { _: [name], in: folder = join(ROOT, "experiments") } = flags;
  const path = join(folder, `${name.replaceAll("-", "_")}.ts`);
  const shown = flags.in === undefined ? relative(Deno.cwd(), path) : path;
  if (`exp:${name}` in project.tasks) {
    throw new UserError(`${name}: there is a task of that name; take another`);
  }
  if (await targetOf(path) !== null) {
    throw new UserError(
      `${shown} is there, and was not overwritten; take another name, or ` +
        "remove it",
    );
  }
  await makeFolder(folder, "use another --in DIR");
  const place = resolve(folder);
  const settings = JSON.stringify(settingsFor(place), null, 2);
  const config = await nearestFile(place, ["deno.json", "deno.jsonc"]);
  const isNamed = config !== null &&
    (await readText(config)).includes(`"${project.name}"`);
  if (config === null) {
    await writeAtomically(join(folder, "deno.json"), `${settings}\n`);
  }
  await writeAtomically(path, templateOf(name));
  print([
    `${shown} is written; run it by`,
    `  deno run -A ${shellWords([shown])}`,
  ]);
  if (config === null || isNamed) return;
  print([
    `once ${relative(Deno.cwd(), config)} has what names the toolkit:`,
    ...settings.split("\n"),
  ]);
}

if (import.meta.main) await runTask(newExperiment);
