/** The explorer against the same model in Deno, in browsers. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { explore } from "../../src/cli/web/explore.ts";
import type { DrawEngine } from "../../src/engine/draw_engine.ts";
import { openDrawEngine } from "../../src/engine/open_engine.ts";
import { exactElboTerms } from "../../src/evaluate/exact_elbo.ts";
import { importanceBound } from "../../src/evaluate/importance.ts";
import { posteriorTerms } from "../../src/evaluate/posterior_terms.ts";
import type { Vae } from "../../src/model/vae.ts";
import { readFinishedRun, restoreRun } from "../../src/sweep/finished_run.ts";
import { type Examples, firstRows } from "../../src/data/dataset.ts";
import { stream } from "../../src/random/stream.ts";
import { gather } from "../../src/train/batches.ts";
import type { TrainingData } from "../../src/data/load.ts";
import {
  printed,
  withColour,
  withGlyphs,
  withTable,
} from "../cli/use/commands.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";
import {
  assertQuietSuccess,
  commandOf,
  ROOT,
  runHere,
  tiny,
  words,
} from "../experiments/command.ts";
import { seriousFaults } from "./axe.ts";
import { BROWSERS, type Page, testInBrowsers } from "./browsers.ts";

/** A run's model in Deno, on the engine that the page has. */
interface Known {
  readonly vae: Vae;
  readonly data: TrainingData;
  readonly draws: DrawEngine;
}

