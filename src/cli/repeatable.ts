/** Committed results, as they are run again. */

import { datasetRow } from "../data/load.ts";
import { findAdapter } from "../engine/webgpu_device.ts";
import { UserError } from "../errors.ts";
import {
  type Measurement,
  readMeasurement,
} from "../published/gradient_slopes.ts";
import { lockSha256, versions } from "../results/provenance.ts";
import { readRunJson, type RunJson } from "../results/run_json.ts";
import { runConfigSchema } from "../train/config.ts";
import { flagsOf } from "./request.ts";

/** A result that can be made again. */
export interface Repeatable {
  /** EXPERIMENT/RUN */
  readonly path: string;
  /** what its training took */
  readonly milliseconds: number;
  /** what can be expected of it on this machine, as a message says it */
  readonly expected: string;
  /**
   * The flags of its experiment that ask for it.
   *
   * @throws {UserError} this version cannot make it
   */
  flags(dataDir: string | undefined): string[];
}

const SAME_BITS = "the same bits are expected";

const withinTolerance = (reason: string) =>
  `within tolerance is expected: ${reason}`;

/** What computes here in another version; the project's own does not count. */
function differingVersions(then: RunJson["versions"]): string[] {
  return Object.entries(versions())
    .filter(([key, value]) =>
      key !== "project" && then[key as keyof typeof then] !== value
    ).map(([key]) => key);
}

/**
 * What lies at a path: a run, or a measurement of exp:gradient-snr.
 *
 * @throws {UserError} it is neither, or damaged
 */
export async function readRepeatable(
  results: string,
  path: string,
): Promise<Repeatable> {
  const folder = `${results}/${path}`;
  const run = await readRunJson(folder);
  if (run !== null) return await repeatableRun(path, run);
  const measurement = await readMeasurement(folder);
  if (measurement !== null) return repeatableMeasurement(path, measurement);
  throw new UserError(
    `${folder} has no run.json, so that nobody knows how it was made; remove ` +
      "it, or name others by --run",
  );
}

/** A run: its config alone says how, its command which flags there are. */
async function repeatableRun(path: string, run: RunJson): Promise<Repeatable> {
  const { backend, text } = await prospectOf(run);
  return {
    path,
    milliseconds: run.timing.millisecondsPerStep * Number(run.config["steps"]),
    expected: text,
    flags: (dataDir) => {
      const config = runConfigSchema.safeParse(run.config);
      if (!config.success) {
        const [issue] = config.error.issues;
        throw new UserError(
          `${path}: config.${issue?.path.join(".")} is not of this version`,
        );
      }
      const offered = run.command.split(" ");
      const { tiles, fastMath } = run.engine;
      return [
        ...flagsOf(config.data).filter((text, i, all) =>
          offered.includes(i % 2 === 0 ? text : all[i - 1]!)
        ),
        ...dataDir === undefined || datasetRow(config.data.dataset).isSynthetic
          ? []
          : ["--data-dir", dataDir],
        ...["--backend", backend, "--engine", engineHere(run, backend)],
        ...tiles ? ["--tiles", tiles] : [],
        ...fastMath ? ["--fast-math"] : [],
      ];
    },
  };
}

/** A measurement, which no backend has a part in. */
function repeatableMeasurement(
  path: string,
  { seed, rows, ks, draws, versions, seconds }: Measurement,
): Repeatable {
  const flags = { seed, rows, k: ks.at(-1)!, budget: draws };
  const differing = differingVersions(versions);
  return {
    path,
    milliseconds: seconds * 1000,
    expected: differing.length === 0
      ? SAME_BITS
      : withinTolerance(`another ${differing.join(", ")}`),
    flags: () =>
      Object.entries(flags)
        .flatMap(([name, value]) => [`--${name}`, String(value)]),
  };
}

/** The engine that made a run, or where there is none of its kind another. */
function engineHere({ engine }: RunJson, backend: string): string {
  return engine.name === "webgpu" && backend !== "webgpu"
    ? "auto"
    : engine.name;
}

/** A backend for a run on this machine, and what can be expected of it. */
interface Prospect {
  readonly backend: string;
  readonly text: string;
}

async function prospectOf(run: RunJson): Promise<Prospect> {
  const { name, adapter } = run.backend;
  const { bits, blas } = run.engine;
  const within = (backend: string, reason: string): Prospect => ({
    backend,
    text: withinTolerance(reason),
  });
  if (bits === "portable") return { backend: name, text: SAME_BITS };
  if (blas !== undefined) {
    return within(name, "products by the module, not by a library");
  }
  if (bits === "machine") {
    return within(name, "fast math rounds as the CPU does");
  }
  const here = name === "webgpu"
    ? (await findAdapter())?.description ?? null
    : null;
  if (name === "webgpu" && here === null) {
    return within("auto", "no WebGPU adapter here");
  }
  const differing = [
    ...JSON.stringify(here) === JSON.stringify(adapter) ? [] : ["adapter"],
    ...differingVersions(run.versions),
    ...await lockSha256() === run.lockSha256 ? [] : ["deno.lock"],
  ];
  if (differing.length > 0) {
    return within(name, `another ${differing.join(", ")}`);
  }
  const driver = adapter === null ? "" : ", if the driver is the same";
  return { backend: name, text: SAME_BITS + driver };
}
