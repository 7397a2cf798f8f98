import type { Writable } from 'node:stream';

/** Bytes that are under way at a time, in one buffer that is filled again once they have been taken. */
const BUFFER_BYTES = 32 * 1024;

/** Resolves when `bytes` may be overwritten; with `false` when the sink has failed or was closed, so that it takes no more. */
const taken = (sink: Writable, bytes: Uint8Array): Promise<boolean> =>
  new Promise((resolve) => {
    if (sink.destroyed) return resolve(false);
    // A stream that is destroyed does not call back for every write.
    const closed = () => resolve(false);
    sink.once('close', closed);
    sink.write(bytes, (error) => {
      sink.off('close', closed);
      resolve(!error);
    });
  });

/**
 * Writes pieces of text as UTF-8 and ends the sink, or stops when the sink takes no more: its owner learns that from
 * the sink. Pieces are asked for as fast as they are taken. A text of any length takes the memory of one buffer: a
 * fresh one for each write would lie outside V8's heap, where garbage is collected late, and fifty megabytes of it
 * pile up.
 * @throws what asking for a piece throws
 */
export async function writeText(sink: Writable, pieces: Iterable<string>): Promise<void> {
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(BUFFER_BYTES);
  let filled = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const { read, written } = encoder.encodeInto(
        at === 0 ? piece : piece.slice(at),
        buffer.subarray(filled),
      );
      at += read;
      filled += written;
      if (at === piece.length) break;
      if (!(await taken(sink, buffer.subarray(0, filled)))) return;
      filled = 0;
    }
  }
  if (filled > 0 && !(await taken(sink, buffer.subarray(0, filled)))) return;
  sink.end();
}
