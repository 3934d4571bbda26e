/** zod, for what checks: see lazy_zod.ts. */

import { z } from "zod";
import { setZod } from "./lazy_zod.ts";

setZod(z);

export { z };
