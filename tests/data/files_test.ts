import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { type PinnedFile, readPinned } from "../../src/data/files.ts";
import { gunzip } from "../../src/data/gzip.ts";
import {
  assertUserError,
  filesBelow,
  gzip,
  sha256,
  truncated,
  withFolder,
  withServer,
} from "./helpers.ts";

const BYTES = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
const OTHER = BYTES.slice(1);

/** A pin of BYTES as `toy/toy.bin`. */
async function pin(...urls: string[]): Promise<PinnedFile> {
  return {
    sha256: await sha256(BYTES),
    forms: [{ file: "toy/toy.bin", urls, mostBytes: BYTES.length }],
  };
}

async function put(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.writeFile(path, bytes);
}

Deno.test("readPinned() downloads once, then reads the cache", async () => {
  await withFolder(async (cacheDir) => {
    const routes = { "toy.bin": () => new Response(BYTES) };
    await withServer(routes, async (address, asked) => {
      const toy = await pin(`${address}toy.bin`);
      assertEquals(await readPinned(toy, { cacheDir }), BYTES);
      assertEquals(await filesBelow(cacheDir), ["toy/toy.bin"]);
      assertEquals(await readPinned(toy, { cacheDir }), BYTES);
      assertEquals(asked, ["toy.bin"]);
    });
  });
});

Deno.test("readPinned() reports the progress of a download", async () => {
  await withFolder(async (cacheDir) => {
    const routes = { "toy.bin": () => new Response(BYTES) };
    await withServer(routes, async (address) => {
      const reports: [string, number, number | undefined][] = [];
      await readPinned(await pin(`${address}toy.bin`), {
        cacheDir,
        onProgress: (...report) => reports.push(report),
      });
      assertEquals(reports.at(-1), ["toy/toy.bin", 100_000, 100_000]);
      assert(
        reports.every(([, received], i) =>
          received > (reports[i - 1]?.[1] ?? 0)
        ),
      );
    });
  });
});

Deno.test("readPinned() goes on to the next mirror", async () => {
  await withFolder(async (cacheDir) => {
    const routes = {
      "other.bin": () => new Response(OTHER),
      "cut.bin": () => truncated(OTHER),
      "toy.bin": () => new Response(BYTES),
    };
    await withServer(routes, async (address, asked) => {
      const names = ["none.bin", "other.bin", "cut.bin", "toy.bin"];
      const toy = await pin(...names.map((name) => address + name));
      assertEquals(await readPinned(toy, { cacheDir }), BYTES);
      assertEquals(asked, names);
      assertEquals(await filesBelow(cacheDir), ["toy/toy.bin"]);
    });
  });
});

Deno.test("readPinned() keeps nothing of a download with other bytes", async () => {
  await withFolder(async (cacheDir) => {
    const routes = { "toy.bin": () => new Response(OTHER) };
    await withServer(routes, async (address) => {
      const toy = await pin(`${address}toy.bin`);
      await assertUserError(
        () => readPinned(toy, { cacheDir }),
        "toy/toy.bin: the network failed",
        "wrong SHA-256, expected ",
        "pass --data-dir DIR",
      );
      assertEquals(await filesBelow(cacheDir), []);
    });
  });
});

Deno.test("readPinned() keeps nothing of a truncated download", async () => {
  await withFolder(async (cacheDir) => {
    const routes = { "toy.bin": () => truncated(OTHER) };
    await withServer(routes, async (address) => {
      const toy = await pin(`${address}toy.bin`);
      await assertUserError(() => readPinned(toy, { cacheDir }), "connection");
      assertEquals(await filesBelow(cacheDir), []);
    });
  });
});

Deno.test("readPinned() says why each mirror failed, and the mend", async () => {
  await withFolder(async (cacheDir) => {
    await withServer({}, async (address) => {
      const { host } = new URL(address);
      // Port 1 is on fetch()'s list of blocked ports: it never connects.
      const toy = await pin(`${address}toy.bin`, "http://127.0.0.1:1/toy.bin");
      await assertUserError(
        () => readPinned(toy, { cacheDir }),
        `toy/toy.bin: the network failed, no mirror gave the file (${host}: ` +
          "HTTP status 404; 127.0.0.1:1: ",
        `download ${address}toy.bin into DIR and pass --data-dir DIR`,
      );
    });
  });
});

Deno.test("readPinned() removes the partial file of a failed write", async () => {
  await withFolder(async (cacheDir) => {
    const routes = {
      // A folder in the file's place, made after the cache was looked at.
      "toy.bin": () => {
        Deno.mkdirSync(join(cacheDir, "toy/toy.bin"), { recursive: true });
        return new Response(BYTES);
      },
    };
    await withServer(routes, async (address) => {
      const toy = await pin(`${address}toy.bin`);
      await assertUserError(
        () => readPinned(toy, { cacheDir }),
        `cannot write ${join(cacheDir, "toy/toy.bin")}: `,
        "--data-dir",
      );
      assertEquals(await filesBelow(cacheDir), []);
    });
  });
});

Deno.test("readPinned() lets two runs fill one cache", async () => {
  await withFolder(async (cacheDir) => {
    const routes = { "toy.bin": () => new Response(BYTES) };
    await withServer(routes, async (address) => {
      const toy = await pin(`${address}toy.bin`);
      const both = [
        readPinned(toy, { cacheDir }),
        readPinned(toy, { cacheDir }),
      ];
      assertEquals(await Promise.all(both), [BYTES, BYTES]);
      assertEquals(await filesBelow(cacheDir), ["toy/toy.bin"]);
    });
  });
});

