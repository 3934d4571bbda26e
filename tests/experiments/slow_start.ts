/**
 * A script whose run does not open: it says that it starts, and goes on so for
 * ten minutes, after which nobody can have ended it.
 */

import { main } from "../../mod.ts";

await main({ name: "latent-sweep", shows: "no figure" }, () => {
  Deno.stdout.writeSync(new TextEncoder().encode("starts\n"));
  for (const end = Date.now() + 600_000; Date.now() < end;);
  throw new Error("nobody has ended it");
});
