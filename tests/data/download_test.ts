import { assert, assertEquals } from "@std/assert";
import {
  download as downloadOf,
  type DownloadOptions,
} from "../../src/data/download.ts";
import { assertUserError, gzip, truncated, withServer } from "./helpers.ts";

const BYTES = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);

/** What is allowed to be as long as BYTES. */
const download = (url: string, options: Partial<DownloadOptions> = {}) =>
  downloadOf(url, { mostBytes: BYTES.length, ...options });

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
    await download(`${address}toy.bin`, {
      onChunk: (_, total) => totals.add(total),
    });
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
      () => download(`${address}toy.bin`, { stallMs: 100 }),
      `${new URL(address).host}: no bytes for 0.1 seconds`,
    );
  });
});

Deno.test("download() gives up on a body that is longer than the file", async () => {
  let sent = 0;
  const endless = () =>
    new Response(
      new ReadableStream({
        pull(body) {
          sent += BYTES.length;
          body.enqueue(BYTES);
          if (sent > 200 * BYTES.length) body.close(); // who took it all
        },
      }),
    );
  const zipped = await gzip(new Uint8Array(1e7));
  const headers = { "content-encoding": "gzip" };
  const bomb = () => new Response(zipped, { headers });
  await withServer({ endless, bomb }, async (address) => {
    for (const name of ["endless", "bomb"]) {
      await assertUserError(
        () => download(`${address}${name}`),
        `${new URL(address).host}: more than the 100000 bytes of the file`,
      );
    }
  });
  assert(sent < 100 * BYTES.length, `${sent} bytes were sent`);
});

Deno.test("download() follows redirects to https and on this machine alone", async () => {
  const to = (location: string) => () =>
    new Response("moved", { status: 302, headers: { location } });
  const routes = {
    "near.bin": to("toy.bin"),
    "toy.bin": () => new Response(BYTES),
    "far.bin": to("http://example.invalid/toy.bin"),
    "file.bin": to("file:///etc/hostname"),
    "loop.bin": to("loop.bin"),
  };
  await withServer(routes, async (address) => {
    const { host } = new URL(address);
    assertEquals(await download(`${address}near.bin`), BYTES);
    const refused = async (name: string, reason: string) =>
      await assertUserError(
        () => download(`${address}${name}`),
        `${host}: ${reason}`,
      );
    await refused("far.bin", "http://example.invalid is not https");
    await refused("file.bin", "file:// is not https");
    await refused("loop.bin", "more than 5 redirects");
  });
  await assertUserError(
    () => download("http://example.invalid/toy.bin"),
    "example.invalid: http://example.invalid is not https",
  );
});
