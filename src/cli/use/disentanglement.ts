/**
 * `deno task disentanglement`: whether the latent dimensions of trained models
 * are the factors of their data.
 *
 * @module
 */

import { z } from "zod";
import { once } from "../../config/texts.ts";
import { integer, MOST } from "../../config/value.ts";
import { agreeingGlyphs } from "../../data/agreeing_glyphs.ts";
import { BINARISATION_TABLE, binariseOnce } from "../../data/binarise.ts";
import { firstRows } from "../../data/dataset.ts";
import { UserError } from "../../errors.ts";
import type { Codes, Factor } from "../../evaluate/disentanglement/codes.ts";
import {
  type FactorVaeOptions,
  factorVaeScore,
} from "../../evaluate/disentanglement/factor_vae.ts";
import {
  activeVariances,
  disentanglement,
  type Score,
  SCORE_TABLE,
} from "../../evaluate/disentanglement/scores.ts";
import { encodeRows } from "../../evaluate/encode_rows.ts";
import { MAX_SEED } from "../../random/stream.ts";
import { formatRows, type Row } from "../../results/csv_text.ts";
import { namesOf, rowOf } from "../../table.ts";
import { aligned } from "../../text.ts";
import {
  forEachRun,
  type RestoredRun,
  RUN_FLAGS,
  runFlagsSchema,
  writeIntoRun,
} from "../finished_runs.ts";
import { print, stageProgress } from "../progress.ts";
import { readTask, runTask, type Task, type TaskFlags } from "../task.ts";
import { requireCount } from "./rows.ts";

/** Defaults of --votes, and rows in the group behind each. */
const [VOTES, GROUP] = [800, 64] as const;

/** The fewest rows: 20 % of them are to tell one penalty from another. */
const FEWEST_ROWS = 50;

const FLAGS = {
  rows: ["N", "test rows, from the first (default: all)"],
  votes: [
    "N",
    `that make the classifier of FactorVAE's score, each of ${GROUP} rows; ` +
    `half as many try it (default: ${VOTES}; 0: no such score)`,
  ],
  seed: ["N", "of the rows behind votes (default: the run's own)"],
  ...RUN_FLAGS,
} as const satisfies TaskFlags;

const flagsSchema = z.object({
  ...runFlagsSchema,
  rows: once(integer(FEWEST_ROWS)),
  votes: once(integer(0, MOST)),
  seed: once(integer(0, MAX_SEED)),
});

type Flags = z.output<typeof flagsSchema>;

const TASK: Task<Flags> = {
  usage: [
    "Scores how far each latent dimension is one of the factors that the rows",
    "were made from, by the means of q(z|x): 0 is the worst, 1 the best.",
    "",
    "Usage: deno task disentanglement RUN... [FLAGS]",
    "",
    "The factors are the labels of the data, such as those of glyphs. The scores",
    "are printed, each with its variant, and written into the run's folder as",
    "disentanglement.csv; disentanglement-units.csv has what they rest on.",
  ],
  flags: FLAGS,
  notes: [
    "FactorVAE's score needs rows made for it: it is of glyphs alone, and not of",
    "conditional models. --seed, --rows and --votes, where given, become part of",
    "the files' names.",
  ],
  schema: flagsSchema,
};

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function scoreRuns(args: readonly string[]): Promise<void> {
  const flags = readTask(args, TASK);
  if (flags === null) return;
  await forEachRun("disentanglement", flags, {
    labels: true,
    work: (restored) => scoreOne(restored, flags),
  });
}

