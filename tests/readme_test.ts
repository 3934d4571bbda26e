/** The documents: each command, script and link in them, and the tour. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { encode as encodePng } from "fast-png";
import { dirname, join } from "node:path";
import project from "../deno.json" with { type: "json" };
import { bisect } from "../src/cli/bisect.ts";
import { status } from "../src/cli/cluster/status.ts";
import { diff } from "../src/cli/diff.ts";
import { evaluate } from "../src/cli/evaluate.ts";
import { newExperiment, templateOf } from "../src/cli/new.ts";
import { plot } from "../src/cli/plot.ts";
import { published } from "../src/cli/published.ts";
import { reproduce } from "../src/cli/reproduce.ts";
import { gradientsOfRuns } from "../src/cli/run_gradients.ts";
import { table } from "../src/cli/table.ts";
import { scoreRuns } from "../src/cli/use/disentanglement.ts";
import { encode } from "../src/cli/use/encode.ts";
import { interpolate } from "../src/cli/use/interpolate.ts";
import { reconstruct } from "../src/cli/use/reconstruct.ts";
import { sample } from "../src/cli/use/sample.ts";
import { traverse } from "../src/cli/use/traverse.ts";
import { verify } from "../src/cli/verify.ts";
import { explore } from "../src/cli/web/explore.ts";
import { report } from "../src/cli/web/report.ts";
import { watch } from "../src/cli/web/watch.ts";
import { BINARISATIONS } from "../src/data/binarise.ts";
import { DATASETS } from "../src/data/load.ts";
import { ENGINES } from "../src/engine/open_engine.ts";
import { FAMILIES, FAMILY_TABLE } from "../src/model/likelihood/families.ts";
import { POSTERIORS } from "../src/model/spec.ts";
import { OBJECTIVES } from "../src/objective/spec.ts";
import { filesBelow, withFolder } from "./data/helpers.ts";
import { withFiles } from "./data/own/files.ts";
import {
  exists,
  type Outcome,
  ROOT,
  runCommand,
  runHere,
  runTask,
  taskHere,
  tiny,
} from "./experiments/command.ts";

const read = (path: string) => Deno.readTextFile(`${ROOT}${path}`);

/** Every document, from the root. */
async function documents(): Promise<string[]> {
  const folders = ["data", "experiments", "results", "src", "tests"];
  const files = await Promise.all(folders.map(async (folder) => {
    const paths = await filesBelow(`${ROOT}${folder}`);
    return paths.map((path) => `${folder}/${path}`);
  }));
  return ["README.md", ...files.flat().filter((path) => path.endsWith(".md"))];
}

/** A command of a document. */
interface Command {
  readonly line: string;
  /** its words, without quotes */
  readonly words: readonly string[];
  /** how long it takes, where that is said */
  readonly time: string | undefined;
}

