/** Pages of reports, as readers open them: from disk. */
/// <reference lib="dom" />

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { report } from "../../src/cli/web/report.ts";
import { RunSources } from "../../src/figures/source_runs.ts";
import { publishedOf } from "../../src/web/report/record/published.ts";
import { saidBy } from "../cli/said.ts";
import { commit, init, writeRun } from "../compare/results.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";
import { ROOT } from "../experiments/command.ts";
import { seriousFaults } from "./axe.ts";
import { BROWSERS, type Page, testInBrowsers } from "./browsers.ts";

/** The texts of the first column of the run table, from above. */
async function names(page: Page): Promise<string[]> {
  return await page.locator("table.runs tbody th button").allTextContents();
}

/** The lines of the first panel, by name. */
async function lines(page: Page): Promise<string[]> {
  return await page.locator("#curves svg.chart").first()
    .locator("[data-line]").evaluateAll((paths) =>
      paths.map((path) => path.getAttribute("data-line")!)
    );
}

testInBrowsers(
  "the report of a committed sweep sorts, filters, hides and says where runs are from",
  (open) =>
    withFolder(async (folder) => {
      const out = `${folder}/report.html`;
      const results = `${ROOT}results/latent-sweep`;
      const said = await saidBy(() => report([results, "--out", out]));
      assertStringIncludes(said, `${out}: 6 runs`);
      const page = await open(`file://${out}`);
      assertEquals(await page.locator("h1").textContent(), "latent-sweep");

      assertEquals((await names(page)).slice(0, 2), [
        ...["glyphs-z2-L1-seed1", "glyphs-z5-L1-seed1"],
      ]);
      await page.getByRole("button", { name: "elbo", exact: true }).first()
        .click();
      assertEquals((await names(page)).slice(0, 2), [
        ...["glyphs-z10-L1-seed1", "glyphs-z20-L1-seed1"],
      ]);
      const head = page.locator("table.runs th[aria-sort=descending]");
      assertStringIncludes((await head.textContent())!, "elbo");
      await page.getByRole("searchbox").fill("glyphs elbo>-100");
      assertEquals(await names(page), [
        ...["glyphs-z10-L1-seed1", "glyphs-z20-L1-seed1"],
      ]);
      assertEquals(
        await page.locator("[data-count]").textContent(),
        "2 of 6 runs",
      );
      await page.getByRole("searchbox").fill("glyphs");

      const before = (await lines(page)).length;
      const legend = page.getByRole("button", { name: "z = 5", exact: true });
      await legend.click();
      assertEquals(await legend.getAttribute("aria-pressed"), "false");
      // The curve of the test split, and that of the minibatches.
      assertEquals((await lines(page)).length, before - 2);
      await legend.click();
      assertEquals((await lines(page)).length, before);

      await page.getByRole("button", { name: "glyphs-z5-L1-seed1" }).click();
      const dialog = page.getByRole("dialog");
      const record = await dialog.textContent();
      assertStringIncludes(record!, "git.commit");
      assertStringIncludes(
        record!,
        "deno task exp:latent-sweep --dataset glyphs",
      );
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });

      const x = () =>
        page.locator("#curves svg.chart").first().locator(".axes text")
          .allTextContents();
      const whole = await x();
      await page.getByRole("button", { name: "Zoom in" }).first().click();
      assert((await x()).join() !== whole.join());
      await page.getByRole("button", { name: "Whole" }).first().click();
      assertEquals(await x(), whole);
      const images = page.locator(".pictures img");
      assertEquals(await images.count(), 4);
      await images.first().scrollIntoViewIfNeeded();
      assertEquals(
        await images.first().evaluate(async (image: HTMLImageElement) => {
          await image.decode();
          return image.naturalWidth;
        }),
        858,
      );
    }),
  BROWSERS,
);

/** Names and settings that would be markup, if they were not texts. */
const HOSTILE = {
  name: "<script>document.title='taken'<",
  setting: '"><img src=x onerror="document.title=\'taken\'">',
};

