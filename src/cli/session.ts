/** What the runs of one command share, and what each is given. */

import type { DatasetSource } from "../data/load.ts";
import type { Backend } from "../engine/backend.ts";
import type { EngineDescription } from "../engine/open_engine.ts";
import type { Slot } from "../engine/webgpu/group.ts";
import type { Source } from "../results/provenance.ts";
import type { RunJson } from "../results/run_json.ts";
import type { DataFiles } from "../sweep/run_options.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import type { Shorter } from "../sweep/shorter_runs.ts";
import type { Request } from "./request.ts";
import type { RunProgress } from "./sweep_progress.ts";

/** Shared by the runs of one command: plain data, which workers get copies of. */
export interface Session {
  /** URL of the script, which threads cannot ask for */
  readonly main: string;
  readonly request: Request;
  /** of the experiment, with a folder for each run */
  readonly folder: string;
  readonly backend: Backend["name"];
  /** what trains each run, by its name */
  readonly engines: ReadonlyMap<string, EngineDescription>;
  /** a shorter run of the same config, by the name of the run */
  readonly shorter: ReadonlyMap<string, Shorter>;
  /** the files of the user's own data; absent: there are none */
  readonly files: DataFiles | undefined;
  /** runs at a time */
  readonly jobs: number;
  readonly revision: Source;
  readonly versions: RunJson["versions"];
  readonly lockSha256: RunJson["lockSha256"];
}

/** What a run is trained with, in the thread that trains it. */
export interface RunContext {
  readonly backend: Backend;
  readonly source: DatasetSource;
  /** the run's in its group; absent: it trains alone */
  readonly slot?: Slot | undefined;
  /** aborts when the run is to end early */
  readonly signal: AbortSignal;
  /** Lets a signal end the program while the run is not open: see `Interrupt`. */
  readonly atOnce: () => Disposable;
  readonly progress: RunProgress;
  /** Writes a line to stderr. */
  readonly say: (line: string) => void;
}

/**
 * Trains one run and says how it ended.
 *
 * @throws {UserError} a mistake of the user, which stops all runs
 */
export type TrainRun = (
  plan: PlannedRun,
  session: Session,
  context: RunContext,
) => Promise<RunJson["status"]>;
