import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { unzipSync } from "fflate";
import { readFlags } from "../../src/cli/read_flags.ts";
import { lesson as writeLesson } from "../../src/cli/web/lesson.ts";
import { requestOf } from "../../src/cli/request.ts";
import { glyphs } from "../../src/data/glyphs.ts";
import { prepare } from "../../src/data/prepare.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { WasmEngine } from "../../src/engine/wasm/wasm_engine.ts";
import { exactElboTerms } from "../../src/evaluate/exact_elbo.ts";
import { UNWEIGHTED } from "../../src/objective/kl_weighting.ts";
import { Batches } from "../../src/train/batches.ts";
import { createVae } from "../../src/train/create_vae.ts";
import { BOUND_ROWS } from "../../src/web/lesson/messages.ts";
import {
  CHOICES,
  configOf,
  DEFAULTS,
  flagsOf,
  queryOf,
  type Settings,
  settingsFrom,
} from "../../src/web/lesson/settings.ts";
import { lessonHtml } from "../../src/web/lesson/lesson_html.ts";
import { runName } from "../../src/web/lesson/save.ts";
import { firstTestRows, snapshotOf } from "../../src/web/lesson/snapshot.ts";
import { STRINGS } from "../../src/web/lesson/strings.ts";
import { serveOnLoopback } from "../../src/web/serve.ts";
import { saidBy } from "../cli/said.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";
import { runTask } from "../experiments/command.ts";
import { seriousFaults } from "./axe.ts";
import { BROWSERS, inFile, type Page, testInBrowsers } from "./browsers.ts";

const RESULTS = new URL("../../results", import.meta.url).pathname;
const COMMITTED = `${RESULTS}/latent-sweep/glyphs-z2-L1-seed1`;

const lesson = () => lessonHtml(RESULTS);

/** Settings that differ from those of a new page in every way. */
const OTHERS: Settings[] = [
  DEFAULTS,
  { ...DEFAULTS, steps: 6000, seed: 7 },
  {
    network: "linear",
    latent: 20,
    samples: 5,
    beta: 0.25,
    objective: "iwae",
    steps: 600,
    seed: 1,
  },
  { ...DEFAULTS, network: "linear", steps: 6000, beta: 4 },
  { ...DEFAULTS, beta: 0, objective: "elbo-sampled", seed: 999_999 },
];

Deno.test("the page's config, name and command are those of exp:latent-sweep", () => {
  for (const settings of OTHERS) {
    const { runs: [run, ...more] } = requestOf(
      readFlags(flagsOf(settings).split(" "), EXPERIMENT),
    );
    assertEquals(more, []);
    assertEquals(
      JSON.stringify(configOf(settings)),
      JSON.stringify(run!.config),
    );
    assertEquals(runName({ settings }), run!.name);
  }
});

/** As experiments/latent_sweep.ts has it. */
const EXPERIMENT = {
  axis: "latent",
  defaults: { dataset: "glyphs", latent: "2,5,10,20" },
  setups: [{ of: { dataset: "glyphs" }, defaults: { steps: "6000" } }],
} as const;

Deno.test("a URL has all settings, and takes no others", () => {
  for (const settings of OTHERS) {
    assertEquals(settingsFrom(queryOf(settings)), settings);
  }
  const odd = "latent=3e0&samples=0&beta=-1&objective=__proto__&steps=1e9";
  for (const seed of ["-1", "1e3", "1000000", "", "<b>"]) {
    const query = new URLSearchParams(`${odd}&seed=${seed}`);
    assertEquals(settingsFrom(query), DEFAULTS);
  }
  assert(CHOICES.latent.length > 1);
});

Deno.test("the languages have the same text, part by part", () => {
  const { en, zh } = STRINGS;
  assertEquals(Object.keys(zh), Object.keys(en));
  const shapeOf = ({ sections }: typeof en) =>
    sections.map(({ paragraphs, tries }) => [
      paragraphs.length,
      tries.map(({ set }) => set),
    ]);
  assertEquals(shapeOf(zh), shapeOf(en));
});

