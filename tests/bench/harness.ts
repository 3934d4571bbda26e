/** The harness: contenders, declared in one way and timed in turn. */

import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import type { CoreDistance } from "./core_distance.ts";
import { watch } from "./watch.ts";

/** Milliseconds; those of the CPU are summed over its threads. */
export interface Time {
  readonly wall: number;
  readonly cpu: number;
}

/** A contender while it takes part. */
export interface Trainer {
  /** as it calls itself; else the contender's name */
  readonly name?: string;
  /** Trains so many steps to their end. @returns the time of all of them */
  time(steps: number): Promise<Time>;
  close(): unknown;
}

/** One way to train a step. */
export interface Contender {
  readonly name: string;
  /** how many runs a step trains, 1 by default: times are those of one */
  readonly runs?: number;
  /** what its time divided by that of the first contender should be */
  readonly aim?: string;
  /** whose commands are counted and timed */
  readonly device?: GPUDevice;
  /** of a step's products: multiplications, each with an addition */
  readonly multiplyAdds?: number;
  /** Makes it ready. @throws {Error} something that it needs is not here */
  open(): Promise<Trainer>;
}

/** One line of a table; milliseconds are those of one step of one run. */
export interface Row {
  readonly contender: string;
  readonly shapes: string;
  readonly rounds: number;
  /** rounds among them that met far cores, as those before them had */
  readonly far?: number;
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
  /** milliseconds of the CPU: the median and the fastest round */
  readonly cpu: number;
  readonly cpuFastest: number;
  /** the time divided by the first contender's: the median over the rounds */
  readonly ratio: number | null;
  readonly aim?: string;
  readonly work?: DeviceWork;
  /** picoseconds of the CPU for one multiplication of its products, at best */
  readonly perMultiplyAdd?: number;
}

/** What a step gives its device to do. */
export interface DeviceWork {
  /** milliseconds of one run; null where the device has no timestamps */
  readonly onGpu: number | null;
  /** of all runs that train as one, as the following */
  readonly dispatches: number;
  readonly submits: number;
  readonly uploads: number;
}

/** Why a contender has no times. */
export interface Failure {
  readonly contender: string;
  readonly shapes: string;
  readonly failed: string;
}

/** All contenders of one training, fastest first. */
export interface Table {
  readonly shapes: string;
  readonly rows: readonly (Row | Failure)[];
}

/** How long a round of a contender is. */
export interface RoundSize {
  /** milliseconds that it takes about, or those of the least steps */
  readonly about: number;
  readonly leastSteps: number;
  readonly mostSteps: number;
  /** milliseconds in which even the least steps have no place */
  readonly most: number;
}

const ROUND: RoundSize = {
  ...{ about: 300, leastSteps: 1, mostSteps: 1000, most: Infinity },
};

/**
 * On a GPU. A round ends with a wait for the device, in which Deno sleeps some
 * 11 ms even where nothing is left to do: a part of the round that must be small.
 */
export const GPU_ROUND: RoundSize = {
  ...{ about: 1200, leastSteps: 2000, mostSteps: 20_000, most: 4000 },
};

/**
 * Milliseconds of rest before a round. Threads of the contender before may still
 * be looking for work: OpenBLAS's do for 100 ms after PyTorch's last product, on
 * a core that the next contender needs.
 */
const REST = 200;

/** So many rounds of a contender that met far cores are taken again. */
const MOST_AGAIN = 30;

/** Steps whose commands are counted and timed on the GPU. */
export const WATCHED_STEPS = 5;

/** Times something by the clocks of this process. */
export async function clocked(work: () => Promise<unknown>): Promise<Time> {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / 1000 };
}

/** The value that a part of the others lies below. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round(part * (sorted.length - 1))]!;
}

/**
 * Lets the contenders take turns, so that whatever else the machine does meets
 * all of them, each after a rest. One that fails says so in its row, and the
 * others go on.
 *
 * @param cores a round in which they were far is taken again, within limits
 */
export async function timeTable(
  shapes: string,
  contenders: readonly Contender[],
  rounds: number,
  { sorted = true, round: size = ROUND, cores }: {
    sorted?: boolean;
    round?: RoundSize;
    cores?: CoreDistance;
  } = {},
): Promise<Table> {
  const entrants = contenders.map((contender) =>
    new Entrant(contender, size, cores)
  );
  for (const entrant of entrants) await entrant.enter();
  for (let round = 0; round < rounds; round++) {
    for (const entrant of entrants) await entrant.race();
  }
  for (const entrant of entrants) await entrant.leave();
  const rows = entrants.map((entrant) => entrant.row(shapes, entrants[0]!));
  const order = (row: Row | Failure) => "failed" in row ? Infinity : row.median;
  return {
    shapes,
    rows: sorted ? rows.toSorted((a, b) => order(a) - order(b)) : rows,
  };
}

