import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { decode } from "fast-png";
import { type Curve, learningCurves } from "../../src/plot/learning_curves.ts";
import { termsAgainst, type TermsRow } from "../../src/plot/terms_against.ts";
import { renderSvg, svgToPng } from "../../src/plot/svg.ts";

/** From -550 to about `end`, with noise, as a VAE learns. */
function curve(run: string, end = -100, steps = 600): Curve {
  const elbo = (step: number) =>
    end - 60 * Math.exp(-4 * step / steps) -
    (550 + end - 60) * Math.exp(-step / 15);
  const train = Array.from({ length: steps }, (_, i) => ({
    samplesSeen: 100 * (i + 1),
    elbo: elbo(i + 1) + 3 * Math.sin(1000 * i),
  }));
  const test = train.filter((_, i) => (i + 1) % (steps / 20) === 0).map((
    { samplesSeen },
  ) => ({
    samplesSeen,
    elbo: elbo(samplesSeen / 100) - 1,
  }));
  return { run, train, test };
}

function terms(
  xs: readonly number[],
  seeds: readonly number[],
): TermsRow[] {
  return xs.flatMap((x) =>
    seeds.map((seed) => {
      const kl = 25 * (1 - Math.exp(-x / 7)) + 0.1 * seed;
      const reconstruction = -150 + 75 * (1 - Math.exp(-x / 6)) - 0.3 * seed;
      return { x, seed, kl, reconstruction, elbo: reconstruction - kl };
    })
  );
}

/** What a reader of the SVG is told about an axis: its scale, first and last value. */
function axisNote(svg: string, title: string): string {
  const start = svg.indexOf(`axis titled '${title}'`);
  assertGreater(start, -1, `no axis titled ${title}`);
  return svg.slice(start, svg.indexOf('"', start)).replaceAll("−", "-");
}

function ends(svg: string, title: string): [number, number] {
  const number = (label: string) =>
    parseFloat(label.replaceAll(",", "")) * (label.endsWith("k") ? 1e3 : 1);
  const [, low, high] = axisNote(svg, title).match(/from (\S+) to (\S+)/)!;
  return [number(low!), number(high!)];
}

/** The `d` of the paths inside each group of marks of a kind. */
function paths(svg: string, group: string): string[][] {
  return svg.split(`<g class="${group}`).slice(1).map((rest) =>
    [...rest.slice(0, rest.indexOf("</g>")).matchAll(/ d="([^"]*)"/g)]
      .map((match) => match[1]!)
  );
}

/** What a reader is told about the points, such as "x: 1; y: 2". */
function pointNotes(svg: string): string[] {
  const point =
    / aria-label="([^"]*)" role="[^"]*" aria-roledescription="point"/g;
  return [...svg.matchAll(point)].map((m) => m[1]!.replaceAll("−", "-"));
}

function count(svg: string, text: string): number {
  return svg.split(text).length - 1;
}

/** Fails unless there is ink, and none of it within 4 units of the border. */
async function assertInFrame(svg: string): Promise<void> {
  const { width, height, data, channels } = decode(
    await svgToPng(svg, { scale: 1 }),
  );
  let ink = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels;
      if (data.subarray(at, at + 3).every((value) => value === 255)) continue;
      ink++;
      assert(
        x >= 4 && y >= 4 && x < width - 4 && y < height - 4,
        `ink at ${x}, ${y} of ${width} x ${height}`,
      );
    }
  }
  assertGreater(ink, 0.01 * width * height);
}

Deno.test("learningCurves() names its axes, units, runs and lines", async () => {
  const svg = await renderSvg(learningCurves(
    [curve("latent 2", -130), curve("latent 20")],
    { title: "Latent dimension", subtitle: "MNIST, one seed" },
  ));
  for (
    const text of [
      ">Latent dimension<",
      ">MNIST, one seed<",
      ">training samples seen<",
      ">ELBO (nats per datapoint)<",
      ">latent 2<",
      ">latent 20<",
      "line with points: test split; thin line: train minibatches",
    ]
  ) assertStringIncludes(svg, text);
  assertStringIncludes(axisNote(svg, "training samples seen"), "log scale");
});

