/** A script whose run never opens: it says that it starts, and goes on so. */

import { main } from "../../mod.ts";

await main({ name: "latent-sweep", shows: "no figure" }, () => {
  Deno.stdout.writeSync(new TextEncoder().encode("starts\n"));
  for (;;);
});
