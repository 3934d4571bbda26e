/** The explorer's page of a run, and the same model in Deno. */

import { assert, assertEquals } from "@std/assert";
import { explore } from "../../src/cli/web/explore.ts";
import type { TrainingData } from "../../src/data/load.ts";
import type { DrawEngine } from "../../src/engine/draw_engine.ts";
import { openDrawEngine } from "../../src/engine/open_engine.ts";
import type { Vae } from "../../src/model/vae.ts";
import { readFinishedRun, restoreRun } from "../../src/sweep/finished_run.ts";
import { printed } from "../cli/use/commands.ts";
import { withFolder } from "../data/helpers.ts";
import type { Page } from "./browsers.ts";

/** A run's model in Deno, on the engine that the page has. */
export interface Known {
  readonly vae: Vae;
  readonly data: TrainingData;
  readonly draws: DrawEngine;
}

/** Makes the page of a run, and opens it from disk. */
export async function withPage(
  folder: string,
  use: (url: string, known: Known) => Promise<void>,
): Promise<void> {
  const { vae, data } = await restoreRun(await readFinishedRun(folder));
  using _ = vae;
  const engine = { name: "wasm", bits: "portable" } as const;
  using draws = await openDrawEngine(engine, vae, 1);
  await withFolder(async (place) => {
    const out = `${place}/page.html`;
    assertEquals(
      await printed(explore, folder, "--out", out),
      `written: ${out}`,
    );
    await use(`file://${out}`, { vae, data, draws });
  });
}

/** Waits until L_k has all its draws. */
export const whole = (page: Page) =>
  page.waitForSelector("[data-term='L_1000']");

/** A term of the datapoint, with all its digits. */
export async function term(page: Page, name: string): Promise<number> {
  const cell = page.locator(`[data-term='${name}'] td`).first();
  return Number(await cell.getAttribute("title"));
}

/** What an expression is in the page. */
export async function inPage<T>(page: Page, expression: string): Promise<T> {
  return await page.evaluate(expression) as T;
}

/** z and E[x|z], as the page has them. */
export async function numbers(
  page: Page,
): Promise<[Float32Array, Float32Array]> {
  await page.waitForSelector("textarea");
  const texts = await inPage<[string, string]>(
    page,
    "Array.from(document.querySelectorAll('textarea'), (area) => area.value)",
  );
  return texts.map((text) => Float32Array.from(text.split(","), Number)) as [
    Float32Array,
    Float32Array,
  ];
}

/** The picture of E[x|z], as text. */
export const pictureOf = (page: Page) =>
  inPage<string>(
    page,
    "document.querySelector('.decoded canvas').toDataURL()",
  );

/** Levels in 0..255 of a canvas: red, green, blue and alpha of each pixel. */
export async function pixelsOf(
  page: Page,
  canvas: string,
): Promise<Uint8Array> {
  const text = await inPage<string>(
    page,
    `(() => {
      const canvas = document.querySelector(${JSON.stringify(canvas)});
      const { width, height } = canvas;
      const context = canvas.getContext("2d");
      return context.getImageData(0, 0, width, height).data.join();
    })()`,
  );
  return Uint8Array.from(text.split(","), Number);
}

/** Waits for the numbers at a point where `isThere`. */
export async function numbersAt(
  page: Page,
  isThere: (z: Float32Array) => boolean,
): Promise<[Float32Array, Float32Array]> {
  let last: Float32Array | undefined;
  for (let look = 0;; look++) {
    const [z, x] = await numbers(page);
    assert(look < 500, `z stays at ${z}`);
    // z is shown before E[x|z] has followed: two looks that agree.
    if (isThere(z) && last !== undefined && `${last}` === `${x}`) return [z, x];
    last = x;
    await page.waitForTimeout(50);
  }
}
