import { assertEquals, assertRejects } from "@std/assert";
import { stream } from "../../src/random/stream.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  SafetensorsError,
} from "../../src/results/safetensors.ts";

const EXAMPLE = {
  arrays: [
    {
      name: "encoder/mean/weight",
      shape: [2, 3],
      values: Float32Array.of(1, -0, NaN, Infinity, 1e-45, 3.4e38),
    },
    { name: "decoder/log_variance", shape: [], values: Float32Array.of(-2) },
    { name: "empty", shape: [0], values: new Float32Array() },
  ],
  metadata: { step: "12", text: 'quotes " and ünïcode' },
};

Deno.test("decodeSafetensors() reads what encodeSafetensors() wrote", async () => {
  assertEquals(
    await decodeSafetensors(await encodeSafetensors(EXAMPLE)),
    EXAMPLE,
  );
});

Deno.test("encodeSafetensors() writes the format's layout", async () => {
  const bytes = await encodeSafetensors(EXAMPLE);
  const view = new DataView(bytes.buffer);
  const length = Number(view.getBigUint64(0, true));
  assertEquals(length % 8, 0);
  const header = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, 8 + length)),
  );
  assertEquals(header["decoder/log_variance"], {
    dtype: "F32",
    shape: [],
    data_offsets: [24, 28],
  });
  assertEquals(view.getFloat32(8 + length + 24, true), -2);
  assertEquals(bytes.length, 8 + length + 28);
});

Deno.test("encodeSafetensors() gives the same bytes again", async () => {
  assertEquals(
    await encodeSafetensors(EXAMPLE),
    await encodeSafetensors(EXAMPLE),
  );
});

Deno.test("decodeSafetensors() refuses every cut", async () => {
  const bytes = await encodeSafetensors(EXAMPLE);
  for (let length = 0; length < bytes.length; length++) {
    await assertRejects(
      () => decodeSafetensors(bytes.subarray(0, length)),
      SafetensorsError,
    );
  }
});

Deno.test("decodeSafetensors() refuses any flipped byte, or reads the same", async () => {
  const bytes = await encodeSafetensors(EXAMPLE);
  const flips = stream(3, "evaluate").words(bytes.length);
  let refused = 0;
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1 + flips[at]! % 255;
    try {
      // White space may stand for white space in the header.
      assertEquals(await decodeSafetensors(damaged), EXAMPLE);
    } catch (error) {
      if (!(error instanceof SafetensorsError)) throw error;
      refused += 1;
    }
  }
  assertEquals(refused >= bytes.length - 8, true);
});
