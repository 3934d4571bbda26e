/** Which engine trains each run of a command. */

import type { Backend } from "../engine/backend.ts";
import {
  autoObstacle,
  checkEngine,
  describeEngine,
  type EngineDescription,
} from "../engine/open_engine.ts";
import { UserError } from "../errors.ts";
import type { Request } from "./request.ts";
import { largestSpec } from "./rules.ts";
import type { TileChoice } from "./tile_choice.ts";

/**
 * The engine that trains each run, by the run's name. With --engine auto, a
 * training beyond the adapter's limits gets the reference.
 *
 * @throws {UserError} it cannot train one of them, or a run's record is damaged
 * @throws {MachineError} the device failed while its tiles were measured
 */
export async function engineOfEach(
  { runs, engine, backend: asked, tiles }: Request,
  backend: Backend,
  choice: TileChoice,
): Promise<Map<string, EngineDescription>> {
  const by = { asked, backend, ...tiles && { tiles } };
  const engines = new Map<string, EngineDescription>();
  for (const run of runs) {
    const { name, config } = run;
    const canTrain = (description: EngineDescription) => {
      try {
        checkEngine(description, largestSpec(config), config, backend);
        return true;
      } catch (error) {
        const isAsked = engine !== "auto" || description.name !== "webgpu";
        if (isAsked || !(error instanceof UserError)) throw error;
        return false;
      }
    };
    let description = describeEngine(engine, config, by);
    // What the device cannot train has no tiles to be measured.
    if (description.name === "webgpu" && canTrain(description)) {
      description = { ...description, tiles: await choice.of(run) };
    }
    engines.set(
      name,
      canTrain(description)
        ? description
        : describeEngine("reference", config, by),
    );
  }
  return engines;
}

/**
 * What a step of the reference takes of the wasm engine's, about: 784-400-20,
 * batch 128, tfjs's wasm backend, in results/bench/amd-epyc.md.
 */
export const REFERENCE_TAKES = 45;

/**
 * Says why the reference trains runs for which nobody asked for it, where it
 * does; null: it does not.
 *
 * @param engines of the runs, by name
 */
export function referenceNotice(
  { runs, engine, backend: asked }: Pick<
    Request,
    "runs" | "engine" | "backend"
  >,
  backend: Backend,
  engines: ReadonlyMap<string, EngineDescription>,
): string | null {
  if (engine !== "auto") return null;
  const byReference = runs
    .filter(({ name }) => engines.get(name)!.name === "reference");
  if (byReference.length === 0) return null;
  const obstacles = new Set(
    byReference.map(({ config }) => autoObstacle(config, backend)),
  );
  if (obstacles.has(null)) {
    return backend.adapter === null
      ? `engine: reference, as --backend ${asked} is tfjs's; --engine wasm is ` +
        `this project's own and some ${REFERENCE_TAKES} times as fast`
      : "engine: reference, as the model is too large for the webgpu engine " +
        "on this adapter";
  }
  const some = byReference.length < runs.length
    ? ` for ${byReference.length} of ${runs.length} runs`
    : "";
  const [why] = obstacles;
  const slower = backend.adapter === null
    ? `; a step of 784-400-20 takes it some ${REFERENCE_TAKES} times as long`
    : "";
  return `engine: reference${some}, as ${why}${slower}`;
}
