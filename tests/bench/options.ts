/** What the benchmark is asked for. */

import { parseArgs } from "node:util";
import type { TrainingData } from "../../src/data/load.ts";
import { type BackendChoice, BACKENDS } from "../../src/engine/backend.ts";
import type { Tile } from "../../src/engine/webgpu/tiles.ts";
import { parseTile } from "../../src/engine/webgpu/tiles.ts";
import { CoreDistance } from "./core_distance.ts";
import type { Pythons } from "./frameworks.ts";
import type { Format } from "./report.ts";
import { dataOf } from "./training.ts";

/** What the parts of the benchmark share. */
export interface Options {
  readonly data: TrainingData;
  readonly dataDir: string | undefined;
  readonly rounds: number;
  /** of the parts in which several threads compute */
  readonly cores: CoreDistance;
  /** batch sizes */
  readonly sizes: readonly number[];
  /** draws L; undefined: each part's own */
  readonly samples: readonly number[] | undefined;
  /** of tfjs, on the CPU */
  readonly backend: BackendChoice;
  /** whether jax-js takes part */
  readonly jaxJs: boolean;
  readonly pythons: Pythons;
  /** sizes of groups of runs that train as one */
  readonly groups: readonly number[];
  /** beside the webgpu engine's own */
  readonly tiles: readonly Tile[];
  /** draws of L_k, and of how many images */
  readonly k: number;
  readonly images: number;
  /** steps in which the webgpu engine is checked at L = 1 */
  readonly checkSteps: number;
}

/** Options, and what is the main program's alone. */
export interface Request extends Options {
  readonly parts: readonly string[];
  readonly format: Format;
  readonly out: string | undefined;
}

/** A large GPU's part of the benchmark. */
const FULL = {
  ...{ "batch": "100,128", "samples": "1,25", "runs": "8,32,128" },
  "check-steps": "20",
};

/**
 * Reads the flags that tests/bench/main.ts documents.
 *
 * @throws {Error} an unknown flag or value
 */
export async function readOptions(
  args: string[],
  known: readonly string[],
): Promise<Request> {
  const string = { type: "string" } as const;
  const boolean = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args,
    options: {
      ...{ "json": boolean, "markdown": boolean, "full": boolean },
      ...{ "no-jax": boolean, "torch": string, "jax": string },
      ...{ "only": string, "backend": string, "rounds": string },
      ...{ "data-dir": string, "out": string, "samples": string },
      ...{ "batch": string, "runs": string, "tiles": string },
      ...{ "check-steps": string, "k": string, "images": string },
    },
  });
  const flags = { ...values.full ? FULL : {}, ...values };
  const numbers = (flag: string, text: string): number[] => {
    const all = text.split(",").map(Number);
    if (all.every((value) => Number.isInteger(value) && value >= 1)) return all;
    throw new Error(`--${flag} ${text}: not whole numbers from 1 on`);
  };
  const among = <T extends string>(
    flag: string,
    text: string,
    names: readonly T[],
  ): T =>
    names.find((name) => name === text) ?? (() => {
      throw new Error(`--${flag} ${text}: not one of ${names.join(", ")}`);
    })();
  const { backend = "wasm", only = known.join(","), samples } = flags;
  return {
    parts: only.split(",").map((part) => among("only", part, known)),
    format: flags.json ? "json" : flags.markdown ? "markdown" : "text",
    out: flags.out,
    backend: among("backend", backend, BACKENDS),
    cores: new CoreDistance(),
    rounds: numbers("rounds", flags.rounds ?? "15")[0]!,
    sizes: numbers("batch", flags.batch ?? "128"),
    samples: samples === undefined ? samples : numbers("samples", samples),
    groups: numbers("runs", flags.runs ?? "8"),
    k: numbers("k", flags.k ?? "5000")[0]!,
    images: numbers("images", flags.images ?? "100")[0]!,
    checkSteps: numbers("check-steps", flags["check-steps"] ?? "5")[0]!,
    tiles: (flags.tiles?.split(",") ?? []).map((text) => {
      const tile = parseTile(text);
      if (tile === null) {
        throw new Error(`--tiles ${text}: not ROWSxFOURS/ACROSSxDOWN,...`);
      }
      return tile;
    }),
    jaxJs: !flags["no-jax"],
    pythons: { torch: flags.torch, jax: flags.jax },
    dataDir: flags["data-dir"],
    data: await dataOf(flags["data-dir"]),
  };
}
