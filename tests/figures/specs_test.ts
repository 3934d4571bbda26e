import { assertEquals } from "@std/assert";
import { specs } from "./specs.ts";

const COMMITTED = new URL("specs.jsonl", import.meta.url);

// A change of a figure is seen here; specs.ts makes the file anew.
Deno.test("figures have the specifications that are committed", async () => {
  const lines = (await Deno.readTextFile(COMMITTED)).trimEnd().split("\n");
  const [made, committed] = [await specs(), lines]
    .map((all) => all.map((line) => JSON.parse(line)));
  assertEquals(made, committed);
});
