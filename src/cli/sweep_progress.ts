/**
 * The progress of all runs of a command: on a terminal one line that is redrawn,
 * and a line for each run that ended, there and elsewhere.
 */

import { stepCost } from "../sweep/step_times.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import {
  Bar,
  barOf,
  formatDuration,
  REDRAW_EVERY_MS,
  say,
} from "./progress.ts";

/** What a run tells of itself. */
export interface RunProgress {
  /** It goes on from a step; 0: it starts. */
  begin(step: number): void;
  /** @param terms of the step's minibatch, for people */
  update(step: number, terms: string): void;
  /** It ended; @param how in a word; @param note what else there is to say */
  end(how: string, note: string): void;
}

/** Milliseconds over which the pace is the mean. */
const PACE_OVER_MS = 10_000;

/** The runs of a command, together. */
export class SweepProgress implements Disposable {
  readonly #runs: number;
  readonly #isQuiet: boolean;
  readonly #bar: Bar | null;
  readonly #now: () => number;
  readonly #started: number;
  /** runs that ended, and those of commands before */
  #ended = 0;
  #stepsMade = 0;
  /** in costs of steps: in all, made by this command, and left */
  readonly #work: number;
  #workMade = 0;
  #workLeft: number;
  #pace: { time: number; steps: number }[] = [];

  /** @param options.now milliseconds, from any start */
  constructor(
    runs: readonly PlannedRun[],
    options: { quiet?: boolean; terminal?: boolean; now?: () => number } = {},
  ) {
    const { quiet = false, terminal = Deno.stderr.isTerminal() } = options;
    this.#runs = runs.length;
    this.#isQuiet = quiet;
    this.#bar = terminal && !quiet ? new Bar() : null;
    this.#now = options.now ?? (() => performance.now());
    this.#started = this.#now();
    this.#work = runs.reduce(
      (sum, { config }) => sum + config.steps * stepCost(config),
      0,
    );
    this.#workLeft = this.#work;
  }

  /** A run was finished before this command. */
  pass(plan: PlannedRun): void {
    this.start(plan)[Symbol.dispose]();
    if (!this.#isQuiet) {
      say(`${plan.name}  finished before; --fresh runs it again`);
    }
  }

  /** A run is about to be trained; disposed of, it is over however it ended. */
  start({ name, config }: PlannedRun): RunProgress & Disposable {
    const { steps } = config;
    const cost = stepCost(config);
    const started = this.#now();
    let [done, isOver] = [0, false];
    const goTo = (step: number) => {
      this.#workLeft -= (step - done) * cost;
      done = step;
    };
    const over = () => {
      if (isOver) return;
      isOver = true;
      this.#ended += 1;
      goTo(steps);
    };
    return {
      begin: goTo,
      update: (step, terms) => {
        this.#stepsMade += step - done;
        this.#workMade += (step - done) * cost;
        goTo(step);
        this.#draw(`${name} ${step}/${steps}: ${terms}`);
      },
      end: (how, note) => {
        over();
        if (this.#isQuiet) return;
        const time = formatDuration(this.#now() - started);
        say(`${name}  ${how} in ${time}${note === "" ? "" : `; ${note}`}`);
      },
      [Symbol.dispose]: over,
    };
  }

  #draw(current: string): void {
    const time = this.#now();
    const last = this.#pace.at(-1);
    if (last !== undefined && time - last.time < REDRAW_EVERY_MS) return;
    this.#pace.push({ time, steps: this.#stepsMade });
    if (this.#bar === null) return;
    const left = (time - this.#started) * this.#workLeft / this.#workMade;
    this.#bar.draw(
      `${barOf(1 - this.#workLeft / this.#work)} ${this.#ended} of ` +
        `${this.#runs} run${this.#runs === 1 ? "" : "s"}, ` +
        `${this.#stepsPerSecond(time)} steps/s, ` +
        `${formatDuration(left)} left; ${current}`,
    );
  }

  #stepsPerSecond(time: number): string {
    while (this.#pace.length > 2 && time - this.#pace[1]!.time > PACE_OVER_MS) {
      this.#pace.shift();
    }
    const first = this.#pace.length > 1
      ? this.#pace[0]!
      : { time: this.#started, steps: 0 };
    const rate = 1000 * (this.#stepsMade - first.steps) /
      Math.max(time - first.time, 1);
    return rate < 10 ? rate.toFixed(1) : rate.toFixed(0);
  }

  [Symbol.dispose](): void {
    this.#bar?.[Symbol.dispose]();
  }
}