testInBrowsers(
  "a report has names and settings as texts, and another revision's curves below",
  (open) =>
    withFolder(async (folder) => {
      await init(folder);
      const results = `${folder}/results`;
      const runs = [HOSTILE.name, "plain", "same"];
      for (const [seed, name] of runs.entries()) {
        // The test split chose the state of one of them.
        const [config, record] = name === "same"
          ? [{ dataset: "other", keep: "best" }, {
            ended: { step: 20, kept: 10 },
          }]
          : [{ dataset: HOSTILE.setting }, {}];
        await writeRun(`${results}/toy`, name, { seed, config, record });
      }
      await commit(folder, "as it was");
      await writeRun(`${results}/toy`, "plain", {
        seed: 1,
        config: { dataset: HOSTILE.setting },
        train: (row) => ({ ...row, kl: Number(row["kl"]) + 1 }),
      });
      await writeRun(`${results}/toy`, "torn", { seed: 3 });
      await Deno.writeTextFile(`${results}/toy/torn/eval.csv`, "step,kl\n1");
      await writeRun(`${results}/toy`, "no-record");
      await Deno.writeTextFile(`${results}/toy/no-record/run.json`, "{");
      await writeRun(`${results}/toy`, "diverged", {
        record: { status: "failed", error: "the ELBO is <NaN>" },
      });
      await Deno.mkdir(`${results}/toy/begun.partial`);
      const out = `${folder}/page.html`;
      const there = `${folder}/there`;
      await new Deno.Command("git", {
        args: ["worktree", "add", "-q", there, "HEAD"],
        cwd: folder,
      }).output();
      const said = await saidBy(() =>
        report([
          `${results}/toy`,
          "--compare",
          `${there}/results`,
          "--out",
          out,
        ])
      );
      assertStringIncludes(said, "3 runs");
      assertStringIncludes(said, "not drawn: toy/begun: it is not finished");
      assertStringIncludes(said, "not drawn: toy/diverged: it failed: ");

      const page = await open(`file://${out}`, {
        viewport: { width: 360, height: 740 },
        colorScheme: "dark",
      });
      assertEquals(await page.title(), "toy");
      assertEquals((await names(page)).toSorted(), runs.toSorted());
      const text = await page.locator("main").textContent();
      // A word that this version does not know is shown as JSON.
      const setting = JSON.stringify(HOSTILE.setting);
      for (const part of [setting, "the ELBO is <NaN>"]) {
        assertStringIncludes(text!, part);
      }
      const marks = page.locator("#runs tbody tr:has(abbr)");
      assertEquals(await marks.count(), 1);
      assertEquals(await marks.getAttribute("data-run"), "same");
      assertEquals(
        await marks.locator("abbr").getAttribute("title"),
        "ended after step 20, the model is that of step 10: chosen by the test split",
      );
      assertStringIncludes(text!, "the end or the model of 1 of the runs");
      const left = await page.locator("#left-out li").allTextContents();
      assertEquals(
        left.map((line) => line.slice("toy/".length)),
        [
          "no-record: run.json is no record of a run",
          "diverged: it failed: the ELBO is <NaN>",
          "torn: eval.csv is unreadable, because it is torn: its last line " +
          "has no line end",
          "begun: it is not finished",
        ],
      );
      assertEquals(await page.locator("#comparison [data-verdict]").count(), 3);
      const verdict = page.locator(
        "[data-verdict='toy/plain'] summary .verdict",
      );
      assertEquals(await verdict.textContent(), "different");
      assertEquals(
        await page.locator("[data-verdict='toy/same'] .verdict").textContent(),
        "identical",
      );
      const wide = (await lines(page)).filter((key) => key.includes(" other"));
      assertEquals(wide.length, 2);
      const { scroll, client } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        client: document.documentElement.clientWidth,
      }));
      assertEquals(scroll, client);
      assertEquals(await seriousFaults(page), []);
      await page.getByRole("button", { name: "plain", exact: true }).click();
      await page.getByRole("dialog").waitFor();
      assertEquals(await seriousFaults(page), []);
    }),
);

Deno.test("a report has published numbers beside those of its runs", async () => {
  await using sources = new RunSources(ROOT, "results");
  const runs = await sources.open(`${ROOT}results/beta-sweep`);
  const [beta, ...others] = await publishedOf(runs);
  assertEquals(others, []);
  assertEquals(beta!.experiment, "beta-sweep");
  const report = await Deno.readTextFile(`${ROOT}results/published/README.md`);
  for (const row of beta!.rows) {
    assertEquals(row.length, beta!.columns.length);
    assertStringIncludes(report, `| ${row.join(" | ")} |`);
  }
  assertEquals(await publishedOf(runs.slice(0, 1)), []);
});

Deno.test("report replaces reports alone, and says what it cannot do in a line", () =>
  withFolder(async (folder) => {
    await writeRun(`${folder}/toy`, "run");
    const out = `${folder}/page.html`;
    const write = () => report([`${folder}/toy`, "--out", out]);
    await Deno.writeTextFile(out, "<!doctype html> of mine");
    await assertUserError(write, "page.html: it exists, is no report");
    await Deno.remove(out);
    await saidBy(write);
    const first = await Deno.readTextFile(out);
    await saidBy(write);
    assertEquals(await Deno.readTextFile(out), first);
    const there = `${folder}/elsewhere`;
    await Deno.mkdir(there);
    await writeRun(`${there}/toy`, "run", {
      record: { timing: { seconds: 1 } },
    });
    await writeRun(`${folder}/toy`, "run", {
      record: { timing: { seconds: 1 } },
    });
    await saidBy(() => report([`${there}/toy`, "--out", `${there}/page.html`]));
    await saidBy(write);
    assertEquals(
      await Deno.readTextFile(`${there}/page.html`),
      await Deno.readTextFile(out),
    );

    await assertUserError(
      () => report([`${folder}/toy`, "--out", `${folder}/page.txt`]),
      "NAME.html",
    );
    await assertUserError(
      () => report([`${folder}/toy`, "--out", `${folder}/none/page.html`]),
      "is not a folder",
    );
    await assertUserError(
      () => report([`${folder}/toy`, "--compare", "no-revision", "--out", out]),
      "no-revision",
    );
    await writeRun(`${folder}/b/toy`, "run");
    await assertUserError(
      () =>
        report([
          `${folder}/toy`,
          `${folder}/b`,
          "--compare",
          "x",
          "--out",
          out,
        ]),
      "--compare x: the runs are not all in one folder",
    );
    await Deno.writeTextFile(`${folder}/toy/run/run.json`, "{");
    await assertUserError(write, "no run can be shown", "run.json");
  }));
