/**
 * `deno task traverse`: what each latent dimension of trained models does.
 *
 * @module
 */

import { z } from "zod";
import { once } from "../../config/texts.ts";
import { integer, MOST, positive } from "../../config/value.ts";
import { UserError } from "../../errors.ts";
import { unitKl } from "../../evaluate/unit_kl.ts";
import { encode, generate } from "../../engine/generate.ts";
import { totalLatentDim } from "../../model/spec.ts";
import { labelledGrid } from "../../plot/labelled_grid.ts";
import { svgToPng } from "../../plot/png.ts";
import { levelsOf, repeated } from "../../sweep/pictures.ts";
import { short } from "../../text.ts";
import {
  type RestoredRun,
  RUN_FLAGS,
  runFlagsSchema,
} from "../finished_runs.ts";
import { stageProgress } from "../progress.ts";
import { runTask, type Task, type TaskFlags } from "../task.ts";
import { byParts, conditions, inputs, range } from "./arrays.ts";
import {
  fileTo,
  isPicture,
  makeFromRuns,
  writeMade,
  X_ENDINGS,
  X_OUT_HELP,
} from "./output.ts";
import { chooseRows, requireRows, ROW_FLAGS, rowFlagsSchema } from "./rows.ts";

/** Defaults: values of z_j, and the largest, in standard deviations of p(z). */
const [STEPS, RANGE] = [7, 3] as const;

/** The most dimensions in a picture, where no number is asked for. */
const UNITS = 40;

const FLAGS = {
  row: [
    "N",
    "where the other dimensions stay: at the mean of q(z|x) of row N, counted " +
    "from 0 (default: 0; two layers of latent variables: at the prior's mean)",
  ],
  units: [
    "N",
    `dimensions, from the largest KL (default: all; in a picture ${UNITS})`,
  ],
  ...ROW_FLAGS,
  steps: ["N", `values of each dimension (default: ${STEPS})`],
  range: ["X", `from -X to X (default: ${RANGE})`],
  out: ["FILE", X_OUT_HELP],
  ...RUN_FLAGS,
} as const satisfies TaskFlags;

const flagsSchema = z.object({
  ...runFlagsSchema,
  row: once(integer(0)),
  units: once(integer(1)),
  ...rowFlagsSchema,
  steps: once(integer(2, MOST)),
  range: once(positive()),
  out: once(fileTo(X_ENDINGS)),
});

type Flags = z.output<typeof flagsSchema>;

const TASK: Task<Flags> = {
  usage: [
    "Moves one latent dimension after the other, and decodes: E[x|z]. The",
    "dimensions come in the order of their KL, the mean over the split of their",
    "part of KL(q(z|x) || p(z)) in nats, which stands beside each.",
    "",
    "Usage: deno task traverse RUN... [FLAGS]",
  ],
  flags: FLAGS,
  notes: [
    "With two layers z2 and the noise of z1 given z2 are moved, as `samples.png`",
    "draws them.",
  ],
  schema: flagsSchema,
};

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function traverse(args: readonly string[]): Promise<void> {
  await makeFromRuns("traverse", args, TASK, traverseOne);
}

async function traverseOne(
  restored: RestoredRun,
  flags: Flags,
): Promise<void> {
  const { run: { config, folder, json }, vae, draws, backend } = restored;
  const { steps = STEPS, range: most = RANGE, out } = flags;
  const { spec } = vae;
  if (spec.upper && flags.row !== undefined) {
    throw new UserError(
      `--row ${flags.row}: ${folder} has two layers of latent variables, ` +
        "which stay at the prior's mean; leave it out",
    );
  }
  const { data, name, title, where } = chooseRows(restored, flags);
  const row = flags.row ?? 0;
  requireRows("row", [row], data.test, where);
  const y = conditions(data.test, [row]);
  const d = totalLatentDim(spec);
  const start = spec.upper
    ? new Float32Array(d)
    : (await encode(draws, inputs(data.test, [row]), y)).mean;
  const kl = await unitKl(vae, data.test, {
    seed: config.seed,
    ...{ check: backend.check, engine: draws },
    onProgress: stageProgress(json.run, "rows", { quiet: flags.quiet }),
  });
  const count = flags.units ?? (isPicture(data, out) ? UNITS : d);
  const units = range(d).sort((a, b) => kl[b]! - kl[a]! || a - b)
    .slice(0, count);
  const places = range(steps).map((i) => most * (2 * i / (steps - 1) - 1));
  const points = units.flatMap((unit) =>
    places.flatMap((place) => [...start.with(unit, place)])
  );
  const values = await byParts(
    units.length * steps,
    [Float32Array.from(points), y && repeated(y, units.length * steps)],
    ([noise, y]) => generate(draws, noise!, y),
  );
  const ofUnit = steps * data.dim;
  const base = spec.upper ? "the prior's mean" : `row ${row} of the ${title}`;
  await writeMade(restored, {
    values,
    keys: {
      columns: ["unit", "kl", "z"],
      rows: units.flatMap((unit) =>
        places.map((place) => [unit + 1, kl[unit]!, place])
      ),
    },
    name: `traversal-${spec.upper ? "prior" : `${name}-row${row}`}` +
      `-steps${steps}-range${most}` +
      (flags.units === undefined ? "" : `-units${flags.units}`),
    png: () => {
      const { channels = 1, ...size } = data.image!;
      const levels = levelsOf(data)(values);
      const rows = units.map((unit, i) => ({
        label: `z${unit + 1}: KL ${kl[unit]!.toFixed(2)}`,
        images: levels.subarray(i * ofUnit, (i + 1) * ofUnit),
      }));
      return svgToPng(labelledGrid(rows, {
        title: `Latent dimensions of ${json.run}, by their KL in nats`,
        subtitle: (units.length < d ? `${units.length} of ${d}: ` : "") +
          `E[x|z]; the other dimensions are those of ${base}`,
        ...size,
        channels,
        columns: places.map(short),
      }));
    },
  }, out);
}

if (import.meta.main) await runTask(traverse);
