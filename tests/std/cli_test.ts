import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli";

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
  assertEquals(asked.slice(0, 5), [
    "a",
    "--nope",
    "--other",
    "--no-list",
    "-x",
  ]);
  assertEquals([parsed["list"], parsed["nope"]], [true, undefined]);
});
