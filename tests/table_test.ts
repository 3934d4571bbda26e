import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../src/errors.ts";
import { namesOf, namesWithHelp, rowOf } from "../src/table.ts";

const TABLE = { one: { help: "the first" }, two: {} };

Deno.test("rowOf() refuses a name that has no row, in one line", () => {
  assertEquals(rowOf(TABLE, "one", "number"), TABLE.one);
  for (const name of ["three", "toString", ""]) {
    assertThrows(
      () => rowOf(TABLE, name, "number"),
      UserError,
      `there is no number ${name}; use one of one, two`,
    );
  }
});

Deno.test("namesOf() and namesWithHelp() have the table's order", () => {
  assertEquals(namesOf(TABLE), ["one", "two"]);
  assertEquals(namesWithHelp(TABLE), "one (the first), two");
});

const NEW = "made-up";
const NAMED = `{ readonly name: "${NEW}" }`;

/** Unions, one more member of each, and the file that has the table. */
const UNIONS: readonly [file: string, union: string, member?: string][] = [
  ["data/binarise.ts", "Binarisation"],
  ["data/load.ts", "DatasetName"],
  ["model/activations.ts", "Activation"],
  ["model/initialisations.ts", "Initialisation"],
  ["model/initialisations.ts", "OutputBias"],
  [
    "model/likelihood/families.ts",
    "LikelihoodSpec",
    `{ readonly family: "${NEW}" }`,
  ],
  ["model/likelihood/gaussian.ts", "DecoderMean"],
  ["model/likelihood/gaussian.ts", "DecoderVariance"],
  ["model/optimizers.ts", "OptimizerSpec", NAMED],
  ["model/spec.ts", "PosteriorFamily"],
  ["objective/gradients.ts", "GradientEstimator"],
  ["objective/spec.ts", "ObjectiveSpec", NAMED],
];

const ROOT = new URL("../", import.meta.url);

/** The file with one more member of a union, to be put elsewhere. */
async function withMember(
  file: string,
  union: string,
  member = `"${NEW}"`,
): Promise<string> {
  const url = new URL(`src/${file}`, ROOT);
  const source = await Deno.readTextFile(url);
  const head = new RegExp(`(export type ${union} =)(\\s+\\|)?`);
  assert(head.test(source), `${file} has no ${union}`);
  return source.replace(head, `$1 ${member} |`)
    .replaceAll(
      /from "(\.[^"]+)"/g,
      (_, path) => `from "${new URL(path, url)}"`,
    );
}

Deno.test("a table that lacks a member of its union does not compile", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = await Promise.all(UNIONS.map(async (union, i) => {
      const path = `${folder}/${i}.ts`;
      await Deno.writeTextFile(path, await withMember(...union));
      return path;
    }));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "check",
        "--config",
        new URL("deno.json", ROOT).pathname,
        ...files,
      ],
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(code, 1);
    const lines = new TextDecoder().decode(stderr);
    for (const [i, [file, union]] of UNIONS.entries()) {
      const isFound = lines.split("\n\n").some((error) =>
        error.includes(`'"${NEW}"'`) && error.includes(`/${i}.ts:`)
      );
      assert(isFound, `${file}, ${union}:\n${lines}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