async function scoreOne(
  restored: RestoredRun,
  { rows, votes, seed, quiet }: Flags,
): Promise<void> {
  const { run, vae, data, draws, backend: { check } } = restored;
  const { folder, config, json } = run;
  requireCount(
    rows,
    data.test,
    `the test split of ${folder}`,
  );
  const test = firstRows(data.test, rows ?? Infinity);
  const factors = (data.labels ?? []).map(({ name, kind, test }): Factor => ({
    name,
    kind,
    values: test.subarray(0, rows),
  }));
  if (factors.length < 2) {
    throw new UserError(
      `${folder}: its data, ${data.name}, have fewer than two labels, which ` +
        "are the factors; take a run of glyphs",
    );
  }
  if (test.count < FEWEST_ROWS) {
    throw new UserError(
      `${folder} has a test split of ${test.count} rows; these scores need ` +
        `${FEWEST_ROWS}`,
    );
  }
  const onProgress = stageProgress(json.run, "rows", { quiet });
  const control = { check, onProgress, engine: draws };
  const { dim, mean } = await encodeRows(vae, test, control);
  const codes = { dim, values: mean };
  const { scores, units } = disentanglement(codes, factors);
  // Glyphs alone can be drawn to order; y of a conditional model would be known.
  const hasVotes = config.dataset === "glyphs" && !data.condition &&
    votes !== 0;
  const all: Partial<Record<Score, number>> = {
    ...scores,
    ...hasVotes && {
      factor_vae: await factorVaeScore(
        activeVariances(codes),
        votesOf(restored, {
          votes: votes ?? VOTES,
          seed: seed ?? config.seed,
          onProgress: stageProgress(json.run, "votes", { quiet }),
        }),
      ),
    },
  };
  const found = namesOf(SCORE_TABLE).flatMap((score) =>
    all[score] === undefined ? [] : [{ score, value: all[score] }]
  );
  print(report(`${folder}: ${test.count} rows`, found));
  const name = [
    "disentanglement",
    ...(rows === undefined ? [] : [`n${rows}`]),
    ...(votes === undefined ? [] : [`votes${votes}`]),
    ...(seed === undefined ? [] : [`seed${seed}`]),
  ].join("-");
  const quantities = found.map(({ score, value }): Row => ({
    quantity: score,
    value,
  }));
  const headers = { headers: true };
  const ofUnits = unitTable(factors, units);
  await writeIntoRun(run, [
    {
      name: `${name}.csv`,
      text: formatRows(["quantity", "value"], quantities, headers),
    },
    {
      name: `${name}-units.csv`,
      text: formatRows(Object.keys(ofUnits[0]!), ofUnits, headers),
    },
  ]);
  print(`written: ${name}.csv, ${name}-units.csv`);
}

/** Groups of glyphs, as FactorVAE's score takes them. */
function votesOf(
  { run: { config }, vae, draws, backend: { check } }: RestoredRun,
  { votes, seed, onProgress }: {
    readonly votes: number;
    readonly seed: number;
    readonly onProgress: ReturnType<typeof stageProgress>;
  },
): FactorVaeOptions {
  const { test } = rowOf(BINARISATION_TABLE, config.binarize, "binarisation");
  const trials = Math.ceil(votes / 2);
  async function group(
    index: number,
  ): Promise<{ factor: number; codes: Codes }> {
    const { factor, examples, firstRow } = agreeingGlyphs(seed, index, GROUP);
    const rows = test === "once"
      ? binariseOnce(examples, seed, "test", firstRow)
      : examples;
    const { dim, mean } = await encodeRows(vae, rows, {
      ...{ check, engine: draws },
    });
    onProgress("FactorVAE", index + 1, votes + trials);
    return { factor, codes: { dim, values: mean } };
  }
  return { votes, trials, group };
}

function report(
  heading: string,
  found: readonly { readonly score: Score; readonly value: number }[],
): string[] {
  const table = found.map(({ score, value }) => [
    score,
    value.toFixed(4),
    SCORE_TABLE[score],
  ]);
  return [heading, ...aligned(table).map((line) => `  ${line}`)];
}

/** A row for each latent dimension: what it has to do with each factor. */
function unitTable(
  factors: readonly Factor[],
  units: ReturnType<typeof disentanglement>["units"],
): Row[] {
  return units.map((row, j) => ({
    unit: j + 1,
    ...Object.fromEntries(
      row.flatMap((unitFactor, k) =>
        Object.entries(unitFactor)
          .map(([name, value]) => [`${name}_${factors[k]!.name}`, value])
      ),
    ),
  }));
}

if (import.meta.main) await runTask(scoreRuns);
