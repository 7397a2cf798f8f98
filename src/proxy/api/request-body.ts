import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { ProblemError, problemOf } from '../answer/problem.ts';

/** A request with a body up to this size can be sent a second time, as all of it is held. */
const MAX_HELD_BYTES = 65_536;

const tooLarge = (): ProblemError =>
  new ProblemError(
    problemOf('body-too-large', 'Bodies are limited to `listen.maxBodyBytes`.', { close: true }),
  );

/** @returns bytes where they are few, a stream where they are many or of no declared length; `null` for none */
export const requestBody = async (
  request: IncomingMessage,
  most: number,
): Promise<Buffer | Readable | null> => {
  const { 'content-length': declared, 'transfer-encoding': coding } = request.headers;
  if (declared === undefined && coding === undefined) return null;
  const length = Number(declared ?? Number.NaN);
  if (length > most) throw tooLarge();
  const pieces = bounded(request, most);
  if (!(length <= MAX_HELD_BYTES)) return Readable.from(pieces, { objectMode: false });
  const held: Buffer[] = [];
  for await (const piece of pieces) held.push(piece);
  return Buffer.concat(held);
};

async function* bounded(request: IncomingMessage, most: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > most) throw tooLarge();
    yield piece;
  }
}
