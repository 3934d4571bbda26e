import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/errors.ts";
import {
  checkpointSteps,
  readCheckpoint,
  removeCheckpoints,
  writeCheckpoint,
} from "../../src/results/checkpoint.ts";
import { withFolder } from "../data/helpers.ts";

const CONFIG = { latentDim: 2, hidden: [4] };

const lengths = { train: 12 };

const arraysOf = (value: number) => [
  { name: "a", shape: [2], values: Float32Array.of(value, value + 1) },
];

Deno.test("readCheckpoint() gives the newest", () =>
  withFolder(async (folder) => {
    assertEquals(await readCheckpoint(folder, CONFIG), null);
    assertEquals(await readCheckpoint(`${folder}/missing`, CONFIG), null);
    for (const step of [9, 10, 100]) {
      await writeCheckpoint(
        folder,
        { step, arrays: arraysOf(step), lengths },
        CONFIG,
      );
    }
    assertEquals(await readCheckpoint(folder, CONFIG), {
      step: 100,
      arrays: arraysOf(100),
      lengths,
    });
  }));

Deno.test("writeCheckpoint() keeps the last two", () =>
  withFolder(async (folder) => {
    for (const step of [8, 9, 10, 11]) {
      await writeCheckpoint(
        folder,
        { step, arrays: arraysOf(step), lengths },
        CONFIG,
      );
    }
    assertEquals(await checkpointSteps(folder), [10, 11]);
    await removeCheckpoints(folder, 1);
    assertEquals(await checkpointSteps(folder), [11]);
  }));

Deno.test("readCheckpoint() refuses another config and damage, in a line", () =>
  withFolder(async (folder) => {
    await writeCheckpoint(
      folder,
      { step: 5, arrays: arraysOf(5), lengths },
      CONFIG,
    );
    const other = await assertRejects(
      () => readCheckpoint(folder, { ...CONFIG, latentDim: 3 }),
      UserError,
      "--fresh",
    );
    const path = `${folder}/checkpoint-5.safetensors`;
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(path, bytes);
    const damaged = await assertRejects(
      () => readCheckpoint(folder, CONFIG),
      UserError,
      "checkpoint-5.safetensors",
    );
    for (const { message } of [other, damaged]) assert(!message.includes("\n"));
  }));
