import { assertEquals } from "@std/assert";
import { GrowingTable } from "../../../src/web/watch/growing_table.ts";
import { assertUserError, withFolder } from "../../data/helpers.ts";

Deno.test("GrowingTable has whole rows, whether the file grew, was cut or begun again", () =>
  withFolder(async (folder) => {
    const path = `${folder}/train.csv`;
    const table = new GrowingTable(path);
    const steps = async () => {
      const read = await table.table();
      return read && [...read.columns.get("step")!.numbers].join();
    };
    const append = (text: string) =>
      Deno.writeTextFile(path, text, { append: true });
    assertEquals(await steps(), null);
    await append("step,el");
    assertEquals(await steps(), null);
    await append("bo\n");
    assertEquals(await steps(), "");
    await append("1,-5\n2,-4");
    assertEquals(await steps(), "1");
    await append(".5\n3,-3\n");
    assertEquals(await steps(), "1,2,3");
    const elbo = (await table.table())!.columns.get("elbo")!;
    assertEquals([...elbo.numbers], [-5, -4.5, -3]);
    assertEquals(elbo.texts, ["-5", "-4.5", "-3"]);
    // Cut back to a checkpoint, and other rows since.
    await Deno.truncate(path, "step,elbo\n1,-5\n".length);
    await append("2,-9\n3,-8\n4,-7\n");
    assertEquals(await steps(), "1,2,3,4");
    assertEquals(
      [...(await table.table())!.columns.get("elbo")!.numbers],
      [-5, -9, -8, -7],
    );
    await Deno.remove(path);
    assertEquals(await steps(), null);
    await append("step,kl\n7,1\n");
    assertEquals(await steps(), "7");
    await append("8\n");
    await assertUserError(steps, "as many fields");
  }));
