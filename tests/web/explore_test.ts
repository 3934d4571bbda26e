/** The explorer's walk in the latent space against Deno, in browsers. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { stream } from "../../src/random/stream.ts";
import { withGlyphs } from "../cli/use/commands.ts";
import { seriousFaults } from "./axe.ts";
import { BROWSERS, testInBrowsers } from "./browsers.ts";
import {
  inPage,
  numbers,
  numbersAt,
  pictureOf,
  whole,
  withPage,
} from "./explorer.ts";

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

/** What Chromium says where it is asked for a GPU, and has none. */
const NO_ADAPTER = /No available adapters/;

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
          const page = await open(url, { ...view, expected: NO_ADAPTER });
          await whole(page);
          assertEquals(await seriousFaults(page), []);
          const width = await page.evaluate(
            "document.documentElement.scrollWidth",
          );
          assertEquals(width, view.viewport.width);
          await page.getByLabel("engine").selectOption("webgpu");
          await page.getByText("(this browser has no WebGPU)").waitFor();
        }
      })
    );
  },
);
