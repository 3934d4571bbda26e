/** Parts of a script's own, which it adds to the project's by their names. */

import { createHash } from "node:crypto";
import { allFlags } from "../config/field.ts";
import { addDataset } from "../data/load.ts";
import type { MadeDataset } from "../data/own/made.ts";
import { addActivation, type OwnActivation } from "../model/activations.ts";
import { addLikelihood } from "../model/likelihood/families.ts";
import type { OwnLikelihood } from "../model/likelihood/family.ts";
import type { OwnObjective } from "../objective/objective.ts";
import { addObjective } from "../objective/spec.ts";
import type { OwnPart } from "../results/run_json.ts";
import type { RunConfig } from "./config.ts";

/** Parts of a script's own, by kind. */
export interface Parts {
  /** for `--likelihood` */
  readonly likelihoods?: readonly OwnLikelihood[];
  /** for `--objective` */
  readonly objectives?: readonly OwnObjective[];
  /** for `--dataset` */
  readonly datasets?: readonly MadeDataset[];
  /** for `--activation` */
  readonly activations?: readonly OwnActivation[];
}

/** A kind of parts. */
interface Kind<Part> {
  /** as messages call one */
  readonly kind: OwnPart["kind"];
  add(part: Part): void;
  /** The name of the part that a run has. */
  nameIn(config: RunConfig): string;
}

const KINDS: {
  readonly [K in keyof Parts]-?: Kind<NonNullable<Parts[K]>[number]>;
} = {
  likelihoods: {
    kind: "likelihood",
    add: addLikelihood,
    nameIn: ({ likelihood }) => likelihood.family,
  },
  objectives: {
    kind: "objective",
    add: addObjective,
    nameIn: ({ objective }) => objective.name,
  },
  datasets: {
    kind: "data set",
    add: addDataset,
    nameIn: ({ dataset }) => dataset,
  },
  activations: {
    kind: "activation",
    add: addActivation,
    nameIn: ({ activation }) => activation,
  },
};

/** What every part has. */
type Part = NonNullable<Parts[keyof Parts]>[number];

const added = new Map<Part, OwnPart>();

/**
 * Adds a script's parts, as `main({ ...experiment, parts }, ...)` does: flags,
 * configs and run.json know them from then on. The reference engine trains
 * them, and `--engine auto` takes it. A part that is there is not added again.
 *
 * @throws {UserError} a name is taken, or unsuitable
 */
export function addParts(parts: Parts): void {
  for (const [key, { kind, add }] of Object.entries(KINDS)) {
    for (const part of parts[key as keyof Parts] ?? []) {
      if (added.has(part)) continue;
      (add as (part: Part) => void)(part);
      added.set(part, { kind, name: part.name, sha256: hashOf(part) });
    }
  }
}

/** SHA-256 (hex) of the text of a part: its functions, settings and facts. */
function hashOf(part: Part): string {
  const text = JSON.stringify(part, (key, value) => {
    if (typeof value === "function") return String(value);
    if (key !== "settings") return value;
    return allFlags(value).map(({ flag, default: fallback }) => [
      flag,
      fallback,
    ]);
  });
  return createHash("sha256").update(text).digest("hex");
}

/** The parts that a run has of its script. */
export function ownPartsOf(config: RunConfig): OwnPart[] {
  const names = Object.values(KINDS)
    .map(({ kind, nameIn }) => `${kind} ${nameIn(config)}`);
  return [...added.values()]
    .filter(({ kind, name }) => names.includes(`${kind} ${name}`));
}

/** How parts of a run differ from those that there are. */
export interface PartChanges {
  /** those that no script has added */
  readonly missing: readonly OwnPart[];
  /** those whose text is another */
  readonly changed: readonly OwnPart[];
}

/** Compares a record's parts with those that there are. */
export function partChanges(parts: readonly OwnPart[] = []): PartChanges {
  const find = ({ kind, name }: OwnPart) =>
    [...added.values()].find((own) => own.kind === kind && own.name === name);
  return {
    missing: parts.filter((part) => find(part) === undefined),
    changed: parts.filter((part) =>
      (find(part)?.sha256 ?? part.sha256) !== part.sha256
    ),
  };
}
