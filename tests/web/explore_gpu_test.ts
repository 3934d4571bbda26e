/** The explorer on WebGPU against Deno's wasm engine, in Chromium. */

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
} from "@std/assert";
import { withGlyphs } from "../cli/use/commands.ts";
import { testInBrowsers } from "./browsers.ts";
import { numbers, numbersAt, term, whole, withPage } from "./explorer.ts";

/** Counts how often an adapter is asked for, which takes a moment. */
const COUNT = `(() => {
  const { gpu } = navigator;
  const ask = gpu.requestAdapter.bind(gpu);
  globalThis.adaptersAsked = 0;
  gpu.requestAdapter = async (options) => {
    adaptersAsked++;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return await ask(options);
  };
})()`;

testInBrowsers(
  "the explorer computes on WebGPU where its reader wants that, and says so",
  async (open) => {
    await withGlyphs((folder) =>
      withPage(folder, async (url, { draws }) => {
        const page = await open(url);
        await whole(page);
        const computed = page.locator(".facts div", { hasText: "computed by" });
        assertMatch((await computed.textContent())!, /the wasm engine/);
        const names = ["ELBO", "reconstruction", "KL", "L_1000"];
        const byWasm = new Map<string, number>();
        for (const name of names) byWasm.set(name, await term(page, name));

        await page.evaluate(COUNT);
        // A reader in haste, who opens it once nevertheless.
        for (const engine of ["webgpu", "wasm", "webgpu"]) {
          await page.getByLabel("engine").selectOption(engine);
        }
        await page.waitForSelector(
          ".terms[data-engine=webgpu] [data-term='L_1000']",
        );
        assertMatch((await computed.textContent())!, /the webgpu engine on ./);
        assertEquals(await page.evaluate("adaptersAsked"), 1);
        for (const [name, value] of byWasm) {
          assertAlmostEquals(await term(page, name), value, 1e-3, name);
        }
        await page.locator("details summary").first().click();
        await page.locator(".sliders input").first().fill("1.5");
        const [z, x] = await numbersAt(page, (z) => z.includes(1.5));
        const expected = await draws.decode({ z, size: 1 });
        expected.forEach((value, i) => assertAlmostEquals(x[i]!, value, 1e-6));

        await page.getByLabel("engine").selectOption("wasm");
        await page.waitForSelector(
          ".terms[data-engine=wasm] [data-term='L_1000']",
        );
        for (const [name, value] of byWasm) {
          assert(await term(page, name) === value, name);
        }
        assert((await numbers(page))[1].length === 784);
      }), { hidden: 16 });
  },
  ["chromium with WebGPU"],
);
