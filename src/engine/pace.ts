/** How long a step takes, as one who waits for its results sees it. */

/** Blocks that the pace is the mean of: waits come in lumps of 11 ms. */
const BLOCKS = 4;

export class Pace {
  readonly #blocks: { readonly duration: number; readonly steps: number }[] =
    [];
  #arrived = -Infinity;

  /**
   * Notes that the results of a block of steps are there.
   *
   * @param begun when the block was begun, by `performance.now()`
   */
  note(begun: number, steps: number): void {
    const now = performance.now();
    // Where blocks overlap, each follows the one before.
    const duration = now - Math.max(begun, this.#arrived);
    this.#blocks.push({ duration, steps });
    if (this.#blocks.length > BLOCKS) this.#blocks.shift();
    this.#arrived = now;
  }

  /**
   * Steps that take about so many milliseconds, from 1 on.
   *
   * @param most the most that there may be
   * @param first how many where nothing is known yet
   */
  stepsIn(milliseconds: number, most: number, first: number): number {
    const { length } = this.#blocks;
    if (length === 0) return first;
    let duration = 0;
    let steps = 0;
    for (const block of this.#blocks) {
      duration += block.duration;
      steps += block.steps;
    }
    const fitting = Math.floor(milliseconds * steps / duration);
    return duration > 0 ? Math.min(Math.max(fitting, 1), most) : most;
  }
}
