import { assertEquals, assertRejects } from "@std/assert";
import {
  entriesOf,
  entriesOfSync,
  FileError,
  makeFolder,
  makeNewFolder,
  OpenFile,
  readBytes,
  readBytesSync,
  readText,
  realFileSync,
  removeIfThere,
  rename,
  statOf,
  syncFolder,
  targetOf,
  targetOfSync,
  unless,
  withTemporaryFolder,
} from "../src/files.ts";
import { assertUserError, withFolder } from "./data/helpers.ts";

/** With a process at the other end of a pipe: who opens it is not kept. */
async function withOther(
  command: string,
  pipe: string,
  use: () => Promise<void>,
): Promise<void> {
  const end = new AbortController();
  const other = new Deno.Command("sh", {
    args: ["-c", command, pipe],
    signal: end.signal,
  }).spawn();
  try {
    await use();
  } finally {
    end.abort();
    await other.status;
  }
}

Deno.test("what is no file, or too large, is refused and not waited for", async () => {
  await withFolder(async (folder) => {
    const pipe = `${folder}/pipe`;
    const { success } = await new Deno.Command("mkfifo", { args: [pipe] })
      .output();
    assertEquals(success, true);
    await Deno.writeTextFile(`${folder}/file`, "12345");
    const refused: [path: string, why: string][] = [
      [pipe, "it is no file"],
      ["/dev/zero", "it is no file"],
      [folder, "it is a directory"],
      [`${folder}/none`, "no such file or folder"],
      [`${folder}/file`, "it has 5 bytes, more than 4"],
      [`${folder}/file/below`, "not a directory"],
      [`${folder}/a\0b`, "no path can be called that"],
      [`${folder}/${"long".repeat(80)}`, "the name is too long"],
    ];
    await withOther('printf 1 >"$0"', pipe, async () => {
      for (const [path, why] of refused) {
        const message = `cannot read ${path}: ${why}; use another --out DIR`;
        await assertUserError(() => readBytes(path, { most: 4 }), message);
        await assertUserError(() => readText(path, { most: 4 }), message);
        await assertUserError(
          () => Promise.resolve().then(() => readBytesSync(path, { most: 4 })),
          message,
        );
        if (why.includes("more than")) continue;
        await assertUserError(() => OpenFile.toRead(path), why);
      }
    });
    const link = `${folder}/link`;
    await Deno.symlink("file", link);
    await withOther('exec cat "$0" >/dev/null', pipe, async () => {
      for (const path of [pipe, link, folder]) {
        await assertUserError(
          () => OpenFile.toWrite(path, { create: true, truncate: true }),
          `cannot write ${path}: it is `,
        );
      }
    });
    assertEquals(await readText(`${folder}/file`, { most: 5 }), "12345");
  });
});

Deno.test("unless() takes what the system says for null, and nothing else", async () => {
  await withFolder(async (folder) => {
    const none = `${folder}/none`;
    assertEquals(await unless(["ENOENT"], readText(none)), null);
    assertEquals(await statOf(none), null);
    assertEquals(await targetOf(`${none}\0`), null);
    const error = await assertRejects(
      () => unless(["EEXIST"], rename(none, `${folder}/other`)),
      FileError,
    );
    assertEquals([error.code, error.why], ["ENOENT", "no such file or folder"]);
    await assertUserError(() => entriesOf(none, "make it"), "; make it");
    await assertUserError(() => makeNewFolder(folder), "something else is");
  });
});

Deno.test("an open file reads at any place, and writes where it was cut", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/file`;
    {
      using file = await OpenFile.toWrite(path, { createNew: true });
      await file.write(new TextEncoder().encode("0123456789"));
      await file.cut(4);
      await file.write(new TextEncoder().encode("ab"));
      await file.sync();
    }
    using file = await OpenFile.toRead(path);
    const text = async (start: number, length: number) =>
      new TextDecoder().decode(await file.readAt(start, length));
    assertEquals([await text(3, 2), await text(0, 99)], ["3a", "0123ab"]);
  });
});

Deno.test("a temporary folder is gone when its use has ended, or failed", async () => {
  let path = "";
  const use = (folder: string) => {
    path = folder;
    return Promise.reject(new UserTrouble());
  };
  class UserTrouble extends Error {}
  await assertRejects(() => withTemporaryFolder(use), UserTrouble);
  assertEquals(await statOf(path), null);
});

const EMPTY = "Empty path is not allowed";
/** Calls that say by null, or by nothing, that nothing is there. */
const MAY_LACK = ["lstat", "realPathSync", "remove"];

Deno.test("whatever a disk refuses is one line that names the path", async () => {
  const file = await Deno.makeTempFile();
  const calls: Record<string, (() => unknown)[]> = {
    stat: [() => readBytes(file), () => OpenFile.toRead(file)],
    statSync: [() => readBytesSync(file), () => targetOfSync(file)],
    readFile: [() => readText(file)],
    readFileSync: [() => readBytesSync(file)],
    readDir: [() => entriesOf(file)],
    readDirSync: [() => entriesOfSync(file)],
    lstat: [() => statOf(file)],
    realPathSync: [() => realFileSync(file)],
    mkdir: [() => makeFolder(file), () => makeNewFolder(file)],
    rename: [() => rename("a", file)],
    remove: [() => removeIfThere(file)],
    makeTempDir: [() => withTemporaryFolder(() => Promise.resolve())],
    open: [
      ...[() => OpenFile.toRead(file), () => OpenFile.toWrite(file)],
      () => syncFolder(file),
    ],
  };
  const system = Deno as unknown as Record<string, unknown>;
  for (const [name, refused] of Object.entries(calls)) {
    const own = system[name];
    // The second is Deno's own, of "" where it may not use all files.
    for (const why of ["Input/output error (os error 5)", EMPTY]) {
      system[name] = () => {
        throw new Error(why);
      };
      try {
        for (const call of refused) {
          const where = name === "makeTempDir" ? "a temporary folder" : file;
          if (why === EMPTY && MAY_LACK.includes(name)) continue;
          await assertUserError(async () => await call(), where);
        }
      } finally {
        system[name] = own;
      }
    }
  }
  await Deno.remove(file);
});
