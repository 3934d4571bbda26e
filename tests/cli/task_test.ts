import { assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { RUN_FLAGS, runFlagsSchema } from "../../src/cli/finished_runs.ts";
import { readTask } from "../../src/cli/task.ts";
import { once } from "../../src/config/texts.ts";
import { integer, positive } from "../../src/config/value.ts";
import { UserError } from "../../src/errors.ts";

function read(...args: readonly string[]) {
  return readTask(args, {
    usage: [],
    flags: { k: ["K", "samples"], scale: ["S", "a factor"], ...RUN_FLAGS },
    schema: z.object({
      k: once(integer(1, 9)),
      scale: once(positive()),
      ...runFlagsSchema,
    }),
  });
}

Deno.test("readTask() reads runs, values and switches", () => {
  assertEquals(read("a", "--k", "3", "b", "--quiet"), {
    ...{ _: ["a", "b"], k: 3, scale: undefined },
    ...{ "data-dir": undefined, backend: undefined },
    data: undefined,
    quiet: true,
  });
});

Deno.test("readTask() takes a negative number for the value of the flag before", () => {
  for (const [name, value] of [["--k", "-3"], ["--scale", "-.5"]] as const) {
    assertThrows(
      () => read("a", name, value),
      UserError,
      `${name} ${value}: expected a`,
    );
  }
  assertThrows(() => read("--quiet", "-3"), UserError, "-3: no such flag");
});
