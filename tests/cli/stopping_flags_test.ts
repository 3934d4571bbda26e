import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import { UserError } from "../../src/errors.ts";

const runsOf = (line: string) =>
  requestOf(readFlags(line.split(" ").filter((word) => word !== ""))).runs;

const configOf = (line: string) => runsOf(line)[0]!.config;

Deno.test("--stop-after, --keep and --validation-fraction are fields of a config, and of names", () => {
  const { stopping, keep, validationFraction } = configOf("");
  assertEquals([stopping, keep, validationFraction], [
    undefined,
    undefined,
    undefined,
  ]);
  const line = "--stop-after 3 --stop-gain 0.5 --keep best " +
    "--validation-fraction 0.1";
  const config = configOf(line);
  assertEquals(config.stopping, { after: 3, gain: 0.5 });
  assertEquals([config.keep, config.validationFraction], ["best", 0.1]);
  assertEquals(
    runsOf(line)[0]!.name,
    "glyphs-z10-L1-validation0.1-stop3-gain0.5-keep-best-seed1",
  );
  assertEquals(configOf("--stop-after 2").stopping, { after: 2, gain: 0 });
  const off = "--stop-after none --keep last --validation-fraction none";
  assertEquals(configOf(off), configOf(""));
  assertEquals(runsOf(off)[0]!.name, runsOf("")[0]!.name);
  const swept = runsOf("--sweep stop-after=none,2 --sweep keep=last,best");
  assertEquals(swept.length, 4);
});

Deno.test("passes are over the rows that are trained on", () => {
  const of = "--train-size 1000 --passes 3";
  assertEquals(configOf(of).steps, 30);
  assertEquals(configOf(`${of} --validation-fraction 0.2`).steps, 24);
});

Deno.test("what would have no effect, or leave no rows, is refused in one line", () => {
  const refused: [line: string, ...parts: string[]][] = [
    ["--stop-gain 1", "--stop-gain 1", "--stop-after none"],
    ["--stop-after 0", "--stop-after 0: expected "],
    ["--stop-after 2 --stop-gain -1", "--stop-gain -1: expected "],
    ["--keep worst", "--keep worst: expected one of last, best"],
    // 600 steps with an evaluation after each 100.
    ["--stop-after 5", "--stop-after 5", "6 evaluations", "--eval-every"],
    [
      "--stop-after 2 --eval-every at:1,2",
      ...["3 evaluations", "never be stopped"],
    ],
    ["--keep best --eval-every 600", "--keep best", "1 evaluation in all"],
    ...["0", "1"].map((fraction): [string, ...string[]] => [
      `--validation-fraction ${fraction}`,
      `--validation-fraction ${fraction}: expected a number above 0 and below 1`,
    ]),
    [
      "--validation-fraction 0.001 --train-size 100",
      ...["--validation-fraction 0.001", "of 100 train rows that is none"],
    ],
    [
      "--validation-fraction 0.999 --train-size 100",
      ...["--validation-fraction 0.999", "that is all"],
    ],
  ];
  for (const [line, ...parts] of refused) {
    const { message } = assertThrows(() => runsOf(line), UserError);
    assertEquals(message.includes("\n"), false);
    for (const part of parts) assertStringIncludes(message, part);
  }
  configOf("--stop-after 4");
  configOf("--stop-after 1 --eval-every at:1,2");
  configOf("--keep best --eval-every 300");
});