Deno.test("learningCurves() gives the same bytes again", async () => {
  const draw = () =>
    renderSvg(learningCurves([curve("a"), curve("b", -110)], { title: "t" }));
  assertEquals(await draw(), await draw());
});

Deno.test("learningCurves() frames what was learned, not the first steps", async () => {
  const svg = await renderSvg(learningCurves([curve("a")], { title: "t" }));
  const [low, high] = ends(svg, "ELBO (nats per datapoint)");
  assertGreater(low, -260);
  assertLess(low, -140);
  assert(high >= -105 && high < -85, `${high}`);
  // x begins where the curve comes into the frame, far after the first step.
  assertGreater(ends(svg, "training samples seen")[0], 1000);
  assertStringIncludes(svg, "part of the curves lies outside the frame");
  // Of 20 evaluations the first, at step 30, is outside.
  assertEquals(pointNotes(svg).length, 19);
});

Deno.test("learningCurves() shows a converged run as a whole", async () => {
  const test = [1, 2, 3, 4].map((i) => ({
    samplesSeen: 10 ** i,
    elbo: -100 - i % 2,
  }));
  const svg = await renderSvg(
    learningCurves([{ run: "a", train: [], test }], { title: "t" }),
  );
  assertEquals(ends(svg, "training samples seen"), [10, 10_000]);
  assert(!svg.includes("outside the frame"));
  for (const tick of [">10<", ">100<", ">1k<", ">10k<"]) {
    assertStringIncludes(svg, tick);
  }
  assert(!svg.includes(">20<"));
});

Deno.test("learningCurves() marks no evaluation outside the frame", async () => {
  const test = [[10, -100], [20, -500], [30, -50], [1000, -100], [9000, -101]]
    .map(([samplesSeen, elbo]) => ({ samplesSeen: samplesSeen!, elbo: elbo! }));
  const svg = await renderSvg(
    learningCurves([{ run: "a", train: [], test }], { title: "t" }),
  );
  // The frame begins at 20, with one value below on the way to the best.
  assertEquals(ends(svg, "training samples seen"), [20, 9000]);
  assertEquals(
    pointNotes(svg).map((note) => note.match(/seen: (\S+);/)?.[1]),
    ["1k", "9k"],
  );
});

Deno.test("learningCurves() shows how a run learned that diverged later", async () => {
  // At step 200, after 20 000 samples.
  const train = curve("a").train.map((point, i) =>
    i < 200 ? point : { ...point, elbo: -1e6 }
  );
  const svg = await renderSvg(
    learningCurves([{ run: "a", train, test: [] }], { title: "t" }),
  );
  assertLess(ends(svg, "training samples seen")[0], 5_000);
});

Deno.test("learningCurves() keeps its frame when one run of four diverges", async () => {
  const train = curve("d").train.map((point, i) => ({
    ...point,
    elbo: i < 300 ? -(1.1 ** i) : NaN,
  }));
  const four = ["a", "b", "c"].map((run) => curve(run));
  const svg = await renderSvg(
    learningCurves([...four, { run: "d", train, test: [] }], { title: "t" }),
  );
  assertGreater(ends(svg, "ELBO (nats per datapoint)")[0], -500);
});

Deno.test("learningCurves() leaves out what is not finite, and 0 samples", () => {
  const { run, train, test } = curve("a");
  const bad = [
    { samplesSeen: 0, elbo: -550 },
    { samplesSeen: 70_000, elbo: NaN },
    { samplesSeen: 80_000, elbo: -Infinity },
    { samplesSeen: NaN, elbo: -100 },
    { samplesSeen: Infinity, elbo: -100 },
  ];
  assertEquals(
    learningCurves([{
      run,
      train: [...train, ...bad],
      test: [...bad, ...test],
    }], {
      title: "t",
    }),
    learningCurves([{ run, train, test }], { title: "t" }),
  );
});

Deno.test("learningCurves() averages minibatches within 2 %, not evaluations", () => {
  const near = [
    { samplesSeen: 10_000, elbo: -100 },
    { samplesSeen: 10_100, elbo: -110 },
  ];
  const mean = [{ samplesSeen: 10_050, elbo: -105 }];
  const spec = (train: Curve["train"], test: Curve["test"]) =>
    learningCurves([{ run: "a", train, test }], { title: "t" });
  assertEquals(spec(near, near), spec(mean, near));
  assertNotEquals(spec(near, near), spec(near, mean));
});

