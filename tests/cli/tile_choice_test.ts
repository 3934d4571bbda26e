import { assertEquals, assertRejects } from "@std/assert";
import { TileChoice } from "../../src/cli/tile_choice.ts";
import type { Backend } from "../../src/engine/backend.ts";
import type { Tile } from "../../src/engine/webgpu/tiles.ts";
import { RunFolder } from "../../src/results/run_folder.ts";
import type { RunJson } from "../../src/results/run_json.ts";
import type { PlannedRun } from "../../src/sweep/runs.ts";
import { withFolder } from "../data/helpers.ts";
import { endedRun } from "../results/run_json_example.ts";

const ADAPTER = {
  ...{ description: "a GPU", vendor: "", architecture: "", device: "" },
  api: "vulkan",
  software: false,
} as const;

/** Without a device: who measures fails. */
const BACKEND: Backend = {
  name: "webgpu",
  adapter: ADAPTER,
  webgpu: null,
  notice: "",
  choose: () => Promise.resolve(),
  check: () => {},
};

const RUN = { name: "run", config: { steps: 2 } } as PlannedRun;
const RECORDED = "4x2/16x2";

const ENGINE = {
  name: "webgpu",
  bits: "backend",
  tiles: RECORDED,
} as const;

/** Writes a run that the engine made on an adapter. */
async function write(
  path: string,
  status: RunJson["status"],
  { adapter = ADAPTER, steps = 2, tiles = RECORDED }: {
    adapter?: RunJson["backend"]["adapter"];
    steps?: number;
    tiles?: string;
  } = {},
): Promise<void> {
  const engine = { ...ENGINE, tiles };
  const run = await RunFolder.open(path, { engine }, { fresh: true });
  if (steps > 0) await run.appendCheckpoint({ step: steps, arrays: [] });
  const backend = { name: "webgpu", adapter } as const;
  const config = { ...endedRun().config, ...RUN.config };
  await run.close(endedRun({ status, engine, backend, config }));
}

const choiceOf = (
  folder: string,
  asked: { fresh?: boolean; tiles?: Tile } = {},
) => new TileChoice({ tiles: null, fresh: false, ...asked }, folder, BACKEND);

/** Asserts that the tiles are to be measured, on the device that is missing. */
const assertMeasures = (choice: TileChoice) =>
  assertRejects(() => choice.of(RUN), TypeError);

const OTHER = { ...ADAPTER, description: "another GPU" };

Deno.test("TileChoice takes what is asked for, and measures nothing", () =>
  withFolder(async (folder) => {
    await write(`${folder}/run`, "interrupted");
    const tiles: Tile = {
      kind: "plain",
      rows: 8,
      fours: 1,
      across: 8,
      down: 4,
    };
    const choice = choiceOf(folder, { tiles });
    assertEquals(await choice.of(RUN), "8x1/8x4");
    assertEquals(choice.notices(), [
      "engine: webgpu with tiles 8x1/8x4, as asked",
    ]);
  }));

Deno.test("TileChoice goes on with what a run was begun with", () =>
  withFolder(async (folder) => {
    // a run before it, which lies where the new one will
    await write(`${folder}/run`, "failed", { tiles: "16x2/8x1" });
    await write(`${folder}/run`, "interrupted", { steps: 1 });
    const choice = choiceOf(folder);
    assertEquals(await choice.of(RUN), RECORDED);
    assertEquals(choice.notices(), [
      `engine: webgpu with tiles ${RECORDED}, as recorded`,
    ]);
    await assertMeasures(choiceOf(folder, { fresh: true }));
  }));

Deno.test("TileChoice has a finished run's tiles, those of the adapter where it is to be made again", () =>
  withFolder(async (folder) => {
    const path = `${folder}/run`;
    await write(path, "finished", { adapter: OTHER });
    assertEquals(await choiceOf(folder).of(RUN), RECORDED);
    // as git keeps results
    await write(path, "finished", { steps: 0 });
    assertEquals(await choiceOf(folder).of(RUN), RECORDED);
    await write(path, "finished", { steps: 0, adapter: OTHER });
    await assertMeasures(choiceOf(folder));
  }));
