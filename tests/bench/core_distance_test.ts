import { assert } from "@std/assert";
import { CoreDistance } from "./core_distance.ts";

Deno.test("CoreDistance measures a time between two threads, again and again", async () => {
  const cores = new CoreDistance();
  for (let i = 0; i < 3; i++) {
    const nanoseconds = await cores.measure();
    // Light needs longer to cross a chip and return.
    assert(nanoseconds > 0.1 && Number.isFinite(nanoseconds), `${nanoseconds}`);
  }
  cores.close();
});
