import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { gradientsOfRuns } from "../../src/cli/run_gradients.ts";
import { GRADIENT_SNR_COLUMNS } from "../../src/evaluate/gradient_signal_to_noise.ts";
import { readCsv } from "../../src/results/csv_table.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";
import {
  assertQuietSuccess,
  runBareHere,
  runTask,
  tinyNet,
  words,
} from "../experiments/command.ts";

const command = (...args: readonly string[]) => runTask("gradient-snr", args);

Deno.test("gradient-snr writes a row for each k, gradient and network, the same twice", () =>
  withFolder(async (out) => {
    assertQuietSuccess(
      await runBareHere([...tinyNet({ out }), "--quiet"]),
    );
    const folder = `${out}/latent-sweep/glyphs-z2-L1-seed1`;
    const args = [folder, ...words("--k 1,4 --draws 20 --backend cpu --quiet")];
    const file = `${folder}/gradient-snr-k1-4-draws20.csv`;
    const texts: string[] = [];
    for (let i = 0; i < 2; i++) {
      const { code, stdout, stderr } = await command(...args);
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(stdout, "gradient-snr-k1-4-draws20.csv");
      const number = String.raw`\d\S* \+- \d\S*`;
      assertMatch(
        stdout,
        new RegExp(
          `of +snr +vector_snr_squared\n` +
            ` +k 1 +plain +encoder +${number} +${number}\n`,
        ),
      );
      texts.push(await Deno.readTextFile(file));
    }
    assertEquals(texts[0], texts[1]);
    const numbers = GRADIENT_SNR_COLUMNS.filter((name) =>
      name !== "gradient" && name !== "group"
    );
    const rows = await readCsv(file, numbers);
    const kinds = ["plain", "stl", "dreg"].flatMap((gradient) =>
      ["encoder", "decoder"].map((group) => `${gradient} ${group}`)
    );
    assertEquals(
      rows.map(({ k, gradient, group }) => `${k} ${gradient} ${group}`),
      ["1", "4"].flatMap((k) => kinds.map((kind) => `${k} ${kind}`)),
    );
    for (const row of rows) assert(Number(row["snr"]) > 0);
  }));

Deno.test("gradient-snr names a mistake in a line", async () => {
  const mistakes: [string[], ...string[]][] = [
    [[], "no run", "EXPERIMENT/RUN"],
    [["r", "--k", "0"], "--k 0", "in 1.."],
    [["r", "--draws", "9"], "--draws 9", "in 10.."],
    [["nowhere"], "nowhere is not a folder"],
  ];
  for (const [args, ...parts] of mistakes) {
    await assertUserError(() => gradientsOfRuns(args), ...parts);
  }
});
