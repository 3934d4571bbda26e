/** How far apart the cores are on which two threads run. */

/** Trips there and back that are timed at once, and how often. */
const [TRIPS, TIMES] = [1000, 10];
/** So much farther than they have been at the nearest is far. */
const FAR = 2;
/** Nanoseconds that it takes at most where two cores share a cache. */
const NEAR = 100;
/** Words of the memory that both threads share. */
const [WANTED, BALL] = [0, 1];

/**
 * The other thread, whole, as its text is its program: a bundle has one file.
 * Whenever trips are wanted, it answers each odd number of the ball by the next.
 */
function otherThread(wanted: number, ball: number) {
  // Only the message handler's side of a worker's global scope is needed.
  const scope = self as unknown as {
    onmessage: (event: MessageEvent<Int32Array<SharedArrayBuffer>>) => void;
    postMessage(ready: true): void;
  };
  scope.onmessage = ({ data: words }) => {
    scope.postMessage(true);
    while (true) {
      Atomics.wait(words, wanted, 0);
      const trips = Atomics.exchange(words, wanted, 0);
      for (let next = 1; next < 2 * trips; next += 2) {
        while (Atomics.load(words, ball) !== next);
        Atomics.store(words, ball, next + 1);
      }
    }
  };
}

/**
 * A host gives the cores of a virtual machine other places from one moment to
 * the next. Where two of them share no cache, what one thread wrote takes many
 * times as long to the other, for seconds.
 */
export class CoreDistance {
  readonly #words = new Int32Array(new SharedArrayBuffer(8));
  #worker: Worker | null = null;
  #nearest = NEAR;

  /** Nanoseconds to another core and back: the fastest of ten measurements. */
  async measure(): Promise<number> {
    await this.#open();
    const words = this.#words;
    Atomics.store(words, BALL, 0);
    Atomics.store(words, WANTED, TRIPS * TIMES);
    Atomics.notify(words, WANTED);
    let [fastest, ball] = [Infinity, 0];
    for (let time = 0; time < TIMES; time++) {
      const start = performance.now();
      for (let trip = 0; trip < TRIPS; trip++) {
        Atomics.store(words, BALL, ++ball);
        while (Atomics.load(words, BALL) === ball);
        ball++;
      }
      fastest = Math.min(fastest, performance.now() - start);
    }
    return fastest / TRIPS * 1e6;
  }

  /** Whether they share a cache, as far as their distance tells, or are one. */
  async areNear(): Promise<boolean> {
    if (navigator.hardwareConcurrency === 1) return true;
    const distance = await this.measure();
    this.#nearest = Math.min(this.#nearest, distance);
    return distance <= FAR * this.#nearest;
  }

  /** Starts the other thread, and waits until it runs. */
  async #open(): Promise<void> {
    if (this.#worker !== null) return;
    const program = new Blob([`(${otherThread})(${WANTED}, ${BALL})`], {
      type: "application/javascript",
    });
    const url = URL.createObjectURL(program);
    const worker = this.#worker = new Worker(url, { type: "module" });
    const { promise, resolve } = Promise.withResolvers<unknown>();
    worker.onmessage = resolve;
    worker.postMessage(this.#words);
    await promise;
    URL.revokeObjectURL(url);
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }
}
