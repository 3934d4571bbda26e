/**
 * A worker that trains runs: both ends of it.
 *
 * It is a thread and no process: data sets are shared, and permissions are
 * those of the command. It is Node's kind of worker, which says when it ends,
 * whatever ended it. It has no `resourceLimits`: Deno 2.9.6 stops what meets
 * them and does not end it. So an exhausted heap ends the process, and every
 * run continues from its checkpoint.
 */

import { parentPort, SHARE_ENV, Worker, workerData } from "node:worker_threads";
import type { DataRequest, DatasetLoader, TrainingData } from "../data/load.ts";
import {
  packDataset,
  type PackedDataset,
  unpackDataset,
} from "../data/shared.ts";
import { type Backend, findBackend } from "../engine/backend.ts";
import { MachineError, UserError } from "../errors.ts";
import { identityOf } from "../results/identity.ts";
import { sourceState } from "../results/provenance.ts";
import { isDeepStrictEqual } from "node:util";
import type { RunJson } from "../results/run_json.ts";
import type { PlannedRun } from "../sweep/runs.ts";

import { say } from "./progress.ts";
import type { Session, TrainRun } from "./session.ts";
import { notAtOnce } from "./signals.ts";
import type { RunProgress } from "./sweep_progress.ts";

/** What a worker is told. */
type Order =
  | { readonly kind: "train"; readonly plan: PlannedRun }
  | { readonly kind: "stop" }
  | { readonly kind: "dataset"; readonly id: number; readonly load: Load };

/** A data set, or why it could not be loaded, or was no longer to be. */
type Load =
  | { readonly data: PackedDataset }
  | { readonly mistake: string }
  | { readonly isStopped: true };

/** What a worker tells. */
type Notice =
  | { readonly kind: "serves" }
  | { readonly kind: "say"; readonly line: string }
  | { readonly kind: "begin"; readonly step: number }
  | { readonly kind: "update"; readonly step: number; readonly terms: string }
  | { readonly kind: "end"; readonly how: string; readonly note: string }
  | {
    readonly kind: "load";
    readonly id: number;
    readonly request: DataRequest;
  }
  | { readonly kind: "ended"; readonly status: RunJson["status"] }
  | { readonly kind: "mistake"; readonly message: string }
  | { readonly kind: "failure"; readonly message: string };

export type Ending = RunJson["status"] | "crashed";

interface Current {
  readonly plan: PlannedRun;
  readonly progress: RunProgress;
  /** whether it is open: before, there is nothing to save */
  isOpen: boolean;
  readonly resolve: (ending: Ending) => void;
  readonly reject: (error: UserError) => void;
}

/** A worker, as the thread sees it that gives it runs, one after the other. */
export class RunWorker {
  readonly #session: Session;
  readonly #shared: DatasetLoader;
  readonly #signal: AbortSignal;
  #worker: Worker | undefined;
  #current: Current | undefined;
  /**
   * Orders before the worker serves; null: it does. A script may wait before it
   * calls main(), and what a worker is sent before it listens is lost.
   */
  #waiting: Order[] | null = [];

  /**
   * Starts nothing yet.
   *
   * @param shared loads data sets for all workers
   * @param signal aborts when the run is to end early
   */
  constructor(session: Session, shared: DatasetLoader, signal: AbortSignal) {
    this.#session = session;
    this.#shared = shared;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#stop());
  }

