import { assertEquals, assertMatch } from "@std/assert";
import { withFolder } from "../data/helpers.ts";
import {
  assertQuietSuccess,
  digests,
  runBare,
  runBareHere,
  tinyNet,
} from "./command.ts";

const RUN = "glyphs-z2-L1-seed";
const SEEDS = "1,2,3,4,5";

Deno.test("cells at once and then a gather give the bytes of the sweep", () =>
  withFolder(async (folder) => {
    const args = (out: string, ...more: string[]) => [
      ...tinyNet({ seed: SEEDS, "final-k": 0, out: `${folder}/${out}` }),
      ...["--quiet", ...more],
    ];
    const cell = (i: number) => runBare(args("cells", "--cell", `${i}`));
    const gather = () => runBareHere(args("cells", "--gather"));
    const folders = () =>
      [...Deno.readDirSync(`${folder}/cells/latent-sweep`)]
        .map(({ name }) => name).sort();

    // In another order, and the last one later.
    const nothing = await runBareHere(
      args("cells", "--gather").filter((arg) => arg !== "--quiet"),
    );
    assertEquals([nothing.code, /results in/.test(nothing.stderr)], [1, false]);
    const first = await Promise.all([3, 2, 1, 0].map(cell));
    first.forEach(assertQuietSuccess);
    // Its own folder is all that a cell writes.
    assertEquals(folders(), [1, 2, 3, 4].map((i) => `${RUN}${i}`));

    const early = await gather();
    assertEquals(early.code, 1);
    assertEquals(early.stderr, `${RUN}5  is missing\n`);
    const summary = `${folder}/cells/latent-sweep/summary.csv`;
    assertEquals((await Deno.readTextFile(summary)).split("\n").length, 6);

    // By the variable of an array, of which a chunk is one run here.
    const last = await runBare(args("cells", "--cell", "env/5"), {
      env: { SLURM_ARRAY_TASK_ID: "4" },
    });
    assertQuietSuccess(last);
    assertQuietSuccess(await gather());
    assertQuietSuccess(await runBareHere(args("whole")));
    const whole = await digests(`${folder}/whole`);
    assertEquals(await digests(`${folder}/cells`), whole);
    // Again changes nothing.
    assertQuietSuccess(await gather());
    assertEquals(await digests(`${folder}/cells`), whole);

    const other = await runBareHere(
      args("cells", "--gather", "--beta", "2"),
    );
    assertEquals(other.code, 2);
    assertMatch(
      other.stderr,
      /^error: .* another config \(--beta is 1, not 2\)/,
    );
  }));