Deno.test("the lesson's file is small", async () => {
  const gzip = new Blob([await lesson()]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  const { length } = await new Response(gzip).bytes();
  assert(length < 120_000, `${length} bytes`);
});

async function train(page: Page): Promise<void> {
  await page.click("button.train");
  await page.waitForSelector("#verdict, .failed");
  assertEquals(await page.locator(".failed").allTextContents(), []);
}

async function firstRows(name: string, rows: number): Promise<string> {
  const text = await Deno.readTextFile(`${COMMITTED}/${name}`);
  return text.split("\n").slice(0, rows + 1).join("\n") + "\n";
}

/** Trains as a new page is set, and holds the bytes against those in git. */
async function trainCommitted(page: Page): Promise<void> {
  await train(page);
  const verdict = page.locator("#verdict");
  assertEquals(await verdict.getAttribute("data-verdict"), "same");
  assertEquals(
    await page.textContent("#train-sha256"),
    await sha256(await firstRows("train.csv", 600)),
  );
  assertEquals(
    await page.textContent("#eval-sha256"),
    await sha256(await firstRows("eval.csv", 6)),
  );
}

async function sha256(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

const TRAINS = "the lesson trains 600 steps from disk to the bytes in git";

testInBrowsers(TRAINS, async (open) => {
  await inFile(await lesson(), async (url) => {
    await trainCommitted(await open(url));
  });
}, ["firefox"]);

testInBrowsers(
  `${TRAINS}, shows them, and saves a run that diff calls identical`,
  async (open) => {
    await inFile(await lesson(), async (url) => {
      const page = await open(url);
      await trainCommitted(page);
      // Two lines of each curve, and the dots of each digit.
      assertEquals(await page.locator("path.line[d^=M]").count(), 6);
      const dots = await page.locator(".dots path").first().getAttribute("d");
      assert(dots!.split("M").length > 20, dots!);
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: STRINGS.en.saveRun }).click(),
      ]);
      const name = runName({ settings: DEFAULTS });
      assertEquals(download.suggestedFilename(), `${name}.zip`);
      await withFolder(async (folder) => {
        await download.saveAs(`${folder}/run.zip`);
        const files = unzipSync(await Deno.readFile(`${folder}/run.zip`));
        await Deno.mkdir(`${folder}/${name}`);
        for (const [path, bytes] of Object.entries(files)) {
          if (!path.endsWith("/")) {
            await Deno.writeFile(`${folder}/${path}`, bytes);
          }
        }
        await writeCommitted(`${folder}/committed`);
        const { code, stdout } = await runTask("diff", [
          `${folder}/${name}`,
          `${folder}/committed`,
        ]);
        assertMatch(stdout, /1 run: 1 identical/);
        assertEquals(code, 0);
      });
    });
  },
);

/** The run in git as it was after 600 steps, without later evaluations. */
async function writeCommitted(folder: string): Promise<void> {
  const record = `${COMMITTED}/run.json`;
  const { config, ...run } = JSON.parse(await Deno.readTextFile(record));
  const files = {
    "train.csv": await firstRows("train.csv", 600),
    "eval.csv": await firstRows("eval.csv", 6),
  };
  const hashes = await Promise.all(
    Object.entries(files).map(async (
      [name, text],
    ) => [name, await sha256(text)]),
  );
  await Deno.mkdir(folder);
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  const cut = {
    ...run,
    config: { ...config, steps: 600, finalEvaluation: null },
    outputs: Object.fromEntries(hashes),
  };
  await Deno.writeTextFile(`${folder}/run.json`, JSON.stringify(cut));
}

testInBrowsers(
  "the lesson works by keyboard, stops, and keeps its settings in the URL",
  async (open) => {
    await inFile(await lesson(), async (url) => {
      const page = await open(`${url}#steps=6000&lang=en`);
      await page.locator("button.train").focus();
      await page.keyboard.press("Enter");
      await page.waitForSelector("path.thin[d^=M]");
      await page.getByRole("button", { name: STRINGS.en.stop }).click();
      await page.waitForSelector("button.main");
      assertMatch(
        (await page.textContent("[role=status]"))!,
        /^stopped after step \d+$/,
      );
      // What is set goes into the URL; what cannot be is not taken.
      await page.selectOption("select[name=latent]", "5");
      await page.fill("input[name=seed]", "12");
      await page.fill("input[name=seed]", "12x");
      await page.getByRole("button", { name: STRINGS.zh.languageName }).click();
      assertMatch(
        page.url(),
        /#network=tanh&latent=5&.*&steps=6000&seed=12&lang=zh$/,
      );
      assertEquals(await page.textContent("h1"), STRINGS.zh.title);
    });
  },
);

