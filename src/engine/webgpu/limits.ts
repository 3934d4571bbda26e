/** Limits of adapters. */

/** Bytes of the largest buffer that a kernel can have. */
export function bindableBytes(limits: GPUSupportedLimits): number {
  return Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
}
