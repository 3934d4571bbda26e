/** A run.json for tests. */

import type { SourceRecord } from "../../src/results/provenance.ts";
import {
  type EndedRun,
  RUN_JSON_VERSION,
  type RunJson,
} from "../../src/results/run_json.ts";
import { configOf } from "../train/toys.ts";

/** What run.json says of the source of an experiment of the toolkit. */
export function source(): SourceRecord {
  const git = { commit: "0".repeat(40), dirty: false, patchSha256: null };
  return {
    git,
    toolkit: { version: "0.1.0", sha256: "2".repeat(64) },
    script: {
      name: "experiments/latent_sweep.ts",
      sha256: "3".repeat(64),
      importsSha256: null,
      repository: null,
      ...git,
    },
  };
}

/** A complete run.json of a finished run, with what is changed. */
export function runJson(changes: Partial<RunJson> = {}): RunJson {
  const { timing: _, ...json } = endedRun();
  return { ...json, outputs: {}, ...changes };
}

/** What a run's folder is closed with. */
export function endedRun(changes: Partial<EndedRun> = {}): EndedRun {
  return {
    version: RUN_JSON_VERSION,
    experiment: "latent-sweep",
    run: "glyphs-z2-L1-seed1",
    status: "finished",
    error: null,
    config: { ...configOf() },
    streams: {
      generator: "philox4x32-10",
      seed: 1,
      purposes: { init: 1, order: 2 },
    },
    data: { sha256: "0".repeat(64), train: 20, test: 10, dim: 784 },
    parameters: 123,
    engine: { name: "reference", bits: "backend" },
    backend: { name: "wasm", adapter: null },
    versions: {
      project: "0.1.0",
      deno: "2.9.6",
      v8: "15.0",
      tfjs: "4.22.0",
      target: "x86_64-unknown-linux-gnu",
    },
    ...source(),
    lockSha256: "1".repeat(64),
    command: "deno task exp:latent-sweep --latent 2",
    timing: {
      started: "2026-01-02T03:04:05.678Z",
      resumedFrom: 0,
      seconds: 1.5,
      millisecondsPerStep: 2.25,
    },
    ...changes,
  };
}
