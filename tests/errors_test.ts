import { assert, assertEquals } from "@std/assert";
import * as elboLab from "../mod.ts";
import { UserError } from "../src/errors.ts";

Deno.test("UserError is an Error of its own name, which mod.ts exports", () => {
  const error = new UserError("--latent 0: expected an integer from 1");
  assert(error instanceof Error);
  assertEquals(error.name, "UserError");
  assertEquals(String(error), `UserError: ${error.message}`);
  assert(!(new Error("x") instanceof UserError));
  assertEquals(elboLab.UserError, UserError);
});
