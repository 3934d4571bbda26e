/**
 * `deno task new`: the script of a new experiment, to change and to run.
 *
 * @module
 */

import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  applyEdits,
  findNodeAtLocation,
  type JSONPath,
  modify,
  type ParseError,
  parseTree,
} from "jsonc-parser";
import { z } from "zod";
import project from "../../deno.json" with { type: "json" };
import { once } from "../config/texts.ts";
import { text } from "../config/value.ts";
import { V8_FLAGS } from "../engine/wasm/wide.ts";
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

// Config: what varies, and the defaults of any flag, as they would be typed.
const experiment = {
  name: "${name}",
  shows: "one line for --help and the figures",
  axis: "batch-size",
  sweep: { "batch-size": "20,50,100" },
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
  const pictures = await drawPictures(vae, data, config.seed, run);
  await results.addPictures(pictures);
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

/** What a project says to import this one, and to run an experiment, by path. */
function settingsFor(
  folder: string,
  experiment: string,
  script: string,
): readonly (readonly [path: readonly string[], value: unknown])[] {
  const { name, version, allowScripts } = project;
  const link = relative(folder, ROOT).replaceAll("\\", "/");
  const path = relative(folder, script).replaceAll("\\", "/");
  const command = `DENO_V8_FLAGS=${V8_FLAGS.join(",")} deno run -A ` +
    shellWords([path]);
  return [
    [["imports", name], `jsr:${name}@^${version}`],
    [["links"], [link]],
    [["allowScripts"], allowScripts],
    [["tasks", `exp:${experiment}`], command],
  ];
}

/**
 * The text of a deno.json with the settings that it lacks, and all else as it
 * is, comments too.
 *
 * @throws {UserError} it is no JSON, or has its imports elsewhere
 */
function withSettings(
  text: string,
  settings: ReturnType<typeof settingsFor>,
  shown: string,
): string {
  const errors: ParseError[] = [];
  const options = { allowTrailingComma: true };
  const root = parseTree(text, errors, options);
  const at = (path: readonly string[]) =>
    root && findNodeAtLocation(root, [...path]);
  const link = settings.find(([[key]]) => key === "links")![1] as string[];
  const links = at(["links"]);
  const isOdd = errors.length > 0 || root?.type !== "object" ||
    at(["importMap"]) !== undefined ||
    ["imports", "tasks"].some((key) =>
      (at([key])?.type ?? "object") !== "object"
    ) ||
    (links?.type ?? "array") !== "array";
  if (isOdd) {
    const lines = settings.map(([path, value]) =>
      `${path.map((key) => JSON.stringify(key)).join(".")}: ` +
      JSON.stringify(value)
    );
    throw new UserError(
      `${shown} cannot be changed safely; add this to it, and repeat the ` +
        `command: ${lines.slice(0, 2).join(", ")}`,
    );
  }
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  const formattingOptions = {
    insertSpaces: !indent.startsWith("\t"),
    tabSize: indent.startsWith("\t") ? 1 : indent.length,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
  let changed = text;
  const set = (path: JSONPath, value: unknown, isArrayInsertion = false) => {
    const edits = modify(changed, path, value, {
      formattingOptions,
      isArrayInsertion,
    });
    changed = applyEdits(changed, edits);
  };
  for (const [path, value] of settings) {
    if (at(path) === undefined) set([...path], value);
  }
  const known: unknown[] = links?.children?.map(({ value }) => value) ?? link;
  if (!known.includes(link[0])) set(["links", known.length], link[0], true);
  return changed;
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
  const place = resolve(folder);
  const found = await nearestFile(place, ["deno.json", "deno.jsonc"]);
  const config = found ?? join(place, "deno.json");
  const text = found === null ? "{}\n" : await readText(found);
  const isNamed = text.includes(`"${project.name}"`);
  const configShown = flags.in === undefined || found === null
    ? join(folder, "deno.json")
    : relative(Deno.cwd(), config);
  const settings = settingsFor(dirname(config), name, resolve(path));
  // The config is a part of what made the runs of all scripts beside it.
  const changed = isNamed ? text : withSettings(text, settings, configShown);
  await makeFolder(folder, "use another --in DIR");
  if (changed !== text) await writeAtomically(config, changed);
  await writeAtomically(path, templateOf(name));
  print([
    `${shown} is written; run it by`,
    `  deno run -A ${shellWords([shown])}`,
  ]);
  if (changed === text) return;
  print([
    `${configShown} names the toolkit and has a task, with the flags of V8 ` +
    "that are fast:",
    `  deno task --config ${shellWords([configShown])} exp:${name}`,
  ]);
}

if (import.meta.main) await runTask(newExperiment);
