import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../data/helpers.ts";
import { webgpu } from "../engine/webgpu_support.ts";
import {
  assertQuietSuccess,
  digests,
  type Flags,
  run,
  tinyNet,
} from "./command.ts";

const COMMANDS: readonly { experiment: string; flags: Flags }[] = [
  {
    experiment: "latent-sweep",
    flags: { latent: "2,5", steps: 20, "eval-every": 7 },
  },
  {
    experiment: "mc-samples",
    flags: { samples: 25, "batch-size": 100, steps: 10 },
  },
  {
    experiment: "latent-sweep",
    flags: { hidden: "conv3,conv4,8", steps: 6, "test-size": 10 },
  },
];

/** The bytes of all results; of run.json, what does not change with time. */
async function results(
  folder: string,
  experiment: string,
  flags: Flags,
): Promise<Record<string, string>> {
  assertQuietSuccess(
    await run(experiment, [...tinyNet({ ...flags, out: folder }), "--quiet"]),
  );
  const found = await digests(folder);
  for (const type of [".csv", ".svg", ".png", ".json"]) {
    assert(Object.keys(found).some((path) => path.endsWith(type)), type);
  }
  for (const path of Object.keys(found)) {
    if (!path.endsWith("run.json")) continue;
    const text = await Deno.readTextFile(`${folder}/${path}`);
    const { timing: _, git: __, ...json } = JSON.parse(text);
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

async function check(experiment: string, flags: Flags): Promise<void> {
  await withFolder(async (folder) => {
    const [first, second] = await Promise.all([
      results(`${folder}/1`, experiment, flags),
      results(`${folder}/2`, experiment, flags),
    ]);
    assertEquals(first, second);
  });
}

for (const { experiment, flags } of COMMANDS) {
  const { hidden } = flags;
  const title = hidden === undefined
    ? experiment
    : `${experiment} --hidden ${hidden}`;
  const name = `exp:${title} gives the same bytes twice`;
  if (hidden === undefined) {
    Deno.test(`${name}, by the wasm engine`, async () => {
      await check(experiment, { ...flags, engine: "wasm" });
    });
  }
  Deno.test(`${name}, on wasm`, async () => {
    await check(experiment, { ...flags, backend: "wasm" });
  });
  Deno.test({
    name: `${name}, on WebGPU${webgpu.available ? "" : ` [${webgpu.label}]`}`,
    ignore: !webgpu.available,
    fn: () => check(experiment, { ...flags, backend: "webgpu" }),
  });
}
