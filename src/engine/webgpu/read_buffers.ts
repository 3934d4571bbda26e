/** Buffers of a device, copied to the host. */

/** A part of a buffer, in bytes. */
export interface Part {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** Copies a part of a buffer to the host, as it is now. */
export async function readBuffer(
  device: GPUDevice,
  part: Part,
): Promise<ArrayBuffer> {
  return (await readBuffers(device, [part]))[0]!;
}

/** Copies parts of buffers to the host, as they are now. */
export async function readBuffers(
  device: GPUDevice,
  parts: readonly Part[],
): Promise<ArrayBuffer[]> {
  const staging = device.createBuffer({
    size: parts.reduce((sum, { size }) => sum + size, 0),
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  try {
    const encoder = device.createCommandEncoder();
    let at = 0;
    for (const { buffer, offset, size } of parts) {
      encoder.copyBufferToBuffer(buffer, offset, staging, at, size);
      at += size;
    }
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const all = staging.getMappedRange();
    at = 0;
    return parts.map(({ size }) => all.slice(at, at += size));
  } finally {
    staging.destroy();
  }
}
