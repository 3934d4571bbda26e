import { assertEquals } from "@std/assert";
import * as cli from "@std/cli";

/** The result by name; the original derives a type from the options. */
const parseArgs = (
  args: readonly string[],
  options: cli.ParseOptions,
): Record<string, unknown> => cli.parseArgs(args, options);

const FLAGS = {
  boolean: ["list", "quiet"],
  string: ["seed", "out"],
  collect: ["seed", "out"],
};

Deno.test("parseArgs() reads switches, texts and collected texts", () => {
  assertEquals(
    parseArgs(["--seed", "1", "--list", "--seed=2", "--out=a=b"], FLAGS),
    { _: [], list: true, quiet: false, seed: ["1", "2"], out: ["a=b"] },
  );
  assertEquals(
    parseArgs([], FLAGS),
    { _: [], list: false, quiet: false, seed: [], out: [] },
  );
  // Without collect, the last one holds.
  const string = ["seed"];
  assertEquals(parseArgs(["--seed", "1", "--seed", "2"], { string }), {
    _: [],
    seed: "2",
  });
});

Deno.test("parseArgs() keeps texts as they are, numbers too", () => {
  const { seed } = parseArgs(["--seed", "007", "--seed", "1e3"], FLAGS);
  assertEquals(seed, ["007", "1e3"]);
});

Deno.test("parseArgs() gives a flag without a value the empty text, and takes no flag for a value", () => {
  assertEquals(parseArgs(["--out"], FLAGS)["out"], [""]);
  assertEquals(parseArgs(["--out", "--list"], FLAGS), {
    _: [],
    list: true,
    quiet: false,
    seed: [],
    out: [""],
  });
  const { out, seed } = parseArgs(["--out", "--seed", "3"], FLAGS);
  assertEquals([out, seed], [[""], ["3"]]);
  assertEquals(parseArgs(["--seed=-1"], FLAGS)["seed"], ["-1"]);
});

Deno.test("parseArgs() gives switches no value but true and false", () => {
  const args = ["--list=false", "--quiet=true", "x"];
  const { list, quiet, _ } = parseArgs(args, FLAGS);
  assertEquals([list, quiet, _], [false, true, ["x"]]);
});

Deno.test("parseArgs() tells unknown() all that it does not know, and leaves out what that refuses", () => {
  const asked: string[] = [];
  const parsed = parseArgs(
    ["--list", "a", "--nope", "--other=3", "--no-list", "-x", "--", "b"],
    {
      ...FLAGS,
      unknown: (arg) => {
        asked.push(arg.split("=")[0]!);
        return false;
      },
    },
  );
  assertEquals(asked, ["a", "--nope", "--other", "--no-list", "-x"]);
  const expected = { _: ["b"], list: true, quiet: false, seed: [], out: [] };
  assertEquals(parsed, expected);
});

Deno.test("parseArgs() takes true and false behind a switch, and all but flags and the empty text behind others", () => {
  const args = ["--list", "false", "--quiet", "3", "--out", "", "--new", "4"];
  assertEquals(parseArgs(args, FLAGS), {
    ...{ _: [3, ""], list: false, quiet: true, seed: [], out: [""], new: 4 },
  });
  const string = ["_"];
  assertEquals(parseArgs(["3", "--", "4"], { string }), { _: ["3", "4"] });
});