/** Steps of a round. @param pace milliseconds of a step */
export function stepsOfRound(
  pace: number,
  { about, leastSteps, mostSteps, most }: RoundSize,
): number {
  const steps = Math.max(about / pace, leastSteps);
  return Math.max(Math.ceil(Math.min(steps, mostSteps, most / pace)), 1);
}

/** A contender and its times. */
class Entrant {
  readonly #contender: Contender;
  readonly #round: RoundSize;
  readonly #cores: CoreDistance | undefined;
  readonly #times: Time[] = [];
  #again = 0;
  #far = 0;
  #trainer: Trainer | null = null;
  #steps = 1;
  #work: DeviceWork | undefined;
  #failed: string | null = null;

  constructor(contender: Contender, round: RoundSize, cores?: CoreDistance) {
    this.#cores = cores;
    this.#contender = contender;
    this.#round = round;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    if (this.#failed !== null) return;
    try {
      await work();
    } catch (error) {
      const { message } = error instanceof Error
        ? error
        : new Error(`${error}`);
      this.#failed = message.split("\n")[0]!;
    }
  }

  /** Opens it, finds how many steps fill a round, and watches its device. */
  async enter(): Promise<void> {
    await this.#attempt(async () => {
      const trainer = this.#trainer = await this.#contender.open();
      await trainer.time(1);
      for (let steps = 2;; steps *= 5) {
        const { wall } = await trainer.time(steps);
        // Of few steps, what is done once for all of them is a large part.
        if (wall > this.#round.about / 5 || steps >= this.#round.mostSteps) {
          this.#steps = stepsOfRound(wall / steps, this.#round);
          break;
        }
      }
      const { device } = this.#contender;
      if (device === undefined) return;
      const { passes, dispatches, submits, uploads } = await watch(
        device,
        () => trainer.time(WATCHED_STEPS),
      );
      const onGpu = passes?.reduce((sum, own) => sum + own.milliseconds, 0);
      this.#work = {
        onGpu: onGpu === undefined
          ? null
          : onGpu / (WATCHED_STEPS * (this.#contender.runs ?? 1)),
        dispatches: dispatches / WATCHED_STEPS,
        submits: submits / WATCHED_STEPS,
        uploads: uploads / WATCHED_STEPS,
      };
    });
  }

  /** One round. */
  async race(): Promise<void> {
    await this.#attempt(async () => {
      let { time, isFar } = await this.#timed();
      while (isFar && this.#again < MOST_AGAIN) {
        this.#again += 1;
        ({ time, isFar } = await this.#timed());
      }
      if (isFar) this.#far += 1;
      const { wall, cpu } = time;
      const steps = this.#steps * (this.#contender.runs ?? 1);
      this.#times.push({ wall: wall / steps, cpu: cpu / steps });
    });
  }

  /** The time of a round's steps, and whether it met far cores. */
  async #timed(): Promise<{ time: Time; isFar: boolean }> {
    await delay(REST);
    const areNear = async () => await this.#cores?.areNear() ?? true;
    const wereNear = await areNear();
    const time = await this.#trainer!.time(this.#steps);
    return { time, isFar: !wereNear || !await areNear() };
  }

  async leave(): Promise<void> {
    await this.#attempt(async () => {
      await this.#trainer!.close();
    });
  }

  row(shapes: string, first: Entrant): Row | Failure {
    const { name, aim, multiplyAdds } = this.#contender;
    const contender = this.#trainer?.name ?? name;
    if (this.#failed !== null) {
      return { contender, shapes, failed: this.#failed };
    }
    const walls = this.#times.map(({ wall }) => wall);
    const cpus = this.#times.map(({ cpu }) => cpu);
    const ratio = first.#failed === null
      ? quantile(walls.map((wall, i) => wall / first.#times[i]!.wall), 0.5)
      : null;
    return {
      ...{ contender, shapes, rounds: walls.length },
      ...this.#far === 0 ? {} : { far: this.#far },
      median: quantile(walls, 0.5),
      fastest: quantile(walls, 0),
      slowest: quantile(walls, 1),
      cpu: quantile(cpus, 0.5),
      cpuFastest: quantile(cpus, 0),
      ratio,
      ...aim === undefined ? {} : { aim },
      ...this.#work === undefined ? {} : { work: this.#work },
      ...multiplyAdds === undefined
        ? {}
        : { perMultiplyAdd: 1e9 * quantile(cpus, 0) / multiplyAdds },
    };
  }
}
