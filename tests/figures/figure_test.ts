import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { figureOf, NothingToDraw } from "../../src/figures/figure.ts";
import { type FigureRequest, USUAL } from "../../src/figures/request.ts";
import type { SourceRun } from "../../src/figures/source_runs.ts";
import { renderSvg } from "../../src/plot/svg.ts";
import { assertUserError } from "../data/helpers.ts";
import { assertInFrame, pointNotes } from "../plot/svg_notes.ts";
import { runOf, type Terms } from "./runs.ts";

/** What of a specification these tests look at. */
interface Spec {
  readonly title: { readonly text: string[]; readonly subtitle: string[] };
  readonly concat: readonly {
    readonly title?: { readonly text: string };
    readonly layer: readonly {
      readonly mark: { readonly type: string; readonly strokeWidth?: number };
      readonly data: { readonly values: readonly Record<string, unknown>[] };
    }[];
  }[];
}

async function specOf(
  runs: readonly SourceRun[],
  request: Partial<FigureRequest> = {},
): Promise<Spec> {
  return await figureOf(runs, { ...USUAL, ...request }) as unknown as Spec;
}

/** The values of all layers of a kind of mark, panel by panel. */
function values({ concat }: Spec, mark: string) {
  return concat.map(({ layer }) =>
    layer.filter(({ mark: { type } }) => type === mark)
      .flatMap(({ data }) => data.values)
  );
}

const said = ({ title }: Spec) => title.subtitle.join(" ");

/** Three seeds, whose ELBOs are 1 apart. */
const SEEDS = [1, 2, 3].map((seed) =>
  runOf({ seed }, [[-20 - seed, -15, 5], [-10 - seed, -8, 2]])
);

Deno.test("figureOf() averages no runs that differ in more than their seed, where each has one of its own", async () => {
  const runs = [2, 10].map((latentDim, i) =>
    runOf({ seed: i + 1, latentDim }, [[-20 * latentDim, -15, 5]])
  );
  const [points = []] = values(await specOf(runs), "line");
  assertEquals(points.map(({ y }) => y), [-40, -200]);
});

Deno.test("figureOf() draws the mean over seeds, and its 95 % t interval", async () => {
  const spec = await specOf(SEEDS);
  const [[first, last] = []] = values(spec, "line");
  assertEquals([first?.["x"], first?.["y"]], [100, -22]);
  assertEquals([last?.["x"], last?.["y"]], [200, -12]);
  // t(0.975, 2) is 4.3026527, of values 1 apart the standard deviation is 1.
  const half = 4.3026527 / Math.sqrt(3);
  const [bands = []] = values(spec, "area");
  assertAlmostEquals(Number(bands[1]!["high"]), -12 + half, 1e-6);
  assertAlmostEquals(Number(bands[0]!["low"]), -22 - half, 1e-6);
  assertStringIncludes(said(spec), "95\u00a0% t interval over 3 seeds");
});

Deno.test("figureOf() has the bands that are asked for, and single runs without any", async () => {
  const ends = async (band: FigureRequest["band"]) => {
    const [[, last] = []] = values(await specOf(SEEDS, { band }), "area");
    return last && [last["low"], last["high"]];
  };
  assertEquals(await ends("minmax"), [-13, -11]);
  assertEquals(await ends("sd"), [-13, -11]);
  assertEquals(await ends("none"), undefined);
  const spec = await specOf(SEEDS, { band: "none" });
  const widths = spec.concat[0]!.layer.map(({ mark }) => mark.strokeWidth);
  assertEquals(widths.filter((width) => width !== undefined), [0.7, 2]);
  assertEquals(values(spec, "line")[0]!.length, 3 * 2 + 2);
});

Deno.test("figureOf() draws one seed thin, and a single point as a point", async () => {
  const spec = await specOf([runOf({}, [[-3, -2, 1]])]);
  assertEquals(spec.concat[0]!.layer[0]!.mark.strokeWidth, 1.2);
  assertStringIncludes(said(spec), "one seed");
  const svg = await renderSvg(
    await figureOf([runOf({}, [[-3, -2, 1]])], USUAL),
  );
  assertEquals(pointNotes(svg).length, 1);
  await assertInFrame(svg);
});

