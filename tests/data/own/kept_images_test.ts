import { assert, assertEquals } from "@std/assert";
import { encode } from "fast-png";
import { readImages } from "../../../src/data/own/images.ts";
import {
  keep,
  keptImages,
  listingOf,
  writeKept,
} from "../../../src/data/own/kept_images.ts";
import { withFolder } from "../helpers.ts";

const COUNT = 1000;
const NAMES = Array.from({ length: COUNT }, (_, i) => `${i % 3}/${i}.png`);
const SELECTION = { columns: null, labels: "folders" } as const;

/** An image of two pixels; all have 70 bytes. */
function png(level: number): Uint8Array {
  const data = Uint8Array.of(level, 9);
  return encode({ width: 2, height: 1, channels: 1, depth: 8, data });
}

/** As it would be done five seconds later. */
function later<T>(action: () => T): T {
  const { now } = Date;
  Date.now = () => now() + 5000;
  try {
    return action();
  } finally {
    Date.now = now;
  }
}

Deno.test("many images are kept, and read again as they were", () =>
  withFolder(async (root) => {
    const [folder, kept] = [`${root}/in`, `${root}/kept`];
    for (const i of [0, 1, 2]) {
      await Deno.mkdir(`${folder}/${i}`, { recursive: true });
    }
    for (const [i, name] of NAMES.entries()) {
      await Deno.writeFile(`${folder}/${name}`, png(i % 256));
    }
    const look = (names = NAMES, resize?: { height: number; width: number }) =>
      listingOf(folder, names, resize)!;
    const read = () => readImages(folder, SELECTION, kept);
    const whole = read();
    await writeKept();
    // The files are too new for a change to be seen.
    assertEquals([look().isSettled, keptImages(look(), kept)], [
      false,
      undefined,
    ]);
    assertEquals(later(read), whole);
    await writeKept();
    const { names, shape, values } = keptImages(look(), kept)!;
    assertEquals([shape, values], [whole.shape, whole.values]);
    assertEquals([names[0], names[1], names[999]], [
      ...["0/0.png", "0/3.png", "2/998.png"],
    ]);
    assertEquals(read(), whole);

    // What was kept is what is read.
    const floats = Float32Array.from(values, (value) => value / 7);
    keep(later(look), { names, shape, values: floats }, kept);
    await writeKept();
    assertEquals(read().values, floats);

    // Other files, another size, or a change that leaves the size and the time.
    assertEquals(listingOf(folder, NAMES.slice(1), undefined), null);
    assert(look(NAMES, { height: 1, width: 1 }).id !== look().id);
    const path = `${folder}/${NAMES[5]}`;
    const { mtime, ctime, size } = await Deno.stat(path);
    const before = look().id;
    // The system's clock of files may stand still for a while.
    let touched = ctime!.getTime();
    while (touched === ctime!.getTime()) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await Deno.writeFile(path, png(77));
      await Deno.utime(path, mtime!, mtime!);
      touched = (await Deno.stat(path)).ctime!.getTime();
    }
    assertEquals((await Deno.stat(path)).size, size);
    assert(look().id !== before);
    assertEquals(read().values[2 * names.indexOf(NAMES[5]!)], 77);
  }));

Deno.test("kept images that are damaged are decoded again", () =>
  withFolder(async (root) => {
    const listing = { id: "x", isSettled: true };
    const images = {
      ...{ names: ["a.png", "b.png"], shape: [1, 1, 1] },
      values: Uint8Array.of(3, 4),
    };
    const folder = `${root}/kept`;
    keep({ ...listing, isSettled: false }, images, folder);
    await writeKept();
    assertEquals(keptImages(listing, folder), undefined);
    keep(listing, images, folder);
    await writeKept();
    assertEquals(keptImages(listing, folder), images);
    const path = `${folder}/x.images`;
    const bytes = await Deno.readFile(path);
    for (const at of [0, 33, 40, bytes.length - 1]) {
      const flipped = bytes.slice();
      flipped[at]! ^= 1;
      await Deno.writeFile(path, flipped);
      assertEquals(keptImages(listing, folder), undefined);
    }
    await Deno.writeFile(path, bytes.subarray(0, 20));
    assertEquals(keptImages(listing, folder), undefined);
    // The oldest leave where all are more than 4 GiB.
    const old = `${folder}/old.images`;
    await Deno.writeFile(old, new Uint8Array());
    await Deno.truncate(old, 2 ** 32);
    await Deno.utime(old, 1, 1);
    keep({ ...listing, id: "y" }, images, folder);
    await writeKept();
    const names = await Array.fromAsync(Deno.readDir(folder), (e) => e.name);
    assertEquals(names.sort(), ["x.images", "y.images"]);
    // A place that cannot be written is no fault.
    await Deno.writeTextFile(`${root}/file`, "");
    keep(listing, images, `${root}/file`);
    await writeKept();
  }));
