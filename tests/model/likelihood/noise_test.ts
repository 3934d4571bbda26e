import { assert, assertEquals } from "@std/assert";
import {
  noiseKind,
  observationNoise,
} from "../../../src/model/likelihood/noise.ts";
import { type Stream, stream } from "../../../src/random/stream.ts";

const GAUSSIAN = { family: "gaussian", variance: 1, mean: "linear" } as const;

Deno.test("observationNoise() is the stream's, of the family's kind", () => {
  const noise = stream(1, "generate");
  assertEquals(noiseKind(GAUSSIAN), "normal");
  assertEquals(observationNoise(GAUSSIAN, noise, 5), noise.normals(5));
  const families = [
    "bernoulli",
    "continuous-bernoulli",
    "discretised-logistic",
  ] as const;
  for (const family of families) {
    assertEquals(noiseKind({ family }), "uniform");
    assertEquals(
      observationNoise({ family }, noise, 5),
      Float32Array.from(noise.uniforms(5)),
    );
  }
});

Deno.test("observationNoise() has uniforms in (0, 1) as float32, too", () => {
  const ends = Float64Array.of(2 ** -33, 1 - 2 ** -33);
  assertEquals(Math.fround(ends[1]!), 1);
  const noise: Stream = { ...stream(1, "generate"), uniforms: () => ends };
  const [low, high] = observationNoise({ family: "bernoulli" }, noise, 2);
  assert(low! > 0);
  assert(high! < 1);
});
