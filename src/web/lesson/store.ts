/** The state of the page, and the worker that trains. */
/// <reference lib="dom" />

import { batch, effect, signal } from "@preact/signals";
import { embeddedBytes, embeddedJson, workerOf } from "../embedded.ts";
import type { Report, Request, Snapshot, Terms, Trained } from "./messages.ts";
import { queryOf, type Settings, settingsFrom } from "./settings.ts";
import { type Language, LANGUAGES } from "./strings.ts";
import { TRAINER } from "./trainer.ts";

/** A run in git that the page knows. */
export interface Committed {
  /** such as `latent-sweep/glyphs-z2-L1-seed1` */
  readonly name: string;
  /** of its config: those of the page, at all its steps */
  readonly settings: Settings;
  /** SHA-256 of the first rows of its files, by the number of steps */
  readonly prefixes: Readonly<
    Record<string, { readonly train: string; readonly eval: string }>
  >;
}

/** What the command put into the page. */
export interface Embedded {
  readonly committed: readonly Committed[];
  /** version of the project */
  readonly version: string;
}

/** What the command put into the page; the script alone has none. */
export const EMBEDDED: Embedded = embeddedJson<Embedded>("lesson");

const query = new URLSearchParams(location.hash.slice(1));

/** What is set now. */
export const settings = signal<Settings>(settingsFrom(query));

/** The language of the page. */
export const language = signal<Language>(
  LANGUAGES.find((name) => name === query.get("lang")) ??
    (navigator.language.startsWith("zh") ? "zh" : "en"),
);

/** What the worker is doing. */
export type Status =
  | { readonly kind: "idle" }
  | { readonly kind: "data" }
  | { readonly kind: "training" }
  | { readonly kind: "stopped"; readonly step: number }
  | { readonly kind: "trained"; readonly trained: Trained }
  | { readonly kind: "failed"; readonly message: string };

/** What the worker is doing. */
export const status = signal<Status>({ kind: "idle" });

/** Curves of one run. */
export interface Curves {
  readonly settings: Settings;
  /** of each minibatch */
  readonly steps: Terms;
  /** of the test split */
  readonly evaluations: Terms;
}

const NONE: Terms = { step: [], elbo: [], reconstruction: [], kl: [] };

/** Those of the newest run; null: there is none yet. */
export const curves = signal<Curves | null>(null);

/** The runs before it, the newest last. */
export const earlier = signal<readonly Curves[]>([]);

/** The most of them that are kept. */
const MOST_EARLIER = 4;

/** What the newest model makes of the test images; null: there is none yet. */
export const snapshot = signal<Snapshot | null>(null);

/** Every bound of the newest run, for the range of the bars. */
export const bounds = signal<readonly Snapshot["bound"][]>([]);

/** The test images that are shown; null: they are not made yet. */
export const shown = signal<Extract<Report, { kind: "data" }> | null>(null);

/** The script of the page, of which workers are made. */
let script = "";
let worker: Worker | undefined;
let engine: Promise<Uint8Array<ArrayBuffer>> | undefined;

/** Takes the page's script, and keeps the URL as the page is. */
export function openPage(own: string): void {
  script = own;
  effect(() => {
    const query = queryOf(settings.value);
    query.set("lang", language.value);
    history.replaceState(null, "", `#${query}`);
    document.documentElement.lang = language.value === "zh" ? "zh-Hans" : "en";
  });
  addEventListener("hashchange", () => {
    settings.value = settingsFrom(new URLSearchParams(location.hash.slice(1)));
  });
}

/** Whether a run is under way. */
export function isBusy(): boolean {
  const { kind } = status.value;
  return kind === "data" || kind === "training";
}

/** Trains a run of the settings. */
export async function startTraining(): Promise<void> {
  if (isBusy()) return;
  batch(() => {
    const before = curves.value;
    const ended = before !== null && before.evaluations.step.length > 0
      ? [before]
      : [];
    // Log densities of other pixels are not to be compared.
    earlier.value = [...earlier.value, ...ended]
      .filter((run) => run.settings.network === settings.value.network)
      .slice(-MOST_EARLIER);
    curves.value = {
      settings: settings.value,
      steps: NONE,
      evaluations: NONE,
    };
    snapshot.value = null;
    bounds.value = [];
    status.value = { kind: "data" };
  });
  const module = await (engine ??= embeddedBytes("engine"));
  send({
    kind: "train",
    settings: settings.value,
    // Threads need memory that is shared, which a page from disk may not.
    threads: crossOriginIsolated ? navigator.hardwareConcurrency : 1,
    engine: module,
    script,
  });
}

/** Ends the run. */
export function stopTraining(): void {
  send({ kind: "stop" });
}

function send(request: Request): void {
  worker ??= openWorker();
  worker.postMessage(request);
}

function openWorker(): Worker {
  const opened = workerOf(script, TRAINER);
  opened.onmessage = ({ data }: MessageEvent<Report>) => hear(data);
  opened.onerror = ({ message }) => {
    // A worker that does not load sends an event without a message.
    hear({ kind: "failed", message: message ?? "the worker did not load" });
    opened.terminate();
    worker = undefined;
  };
  return opened;
}

function hear(report: Report): void {
  if (report.kind === "data") {
    batch(() => {
      shown.value = report;
      status.value = { kind: "training" };
    });
  } else if (report.kind === "steps") {
    const own = curves.value!;
    curves.value = { ...own, steps: joined(own.steps, report.terms) };
  } else if (report.kind === "evaluation") {
    const own = curves.value!;
    const evaluations = joined(own.evaluations, report.terms);
    curves.value = { ...own, evaluations };
  } else if (report.kind === "snapshot") {
    batch(() => {
      snapshot.value = report.snapshot;
      bounds.value = [...bounds.value, report.snapshot.bound];
    });
  } else status.value = report;
}

function joined(a: Terms, b: Terms): Terms {
  return {
    step: [...a.step, ...b.step],
    elbo: [...a.elbo, ...b.elbo],
    reconstruction: [...a.reconstruction, ...b.reconstruction],
    kl: [...a.kl, ...b.kl],
  };
}

/** The committed run that a trained one repeats; undefined: there is none. */
export function committedOf(
  { settings }: Pick<Trained, "settings">,
): Committed | undefined {
  const { steps, ...own } = settings;
  return EMBEDDED.committed.find((run) => {
    const { steps: all, ...others } = run.settings;
    return steps <= all &&
      JSON.stringify(own) === JSON.stringify(others) &&
      steps in run.prefixes;
  });
}