/** The commands in a text's shell blocks. */
function commandsOf(markdown: string): Command[] {
  const blocks = markdown.matchAll(/^```sh\n([^]*?)^```/gm);
  return [...blocks]
    .flatMap(([, block]) => block!.replaceAll("\\\n", " ").split("\n"))
    .filter((line) => line.trim() !== "")
    .map((text) => {
      const [line = "", comment = ""] = text.split(/\s+# /);
      const words = [...line.matchAll(/'([^']*)'|(\S+)/g)]
        .map(([, quoted, word]) => quoted ?? word!);
      const [time] = /^\d+ (s|min|h)\b/.exec(comment) ?? [];
      return { line, words, time };
    });
}

/** A command by task and arguments; null where it is of no task. */
function taskOf({ words }: Command): readonly [string, string[]] | null {
  const [, name, ...args] = /^(deno|npx --yes deno@2\.9\.6) task /.test(
      words.join(" "),
    )
    ? words.slice(words.indexOf("task"))
    : [];
  if (name === undefined) return null;
  assert(name in project.tasks, `deno.json has no task ${name}`);
  return [name, args];
}

/** Tasks whose `--help` lists their flags, as functions. */
const HELPED: Readonly<Record<string, Parameters<typeof taskHere>[0]>> = {
  ...{ bisect, diff, encode, evaluate, explore, interpolate, plot, published },
  ...{
    reconstruct,
    report,
    reproduce,
    sample,
    status,
    table,
    traverse,
    verify,
  },
  ...{ disentanglement: scoreRuns, "gradient-snr": gradientsOfRuns },
  ...{ new: newExperiment, watch },
};
/** Other programs' commands; they are marked with their time. */
const FOREIGN =
  /^(git clone|npm install|openssl|cd|deno (run|test|bundle)|tests\/bench\/gpu\/pack\.sh|OUT=FOLDER \.dev\/run\.sh)( |$)/;

const helps = new Map<string, string>();

/** The help of a task, which is asked once. */
async function helpOf(name: string): Promise<string> {
  const help = helps.get(name) ??
    (await taskHere((args) => HELPED[name]!(args), ["--help"])).stdout;
  helps.set(name, help);
  return help;
}

/** Runs with files of one's own where the documents have names for them. */
async function withOwnData(
  args: readonly string[],
  run: (args: readonly string[]) => Promise<Outcome>,
): Promise<Outcome> {
  if (!args.includes("--data")) return await run(args);
  const size = { width: 4, height: 4, channels: 3, depth: 8 } as const;
  const photo = encodePng({ ...size, data: new Uint8Array(48).fill(9) });
  const files = {
    "iris.csv": "length,width,species\n5.1,3.5,setosa\n5.9,3,virginica\n",
    "gaps.csv": "length,width\n5.1,\n5.9,3\n4.7,3.2\n",
    "photos/cats/1.png": photo,
    "photos/dogs/1.png": photo,
  };
  let outcome: Outcome | undefined;
  await withFiles(files, async (folder) => {
    outcome = await run(
      args.map((word, i) =>
        args[i - 1] === "--data" ? join(folder, word) : word
      ),
    );
  });
  return outcome!;
}

/** Checks a command, which it runs only where that takes a moment. */
async function checkCommand(command: Command): Promise<void> {
  const { line, time } = command;
  const task = taskOf(command);
  if (task === null) {
    assertMatch(line, FOREIGN);
    assert(time !== undefined || line.startsWith("cd "), `no time: ${line}`);
    return;
  }
  const [name, args] = task;
  if (name.startsWith("exp:")) {
    const experiment = name.slice("exp:".length);
    const isShort = args.some((flag) => ["--list", "--help"].includes(flag));
    assert(isShort || time !== undefined, `no time: ${line}`);
    const more = isShort ? [] : ["--list"];
    const all = [...args, ...more];
    const { code, stdout, stderr } = await withOwnData(
      all,
      (args) => runHere(experiment, args),
    );
    assertEquals(code, 0, line + stderr);
    if (args.includes("--help")) return assertEquals(stderr, "", line);
    assertMatch(stdout, /^([\w.-]+ {2,}\w.*\n)+$/, line);
    const isQuiet = args.includes("--quiet");
    assertMatch(stderr, isQuiet ? /^$/ : /^\d+ runs?: \d.*\n$/, line);
    return;
  }
  assert(time !== undefined, `no time: ${line}`);
  const flags = args.filter((word) => word.startsWith("--"))
    .map((flag) => flag.split("=")[0]!);
  if (!(name in HELPED)) return;
  const help = await helpOf(name);
  for (const flag of flags) {
    assert(help.includes(`  ${flag} `), `${name} has no ${flag}: ${line}`);
  }
}

Deno.test("each command in the documents is understood, and short or marked with its time", async () => {
  const texts = await Promise.all((await documents()).map(read));
  const commands = texts.flatMap(commandsOf);
  assert(commands.length > 30, `${commands.length} commands`);
  for (const command of commands) await checkCommand(command);
});

Deno.test("README's tour works, from the sweep to its reproduction", () =>
  withFolder(async (folder) => {
    const readme = await read("README.md");
    const [, tour = ""] = /^## A five-minute tour\n([^]*?)^## /m
      .exec(readme) ?? [];
    const small = tiny({ "test-size": 500, hidden: 8, backend: "wasm" });
    const more: Record<string, string[]> = {
      "exp:latent-sweep": [...small, "--quiet"],
      reproduce: ["--results", `${folder}/mine`],
    };
    const outcomes: [string, Outcome][] = [];
    for (const command of commandsOf(tour)) {
      const [name, args] = taskOf(command)!;
      const inFolder = args.map((word) =>
        word.replace(/^(mine|beta4)/, `${folder}/$1`)
          .replace(/^1000$/, "10") // importance samples
      );
      const all = [...inFolder, ...more[name] ?? []];
      outcomes.push([name, await runTask(name, all)]);
    }
    assertEquals(
      outcomes.map(([name, { code }]) => [name, code]),
      [
        ["exp:latent-sweep", 0],
        ["exp:latent-sweep", 0],
        ["evaluate", 0],
        ["traverse", 0],
        ["encode", 0],
        ["explore", 0],
        ["exp:latent-sweep", 0],
        ["diff", 1], // beta changes the numbers
        ["reproduce", 0],
      ],
      JSON.stringify(outcomes),
    );
    const reproduced = outcomes.at(-1)![1].stdout;
    assertMatch(reproduced, /^latent-sweep\/glyphs-z2-\S+-seed1 .*identical$/m);
    assert(await exists(`${folder}/beta4.svg`), "diff drew nothing");
  }));

/** The first script of a section. */
function scriptAfter(heading: string, markdown: string): string {
  const section = markdown.slice(markdown.indexOf(heading));
  const [, script] = /```ts ignore\n([\s\S]*?)```/.exec(section) ?? [];
  assert(script !== undefined, `no script after ${heading}`);
  return script;
}

/** Runs a script with the project's configuration. */
async function runScript(
  path: string,
  script: string,
  args: readonly string[] = [],
): Promise<Outcome> {
  await Deno.writeTextFile(path, script);
  return await runCommand(
    `deno run -A --config ${ROOT}deno.json ${path}`,
    args,
  );
}

Deno.test("the script of a new experiment runs, and the one that loads a run", () =>
  withFolder(async (folder) => {
    const script = scriptAfter(
      "## Your own experiment",
      await read("README.md"),
    );
    assertEquals(script, templateOf("batch-size"));
    const { code, stderr } = await runScript(
      `${folder}/template.ts`,
      script,
      [
        ..."--latent 2 --batch-size 5 --steps 3 --hidden 4 --train-size 20 --test-size 10"
          .split(" "),
        ...["--backend", "cpu", "--quiet", "--out", folder],
      ],
    );
    assertEquals([code, stderr], [0, ""]);
    const run = `${folder}/batch-size/glyphs-z2-L1-seed1`;
    const csv = await Deno.readTextFile(`${run}/train.csv`);
    assertEquals(csv.trim().split("\n").length, 4);

    const loaded = await runScript(
      `${folder}/example.ts`,
      scriptAfter("### In a script", await read("results/README.md"))
        .replace("results/latent-sweep/glyphs-z2-L1-seed1", run),
    );
    // The step of the checkpoint, rows of the test split, pixels of an image.
    assertEquals(loaded.stdout, "3 10 784\n", loaded.stderr);
  }));

/** The cells of the rows of all tables, without the lines below headings. */
function tableRows(markdown: string): string[][] {
  return markdown.split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| --"))
    .map((line) =>
      line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim())
    );
}

