/** Small trained models, and commands that use them, in this process. */

import { npy, withFiles } from "../../data/own/files.ts";
import {
  assertQuietSuccess,
  type Flags,
  runBareHere,
  runHere,
  tinyNet,
} from "../../experiments/command.ts";

const trainBare = (args: readonly string[]) =>
  runBareHere(args, { isAsTask: true });

/** Trains latent-sweep's one run, and gives its folder. */
async function trained(
  out: string,
  flags: Flags,
  more: readonly string[] = [],
  train = trainBare,
): Promise<string> {
  const all = { engine: "reference", "final-k": 0, out, ...flags };
  assertQuietSuccess(
    await train([...tinyNet(all), ...more, "--quiet"]),
  );
  for await (
    const { name, isDirectory } of Deno.readDir(`${out}/latent-sweep`)
  ) {
    if (isDirectory) return `${out}/latent-sweep/${name}`;
  }
  throw new Error("there is no run");
}

/** Runs with a small model of 50 glyphs, and its folder. */
export async function withGlyphs(
  run: (folder: string) => Promise<void>,
  flags: Flags = {},
): Promise<void> {
  await withFiles({}, async (folder) => {
    await run(
      await trained(folder, { latent: 3, ...flags }),
    );
  });
}

/** The same with its pictures. */
export async function withDrawnGlyphs(
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const drawn = (args: readonly string[]) => runHere("latent-sweep", args);
  await withFiles({}, async (folder) => {
    await run(await trained(folder, { latent: 3 }, [], drawn));
  });
}

/** The table's columns: means 100 and -5, and a class. */
export function cells(row: number): [number, number, string] {
  const x = Math.sin(row * row);
  return [100 + 20 * x, -5 + x + Math.cos(3 * row), "ab"[row % 2]!];
}

/** Runs with a small model of a table of 40 rows, and its folder. */
export async function withTable(
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const lines = Array.from({ length: 40 }, (_, i) => cells(i).join());
  const table = `width,depth,kind\n${lines.join("\n")}\n`;
  await withFiles({ "table.csv": table }, async (folder) => {
    const flags = { data: `${folder}/table.csv`, "train-size": 30 };
    const more = ["--labels", "kind", "--scale", "standardise"];
    const sizes = { "test-size": 4 };
    await run(
      await trained(folder, { ...flags, ...sizes }, more),
    );
  });
}

/** Runs with a small model of 6 x 4 colour images, and its folder. */
export async function withColour(
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const levels = Array.from({ length: 40 * 72 }, (_, i) => (i * i * 7) % 256);
  const file = npy([40, 6, 4, 3], levels, { type: "u1" });
  await withFiles({ "tiles.npy": file }, async (folder) => {
    const flags = { data: `${folder}/tiles.npy`, "train-size": 30 };
    await run(
      await trained(folder, { ...flags, "test-size": 4 }),
    );
  });
}

/** What a command prints. */
export async function printed(
  command: (args: readonly string[]) => Promise<void>,
  ...args: readonly string[]
): Promise<string> {
  const { writeSync } = Deno.stdout;
  const decoder = new TextDecoder();
  let text = "";
  Deno.stdout.writeSync = (bytes) => {
    text += decoder.decode(bytes, { stream: true });
    return bytes.length;
  };
  try {
    await command([...args, "--quiet"]);
  } finally {
    Deno.stdout.writeSync = writeSync;
  }
  return text.trimEnd();
}
