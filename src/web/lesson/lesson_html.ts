/** The lesson's HTML file, with what is known of runs in a folder. */

import { createHash } from "node:crypto";
import project from "../../../deno.json" with { type: "json" };
import { asset } from "../../assets.ts";
import { entriesOf, readText, targetOf } from "../../files.ts";
import { readRunJson } from "../../results/run_json.ts";
import { builtEngine, builtScript, pageHtml } from "../page.ts";
import { CHOICES, configOf, type Settings } from "./settings.ts";
import type { Committed, Embedded } from "./store.ts";
import { STRINGS } from "./strings.ts";

/**
 * The page.
 *
 * @param results the folder of experiments with runs; it need not be there
 */
export async function lessonHtml(results: string): Promise<string> {
  const here = (path: string) => asset(new URL(path, import.meta.url));
  const embedded: Embedded = {
    committed: await committedRuns(results),
    version: project.version,
  };
  return await pageHtml({
    title: STRINGS.en.title,
    lang: "en",
    script: await builtScript("lesson"),
    style: new TextDecoder().decode(await here("./style.css")),
    data: {
      lesson: embedded,
      engine: await builtEngine(),
    },
  });
}

/** The runs that the page can repeat, from the first step on. */
async function committedRuns(results: string): Promise<Committed[]> {
  const found: Committed[] = [];
  for (const experiment of await foldersOf(results)) {
    for (const run of await foldersOf(`${results}/${experiment}`)) {
      const name = `${experiment}/${run}`;
      const committed = await committedRun(`${results}/${name}`, name);
      if (committed !== null) found.push(committed);
    }
  }
  return found;
}

async function foldersOf(folder: string): Promise<string[]> {
  if (!(await targetOf(folder))?.isDirectory) return [];
  return (await entriesOf(folder))
    .filter(({ name, isDirectory }) => isDirectory && !name.includes("."))
    .map(({ name }) => name).sort();
}

/** Null: the page cannot train it, or it has no rows here. */
async function committedRun(
  folder: string,
  name: string,
): Promise<Committed | null> {
  const run = await readRunJson(folder);
  if (run === null || run.status !== "finished") return null;
  if (run.engine.bits !== "portable") return null;
  const settings = settingsOf(run.config);
  if (settings === null) return null;
  const rows = [`${folder}/train.csv`, `${folder}/eval.csv`];
  for (const path of rows) if (!(await targetOf(path))?.isFile) return null;
  const [train, evaluated] = await Promise.all(
    rows.map((path) => readText(path)),
  ) as [string, string];
  const prefixes = CHOICES.steps.filter((steps) => steps <= settings.steps)
    .map((steps) => [steps, {
      train: sha256(upTo(train, steps)),
      eval: sha256(upTo(evaluated, steps)),
    }]);
  return { name, settings, prefixes: Object.fromEntries(prefixes) };
}

/** The settings of which a run's config is; null: the page has no such ones. */
function settingsOf(
  config: Readonly<Record<string, unknown>>,
): Settings | null {
  const { latentDim, samples, beta, steps, seed, finalEvaluation } = config;
  const name = (config["objective"] as { name?: unknown } | undefined)?.name;
  const objective = CHOICES.objective.find((known) => known === name);
  if (objective === undefined) return null;
  const all = CHOICES.network.map((network) => ({
    ...{ network, latent: latentDim, samples, beta, objective, steps, seed },
  } as Settings));
  return all.find((settings) => {
    // What is evaluated after the last step changes no row.
    const own = { ...configOf(settings), finalEvaluation };
    return JSON.stringify(own) === JSON.stringify(config);
  }) ?? null;
}

/** CSV text up to the row of a step: rows begin with it. */
function upTo(csv: string, step: number): string {
  const lines = csv.split("\n");
  const end = lines.findIndex((line) => Number(line.split(",")[0]) > step);
  return end < 0 ? csv : lines.slice(0, end).join("\n") + "\n";
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