Deno.test("learningCurves() stays small for a long run", async () => {
  const svg = await renderSvg(
    learningCurves([curve("a", -100, 100_000)], { title: "t" }),
  );
  assertLess(svg.length, 60_000);
});

Deno.test("learningCurves() tells twelve runs apart", async () => {
  const names = Array.from({ length: 12 }, (_, i) => `run number ${i}`);
  const svg = await renderSvg(learningCurves(
    names.map((name, i) => curve(name, -100 - 3 * i)),
    { title: "Twelve" },
  ));
  for (const name of names) assertStringIncludes(svg, `>${name}<`);
  const symbols = [
    ...svg.matchAll(/<g class="mark-symbol role-legend-symbol".*?<\/g>/gs),
  ]
    .map(([group]) => group.match(/ d="[^"]*".* fill="[^"]*"/)![0]);
  assertEquals(new Set(symbols.map(withoutPlace)).size, 12);
  await assertInFrame(svg);
});

Deno.test("learningCurves() draws one run, one value, and no finite value", async () => {
  for (
    const { elbo, points, x, y, tick } of [
      { elbo: -100, points: 1, x: [4000, 9000], y: [-101, -99], tick: 6 },
      { elbo: NaN, points: 0, x: [1, 10], y: [-1, 0], tick: 5 },
    ]
  ) {
    const test = [{ samplesSeen: 6000, elbo }];
    const svg = await renderSvg(
      learningCurves([{ run: "only", train: [], test }], { title: "t" }),
    );
    assertStringIncludes(svg, ">only<");
    assert(!svg.includes("NaN"));
    assertEquals(pointNotes(svg).length, points);
    assertEquals(ends(svg, "training samples seen"), x);
    assertMatch(svg, new RegExp(`>${tick}k?<`));
    assertEquals(ends(svg, "ELBO (nats per datapoint)"), y);
    await assertInFrame(svg);
  }
});

Deno.test("learningCurves() cuts nothing off, however long a name", async () => {
  const wide = curve("W".repeat(40));
  await assertInFrame(
    await renderSvg(learningCurves([wide], {
      title: "A title that is far wider than the frame of the plot".repeat(2),
      subtitle: "and its subtitle, which is wider still than the title".repeat(
        3,
      ),
    })),
  );
});

Deno.test("learningCurves() rejects no runs and two runs of one name", () => {
  assertThrows(() => learningCurves([], { title: "t" }), RangeError, "no runs");
  assertThrows(
    () => learningCurves([curve("a"), curve("a")], { title: "t" }),
    RangeError,
    "one name",
  );
});

Deno.test("termsAgainst() names its axes, units, split and seeds", async () => {
  const svg = await renderSvg(termsAgainst(
    { name: "latent dimension" },
    terms([2, 5, 10, 20], [0, 1, 2]),
    { title: "Terms", subtitle: "MNIST" },
  ));
  for (
    const text of [
      ">Terms<",
      ">MNIST<",
      ">ELBO (nats per datapoint)<",
      ">reconstruction (nats per datapoint)<",
      ">KL (nats per datapoint)<",
      ">test split; circles: 3 seeds; line: mean over seeds<",
    ]
  ) assertStringIncludes(svg, text);
  assertEquals(count(svg, ">latent dimension<"), 3);
  await assertInFrame(svg);
});

Deno.test("termsAgainst() gives the same bytes again", async () => {
  const draw = () =>
    renderSvg(
      termsAgainst({ name: "x" }, terms([1, 2], [0, 1]), { title: "t" }),
    );
  assertEquals(await draw(), await draw());
});