Deno.test("figureOf() names runs that failed, and draws none of them", async () => {
  const failed = runOf({ latentDim: 3 }, [[-1, -1, 0]], { status: "failed" });
  const spec = await specOf([...SEEDS, failed]);
  assertStringIncludes(said(spec), "not drawn: 1 failed (z3-seed0)");
  assertEquals(values(spec, "line")[0]!.length, 2);
  await assertRejects(
    () => figureOf([failed], USUAL),
    NothingToDraw,
    "nothing to draw of 1 run: 1 failed (z3-seed0)",
  );
});

Deno.test("figureOf() says where the test split chose the state that it evaluates", async () => {
  const saysOf = async (config: Parameters<typeof runOf>[0], kept: number) => {
    const rows = [[-3, -2, 1], [-4, -3, 1]] as const;
    const run = runOf({ steps: 2, ...config }, rows, {
      ended: { step: 2, kept },
    });
    return said(await specOf([run], { x: "latent_dim" }));
  };
  const best = { keep: "best" } as const;
  const [kept, last] = ["the step that is kept", "the last step"];
  assertStringIncludes(await saysOf(best, 1), `${kept}, chosen by that split`);
  assertStringIncludes(await saysOf(best, 2), `${last}, chosen by that split`);
  for (
    const says of [
      await saysOf({ ...best, validationFraction: 0.1 }, 1),
      await saysOf({ stopping: { after: 2, gain: 0 } }, 2),
    ]
  ) assert(!says.includes("chosen"), says);
  const stopped = { steps: 9, stopping: { after: 1, gain: 0 } };
  assertStringIncludes(
    await saysOf(stopped, 2),
    `${last}, chosen by that split`,
  );
});

Deno.test("figureOf() has the same runs in every panel", async () => {
  const broken = runOf({ latentDim: 9 }, [[-1, -1, Infinity]]);
  const spec = await specOf([...SEEDS, broken], {
    x: "latent_dim",
    y: ["elbo", "kl"],
  });
  const [elbo, kl] = values(spec, "point").map((points) =>
    new Set(points.map(({ x }) => x))
  );
  assertEquals(elbo, kl);
  assertEquals(elbo!.size, 1);
  assertStringIncludes(said(spec), "1 without a finite kl (z9-seed0)");
});

Deno.test("figureOf() tells every setting apart: colour, panel, dash", async () => {
  const runs = [1, 5].flatMap((samples) =>
    [2, 10].flatMap((latentDim) =>
      [1, 2].flatMap((beta) =>
        [1, 2].map((seed) =>
          runOf({ samples, latentDim, beta, seed }, [[-9, -8, 1], [-5, -4, 1]])
        )
      )
    )
  );
  const spec = await specOf(runs, { colour: ["latent"], facet: ["samples"] });
  assertEquals(spec.concat.map(({ title }) => title?.text), ["L = 1", "L = 5"]);
  for (const lines of values(spec, "line")) {
    const looks = new Set(
      lines.map(({ colour, dash }) => `${colour}, ${dash}`),
    );
    assertEquals([...looks].sort(), [
      "z = 10, \u03b2 = 1",
      "z = 10, \u03b2 = 2",
      "z = 2, \u03b2 = 1",
      "z = 2, \u03b2 = 2",
    ]);
  }
  assertStringIncludes(said(spec), "over 2 seeds");
});

Deno.test("figureOf() does not count what follows from another setting", async () => {
  const runs = [20, 100].map((batchSize) =>
    runOf({ batchSize, steps: 1000 / batchSize, evalEvery: 5 }, [[-5, -4, 1]])
  );
  const spec = await specOf(runs);
  const [lines = []] = values(spec, "line");
  assertEquals(lines.map(({ colour, dash }) => [colour, dash]), [
    ["batch size = 20", ""],
    ["batch size = 100", ""],
  ]);
});

