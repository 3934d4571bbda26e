/** What differs in how two results were made. */

import { canonical, type RunRecord } from "./run_records.ts";

/** What a change may be due to. */
export const ORIGINS = [
  "outcome",
  "config",
  "data",
  "machine",
  "software",
  "code",
  "other",
] as const;

/** See {@linkcode ORIGINS}. */
export type Origin = typeof ORIGINS[number];

/** A field of run.json that differs, in some runs in the same way. */
export interface Change {
  /** what it tells of */
  readonly origin: Origin;
  /** such as `config.learningRate` */
  readonly field: string;
  /** as JSON; undefined where the field is missing */
  readonly a: string | undefined;
  /** the same for B */
  readonly b: string | undefined;
  /** the runs that have it, by their paths in B */
  readonly runs: readonly string[];
}

/** The first pattern that a field has says what it tells of. */
const ORIGIN_OF: readonly [RegExp, Origin][] = [
  [/^(status|error)\b/, "outcome"],
  [/^(config|streams\.seed|experiment|parameters)\b/, "config"],
  [/^data\b/, "data"],
  [/^(engine|backend|versions\.target)\b/, "machine"],
  [/^(git|source|streams|versions\.project)\b/, "code"],
  [/^(versions|lock)/, "software"],
];

/** Fields that two runs of the same never share, or that name the run. */
const NOT_COMPARED = /^(timing|run)\b/;

/** Collects what differs in the run.json of pairs of runs. */
export class Changes {
  readonly #changes = new Map<string, Change & { runs: string[] }>();

  /** Adds a pair of records; null where there is no run.json. */
  add(run: string, a: RunRecord | null, b: RunRecord | null): void {
    const [fieldsA, fieldsB] = [fields(a), fields(b)];
    for (const field of new Set([...fieldsA.keys(), ...fieldsB.keys()])) {
      const [x, y] = [fieldsA.get(field), fieldsB.get(field)];
      if (x === y || NOT_COMPARED.test(field)) continue;
      const origin = ORIGIN_OF.find(([pattern]) => pattern.test(field))?.[1] ??
        "other";
      const key = JSON.stringify([field, x, y]);
      const known = this.#changes.get(key);
      if (known !== undefined) known.runs.push(run);
      else this.#changes.set(key, { origin, field, a: x, b: y, runs: [run] });
    }
  }

  /** All of them, by origin and field. */
  result(): Change[] {
    return [...this.#changes.values()].sort((p, q) =>
      ORIGINS.indexOf(p.origin) - ORIGINS.indexOf(q.origin) ||
      (p.field < q.field ? -1 : p.field > q.field ? 1 : 0)
    );
  }
}

/** The leaves of a record, as JSON by their path. */
function fields(record: RunRecord | null): Map<string, string> {
  const found = new Map<string, string>();
  if (record === null) return found.set("run.json", '"missing"');
  function add(path: string, value: unknown): void {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) {
        add(path === "" ? key : `${path}.${key}`, inner);
      }
    } else {
      found.set(path, canonical(value));
    }
  }
  add("", record);
  return found;
}
