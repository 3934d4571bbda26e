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
import { type Curve, learningCurves } from "../../src/plot/learning_curves.ts";
import { renderSvg } from "../../src/plot/svg.ts";
import { assertInFrame, axisNote, ends, pointNotes } from "./svg_notes.ts";

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

/** Of a legend symbol its shape and colour, not where it stands. */
function withoutPlace(symbol: string): string {
  return symbol.replace(/transform="[^"]*"/, "");
}