Deno.test("figureOf() compares revisions by dashes, and data by panels", async () => {
  const terms: Terms[] = [[-5, -4, 1], [-4, -3, 1]];
  const now = [
    runOf({ dataset: "mnist" }, terms),
    runOf({ latentDim: 7 }, terms),
  ];
  const before = now.map((run) => ({ ...run, revision: "v1" }));
  const spec = await specOf([...now, ...before]);
  assertEquals(spec.concat.length, 2);
  for (const lines of values(spec, "line")) {
    assertEquals(
      new Set(lines.map(({ dash }) => dash)),
      new Set(["v1", "working tree"]),
    );
  }
});

Deno.test("figureOf() draws quantities of trained models, and words along x", async () => {
  const runs = (["relu", "tanh"] as const).map((activation) =>
    runOf({ activation }, [[-5, -4, 1]])
  );
  const spec = await specOf(runs, { x: "activation", y: ["nll"] });
  const points = values(spec, "point")[0]!;
  assertEquals(points.map(({ x, y }) => [x, y]), [["relu", 7], ["tanh", 7]]);
});

Deno.test("figureOf() draws rate against distortion, with its Pareto front", async () => {
  const runs = ([[0.5, 9, 60], [1, 6, 61], [2, 5, 70], [4, 8, 80]] as const)
    .map(([beta, rate, distortion]) =>
      runOf({ beta }, [[-rate - distortion, -distortion, rate]])
    );
  const spec = await specOf(runs, { x: "rate", y: ["distortion"] });
  const [front = []] = values(spec, "line");
  const places = front.filter(({ dash }) => dash === undefined);
  assertEquals(places.map(({ x, y }) => [x, y]), [[5, 70], [6, 61], [9, 60]]);
  assertEquals(values(spec, "text")[0]!.map(({ text }) => text), [
    "\u03b2 = 0.5",
    "\u03b2 = 1",
    "\u03b2 = 2",
    "\u03b2 = 4",
  ]);
});

Deno.test("figureOf() says when a curve, or a band, is not all in the frame", async () => {
  const good = [1, 2, 3].map((latentDim) =>
    runOf({ latentDim }, [[-30, -25, 5], [-10 - latentDim, -8, 2]])
  );
  const diverged = runOf({ latentDim: 4 }, [[-3e5, -3e5, 5], [-2e5, -2e5, 2]]);
  const spec = await specOf([...good, diverged]);
  assertStringIncludes(said(spec), "far outside the frame: z = 4");
  const two = SEEDS.slice(0, 2).map((run) => run);
  const wide = await specOf(two, { x: "latent" });
  assertStringIncludes(said(wide), "bands reach beyond the frame");
});

Deno.test("figureOf() is as wide as asked, and nothing is cut off", async () => {
  const runs = [1, 2, 12].map((latentDim) =>
    runOf({ latentDim }, [[-30, -25, 5], [-10 - latentDim, -8, 2]])
  );
  for (const width of [3.25, 6.75]) {
    for (const y of [["elbo"], ["elbo", "reconstruction", "kl"]]) {
      const svg = await renderSvg(
        await figureOf(runs, { ...USUAL, width, y, split: "both" }),
      );
      const [, size] = / width="([\d.]+)"/.exec(svg)!;
      const part = Number(size) / (96 * width);
      assert(Math.abs(part - 1) < 0.01, `${size} of ${width} in`);
      await assertInFrame(svg);
    }
  }
});

Deno.test("figureOf() refuses names of no quantity and no setting", async () => {
  await assertUserError(
    () => figureOf(SEEDS, { ...USUAL, y: ["elbow"] }),
    "--y elbow",
    "did you mean elbo?",
  );
  await assertUserError(
    () => figureOf(SEEDS, { ...USUAL, x: "ratte", y: ["kl"] }),
    "--x ratte",
    "did you mean rate?",
  );
  await assertUserError(
    () => figureOf(SEEDS, { ...USUAL, colour: ["latent_dims"] }),
    "--colour latent_dims",
    "did you mean latent_dim?",
  );
});
