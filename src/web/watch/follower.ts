/** A page that follows runs: what it was told, and what is new to it. */

import type { Report, Update } from "../report/record/record.ts";

/** Messages that may wait for a page that does not read. */
const MOST_WAITING = 3;

/** A page, as a stream of server-sent events. */
export class Follower {
  readonly stream: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  /** the JSON of each run, by path */
  #told = new Map<string, string>();
  readonly #pictures = new Set<string>();
  #missed = false;
  #isOpen = true;

  /** @param onLeave the page is gone */
  constructor(onLeave: () => void) {
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#isOpen = false;
        onLeave();
      },
    });
  }

  /** Whether it was not told the newest state, as it did not read. */
  get isBehind(): boolean {
    return this.#missed;
  }

  /** Tells it the state of the runs, in as few words as it needs. */
  tell(report: Report): void {
    this.#missed = (this.#controller.desiredSize ?? 0) < -MOST_WAITING;
    if (this.#missed || !this.#isOpen) return;
    const texts = new Map(
      report.runs.map((run) => [run.path, JSON.stringify(run)]),
    );
    const update: Update = {
      ...report,
      runs: report.runs.map((run) =>
        this.#told.get(run.path) === texts.get(run.path) ? run.path : run
      ),
      pictures: Object.fromEntries(
        Object.entries(report.pictures)
          .filter(([hash]) => !this.#pictures.has(hash)),
      ),
    };
    this.#told = texts;
    for (const hash of Object.keys(update.pictures)) this.#pictures.add(hash);
    const message = `data: ${JSON.stringify(update)}\n\n`;
    this.#controller.enqueue(new TextEncoder().encode(message));
  }

  /** Ends it. */
  end(): void {
    if (this.#isOpen) this.#controller.close();
    this.#isOpen = false;
  }
}
