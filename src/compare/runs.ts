/** Runs of two trees by their run.json: which are the same, what differs. */

import { z } from "zod";
import { DamagedFile, UserError } from "../errors.ts";
import { experimentOf, inOrder } from "./names.ts";
import { leftByGit } from "../results/left_by_git.ts";
import { endedSchema } from "../results/run_json.ts";
import { type ResultsTree, whyUnreadable } from "./tree.ts";

/** What a comparison needs; what else there is may change with versions. */
const recordSchema = z.looseObject({
  config: z.record(z.string(), z.unknown()),
  ended: endedSchema.exactOptional(),
});

export type RunRecord = z.infer<typeof recordSchema>;

/** Reads each run.json of a tree once. */
export class RunRecords {
  readonly #tree: ResultsTree;
  readonly #records = new Map<string, Promise<RunRecord | null>>();
  readonly #texts = new Map<string, string>();
  /** why, by run, for each run.json that was found to be damaged */
  readonly unreadable = new Map<string, string>();

  constructor(tree: ResultsTree) {
    this.#tree = tree;
  }

  /** A run's record; null: it has none, or it is `unreadable`. */
  of(run: string): Promise<RunRecord | null> {
    const known = this.#records.get(run) ??
      this.#read(run).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        this.unreadable.set(run, whyUnreadable(error));
        return null;
      });
    this.#records.set(run, known);
    return known;
  }

  /**
   * The config as a text that is the same for equal configs; null where there
   * is none.
   *
   * @param without fields that do not count
   */
  async configText(
    run: string,
    without: readonly string[] = [],
  ): Promise<string | null> {
    const key = JSON.stringify([run, without]);
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const record = await this.of(run);
    if (record === null) return null;
    const entries = Object.entries(record.config)
      .filter(([field]) => !without.includes(field));
    const text = canonical(Object.fromEntries(entries));
    this.#texts.set(key, text);
    return text;
  }

  async #read(run: string): Promise<RunRecord | null> {
    const file = this.#tree.runs.get(run)?.get("run.json");
    if (file === undefined) return null;
    const text = new TextDecoder().decode(await file.read());
    const parsed = recordSchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    const part = parsed.error.issues[0]?.path.join(".") || "the top level";
    throw new DamagedFile(
      file.where,
      "a valid run.json",
      leftByGit(text) ?? `${part} is invalid`,
      "run it again, or choose other runs with --run",
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** JSON with the keys of objects in order. */
export function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner: unknown) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(
          Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1),
        )
        : inner,
  );
}

/** A run in A, and the same run in B; paths are EXPERIMENT/RUN. */
export interface RunPair {
  /** its path in A */
  readonly a: string;
  /** its path in B: another where it was renamed */
  readonly b: string;
}

export interface JoinedRuns {
  /** runs in both */
  readonly pairs: readonly RunPair[];
  /** runs of B alone */
  readonly added: readonly string[];
  /** runs of A alone */
  readonly removed: readonly string[];
}

/**
 * Joins runs on their paths. A run of A alone and one of B alone are one run
 * that was renamed if they are of one experiment and their configs are equal;
 * and they are compared if they are the only ones there of their data, latent
 * dimension, objective and seed, whatever other settings their names say.
 *
 * @param isWanted by path; a renamed run is wanted by either of its names
 */
export async function joinRuns(
  a: ResultsTree,
  b: ResultsTree,
  recordsA: RunRecords,
  recordsB: RunRecords,
  isWanted: (run: string) => boolean,
): Promise<JoinedRuns> {
  const shared = [...a.runs.keys()].filter((run) => b.runs.has(run));
  const pairs = shared.map((run): RunPair => ({ a: run, b: run }));
  const removed = inOrder(a.runs.keys()).filter((run) => !b.runs.has(run));
  const added = new Set(inOrder(b.runs.keys()).filter((r) => !a.runs.has(r)));
  const gone: string[] = [];
  for (const run of removed) {
    const partner = await findRenamed(run, added, recordsA, recordsB);
    if (partner === undefined) gone.push(run);
    else {
      added.delete(partner);
      pairs.push({ a: run, b: partner });
    }
  }
  const rest = await joinSettings(
    { runs: gone, records: recordsA },
    { runs: [...added], records: recordsB },
  );
  pairs.push(...rest);
  const paired = new Set(rest.flatMap(({ a, b }) => [a, b]));
  const byName = new Map(pairs.map((pair) => [pair.b, pair]));
  return {
    pairs: inOrder(byName.keys()).map((run) => byName.get(run)!)
      .filter((pair) => isWanted(pair.a) || isWanted(pair.b)),
    added: [...added].filter((run) => !paired.has(run) && isWanted(run)),
    removed: gone.filter((run) => !paired.has(run) && isWanted(run)),
  };
}

