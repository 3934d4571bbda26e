import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { renderSvg } from "../../src/plot/svg.ts";
import { termsAgainst, type TermsRow } from "../../src/plot/terms_against.ts";
import {
  assertInFrame,
  axisNote,
  count,
  ends,
  paths,
  pointNotes,
} from "./svg_notes.ts";

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
