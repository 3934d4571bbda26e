/** Results as experiments write them, made up, and repositories of them. */

import { assert } from "@std/assert";
import {
  formatFloat32,
  formatRows,
  type Row,
} from "../../src/results/csv_text.ts";

/** A run that is made up. */
export interface MadeUp {
  readonly seed?: number;
  readonly steps?: number;
  /** of run.json, besides or in place of the others */
  readonly record?: Readonly<Record<string, unknown>>;
  /** of its config */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Changes a row of train.csv. */
  readonly train?: (row: Row, step: number) => Row;
}

/** The rows of a made-up train.csv; another seed gives other numbers. */
export function trainRows(
  { seed = 1, steps = 20, train = (row) => row }: MadeUp = {},
): Row[] {
  return Array.from({ length: steps }, (_, i) => {
    const step = i + 1;
    const wave = Math.sin(step * (1 + seed / 10));
    const reconstruction = Math.fround(-150 - 400 / step - wave);
    const kl = Math.fround(20 - 19 / step + 0.1 * wave);
    return train({
      step,
      samples_seen: 100 * step,
      elbo: Math.fround(reconstruction - kl),
      reconstruction,
      kl,
      learning_rate: 0.001,
    }, step);
  });
}

/** CSV text of rows. */
export function csv(rows: readonly Row[]): string {
  return formatRows(Object.keys(rows[0]!), rows, { headers: true });
}

/** Writes RUN/ with train.csv, eval.csv and run.json into an experiment. */
export async function writeRun(
  experiment: string,
  name: string,
  made: MadeUp = {},
): Promise<void> {
  const { seed = 1, steps = 20, record = {}, config = {} } = made;
  const folder = `${experiment}/${name}`;
  await Deno.mkdir(folder, { recursive: true });
  const rows = trainRows(made);
  const evaluations = rows.filter((_, i) => i % 10 === 9)
    .map(({ learning_rate: _, ...row }) => ({ ...row, kl_1: row["kl"]! }));
  await Deno.writeTextFile(`${folder}/train.csv`, csv(rows));
  await Deno.writeTextFile(`${folder}/eval.csv`, csv(evaluations));
  await Deno.writeTextFile(
    `${folder}/run.json`,
    JSON.stringify({
      version: 1,
      run: name,
      status: "finished",
      config: { latentDim: 2, steps, seed, ...config },
      data: { sha256: "5ca1ab1e" },
      backend: { name: "cpu", adapter: null },
      versions: { project: "0.1.0", deno: "2.9.6" },
      git: { commit: "0123456789", dirty: false },
      timing: { seconds: Math.floor(performance.now()) },
      ...record,
    }),
  );
}

/** Writes summary.csv of an experiment: a row per run. */
export async function writeSummary(
  experiment: string,
  rows: readonly Row[],
): Promise<void> {
  await Deno.writeTextFile(`${experiment}/summary.csv`, csv(rows));
}

/** Runs git in a folder, as nobody in particular. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["-c", "user.name=n", "-c", "user.email=n@example.org", ...args],
    cwd: folder,
    // The settings of whoever runs the tests, such as signing, are not used.
    env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

/** Makes a folder a repository, whose branch is main. */
export async function init(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await git(folder, "init", "--quiet", "--initial-branch=main");
}

/** Commits all that the repository of a folder holds. @returns the hash */
export async function commit(folder: string, message: string): Promise<string> {
  await git(folder, "add", "--all");
  await git(folder, "commit", "--quiet", "--allow-empty", "-m", message);
  return await git(folder, "rev-parse", "HEAD");
}

/** One value of train.csv or eval.csv, in a file that lies there. */
export async function plant(
  path: string,
  step: number,
  column: string,
  change: (value: string) => string,
): Promise<void> {
  const lines = (await Deno.readTextFile(path)).split("\n");
  const at = lines[0]!.split(",").indexOf(column);
  const row = lines.findIndex((line) => line.startsWith(`${step},`));
  assert(at >= 0 && row > 0, `${path} has no ${column} at step ${step}`);
  const cells = lines[row]!.split(",");
  cells[at] = change(cells[at]!);
  lines[row] = cells.join(",");
  await Deno.writeTextFile(path, lines.join("\n"));
}

/** The float32 after that of a decimal, away from zero, as a decimal. */
export function nextFloat32(decimal: string): string {
  const single = Float32Array.of(Number(decimal));
  new Int32Array(single.buffer)[0]! += 1;
  return formatFloat32(single[0]!);
}