/** Makes the page of a run, and opens it from disk. */
async function withPage(
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
const whole = (page: Page) => page.waitForSelector("[data-term='L_1000']");

/** A term of the datapoint, with all its digits. */
async function term(page: Page, name: string): Promise<number> {
  const cell = page.locator(`[data-term='${name}'] td`).first();
  return Number(await cell.getAttribute("title"));
}

/** What an expression is in the page. */
async function inPage<T>(page: Page, expression: string): Promise<T> {
  return await page.evaluate(expression) as T;
}

/** z and E[x|z], as the page has them. */
async function numbers(page: Page): Promise<[Float32Array, Float32Array]> {
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
const pictureOf = (page: Page) =>
  inPage<string>(
    page,
    "document.querySelector('.decoded canvas').toDataURL()",
  );

/** Levels in 0..255 of a canvas: red, green, blue and alpha of each pixel. */
async function pixelsOf(page: Page, canvas: string): Promise<Uint8Array> {
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
async function numbersAt(
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

testInBrowsers(
  "the explorer's E[x|z] at a slider's z is that of Deno's wasm engine, bit for bit",
  async (open) => {
    await withGlyphs((folder) =>
      withPage(folder, async (url, { draws }) => {
        const page = await open(url);
        await whole(page);
        await page.locator("details summary").first().click();
        const before = await pictureOf(page);
        const slider = page.locator(".sliders input").first();
        const unit = Number(
          /^z(\d+),/.exec((await slider.getAttribute("aria-label"))!)![1],
        ) - 1;
        await slider.fill("1.5");
        const [z, x] = await numbersAt(page, (z) => z[unit] === 1.5);
        assertEquals(x, await draws.decode({ z, size: 1 }));
        assert(await pictureOf(page) !== before, "the picture did not move");

        const samples = stream(1, "generate").normals(20 * 3);
        const third = samples.slice(2 * 3, 3 * 3);
        await page.getByRole("button", { name: "Sample 2" }).click();
        const [drawn] = await numbersAt(page, (z) => z[0] === third[0]);
        assertEquals(drawn, third);
      })
    );
  },
  BROWSERS,
);

testInBrowsers(
  "a point that is dragged, or moved by keys, moves its two dimensions alone",
  async (open) => {
    await withGlyphs((folder) =>
      withPage(folder, async (url) => {
        const page = await open(url);
        await whole(page);
        await page.locator("details summary").first().click();
        const [start] = await numbers(page);
        const [across, up] = (await inPage<string[]>(
          page,
          "Array.from(document.querySelectorAll('.plane select'), " +
            "({ value }) => value)",
        )).map(Number) as [number, number];
        const other = 3 - across - up;
        const box = (await page.locator(".drawing .ground").boundingBox())!;
        await page.mouse.move(box.x + 5, box.y + 5);
        await page.mouse.down();
        await page.mouse.move(
          box.x + 0.75 * box.width,
          box.y + 0.25 * box.height,
          { steps: 3 },
        );
        await page.mouse.up();
        const [z] = await numbersAt(page, (z) => z[across]! > 0);
        assertAlmostEquals(z[across]!, z[up]!, 0.05);
        assertEquals(z[other], start[other]);
        await page.locator(".handle").focus();
        await page.keyboard.press("ArrowLeft");
        const [moved] = await numbersAt(
          page,
          (own) => own[across] !== z[across],
        );
        assertAlmostEquals(moved[across]!, z[across]! - 0.1, 1e-6);
        assertEquals(moved[up], z[up]);
      })
    );
  },
);

testInBrowsers(
  "a drawn digit's ELBO and L_k are those of Deno's evaluation, bit for bit",
  async (open) => {
    await withGlyphs((folder) =>
      withPage(folder, async (url, { vae, data, draws }) => {
        const page = await open(url);
        await whole(page);
        const options = { seed: 1, engine: draws };
        const termsOf = (examples: Examples) =>
          posteriorTerms(vae, examples, { ...options, samples: 500 });
        const ofRow = await term(page, "ELBO");
        const row = await termsOf(firstRows(data.test, 1));
        assertEquals(ofRow, row.elbo.values[0]!);
        const pad = page.locator(".pad canvas");
        await pad.scrollIntoViewIfNeeded();
        const at = (await pad.boundingBox())!;
        await page.mouse.move(at.x + 0.5 * at.width, at.y + 0.2 * at.height);
        await page.mouse.down();
        await page.mouse.move(
          at.x + 0.45 * at.width,
          at.y + 0.8 * at.height,
          { steps: 5 },
        );
        await page.mouse.up();
        await page.getByRole("img", { name: "Your drawing: x" }).waitFor();
        await whole(page);
        const bytes = await pixelsOf(page, ".pair canvas");
        const values = Uint8Array.from(
          { length: 784 },
          (_, i) => bytes[4 * i]!,
        );
        const inked = values.filter((value) => value === 255).length;
        assert(inked > 20 && inked < 200, `${inked} pixels`);
        assertEquals(values.filter((v) => v !== 0 && v !== 255).length, 0);
        assert(await term(page, "ELBO") !== ofRow);

        const examples = { ...data.test, count: 1, values };
        const terms = await termsOf(examples);
        const bound = await importanceBound(vae, examples, {
          ...options,
          k: 1000,
        });
        assertEquals({
          elbo: await term(page, "ELBO"),
          reconstruction: await term(page, "reconstruction"),
          kl: await term(page, "KL"),
          bound: await term(page, "L_1000"),
        }, {
          elbo: terms.elbo.values[0]!,
          reconstruction: terms.reconstruction.values[0]!,
          kl: terms.kl.values[0]!,
          bound: bound.values[0]!,
        });
      })
    );
  },
);

testInBrowsers(
  "the explorer has no serious fault for screen readers and keyboards, and fits 360 px",
  async (open) => {
    await withGlyphs((folder) =>
      withPage(folder, async (url) => {
        const views = [
          { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
          { viewport: { width: 360, height: 740 }, colorScheme: "dark" },
        ] as const;
        for (const view of views) {
          const page = await open(url, view);
          await whole(page);
          assertEquals(await seriousFaults(page), []);
          const width = await page.evaluate(
            "document.documentElement.scrollWidth",
          );
          assertEquals(width, view.viewport.width);
        }
      })
    );
  },
);

testInBrowsers(
  "the explorer shows a linear model's exact terms, and numbers of what is no image",
  async (open) => {
    await withFolder(async (out) => {
      const flags = { latent: 2, "final-k": 0, steps: 20, out };
      assertQuietSuccess(
        await runHere("elbo-gap", [...tiny(flags), "--quiet"]),
      );
      const [run] = [...Deno.readDirSync(`${out}/elbo-gap`)]
        .filter(({ isDirectory }) => isDirectory);
      await withPage(
        `${out}/elbo-gap/${run!.name}`,
        async (url, { vae, data }) => {
          const page = await open(url);
          await whole(page);
          const x = gather(data.test, Uint32Array.of(0));
          const exact = await exactElboTerms(vae, x);
          for (
            const [name, value] of [
              ["log p(x), exact", exact.logLikelihood],
              ["ELBO, exact", exact.elbo],
              ["gap, exact", exact.posteriorKl],
            ] as const
          ) assertAlmostEquals(await term(page, name), value, 1e-9);
          assertEquals(await page.locator("canvas").count(), 0);
          assertEquals(await page.locator(".decoded tbody tr").count(), 16);
        },
      );
    });
  },
);

testInBrowsers(
  "the explorer's tables are in the user's units, and their values can be changed",
  async (open) => {
    await withTable((folder) =>
      withPage(folder, async (url, { draws, data }) => {
        const page = await open(url);
        await whole(page);
        const width = page.getByRole("spinbutton", { name: "width" });
        const before = Number(await width.inputValue());
        assert(before >= 80 && before <= 120, `${before}`);
        await width.fill("90");
        await width.blur();
        await page.getByRole("heading", { name: "Your row" }).waitFor();
        await whole(page);
        const x = gather(data.test, Uint32Array.of(0));
        x[0] = (90 - data.units!.offset[0]!) / data.units!.factor[0]!;
        const { kl } = await draws.encode({ x, size: 1 });
        assertEquals(
          await term(page, "KL"),
          kl.reduce((sum, value) => sum + value, 0),
        );
        // Beyond float32 there is no ELBO to draw.
        await width.fill("1e30");
        await width.blur();
        await page.waitForSelector(".terms:not(:has(svg))");
        assert(!Number.isFinite(await term(page, "ELBO")));
      })
    );
  },
);

testInBrowsers(
  "the explorer takes colour images, and the class of a conditional model",
  async (open) => {
    await withColour((folder) =>
      withPage(folder, async (url) => {
        const page = await open(url);
        await whole(page);
        const data = await pixelsOf(page, ".decoded canvas");
        assert(data[0] !== data[1] || data[1] !== data[2]);
      })
    );
    await withGlyphs(
      (folder) =>
        withPage(folder, async (url, { draws, data }) => {
          const page = await open(url);
          await whole(page);
          await page.locator("details summary").first().click();
          const choice = page.locator(".decoded select");
          const { test } = data.labels!.find(({ name }) => name === "class")!;
          assertEquals(Number(await choice.inputValue()), test[0]);
          await choice.selectOption("7");
          await page.locator(".decoded button").first().click();
          const [z, x] = await numbersAt(page, (z) => z.every((v) => v === 0));
          const condition = new Float32Array(data.test.condition!.dim);
          condition[7] = 1;
          assertEquals(x, await draws.decode({ z, size: 1, condition }));
        }),
      { condition: "class" },
    );
  },
);

Deno.test("explore refuses what the page cannot run, in a line", async () => {
  const refused = (...args: string[]) => () => explore([...args, "--quiet"]);
  await assertUserError(refused(), "no run is named");
  await assertUserError(
    refused("nowhere"),
    "nowhere is not a folder; name a run",
  );
  await withGlyphs(async (folder) => {
    await assertUserError(refused(folder, folder), "one page is of one run");
    await assertUserError(
      refused(folder, "--serve", "--out", "a.html"),
      "--out a.html: --serve writes no file",
    );
    await assertUserError(
      refused(folder, "--out", "a.png"),
      "--out a.png: expected a file to write: NAME.html",
    );
    await Deno.remove(`${folder}/checkpoint-4.safetensors`);
    await assertUserError(
      refused(folder),
      "has no checkpoint",
      "make the run again: deno task exp:latent-sweep",
    );
  });
  await withGlyphs(
    (folder) =>
      assertUserError(
        refused(folder),
        "the wasm engine, which has no two layers of latent variables",
      ),
    { "upper-latent": 2, objective: "elbo-sampled" },
  );
});

Deno.test("explore --serve serves the page to this machine", async () => {
  await withGlyphs(async (folder) => {
    const [, ...args] = words(commandOf("explore"));
    await using process = new Deno.Command(Deno.execPath(), {
      args: [...args, folder, "--serve", "--quiet"],
      cwd: ROOT,
      stdout: "piped",
    }).spawn();
    const reader = process.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    const url = (await reader.read()).value!.trim();
    const response = await fetch(url);
    const html = await response.text();
    assertEquals(
      response.headers.get("cross-origin-embedder-policy"),
      "require-corp",
    );
    assert(html.startsWith("<!doctype html>") && html.includes("glyphs-z3"));
    await reader.cancel();
    process.kill("SIGTERM");
    await process.status;
  });
});
