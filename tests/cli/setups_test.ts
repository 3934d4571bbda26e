import { assertEquals } from "@std/assert";
import { readSetups } from "../../src/cli/setups.ts";

const RULES = {
  defaults: { objective: "elbo" },
  setups: [
    { of: { dataset: "mnist" }, defaults: { latent: "3,5", hidden: "500" } },
    { of: { dataset: "freyface" }, defaults: { latent: "2", hidden: "200" } },
  ],
};

function read(args: readonly string[], rules = RULES) {
  return readSetups(args, rules).map(({ flags }) =>
    `${flags.dataset} ${flags.latent} ${flags.hidden} ${flags.objective}`
  );
}

Deno.test("readSetups() reads the flags once for each set-up", () => {
  assertEquals(read([]), ["mnist 3,5 500 elbo", "freyface 2 200 elbo"]);
  assertEquals(read(["--latent", "7"]), [
    "mnist 7 500 elbo",
    "freyface 7 200 elbo",
  ]);
});

Deno.test("readSetups() leaves out a set-up where a flag asks for something else", () => {
  assertEquals(read(["--dataset", "freyface", "--objective", "wake-sleep"]), [
    "freyface 2 200 wake-sleep",
  ]);
  const onlyMnist = {
    ...RULES,
    defaults: { dataset: "mnist", objective: "elbo" },
  };
  assertEquals(read([], onlyMnist), ["mnist 3,5 500 elbo"]);
  assertEquals(read(["--dataset", "freyface"], onlyMnist), [
    "freyface 2 200 elbo",
  ]);
});

Deno.test("readSetups() has the first set-up's defaults where none is asked for", () => {
  assertEquals(read(["--dataset", "glyphs"]), ["glyphs 3,5 500 elbo"]);
});

Deno.test("readSetups() reads once where there are no set-ups", () => {
  const [{ flags, defaults }, ...rest] = readSetups([], {
    defaults: { steps: "7" },
  });
  assertEquals([flags.steps, defaults, rest], [7, { steps: "7" }, []]);
});
