/** The tiles of the webgpu engine's products, for the runs of a command. */

import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Backend } from "../engine/backend.ts";
import {
  fastestTile,
  type MeasuredTile,
} from "../engine/webgpu/fastest_tile.ts";
import { formatTile, parseTile, tileFor } from "../engine/webgpu/tiles.ts";
import { isFinished, unfinishedOrigin } from "../results/run_folder.ts";
import { readMade, readRunJson } from "../results/run_json.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import type { Request } from "./request.ts";

const tilesSchema = z.string().refine((text) => parseTile(text) !== null);

/** The tiles of the engine in a checkpoint's origin. */
const originSchema = z.object({ engine: z.object({ tiles: tilesSchema }) });

/**
 * A run has the tiles of --tiles; else those that it was begun with,
 * so that its bytes are one adapter's and one kernel's; else those that are
 * fastest on the device, which is measured once.
 */
export class TileChoice {
  readonly #request: Pick<Request, "tiles" | "fresh">;
  readonly #folder: string;
  readonly #backend: Backend;
  readonly #notices = new Set<string>();
  #measured: Promise<MeasuredTile> | undefined;

  /** @param folder of the experiment, with a folder for each run */
  constructor(
    request: Pick<Request, "tiles" | "fresh">,
    folder: string,
    backend: Backend,
  ) {
    this.#request = request;
    this.#folder = folder;
    this.#backend = backend;
  }

  /**
   * The tiles of a run that the webgpu engine trains, as run.json has them.
   *
   * @throws {MachineError | UserError} the device failed, or the run's record
   *   is damaged
   */
  async of(run: PlannedRun): Promise<string> {
    const { tiles: asked, fresh } = this.#request;
    if (asked !== null) return this.#taken(formatTile(asked), "as asked");
    const recorded = fresh ? null : await this.#recorded(run);
    if (recorded !== null) return this.#taken(recorded, "as recorded");
    const { webgpu, adapter } = this.#backend;
    this.#measured ??= fastestTile(webgpu!);
    const { tile, timesAsFast, others } = await this.#measured;
    if (others === 0) {
      return this.#taken(
        formatTile(tile),
        "the adapter's default; no other was timed",
      );
    }
    return this.#taken(
      formatTile(tile),
      timesAsFast === 1
        ? `the adapter's default; none of ${others} others that were timed ` +
          "is clearly faster"
        : `${timesAsFast.toFixed(1)} times as fast as the adapter's default, ` +
          formatTile(tileFor(adapter!)),
    );
  }

  /** Lines for people: which tiles were taken, and by what. */
  notices(): string[] {
    return [...this.#notices];
  }

  #taken(tiles: string, why: string): string {
    this.#notices.add(`engine: webgpu with tiles ${tiles}, ${why}`);
    return tiles;
  }

  /** The tiles that the run was made with, or that its checkpoint needs. */
  async #recorded({ name }: PlannedRun): Promise<string | null> {
    const path = `${this.#folder}/${name}`;
    const run = await readRunJson(path);
    const made = run && await readMade(path, run);
    const own = tilesSchema.safeParse(made?.engine.tiles).data ?? null;
    if (made !== null && own !== null) {
      const by = { engine: made.engine, backend: this.#backend.name };
      if (await isFinished(path, by)) return own;
    }
    const origin = originSchema.safeParse(await unfinishedOrigin(path));
    if (origin.success) return origin.data.engine.tiles;
    const { adapter } = this.#backend;
    return isDeepStrictEqual(made?.backend.adapter, adapter) ? own : null;
  }
}
