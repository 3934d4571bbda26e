import { assertEquals } from "@std/assert";
import { parseNpy } from "../../src/data/own/npy.ts";
import { encodeNpy, encodeRecords } from "../../src/results/npy_file.ts";

Deno.test("encodeNpy() writes what the reader of .npy files reads", () => {
  const values = Float32Array.of(1, -0.5, 3e38, 1e-45, 0, 7);
  for (const shape of [[6, 1], [2, 3], [3, 1, 2]]) {
    const sheet = parseNpy(encodeNpy(shape, values), "here", {});
    assertEquals([sheet.count, ...sheet.shape], shape);
    assertEquals(sheet.values, values);
  }
});

Deno.test("encodeRecords() has numpy's layout: packed little-endian fields", () => {
  const bytes = encodeRecords(2, [
    { name: "row", values: [3, -1], width: 1, type: "i4" },
    { name: "kind", texts: ["é", "cat"] },
    { name: "mean", values: [1.5, -2, 0.25, 8], width: 2, type: "f4" },
    { name: "slant", values: [0.1, 0.2], width: 1, type: "f8" },
  ]);
  const view = new DataView(bytes.buffer);
  const length = view.getUint16(8, true);
  assertEquals((10 + length) % 64, 0);
  const header = new TextDecoder().decode(bytes.subarray(10, 10 + length));
  assertEquals(
    header.trimEnd(),
    "{'descr': [('row', '<i4'), ('kind', '<U3'), ('mean', '<f4', (2,)), " +
      "('slant', '<f8')], 'fortran_order': False, 'shape': (2,), }",
  );
  // numpy.dtype of these fields has an itemsize of 32.
  const second = 10 + length + 32;
  assertEquals(bytes.length, second + 32);
  assertEquals(view.getInt32(second, true), -1);
  assertEquals(
    [0, 4, 8].map((at) => view.getUint32(second + 4 + at, true)),
    [..."cat"].map((c) => c.charCodeAt(0)),
  );
  assertEquals(view.getUint32(second - 32 + 4, true), 0xe9);
  assertEquals(view.getFloat32(second + 16, true), 0.25);
  assertEquals(view.getFloat64(second + 24, true), 0.2);
});