  /**
   * Trains a run. Where the worker dies of it, the next run gets another.
   *
   * @throws {UserError} the run met a mistake of the user's
   */
  async train(plan: PlannedRun, progress: RunProgress): Promise<Ending> {
    this.#worker ??= this.#start();
    const { promise, resolve, reject } = Promise.withResolvers<Ending>();
    this.#current = { plan, progress, isOpen: false, resolve, reject };
    this.#order({ kind: "train", plan });
    if (this.#signal.aborted) this.#stop();
    return await promise;
  }

  [Symbol.dispose](): void {
    this.#current = undefined;
    this.#worker?.terminate();
  }

  /** Stops a run that is open; of another nothing is lost with the worker. */
  #stop(): void {
    if (this.#current?.isOpen) return this.#order({ kind: "stop" });
    const current = this.#current;
    this[Symbol.dispose]();
    current?.resolve("interrupted");
  }

  #order(order: Order): void {
    if (this.#waiting === null) this.#worker?.postMessage(order);
    else this.#waiting.push(order);
  }

  #start(): Worker {
    // The same script: its main() sees where it runs, and serves.
    const worker = new Worker(new URL(this.#session.main), {
      name: "run",
      // A copy would need the permission to read all variables, for which Deno
      // asks on a terminal.
      env: SHARE_ENV,
      workerData: this.#session,
    });
    let cause: string | undefined;
    worker.on("message", (notice: Notice) => this.#hear(notice));
    worker.on("error", ({ message }: Error) => cause = message);
    worker.on("exit", (code) => {
      this.#worker = undefined;
      this.#waiting = [];
      this.#crash(cause ?? `its worker ended with exit code ${code}`);
    });
    return worker;
  }

  #crash(cause: string): void {
    if (this.#current === undefined) return;
    const { plan, resolve } = this.#current;
    this.#current = undefined;
    say(`${plan.name} crashed: ${cause}; repeat the command to continue`);
    resolve("crashed");
  }

  #hear(notice: Notice): void {
    if (this.#current === undefined) return;
    const { progress, resolve, reject } = this.#current;
    switch (notice.kind) {
      case "serves":
        this.#waiting?.forEach((order) => this.#worker?.postMessage(order));
        return void (this.#waiting = null);
      case "say":
        return say(notice.line);
      case "begin":
        this.#current.isOpen = true;
        return progress.begin(notice.step);
      case "update":
        return progress.update(notice.step, notice.terms);
      case "end":
        return progress.end(notice.how, notice.note);
      case "load":
        return void this.#load(notice.id, notice.request);
      case "ended":
        this.#current = undefined;
        return resolve(notice.status);
      case "mistake":
        this.#current = undefined;
        return reject(new UserError(notice.message));
      case "failure":
        return this.#crash(notice.message);
    }
  }

  async #load(id: number, request: DataRequest): Promise<void> {
    let load: Load;
    try {
      load = { data: packDataset(await this.#shared(request)) };
    } catch (error) {
      const isStopped = this.#signal.aborted && error === this.#signal.reason;
      if (!isStopped && !(error instanceof UserError)) throw error;
      load = isStopped ? { isStopped } : { mistake: (error as Error).message };
    }
    this.#order({ kind: "dataset", id, load });
  }
}

/**
 * The worker's end: trains the runs that it is given, until it is ended.
 *
 * @param train trains one of them
 */
export async function serveRuns(train: TrainRun): Promise<never> {
  const session: Session = workerData;
  const { dataDir } = session.request;
  const stop = new AbortController();
  const loads: PromiseWithResolvers<TrainingData>[] = [];
  let backend: Backend | undefined;

  function tell(notice: Notice): void {
    parentPort!.postMessage(notice);
  }

  function shared(request: DataRequest): Promise<TrainingData> {
    const load = Promise.withResolvers<TrainingData>();
    const id = loads.push(load) - 1;
    tell({ kind: "load", id, request });
    return load.promise;
  }

  async function serve(plan: PlannedRun): Promise<void> {
    try {
      backend ??= await openHere(session);
      const status = await train(plan, session, {
        backend,
        source: { dataDir, shared },
        signal: stop.signal,
        // Where no signal is heard: the other end ends this one.
        atOnce: notAtOnce,
        progress: {
          begin: (step) => tell({ kind: "begin", step }),
          update: (step, terms) => tell({ kind: "update", step, terms }),
          end: (how, note) => tell({ kind: "end", how, note }),
        },
        say: (line) => tell({ kind: "say", line }),
      });
      tell({ kind: "ended", status });
    } catch (error) {
      const kind = error instanceof UserError
        ? "mistake"
        : error instanceof MachineError
        ? "failure"
        : null;
      // A bug ends this worker, with its stack trace.
      if (kind === null) throw error;
      tell({ kind, message: (error as Error).message });
    }
  }

  parentPort!.on("message", (order: Order) => {
    switch (order.kind) {
      case "train":
        return void serve(order.plan);
      case "stop":
        return stop.abort();
      case "dataset": {
        const { load, id } = order;
        const { resolve, reject } = loads[id]!;
        return "data" in load ? resolve(unpackDataset(load.data)) : reject(
          "mistake" in load ? new UserError(load.mistake) : stop.signal.reason,
        );
      }
    }
  });
  tell({ kind: "serves" });
  return await new Promise<never>(() => {});
}

/** Opens the command's backend, in a worker of the command's source. */
async function openHere(
  { main, backend, revision }: Session,
): Promise<Backend> {
  const here = identityOf(await sourceState(main));
  if (!isDeepStrictEqual(here, identityOf(revision))) {
    throw new UserError(
      "the source changed after the command began; repeat the command",
    );
  }
  return await findBackend(backend);
}
