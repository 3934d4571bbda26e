import { assertEquals } from "@std/assert";
import { download } from "../../src/data/download.ts";
import { assertUserError, truncated, withServer } from "./helpers.ts";

const BYTES = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);

Deno.test("download() gives the body", async () => {
  await withServer(
    { "toy.bin": () => new Response(BYTES) },
    async (address) => {
      assertEquals(await download(`${address}toy.bin`), BYTES);
    },
  );
});

Deno.test("download() knows no total where the server says none", async () => {
  const chunked = () => new Response(new Blob([BYTES]).stream());
  await withServer({ "toy.bin": chunked }, async (address) => {
    const totals = new Set<number | undefined>();
    await download(`${address}toy.bin`, (_, total) => totals.add(total));
    assertEquals([...totals], [undefined]);
  });
});

Deno.test("download() names the host and why it failed", async () => {
  const routes = { "cut.bin": () => truncated(BYTES) };
  await withServer(routes, async (address) => {
    const { host } = new URL(address);
    await assertUserError(
      () => download(`${address}none.bin`),
      `${host}: HTTP status 404`,
    );
    await assertUserError(
      () => download(`${address}cut.bin`),
      `${host}: error reading a body from connection`,
    );
  });
});

Deno.test("download() reports a server that is not there in a few words", async () => {
  let closed = "";
  await withServer({}, (address) => Promise.resolve(void (closed = address)));
  const { host } = new URL(closed);
  await assertUserError(
    () => download(`${closed}toy.bin`),
    `${host}: tcp connect error`,
  );
});

Deno.test("download() gives up on a server that stalls", async () => {
  const stalled = () =>
    new Response(
      new ReadableStream({ start: (body) => body.enqueue(BYTES) }),
    );
  await withServer({ "toy.bin": stalled }, async (address) => {
    await assertUserError(
      () => download(`${address}toy.bin`, () => {}, 100),
      `${new URL(address).host}: no bytes for 0.1 seconds`,
    );
  });
});
