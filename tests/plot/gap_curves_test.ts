import { assert, assertEquals, assertRejects } from "@std/assert";
import { type GapCurve, gapCurves } from "../../src/plot/gap_curves.ts";
import { renderSvg } from "../../src/plot/svg.ts";
import { assertInFrame } from "./svg_notes.ts";

const curve = (run: string, evaluations: number): GapCurve => ({
  run,
  points: Array.from({ length: evaluations }, (_, i) => ({
    samplesSeen: 1000 * (i + 1),
    elbo: -30 - 20 / (i + 1),
    logLikelihood: -29 - 10 / (i + 1),
  })),
});

const title = { title: "log p(x) and the ELBO" };

Deno.test("gapCurves() names its panels, lines, units and the gap", async () => {
  const runs = [curve("latent dimension 1", 9), curve("latent dimension 4", 5)];
  const svg = await renderSvg(await gapCurves(runs, -28, title));
  for (
    const text of [
      "latent dimension 1",
      "latent dimension 4",
      "ELBO",
      "log p(x), the trained model",
      "log p(x), the model that drew the data",
      "nats per datapoint",
      "training samples seen",
      "test split; shaded: the gap, KL(q(z|x) || p(z|x))",
    ]
  ) assert(svg.includes(`>${text}<`), text);
  await assertInFrame(svg);
  assertEquals(await renderSvg(await gapCurves(runs, -28, title)), svg);
});

Deno.test("gapCurves() draws a run with one evaluation", async () => {
  await assertInFrame(
    await renderSvg(await gapCurves([curve("a", 1)], -28, title)),
  );
});

Deno.test("gapCurves() rejects no runs, and one without points", async () => {
  await assertRejects(() => gapCurves([], -28, title), RangeError, "no runs");
  await assertRejects(
    () => gapCurves([curve("empty", 0)], -28, title),
    RangeError,
    "empty has no points",
  );
});
