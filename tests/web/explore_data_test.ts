/** Datapoints of all kinds in the explorer against Deno, in browsers. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Examples, firstRows } from "../../src/data/dataset.ts";
import { exactElboTerms } from "../../src/evaluate/exact_elbo.ts";
import { importanceBound } from "../../src/evaluate/importance.ts";
import { posteriorTerms } from "../../src/evaluate/posterior_terms.ts";
import { gather } from "../../src/train/batches.ts";
import { withColour, withGlyphs, withTable } from "../cli/use/commands.ts";
import { withFolder } from "../data/helpers.ts";
import { assertQuietSuccess, runHere, tiny } from "../experiments/command.ts";
import { testInBrowsers } from "./browsers.ts";
import { numbersAt, pixelsOf, term, whole, withPage } from "./explorer.ts";

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
