/** The VAE examples of PyTorch and Flax: what was printed, and runs of them. */

import { trainRowCount } from "../data/load.ts";
import type { RunConfig } from "../train/config.ts";
import type { PublishedNumber } from "./comparison.ts";
import { againstTrainings, longestRuns, provenanceOf } from "./obtained.ts";
import type { ObtainedRun, RunsOf } from "./obtained.ts";
import { type ExampleLoss, exampleLosses } from "./reference.ts";

/** The examples by name. */
const EXAMPLES = {
  pytorch: {
    title: "PyTorch's example",
    isOf: ({ dataset, binarize }: RunConfig) =>
      dataset === "mnist" && binarize === "none",
    /** the last minibatch is smaller */
    round: Math.ceil,
  },
  flax: {
    title: "Flax's example",
    isOf: ({ dataset }: RunConfig) => dataset === "mnist-fixed",
    /** the rows that are left over come with the next epoch */
    round: Math.floor,
  },
} satisfies Record<ExampleLoss["example"], unknown>;

/**
 * How many steps an epoch of an example has, rounded as the example does it:
 * up, or down with the fixed binarisation.
 */
export function stepsPerEpoch(config: RunConfig): number {
  const { round } = EXAMPLES.flax.isOf(config)
    ? EXAMPLES.flax
    : EXAMPLES.pytorch;
  return Math.max(1, round(trainRowCount(config) / config.batchSize));
}

/** Losses at the ends of epochs. @param from of exp:examples */
export async function compareExamples(
  from: RunsOf,
): Promise<PublishedNumber[]> {
  const groups = await longestRuns(from);
  const printed = Map.groupBy(
    exampleLosses(),
    ({ example, epoch, split }) => [example, epoch, split].join(),
  );
  return [...printed.values()].flatMap((losses) => {
    const { example, epoch, split } = losses[0]!;
    const { title, isOf } = EXAMPLES[example];
    const column = split === "train" ? "minibatch_elbo" : "elbo";
    return groups.filter(([{ config }]) => isOf(config))
      .flatMap((runs): PublishedNumber[] => {
        const ours = runs.map((run) => lossAt(run, epoch, column))
          .filter((loss) => loss !== null);
        if (ours.length < runs.length) return [];
        return [{
          setup: title,
          quantity: `${split} loss after ${epoch} ${
            epoch === 1 ? "epoch" : "epochs"
          }`,
          ...againstTrainings(ours, losses.map(({ loss }) => loss)),
          scale: "nat",
          origins: provenanceOf(runs),
        }];
      });
  });
}

function lossAt(
  { config, evaluations }: ObtainedRun,
  epoch: number,
  column: string,
): number | null {
  const step = String(epoch * stepsPerEpoch(config));
  const row = evaluations.find((row) => row["step"] === step);
  return row === undefined ? null : -Number(row[column]);
}