/** Runs of one tree that are not joined yet. */
interface Unjoined {
  readonly runs: readonly string[];
  readonly records: RunRecords;
}

/** Pairs of runs that are each the only one of what names say without flags. */
async function joinSettings(a: Unjoined, b: Unjoined): Promise<RunPair[]> {
  const [byA, byB] = [await byBasis(a), await byBasis(b)];
  return [...byA].flatMap(([basis, [run, ...others]]) => {
    const [other, ...more] = byB.get(basis) ?? [];
    return run === undefined || other === undefined || others.length > 0 ||
        more.length > 0
      ? []
      : [{ a: run, b: other }];
  });
}

/** What all names have, of whatever settings. */
const BASIS = [
  ...["dataset", "condition", "latentDim", "upper", "posterior", "samples"],
  ...["objective", "seed"],
];

async function byBasis(
  { runs, records }: Unjoined,
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const run of runs) {
    const record = await records.of(run);
    if (record === null) continue;
    const { own } = record.config as { own?: { name?: unknown } };
    const values = BASIS.map((field) => record.config[field] ?? null);
    const basis = canonical([experimentOf(run), own?.name ?? null, ...values]);
    found.set(basis, [...found.get(basis) ?? [], run]);
  }
  return found;
}

async function findRenamed(
  run: string,
  added: Iterable<string>,
  recordsA: RunRecords,
  recordsB: RunRecords,
): Promise<string | undefined> {
  const config = await recordsA.configText(run);
  if (config === null) return undefined;
  for (const other of added) {
    if (experimentOf(other) !== experimentOf(run)) continue;
    if (await recordsB.configText(other) === config) return other;
  }
  return undefined;
}

/** What a change may be due to. */
const CHANGE_ORIGINS = [
  "outcome",
  "config",
  "data",
  "machine",
  "software",
  "code",
  "other",
] as const;

export type ChangeOrigin = typeof CHANGE_ORIGINS[number];

/** A field of run.json that differs, in some runs in the same way. */
export interface Change {
  readonly origin: ChangeOrigin;
  /** such as `config.learningRate` */
  readonly field: string;
  /** as JSON; undefined where the field is missing */
  readonly a: string | undefined;
  /** the same for B */
  readonly b: string | undefined;
  /** the runs that have it, by their paths in B */
  readonly runs: readonly string[];
}

/** The first pattern that matches a field says what it describes. */
const CHANGE_ORIGIN_OF: readonly [RegExp, ChangeOrigin][] = [
  [/^(status|error|ended)\b/, "outcome"],
  [/^(config|streams\.seed|experiment|parameters)\b/, "config"],
  [/^data\b/, "data"],
  [/^(engine|backend|versions\.target)\b/, "machine"],
  [/^(git|toolkit|script|streams|versions\.project)\b/, "code"],
  [/^(versions|lock)/, "software"],
];

/**
 * What two runs of the same never share, names, hashes of what is compared, and
 * the command, which has paths beside what the config and the engine say.
 */
const NOT_COMPARED = /^(timing|run|command|(data|script)\.path|outputs)\b/;

/** Collects what differs in the run.json of pairs of runs. */
export class Changes {
  readonly #changes = new Map<string, Change & { runs: string[] }>();

  /** Adds a pair of records; null where there is no run.json. */
  add(run: string, a: RunRecord | null, b: RunRecord | null): void {
    const [fieldsA, fieldsB] = [fields(a), fields(b)];
    for (const field of new Set([...fieldsA.keys(), ...fieldsB.keys()])) {
      const [x, y] = [fieldsA.get(field), fieldsB.get(field)];
      if (x === y || NOT_COMPARED.test(field)) continue;
      const origin = CHANGE_ORIGIN_OF.find(([pattern]) =>
        pattern.test(field)
      )?.[1] ??
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
      CHANGE_ORIGINS.indexOf(p.origin) - CHANGE_ORIGINS.indexOf(q.origin) ||
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
