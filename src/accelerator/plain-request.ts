import { fieldNames, trimmed } from '../http/fields.ts';
import { type RequestHead, readRequestHead } from '../proxy/gate/request-head.ts';

/**
 * The header block of a plain request. Callers repeat theirs, so it is kept from one request of a connection to the
 * next.
 */
export interface PlainFields {
  /** The lines as they came. */
  readonly block: string;
  /** Names and values in turn, as Node gives them. */
  readonly raw: readonly string[];
  readonly head: Readonly<RequestHead>;
  /** The caller does not end the connection with this request (RFC 9112 §9.3). */
  readonly keepAlive: boolean;
}

const CR = 0x0d;
const START = Buffer.from('GET ');
const END = Buffer.from(' HTTP/1.1');
/** Half of what the parser takes in all: more than any honest request has. */
const MAX_BYTES = 8192;
const MAX_FIELDS = 64;

const TARGET = /^\/[\x21-\x7e]*$/;
/**
 * Fields that say something of the connection, the body or the protocol: what they mean is for Node's parser to find
 * out.
 */
const NOT_PLAIN = fieldNames(
  'content-length expect http2-settings keep-alive proxy-connection te trailer transfer-encoding upgrade',
);

/**
 * Reads a chunk that is exactly one plain request: a GET in HTTP/1.1 with a `Host`, all of it, and nothing behind it.
 * Every byte is looked at: how it is read, where it ends, and whether the connection goes on are beyond doubt.
 * @param last fields of the connection's last request, which are taken over if the block is the same
 * @returns `undefined` for everything else, and whenever there is the least doubt; Pure
 */
export const readPlainRequest = (bytes: Buffer, last: PlainFields | undefined) => {
  if (bytes.length > MAX_BYTES) return undefined;
  const lineEnd = bytes.indexOf(CR);
  const targetEnd = lineEnd - END.length;
  if (targetEnd < START.length || !holds(bytes, START, 0) || !holds(bytes, END, targetEnd)) return undefined;
  // A text of its own: the target outlives the request, in keys and entries of the cache.
  const target = bytes.toString('latin1', START.length, targetEnd);
  if (!TARGET.test(target)) return undefined;
  const block = bytes.toString('latin1', lineEnd);
  const fields = last?.block === block ? last : readFields(block);
  return fields && { target, fields };
};

const holds = (bytes: Buffer, part: Buffer, start: number): boolean => {
  for (let i = 0; i < part.length; i++) if (bytes[start + i] !== part[i]) return false;
  return true;
};

/** @param block from the line end of the request line to the last byte */
const readFields = (block: string): PlainFields | undefined => {
  if (!block.startsWith('\r\n') || !block.endsWith('\r\n\r\n')) return undefined;
  const raw: string[] = [];
  const end = block.length - 2;
  let keepAlive = true;
  // A field line (RFC 9112 §5), read in one way only: no white space before the colon, no folding, no obs-text.
  const line = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e]*)\r\n/y;
  for (line.lastIndex = 2; line.lastIndex < end; ) {
    const [, name, value] = line.exec(block) ?? [];
    if (name === undefined || value === undefined || raw.length === 2 * MAX_FIELDS) return undefined;
    const lower = name.toLowerCase();
    if (NOT_PLAIN.has(lower)) return undefined;
    const text = trimmed(value);
    if (lower === 'connection') {
      const option = text.toLowerCase();
      if (option !== 'keep-alive' && option !== 'close') return undefined;
      keepAlive &&= option === 'keep-alive';
    }
    raw.push(name, text);
  }
  const head = readRequestHead(raw);
  return head.host === undefined ? undefined : { block, raw, head, keepAlive };
};
