// The pool of write buffers that all connections share: an idle connection holds none.

/** Size of a pooled write buffer. */
export const writeBufferBytes = 65_536;
/** Most buffers kept for reuse: 8 MiB. More may be in use; those are left to the garbage collector. */
export const maxPooledBuffers = 128;

const free: Uint8Array[] = [];
/** Buffers that are with a connection or its transport. Keeps foreign and twice-released chunks out of the pool. */
const lent: WeakSet<ArrayBufferLike> = new WeakSet();

/** A buffer of `writeBufferBytes` whose content is undefined. */
export function takeWriteBuffer(): Uint8Array {
  const buffer = free.pop() ?? new Uint8Array(writeBufferBytes);
  lent.add(buffer.buffer);
  return buffer;
}

/** Gives back the pooled buffers under these chunks; other chunks are let go. */
export function releaseWriteBuffers(chunks: readonly Uint8Array[]): void {
  for (let i = 0; i < chunks.length; i++) {
    const { buffer } = chunks[i]!;
    if (!lent.delete(buffer) || free.length >= maxPooledBuffers) continue;
    free.push(new Uint8Array(buffer));
  }
}
