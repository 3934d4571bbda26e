import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/errors.ts";
import { writing } from "../../src/files.ts";
import { writeAtomically } from "../../src/results/files.ts";
import { assertUserError, filesBelow, withFolder } from "../data/helpers.ts";

Deno.test("writeAtomically() puts text and bytes in place, and nothing beside", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/file`;
    await writeAtomically(path, "a long first text, π");
    assertEquals(await Deno.readTextFile(path), "a long first text, π");
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
    await writeAtomically(path, bytes);
    assertEquals(await Deno.readFile(path), bytes);
    await writeAtomically(path, "");
    assertEquals(await Deno.readTextFile(path), "");
    assertEquals(await filesBelow(folder), ["file"]);
  });
});

Deno.test("writeAtomically() gives each writer a file of its own, and removes those of dead ones", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/file`;
    const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`);
    await Promise.all(texts.map((text) => writeAtomically(path, text)));
    assert(texts.includes(await Deno.readTextFile(path)));
    await Deno.writeTextFile(`${folder}/mine`, "mine");
    await Deno.symlink("mine", `${path}.1.partial`);
    await Deno.writeTextFile(`${path}.2.partial`, "torn");
    await Deno.writeTextFile(`${path}.partial`, "torn, by an older version");
    using live = await Deno.open(`${path}.3.partial`, {
      ...{ write: true, create: true },
    });
    assert(await live.tryLock(true));
    await writeAtomically(path, "new");
    assertEquals(await Deno.readTextFile(path), "new");
    assertEquals(await Deno.readTextFile(`${folder}/mine`), "mine");
    assertEquals(
      [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
      ["file", "file.1.partial", "file.3.partial", "mine"],
    );
  });
});

Deno.test("writeAtomically() takes another file where its own was taken for a dead one's", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/file`;
    const { prototype } = Deno.FsFile;
    const { tryLock } = prototype;
    prototype.tryLock = async function (exclusive) {
      prototype.tryLock = tryLock;
      // Another process removes what is made and not locked yet.
      await Deno.remove(`${path}.1.partial`);
      return await tryLock.call(this, exclusive);
    };
    await writeAtomically(path, "text");
    assertEquals(await Deno.readTextFile(path), "text");
    assertEquals(await filesBelow(folder), ["file"]);
  });
});

Deno.test("writeAtomically() has the bytes, and then the name, survive a power cut", async () => {
  await withFolder(async (folder) => {
    const { prototype } = Deno.FsFile;
    const { sync } = prototype;
    const { rename } = Deno;
    const done: string[] = [];
    prototype.sync = async function () {
      done.push((await this.stat()).isFile ? "file" : "folder");
      await sync.call(this);
    };
    Deno.rename = async (from, to) => {
      done.push("rename");
      await rename(from, to);
    };
    try {
      await writeAtomically(`${folder}/file`, "text");
    } finally {
      prototype.sync = sync;
      Deno.rename = rename;
    }
    // Folders cannot be synced on Windows.
    const isWindows = Deno.build.os === "windows";
    const last = isWindows ? [] : ["folder"];
    assertEquals(done, ["file", "rename", ...last]);
  });
});

Deno.test("writeAtomically() leaves what was there when it fails", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/taken`);
    await Deno.writeTextFile(`${folder}/taken/old`, "old");
    const path = `${folder}/taken`;
    await assertUserError(() => writeAtomically(path, "new"), path, "--out");
    assertEquals(await filesBelow(folder), ["taken/old"]);

    const below = `${folder}/taken/old/new`;
    await assertUserError(() => writeAtomically(below, "new"), below, "--out");
    assertEquals(await Deno.readTextFile(`${folder}/taken/old`), "old");
  });
});

Deno.test("writing() turns what a user can mend into one line, and nothing else", async () => {
  const fail = (error: Error) => () =>
    writing("out/train.csv", () => {
      throw error;
    });
  const withCode = (code: string) => Object.assign(new Error("x"), { code });
  const mendable = [
    new Deno.errors.PermissionDenied("x"),
    new Deno.errors.NotADirectory("x"),
    new Deno.errors.AlreadyExists("x"),
    new Deno.errors.IsADirectory("x"),
    new Deno.errors.FilesystemLoop("x"),
    new Deno.errors.NotCapable("x"),
    ...["ENOSPC", "EDQUOT", "EROFS", "EIO", "ENAMETOOLONG"].map(withCode),
    // As Deno reports EFBIG: without a code.
    new Error("File too large (os error 27)"),
  ];
  for (const error of mendable) {
    await assertUserError(fail(error), "cannot write out/train.csv: ", "--out");
  }
  for (const error of [new Error("a bug"), new TypeError("another")]) {
    assertEquals(await assertRejects(fail(error), Error), error);
  }
  const own = new UserError("out/eval.csv: of its own");
  assertEquals(await assertRejects(fail(own), UserError), own);
  assertEquals(await writing("path", () => 3), 3);
});