Deno.test("termsAgainst() draws a mark per seed, each term in its panel", async () => {
  const rows = [
    { x: 2, seed: 0, elbo: -101, reconstruction: -95, kl: 6 },
    { x: 2, seed: 1, elbo: -102, reconstruction: -94, kl: 8 },
  ];
  const svg = await renderSvg(
    termsAgainst({ name: "n" }, rows, { title: "t" }),
  );
  assertEquals(pointNotes(svg), [
    "n: 2; ELBO (nats per datapoint): -101",
    "n: 2; ELBO (nats per datapoint): -102",
    "n: 2; reconstruction (nats per datapoint): -95",
    "n: 2; reconstruction (nats per datapoint): -94",
    "n: 2; KL (nats per datapoint): 6",
    "n: 2; KL (nats per datapoint): 8",
  ]);
});

Deno.test("termsAgainst() leads its line through the means", async () => {
  const lines = async (third: number) =>
    paths(
      await renderSvg(termsAgainst(
        { name: "n" },
        [2, 4].flatMap((x) =>
          [-100, -110, third].map((kl, seed) => ({
            x,
            seed,
            kl: kl - x,
            elbo: 0,
            reconstruction: 0,
          }))
        ),
        { title: "t" },
      )),
      "mark-line role-mark",
    )[2];
  // A third seed at the mean of the other two moves nothing.
  const between = await lines(-105);
  assertEquals(between, await lines(NaN));
  assertNotEquals(between, await lines(-101));
});

Deno.test("termsAgainst() leaves out a term that is not finite, not its run", async () => {
  const rows = terms([2, 5], [0]).map((row, i) =>
    i === 0 ? { ...row, kl: Infinity } : row
  );
  const svg = await renderSvg(
    termsAgainst({ name: "n" }, rows, { title: "t" }),
  );
  assert(!/NaN|Infinity/.test(svg));
  assertEquals(pointNotes(svg).length, 5);
  // Both values keep their ticks in all panels.
  assertEquals(count(svg, ">2</text>"), 3);
});

Deno.test("termsAgainst() takes a logarithmic axis where values spread and stand apart", async () => {
  const scaleOf = async (xs: readonly number[]) =>
    axisNote(
      await renderSvg(
        termsAgainst({ name: "n" }, terms(xs, [0]), { title: "t" }),
      ),
      "n",
    ).match(/log|discrete|linear/)?.[0];
  assertEquals(await scaleOf([2, 5, 10, 20]), "log");
  assertEquals(await scaleOf([0.0001, 0.001, 0.01]), "log");
  assertEquals(await scaleOf([1, 2, 3]), "discrete");
  assertEquals(await scaleOf([0, 1, 10]), "discrete");
  assertEquals(await scaleOf([10, 10.1, 100]), "discrete");
  assertEquals(await scaleOf([7]), "discrete");
});

Deno.test("termsAgainst() has a tick for a value without rows", async () => {
  const svg = await renderSvg(termsAgainst(
    { name: "n", values: [1, 2, 3] },
    terms([1, 3], [0]),
    { title: "t" },
  ));
  assertEquals(count(svg, ">2</text>"), 3);
});

Deno.test("termsAgainst() draws one value of one seed, and no finite term", async () => {
  for (
    const { elbo, points, y } of [
      { elbo: -100, points: 3, y: [-101, -99] },
      { elbo: NaN, points: 2, y: [-1, 0] },
    ]
  ) {
    const rows = [{ x: 10, seed: 4, elbo, reconstruction: -90, kl: 10 }];
    const svg = await renderSvg(
      termsAgainst({ name: "n" }, rows, { title: "t" }),
    );
    assertStringIncludes(svg, ">test split; one seed<");
    assert(!svg.includes("NaN"));
    assertEquals(pointNotes(svg).length, points);
    assertEquals(ends(svg, "ELBO (nats per datapoint)"), y);
    await assertInFrame(svg);
  }
});

Deno.test("termsAgainst() rejects no rows and values that are not finite", () => {
  const heading = { title: "t" };
  assertThrows(() => termsAgainst({ name: "n" }, [], heading), RangeError);
  assertThrows(
    () => termsAgainst({ name: "n" }, terms([NaN], [0]), heading),
    RangeError,
    "n is not finite",
  );
});

/** Of a legend symbol its shape and colour, not where it stands. */
function withoutPlace(symbol: string): string {
  return symbol.replace(/transform="[^"]*"/, "");
}
