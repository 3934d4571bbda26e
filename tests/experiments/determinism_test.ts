import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../data/helpers.ts";
import { webgpu } from "../engine/webgpu_support.ts";
import {
  assertQuietSuccess,
  digests,
  type Flags,
  run,
  runBare,
  runBareHere,
  runHere,
  tinyNet,
} from "./command.ts";

/** What is trained twice; pictures and figures are drawn of the first alone. */
const COMMANDS: Readonly<Record<string, Flags>> = {
  "pictures and figures": {
    steps: 6,
    "eval-every": 4,
  },
  // More than 2000 rows in a product, where tfjs would add in any order.
  "25 draws of z": {
    ...{ samples: 25, "batch-size": 100, steps: 3, "eval-every": 3 },
    "train-size": 100,
  },
  "convolutions": { hidden: "conv3,conv4,8", steps: 3, "test-size": 10 },
};
const [DRAWN] = Object.keys(COMMANDS);

/** A process of its own, and one that may have trained before. */
const WAYS = [{ drawn: run, bare: runBare }, {
  ...{ drawn: runHere, bare: runBareHere },
}];

/** The bytes of all results; of run.json, what does not change with time. */
async function results(
  folder: string,
  { drawn, bare }: typeof WAYS[number],
  isDrawn: boolean,
  flags: Flags,
): Promise<Record<string, string>> {
  const args = [...tinyNet({ ...flags, out: folder }), "--quiet"];
  assertQuietSuccess(
    await (isDrawn ? drawn("latent-sweep", args) : bare(args)),
  );
  const found = await digests(folder);
  const types = [".csv", ".json", ...isDrawn ? [".svg", ".png"] : []];
  for (const type of types) {
    assert(Object.keys(found).some((path) => path.endsWith(type)), type);
  }
  for (const path of Object.keys(found)) {
    if (!path.endsWith("run.json")) continue;
    const text = await Deno.readTextFile(`${folder}/${path}`);
    const { git: _, ...json } = JSON.parse(text);
    assertEquals(json.backend.name, flags["backend"] ?? "cpu");
    const auto = json.backend.name === "webgpu" && !("hidden" in flags)
      ? "webgpu"
      : "reference";
    assertEquals(json.engine.name, flags["engine"] ?? auto);
    // Tiles are measured, and change no other byte.
    const { tiles, ...engine } = json.engine;
    const command = json.command.replace(` --tiles ${tiles}`, "");
    found[path] = JSON.stringify({ ...json, engine, command });
  }
  return found;
}

async function check(name: string, more: Flags): Promise<void> {
  const flags = { ...COMMANDS[name], ...more };
  await withFolder(async (folder) => {
    const [first, second] = await Promise.all(
      WAYS.map((way, i) =>
        results(`${folder}/${i}`, way, name === DRAWN, flags)
      ),
    );
    assertEquals(first, second);
  });
}

for (const [name, { hidden }] of Object.entries(COMMANDS)) {
  const title = `the same bytes twice, ${name}`;
  // With pictures jobs_test.ts compares two sweeps on the CPU.
  if (name !== DRAWN) {
    Deno.test(`${title}, on wasm`, async () => {
      await check(name, { backend: "wasm" });
    });
  }
  if (name !== DRAWN && hidden === undefined) {
    Deno.test(`${title}, by the wasm engine`, async () => {
      await check(name, { engine: "wasm" });
    });
  }
  Deno.test({
    name: `${title}, on WebGPU${webgpu.available ? "" : ` [${webgpu.label}]`}`,
    ignore: !webgpu.available,
    fn: () => check(name, { backend: "webgpu" }),
  });
}