Deno.test("readPinned() finds a file in the data folder, at its path or directly", async () => {
  for (const path of ["toy/toy.bin", "toy.bin"]) {
    await withFolder(async (dataDir) => {
      await put(join(dataDir, path), BYTES);
      assertEquals(await readPinned(await pin(), { dataDir }), BYTES);
    });
  }
});

const decode = (bytes: Uint8Array<ArrayBuffer>, name: string) =>
  gunzip(bytes, name, BYTES.length);

Deno.test("readPinned() decodes another form of a file", async () => {
  await withFolder(async (dataDir) => {
    await put(join(dataDir, "toy/toy.bin.gz"), await gzip(BYTES));
    const { sha256, forms } = await pin();
    const mostBytes = BYTES.length;
    const file = "toy/toy.bin.gz";
    const zipped = { file, urls: [], mostBytes, decode };
    const toy: PinnedFile = { sha256, forms: [...forms, zipped] };
    assertEquals(await readPinned(toy, { dataDir }), BYTES);
  });
});

Deno.test("readPinned() caches the decoded form of a download", async () => {
  const zipped = await gzip(BYTES);
  await withFolder(async (cacheDir) => {
    const routes = { "toy.bin.gz": () => new Response(zipped) };
    await withServer(routes, async (address) => {
      const { sha256, forms } = await pin();
      const urls = [`${address}toy.bin.gz`];
      const mostBytes = BYTES.length;
      const file = "toy/toy.bin.gz";
      const other = { file, urls, mostBytes, decode };
      const toy: PinnedFile = { sha256, forms: [...forms, other] };
      assertEquals(await readPinned(toy, { cacheDir }), BYTES);
      assertEquals(
        await Deno.readFile(join(cacheDir, "toy/toy.bin")),
        BYTES,
      );
    });
  });
});

Deno.test("readPinned() looks nowhere else when it is given a data folder", async () => {
  await withFolder(async (folder) => {
    const [dataDir, cacheDir] = [join(folder, "data"), join(folder, "cache")];
    await Deno.mkdir(dataDir);
    await put(join(cacheDir, "toy/toy.bin"), BYTES);
    await withServer({}, async (address, asked) => {
      const toy = await pin(`${address}toy.bin`);
      await assertUserError(
        () => readPinned(toy, { dataDir, cacheDir }),
        `${join(dataDir, "toy/toy.bin")}: no such file; `,
        `download ${address}toy.bin into DIR`,
      );
      assertEquals(asked, []);
    });
  });
});

Deno.test("readPinned() rejects a data folder that is none", async () => {
  await withFolder(async (folder) => {
    const toy = await pin();
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    for (const dataDir of [join(folder, "none"), file]) {
      await assertUserError(
        () => readPinned(toy, { dataDir }),
        `--data-dir ${dataDir}: no such directory; name the directory that ` +
          "holds toy/toy.bin",
      );
    }
  });
});

Deno.test("readPinned() rejects a folder in the file's place", async () => {
  await withFolder(async (dataDir) => {
    await Deno.mkdir(join(dataDir, "toy/toy.bin"), { recursive: true });
    const toy = await pin();
    await assertUserError(
      () => readPinned(toy, { dataDir }),
      `${join(dataDir, "toy/toy.bin")}: `,
      "make it a readable file",
    );
  });
});

Deno.test("readPinned() rejects other bytes in the data folder", async () => {
  await withFolder(async (dataDir) => {
    await put(join(dataDir, "toy/toy.bin"), OTHER);
    const toy = await pin();
    const expected = (await sha256(BYTES)).slice(0, 12);
    const got = (await sha256(OTHER)).slice(0, 12);
    await assertUserError(
      () => readPinned(toy, { dataDir }),
      `${join(dataDir, "toy/toy.bin")}: wrong SHA-256, expected ` +
        `${expected}... but got ${got}...; replace it with an intact copy`,
    );
  });
});

Deno.test("readPinned() rejects other bytes in the cache, and leaves them", async () => {
  await withFolder(async (cacheDir) => {
    const path = join(cacheDir, "toy/toy.bin");
    await put(path, OTHER);
    const downloadable = await pin("http://127.0.0.1:1/toy.bin");
    await assertUserError(
      () => readPinned(downloadable, { cacheDir }),
      `${path}: wrong SHA-256`,
      "delete it, and it will be downloaded again",
    );
    const not = await pin();
    await assertUserError(
      () => readPinned(not, { cacheDir }),
      `${path}: wrong SHA-256`,
      "replace it with an intact copy",
    );
    assertEquals(await Deno.readFile(path), OTHER);
  });
});

Deno.test("readPinned() says how to get a file that no mirror has", async () => {
  await withFolder(async (cacheDir) => {
    const toy = await pin();
    await assertUserError(
      () => readPinned(toy, { cacheDir }),
      "toy/toy.bin: not found, and no mirror has it; put toy.bin into DIR",
    );
    await assertUserError(
      () => readPinned({ ...toy, howToGet: "film a face" }, { cacheDir }),
      "no mirror has it; film a face",
    );
  });
});
