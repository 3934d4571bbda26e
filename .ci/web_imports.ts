/** How the scripts of pages resolve imports: as deno.json says, but for the host. */

import project from "../deno.json" with { type: "json" };

const ROOT = new URL("../", import.meta.url);

/** The import map, with the paths of this folder; see src/engine/host.ts. */
export const WEB_IMPORTS = {
  imports: Object.fromEntries(
    Object.entries({ ...project.imports, "#host": "./src/web/host.ts" })
      .map(([name, to]) => [
        name,
        to.startsWith("./") ? new URL(to, ROOT).href : to,
      ]),
  ),
};
