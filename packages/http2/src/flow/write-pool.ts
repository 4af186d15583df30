// The pools of write buffers that all connections share: an idle connection holds none.

/** Size of the buffer that a connection begins with: thousands may begin in the same turn. */
export const firstBufferBytes = 8192;
/** Size of the buffers it goes on with. */
export const writeBufferBytes = 65_536;
/** Most small buffers kept for reuse: 2 MiB. More may be in use; those are left to the garbage collector. */
export const maxPooledFirstBuffers = 256;
/** Most large buffers kept for reuse: 4 MiB. */
export const maxPooledBuffers = 64;

const freeFirst: Uint8Array[] = [];
const free: Uint8Array[] = [];
/** Buffers that are with a connection or its transport. Keeps foreign and twice-released chunks out of the pools. */
const lent: WeakSet<ArrayBufferLike> = new WeakSet();

/** A small buffer whose content is undefined. */
export function takeFirstBuffer(): Uint8Array {
  const buffer = freeFirst.pop() ?? new Uint8Array(firstBufferBytes);
  lent.add(buffer.buffer);
  return buffer;
}

/** A large buffer whose content is undefined. */
export function takeWriteBuffer(): Uint8Array {
  const buffer = free.pop() ?? new Uint8Array(writeBufferBytes);
  lent.add(buffer.buffer);
  return buffer;
}

/** Gives back the pooled buffers under these chunks; other chunks are let go. */
export function releaseWriteBuffers(chunks: readonly Uint8Array[]): void {
  for (let i = 0; i < chunks.length; i++) {
    const { buffer } = chunks[i]!;
    if (!lent.delete(buffer)) continue;
    const isFirst = buffer.byteLength === firstBufferBytes;
    const pool = isFirst ? freeFirst : free;
    if (pool.length >= (isFirst ? maxPooledFirstBuffers : maxPooledBuffers)) continue;
    pool.push(new Uint8Array(buffer));
  }
}
