/** run.json of the runs of one tree, of any version of its format. */

import { z } from "zod";
import { UserError } from "../errors.ts";
import { experimentOf, type ResultsTree } from "./tree.ts";

/** What a comparison needs; what else there is may change with versions. */
const recordSchema = z.looseObject({
  config: z.record(z.string(), z.unknown()),
});

/** What a run.json holds. */
export type RunRecord = z.infer<typeof recordSchema>;

/** Reads each run.json of a tree once. */
export class RunRecords {
  readonly #tree: ResultsTree;
  readonly #records = new Map<string, Promise<RunRecord | null>>();
  readonly #texts = new Map<string, string>();

  /** Of a tree, whose run.json are read when they are asked for. */
  constructor(tree: ResultsTree) {
    this.#tree = tree;
  }

  /**
   * The record of a run; null where it has no run.json.
   *
   * @throws {UserError} it is damaged
   */
  of(run: string): Promise<RunRecord | null> {
    const known = this.#records.get(run) ?? this.#read(run);
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

  /** Runs of the same experiment and config but for the seed, itself too. */
  async otherSeeds(run: string): Promise<string[]> {
    const config = await this.configText(run, ["seed"]);
    const found: string[] = [];
    for (const other of config === null ? [] : this.#tree.runs.keys()) {
      if (experimentOf(other) !== experimentOf(run)) continue;
      if (await this.configText(other, ["seed"]) === config) found.push(other);
    }
    return found;
  }

  async #read(run: string): Promise<RunRecord | null> {
    const file = this.#tree.runs.get(run)?.get("run.json");
    if (file === undefined) return null;
    const text = new TextDecoder().decode(await file.read());
    const parsed = recordSchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new UserError(
      `${file.where} is no run.json: ${
        parsed.error.issues[0]?.path.join(".") || "all of it"
      } is not as it must be; run it again, or choose other runs with --run`,
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
