import { createGunzip, gunzipSync } from 'node:zlib';
import { contentRange, decideRange, unsatisfiedContentRange } from '../cache/byte-range.ts';
import { rawHeaders } from '../cache/header-lookup.ts';
import { parseHttpDate } from '../cache/http-date.ts';
import type { Representation, StoredResponse } from '../cache/stored-response.ts';
import { isNotModified } from '../cache/validators.ts';
import type { EpochMs } from '../units.ts';
import { acceptsGzip } from './encoding.ts';
import type { Exchange } from './exchange.ts';
import { withoutHeaders } from './response-headers.ts';

/** Compressed bodies up to this size are decoded in one go: it takes well under a millisecond and no thread hop. */
const MAX_SYNC_GZIP_BYTES = 32_768;
/** Reports shrink 20 to 30 times; one that grows beyond this is decoded as a stream. */
const MAX_SYNC_DECODED_BYTES = 4 * 1024 * 1024;

/**
 * Answers from a stored copy. This is the path of every hit: nothing is awaited, and for a plain GET of a caller who takes the stored
 * coding the head is the prepared one and the body the stored buffer.
 * @param trustsModified whether `Last-Modified` may answer `If-Modified-Since` (Adobe's may not)
 * @param cacheStatus replaces the prepared `Cache-Status`, for a copy that stands in for a failed upstream
 */
export const answerFromStore = (
  exchange: Exchange,
  stored: StoredResponse,
  now: EpochMs,
  trustsModified: boolean,
  cacheStatus?: string,
): void => {
  const { head, response } = exchange;
  const representation = stored.representationFor(acceptsGzip(head.acceptEncoding));
  let fields = stored.hitHead(representation, now);
  if (cacheStatus !== undefined) {
    fields = [...withoutHeaders(fields, 'cache-status'), 'Cache-Status', cacheStatus];
  }
  const conditional = head.ifNoneMatch !== undefined || head.ifModifiedSince !== undefined;
  if (conditional && stored.status === 200 && isMet(exchange, stored, representation, now, trustsModified)) {
    response.writeHead(304, withoutHeaders(fields, ...NOT_IN_304));
    response.end();
    exchange.answered(304);
    return;
  }
  if (representation === 'decoded') {
    answerDecoded(exchange, stored, fields);
  } else if (head.range !== undefined && stored.status === 200) {
    answerRange(exchange, stored, fields, stored.body, representation);
  } else {
    answerWhole(exchange, stored.status, fields, stored.body);
  }
};

/** RFC 9110 §15.4.5: a 304 carries no representation metadata besides the validators and caching fields. */
const NOT_IN_304 = ['content-length', 'content-encoding', 'content-type', 'content-disposition'] as const;

const isMet = (
  { head }: Exchange,
  stored: StoredResponse,
  representation: Representation,
  now: EpochMs,
  trustsModified: boolean,
): boolean => {
  const lastModified = trustsModified ? stored.upstreamLastModified : undefined;
  return isNotModified(
    { ifNoneMatch: head.ifNoneMatch, ifModifiedSince: head.ifModifiedSince },
    {
      etag: stored.etag[representation],
      modified: lastModified === undefined ? undefined : parseHttpDate(lastModified, now),
    },
    now,
  );
};

const answerWhole = (exchange: Exchange, status: number, fields: readonly string[], body: Buffer): void => {
  const { response, isHead } = exchange;
  response.writeHead(status, fields as string[]);
  if (isHead) response.end();
  else response.end(body);
  exchange.bytes = isHead ? 0 : body.length;
  exchange.answered(status);
};

const answerRange = (
  exchange: Exchange,
  stored: StoredResponse,
  fields: readonly string[],
  body: Buffer,
  representation: Representation,
): void => {
  const { head } = exchange;
  const range = decideRange(
    { range: head.range, ifRange: head.ifRange },
    {
      size: body.length,
      etag: stored.etag[representation],
      lastModified: rawHeaders(stored.headers)('last-modified'),
    },
  );
  // RFC 9110 §14.2: ranges are for GET only.
  if (range === 'whole' || exchange.isHead) {
    answerWhole(exchange, stored.status, fields, body);
    return;
  }
  const rest = withoutHeaders(fields, 'content-length');
  if (range === 'unsatisfiable') {
    const unsatisfied = ['Content-Range', unsatisfiedContentRange(body.length), 'Content-Length', '0'];
    answerWhole(exchange, 416, [...withoutHeaders(rest, ...NOT_IN_304), ...unsatisfied], Buffer.alloc(0));
    return;
  }
  const part = body.subarray(range.first, range.last + 1);
  const partial = ['Content-Range', contentRange(range, body.length), 'Content-Length', String(part.length)];
  answerWhole(exchange, 206, [...rest, ...partial], part);
};

const answerDecoded = (exchange: Exchange, stored: StoredResponse, fields: readonly string[]): void => {
  const body = decodedAtOnce(stored.body);
  if (body === undefined) {
    streamDecoded(exchange, stored, fields);
  } else if (exchange.head.range !== undefined && stored.status === 200) {
    const whole = [...fields, 'Content-Length', String(body.length)];
    answerRange(exchange, stored, whole, body, 'decoded');
  } else {
    answerWhole(exchange, stored.status, [...fields, 'Content-Length', String(body.length)], body);
  }
};

const decodedAtOnce = (body: Buffer): Buffer | undefined => {
  // Of no bytes, a decoder would say that they are cut short.
  if (body.length === 0) return body;
  if (body.length > MAX_SYNC_GZIP_BYTES) return undefined;
  try {
    return gunzipSync(body, { maxOutputLength: MAX_SYNC_DECODED_BYTES });
  } catch {
    // Larger than expected, or no gzip after all: the stream copes with the one and reports the other.
    return undefined;
  }
};

const streamDecoded = (exchange: Exchange, stored: StoredResponse, fields: readonly string[]): void => {
  const { response } = exchange;
  response.writeHead(stored.status, fields as string[]);
  if (exchange.isHead) {
    response.end();
    exchange.answered(stored.status);
    return;
  }
  const gunzip = createGunzip();
  gunzip.on('data', (chunk: Buffer) => {
    exchange.bytes += chunk.length;
  });
  gunzip.on('error', () => exchange.tear('upstream-invalid'));
  response.on('close', () => {
    gunzip.destroy();
    exchange.closed(stored.status);
  });
  gunzip.pipe(response);
  gunzip.end(stored.body);
};