for (const colorScheme of ["light", "dark"] as const) {
  testInBrowsers(
    `axe finds no serious fault in the lesson, ${colorScheme}`,
    async (open) => {
      await inFile(await lesson(), async (url) => {
        const page = await open(`${url}#lang=en`, {
          colorScheme,
          viewport: { width: 360, height: 740 },
        });
        await page.waitForSelector("button.train");
        assertEquals(
          await page.evaluate("document.documentElement.scrollWidth"),
          360,
        );
        assertEquals(await seriousFaults(page), []);
      });
    },
  );
}

testInBrowsers(
  "on an isolated page the lesson trains on several threads to the bytes in git",
  async (open) => {
    const type = "text/html; charset=utf-8";
    const body = await lesson();
    await using server = serveOnLoopback(() => Promise.resolve({ type, body }));
    const page = await open(`${server.url}#lang=en`);
    await trainCommitted(page);
    const cores = await page.evaluate("navigator.hardwareConcurrency");
    const said = (await page.textContent("[role=status]"))!;
    assertEquals(/ on (\d+) thread/.exec(said)![1], `${cores}`);
  },
  BROWSERS,
);

testInBrowsers(
  "the lesson's bar is exact of a linear model, and says which dots lie beyond",
  async (open) => {
    await inFile(await lesson(), async (url) => {
      const page = await open(`${url}#network=linear&beta=0&lang=en`);
      // What will be seen has its axes before.
      const plane = page.locator(".plane");
      assertMatch(
        (await plane.locator("svg").first().textContent())!,
        /z₁ *z₂/,
      );
      await train(page);
      const [bar] = await page.locator(".bars svg")
        .evaluateAll((bars) =>
          bars.map((bar) => bar.getAttribute("aria-label"))
        );
      assertMatch(bar!, /^log p\(x\) = .*; KL\(q ‖ p\(z\|x\)\) = \d/);
      const dots = await plane.locator(".dots path:first-child")
        .evaluateAll((paths) => paths.map((path) => path.getAttribute("d")));
      const atEdge = dots.join("").split("M").slice(1)
        .filter((dot) => /(^| )(0\.0|230\.0)(h| )/.test(dot)).length;
      assert(atEdge > 0);
      assertStringIncludes(
        (await plane.locator("figcaption").textContent())!,
        STRINGS.en.planeBeyond(atEdge, 3.5),
      );
    });
  },
);

Deno.test("the bar of a linear model has the exact terms of its ELBO", async () => {
  await openBackend("cpu"); // of the exact terms
  const config = configOf({ ...DEFAULTS, network: "linear", latent: 3 });
  const whole = await glyphs({ seed: config.dataSeed });
  const data = await prepare(whole, config);
  using vae = createVae(config, data);
  using engine = await WasmEngine.create(vae, config, 1);
  const batches = new Batches(data, config);
  for (let step = 1; step <= 20; step++) {
    engine.step(batches.training(step), { learningRate: 0.01, ...UNWEIGHTED });
  }
  const { bound } = await snapshotOf(engine, data);
  const exact = await exactElboTerms(vae, firstTestRows(data, BOUND_ROWS));
  assert(bound.isExact);
  assertAlmostEquals(bound.elbo, exact.elbo, 1e-3);
  assertAlmostEquals(bound.kl, exact.kl, 1e-4);
  // Of the whole covariance of x, by its factor.
  assertAlmostEquals(bound.logLikelihood, exact.logLikelihood, 1e-3);
  assert(exact.posteriorKl > 0.01, `${exact.posteriorKl}`);
});

Deno.test("lesson replaces lessons alone", () =>
  withFolder(async (folder) => {
    const out = `${folder}/lesson.html`;
    const other = "<!doctype html>mine";
    await Deno.writeTextFile(out, other);
    await assertUserError(
      () => writeLesson(["--out", out]),
      "lesson.html: it exists, is no lesson, and was not overwritten",
    );
    assertEquals(await Deno.readTextFile(out), other);
    await Deno.remove(out);
    await saidBy(() => writeLesson(["--out", out]));
    const html = await Deno.readTextFile(out);
    await Deno.writeTextFile(out, "of an older version\n", { append: true });
    await saidBy(() => writeLesson(["--out", out]));
    assertEquals(await Deno.readTextFile(out), html);
  }));
