/** The pixels of a JPEG file. */

import jpeg from "jpeg-js";
import { type Picture, requireSize } from "./picture.ts";
import { refuse } from "./sheet.ts";

/**
 * Pixels by row, column and channel, of 8 bits: grey, or red, green and blue.
 * The decoder has only basic arithmetic, so that they are the same on every
 * machine. A camera's note of how it was held is not followed.
 *
 * @param path for messages
 * @throws {UserError} it is damaged, or neither grey nor colour
 */
export function pixelsOfJpeg(file: Uint8Array, path: string): Picture {
  const { width, height, channels } = frameOf(file, path);
  requireSize({ width, height }, path);
  if (channels !== 1 && channels !== 3) {
    refuse(path, `${channels} channels; save it as grey or RGB`);
  }
  let data: Uint8Array;
  try {
    ({ data } = jpeg.decode(file, {
      ...{ useTArray: true, formatAsRGBA: false, tolerantDecoding: false },
    }));
  } catch (error) {
    refuse(path, `not an intact JPEG file (${(error as Error).message})`);
  }
  return {
    shape: [height, width, channels],
    // The decoder repeats grey for each colour.
    pixels: channels === 3 ? data : data.filter((_, i) => i % 3 === 0),
  };
}

/** What the first frame's header says; other tables may come before it. */
function frameOf(
  file: Uint8Array,
  path: string,
): { height: number; width: number; channels: number } {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  if (file.length < 4 || view.getUint16(0) !== 0xffd8) {
    refuse(path, "not a JPEG file, or truncated");
  }
  for (let at = 2; at + 10 <= file.length;) {
    const marker = view.getUint16(at);
    if (isFrame(marker)) {
      return {
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        channels: view.getUint8(at + 9),
      };
    }
    at += marker === 0xffff ? 1 : 2 + view.getUint16(at + 2);
  }
  return refuse(path, "not an intact JPEG file, truncated or damaged");
}

/** SOF0 to SOF15, among which are DHT, JPG and DAC. */
function isFrame(marker: number): boolean {
  return marker >= 0xffc0 && marker <= 0xffcf &&
    ![0xffc4, 0xffc8, 0xffcc].includes(marker);
}
