import { assertAlmostEquals, assertEquals } from "@std/assert";
import "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { encodeRows } from "../../src/evaluate/encode_rows.ts";
import { encode } from "../../src/engine/generate.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import { POSTERIORS, type VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";

await openBackend("cpu");
const [D, N, DIM] = [3, 501, 4];

for (const posterior of POSTERIORS) {
  Deno.test(`encodeRows() of a ${posterior} posterior: marginal variances and KL`, async () => {
    const spec: VaeSpec = {
      ...{ dataDim: DIM, latentDim: D, hidden: [5], activation: "tanh" },
      ...{ posterior, upper: null, initialisation: "glorot" },
      likelihood: { family: "bernoulli" },
    };
    using vae = new Vae(spec, initialParameters(spec, 1));
    const values = stream(1, "data").normals(N * DIM);
    const { dim, mean, logVariance, kl } = await encodeRows(vae, {
      ...{ count: N, dim: DIM, values },
    });
    assertEquals([dim, mean.length, kl.length], [D, N * D, N * D]);
    const given = await encode(vae, values);
    // More rows than are encoded at once: the last one is there, too.
    for (const row of [0, N - 1]) {
      for (let j = 0; j < D; j++) {
        const at = row * D + j;
        assertAlmostEquals(mean[at]!, given.mean[at]!, 1e-6);
        const wide = given.logVariance.length === N ? row : at;
        const own = given.logVariance[wide]!;
        const lower = given.lower?.subarray(at * D, (at + 1) * D) ?? [];
        const variance = Math.exp(own) +
          [...lower].reduce((sum, value) => sum + value ** 2, 0);
        assertAlmostEquals(logVariance[at]!, Math.log(variance), 1e-5);
        // 1/2 (Var + mu^2 - 1 - log Var(z_j | the dimensions before))
        const expected = (variance + given.mean[at]! ** 2 - 1 - own) / 2;
        assertAlmostEquals(kl[at]!, expected, 1e-5);
      }
    }
  });
}
