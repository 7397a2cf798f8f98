import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { writeText } from './text-writing.ts';

export type HeaderValues = Readonly<Record<string, string | readonly string[]>>;

/** An answer before it is sent. A body of pieces is read only as fast as the client takes it. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderValues;
  readonly body: string | Iterable<string>;
  /** Whether it may be compressed for clients that ask for it. */
  readonly compressible?: boolean;
}

export const jsonAnswer = (status: number, value: unknown, headers: HeaderValues = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json;charset=utf-8', ...headers },
  body: JSON.stringify(value),
});

export const textAnswer = (status: number, text: string, headers: HeaderValues = {}): Answer => ({
  status,
  headers: { 'content-type': 'text/plain;charset=utf-8', ...headers },
  body: `${text}\n`,
});

/** Bodies up to this many characters are sent whole, with their length; longer ones as a stream. */
const WHOLE = 64 * 1024;

/** Reads up to `WHOLE` characters. */
function readHead(pieces: Iterator<string>): { text: string; done: boolean } {
  let text = '';
  while (text.length < WHOLE) {
    const next = pieces.next();
    if (next.done) return { text, done: true };
    text += next.value;
  }
  return { text, done: false };
}

/** RFC 9110 §12.5.3, for the one coding that is offered. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const codings = (acceptEncoding ?? '').toLowerCase().split(',');
  const find = (name: string) =>
    codings.map((coding) => coding.trim()).find((coding) => coding.split(';')[0]?.trim() === name);
  const coding = find('gzip') ?? find('*');
  return coding !== undefined && !/;\s*q=0(\.0*)?$/.test(coding);
}

function* followedBy(head: string, rest: Iterator<string>): Generator<string> {
  yield head;
  for (let next = rest.next(); !next.done; next = rest.next()) yield next.value;
}

export interface SendOptions {
  readonly gzip: boolean;
  /** Break off in the middle of the body. */
  readonly tear: boolean;
}

/** Ends a connection after some of the body has gone out, so that the client sees an answer that is cut short. */
function tearAfter(response: ServerResponse, part: Uint8Array | string): void {
  response.write(part, () => response.destroy());
}

/**
 * Sends an answer.
 * @returns when it has gone out, or the client has left.
 */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  options: SendOptions,
): Promise<void> {
  const pieces = (typeof answer.body === 'string' ? [answer.body] : answer.body)[Symbol.iterator]();
  const head = readHead(pieces);
  const gzip = options.gzip && answer.compressible === true;
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    headers[name] = typeof value === 'string' ? value : [...value];
  }
  if (answer.compressible === true) headers['vary'] = 'Accept, Accept-Encoding';
  if (gzip) headers['content-encoding'] = 'gzip';

  if (head.done) {
    const body = gzip ? gzipSync(head.text) : Buffer.from(head.text);
    if (answer.status !== 204 && answer.status !== 304) headers['content-length'] = String(body.length);
    response.writeHead(answer.status, headers);
    if (options.tear && body.length > 1) tearAfter(response, body.subarray(0, Math.floor(body.length / 2)));
    else response.end(body);
    return;
  }
  response.writeHead(answer.status, headers);
  if (options.tear) {
    tearAfter(response, gzip ? gzipSync(head.text).subarray(0, 1024) : head.text);
    return;
  }
  const text = followedBy(head.text, pieces);
  try {
    if (gzip) {
      const compressed = createGzip();
      await Promise.all([pipeline(compressed, response), writeText(compressed, text)]);
    } else {
      await writeText(response, text);
    }
  } catch (error) {
    // A client that leaves in the middle is its own affair; anything else breaks the answer off and is reported.
    if (!response.destroyed) throw error;
  }
}
