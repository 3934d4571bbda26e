import { assert, assertEquals } from "@std/assert";
import { readFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import { npy, withFiles } from "../data/own/files.ts";

/** An experiment with defaults of its own. */
const EXPERIMENT = {
  defaults: {
    ...{ dataset: "glyphs", latent: "2" },
    ...{ optimizer: "adagrad", "batch-size": "50" },
  },
  setups: [
    { of: { dataset: "glyphs" }, defaults: {} },
    { of: { dataset: "mnist" }, defaults: { steps: "300" } },
  ],
  derive: { weightDecay: { help: "", of: () => 0.5 } },
};

const namesOf = (line: string, experiment: object = EXPERIMENT) => {
  const flags = line.split(" ").filter((word) => word !== "");
  const command = readFlags(flags, experiment);
  return requestOf(command, experiment).runs.map(({ name }) => name);
};

Deno.test("a run's name has every setting that its experiment does not have", () => {
  const names = {
    "": "glyphs-z2-L1-seed1",
    "--steps 3000 --learning-rate 0.03": "glyphs-z2-L1-steps3000-lr0.03-seed1",
    "--learning-rate 0.03 --steps 3000": "glyphs-z2-L1-steps3000-lr0.03-seed1",
    // What it has anyway, and what follows from other flags, is no change.
    "--optimizer adagrad --batch-size 50": "glyphs-z2-L1-seed1",
    "--weight-decay 0.5 --hidden 200": "glyphs-z2-L1-seed1",
    "--weight-decay 0": "glyphs-z2-L1-decay0-seed1",
    "--batch-size 100": "glyphs-z2-L1-batch100-seed1",
    "--dataset mnist": "mnist-z2-L1-seed1",
    "--dataset mnist --steps 300": "mnist-z2-L1-seed1",
    "--dataset mnist --steps 600": "mnist-z2-L1-steps600-seed1",
    "--steps 600": "glyphs-z2-L1-seed1",
    "--budget 1e5": "glyphs-z2-L1-steps2000-seed1",
    "--optimizer adam --learning-rate 0.001": "glyphs-z2-L1-adam-seed1",
    "--optimizer adam --beta1 0.5": "glyphs-z2-L1-adam-beta10.5-seed1",
    "--hidden conv32,conv32,256": "glyphs-z2-L1-hidden-conv32-conv32-256-seed1",
    "--beta linear:0:1:200": "glyphs-z2-L1-beta-linear-0-1-200-seed1",
    "--objective iwae --k 3": "glyphs-z2-L1-iwae-k3-seed1",
    "--likelihood gaussian --decoder-variance 0.1":
      "glyphs-z2-L1-gaussian-var0.1-seed1",
    "--train-size 500 --final-k 0": "glyphs-z2-L1-train500-finalk0-seed1",
  };
  assertEquals(
    Object.keys(names).map((line) => namesOf(line)),
    Object.values(names).map((name) => [name]),
  );
});

Deno.test("names of a sweep differ, and a label says what it says", () => {
  assertEquals(
    namesOf("--latent 2,3 --seed 1,2 --steps 5 --eval-every 5"),
    [
      ...["z2-L1-steps5-evalevery5-seed1", "z2-L1-steps5-evalevery5-seed2"],
      ...["z3-L1-steps5-evalevery5-seed1", "z3-L1-steps5-evalevery5-seed2"],
    ].map((name) => `glyphs-${name}`),
  );
  const labelled = {
    label: ({ steps }: { steps: number }) =>
      steps > 9 ? `n${steps}` : undefined,
    labelled: ["steps"],
  };
  assertEquals(namesOf("--steps 30 --latent 4", labelled), [
    "glyphs-z4-L1-n30-seed1",
  ]);
  assertEquals(namesOf("--steps 8 --eval-every 8", labelled), [
    "glyphs-z10-L1-steps8-evalevery8-seed1",
  ]);
});

Deno.test("a name of over 100 characters has a hash of its settings", () => {
  const line = "--steps 999 --learning-rate 0.0123 --hidden 101,102,103,104 " +
    "--train-size 1234 --test-size 567 --eval-every 89 --init normal --output-bias init";
  const [name] = namesOf(line);
  assert(/^glyphs-z2-L1-[0-9a-f]{8}-seed1$/.test(name!), name);
  const [other] = namesOf(line.replace("0.0123", "0.0124"));
  assert(other !== name);
});

Deno.test("names of own data have their settings, and read the file once", () => {
  const file = npy([9, 2], [...Array(18).keys()]);
  return withFiles({ "a.npy": file }, (folder) => {
    const data = `--data ${folder}/a.npy`;
    assertEquals(namesOf(data), ["a-z2-L1-seed1"]);
    assertEquals(namesOf(`${data} --scale none`), ["a-z2-L1-seed1"]);
    assertEquals(namesOf(`${data} --scale standardise --image 1x2x1`), [
      "a-z2-L1-standardise-image1x2x1-seed1",
    ]);
  });
});