const CODE = /`([^`]+)`/g;

Deno.test("the equations' functions are exported by the files beside them", async () => {
  const rows = tableRows(await read("src/model/README.md"))
    .map(([, code = ""]) => code)
    .filter((code) => code.includes("]("));
  assert(rows.length > 20, `${rows.length} equations`);
  for (const code of rows) {
    const [, file] = /\]\(([^)]+)\)/.exec(code)!;
    const source = await read(join("src/model", file!));
    for (const [, name] of code.matchAll(CODE)) {
      const [type] = name!.split("."); // of a method
      const exported = new RegExp(`^export .*\\b${type}\\b`, "m");
      assertMatch(source, exported, `${file} has no ${name}`);
    }
  }
});

Deno.test("a table headed by a flag has all of the flag's names", async () => {
  const NAMES: Record<string, readonly string[]> = {
    "--binarize": BINARISATIONS,
    "--dataset": DATASETS,
    "--engine": ENGINES,
    "--likelihood": FAMILIES,
    "--objective": OBJECTIVES,
    "--posterior": POSTERIORS,
  };
  const tables: Record<string, string[]> = {};
  for (const path of await documents()) {
    let flag = "";
    for (const [first = ""] of tableRows(await read(path))) {
      const [, name] = /^`([^`]+)`$/.exec(first) ?? [];
      if (name?.startsWith("--")) tables[flag = name] = [];
      else if (name !== undefined) tables[flag]?.push(name);
      else flag = "";
    }
  }
  for (const [flag, names] of Object.entries(NAMES)) {
    assertEquals(tables[flag]?.toSorted(), names.toSorted(), flag);
  }
  assertEquals(Object.keys(tables).toSorted(), Object.keys(NAMES));
});

Deno.test("the table of engines names the likelihoods that have no kernels", async () => {
  const rows = tableRows(await read("src/README.md"));
  const [, , trains = ""] = rows.find(([first]) => first === "`wasm`") ?? [];
  const [, but = ""] = /every likelihood but ([^,]*)/.exec(trains) ?? [];
  assertEquals(
    [...but.matchAll(CODE)].map(([, name]) => name),
    FAMILIES.filter((family) => !FAMILY_TABLE[family].pixelwise),
  );
});

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
}

Deno.test("each link of the documents leads somewhere", async () => {
  const broken: string[] = [];
  let checked = 0;
  for (const path of await documents()) {
    const text = (await read(path)).replaceAll(/^```[^]*?^```/gm, "");
    for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (link!.startsWith("https://")) continue;
      checked += 1;
      const [file, anchor] = link!.split("#");
      const target = file === "" ? path : join(dirname(path), file!);
      const isThere = await exists(`${ROOT}${target}`) &&
        (anchor === undefined ||
          anchorsOf(await read(target)).includes(anchor));
      if (!isThere) broken.push(`${path}: ${link}`);
    }
  }
  assertEquals(broken, []);
  assert(checked > 60, `${checked} links`);
});

Deno.test("README is at most 12 KB", async () => {
  const { size } = await Deno.stat(`${ROOT}README.md`);
  assert(size <= 12_000, `${size} bytes`);
});
