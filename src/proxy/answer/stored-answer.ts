import { createGunzip } from 'node:zlib';
import type { EpochMs } from '../../base/units.ts';
import type { Representation, StoredResponse } from '../../cache/store/stored-response.ts';
import { contentRange, decideRange, unsatisfiedContentRange } from '../../http/byte-range.ts';
import { rawHeaders } from '../../http/header-lookup.ts';
import { parseHttpDate } from '../../http/http-date.ts';
import { isNotModified } from '../../http/validators.ts';
import type { Route } from '../gate/route.ts';
import { acceptsGzip } from './encoding.ts';
import type { Exchange } from './exchange.ts';
import { withoutHeaders } from './response-headers.ts';

/**
 * Answers from a stored copy. This is the path of every hit: nothing is awaited, and for a plain GET the head is the prepared one and the
 * body the stored one.
 * @param cacheStatus replaces the prepared `Cache-Status`, for a copy that stands in for a failed upstream
 */
export const answerFromStore = (
  exchange: Exchange,
  route: Route,
  stored: StoredResponse,
  now: EpochMs,
  cacheStatus?: string,
): void => {
  const { head } = exchange;
  const representation = stored.representationFor(acceptsGzip(head.acceptEncoding));
  const decoded = representation === 'decoded' ? route.caching?.cache.decoded.get(stored) : undefined;
  const prepared = stored.hitHead(representation, now, decoded?.length);
  const fields = cacheStatus === undefined ? prepared : withCacheStatus(prepared, cacheStatus);
  const plain =
    stored.status !== 200 || (head.ifNoneMatch === undefined && head.ifModifiedSince === undefined);
  if (!plain && isMet(exchange, stored, representation, now, route)) {
    exchange.answerWith(304, withoutHeaders(fields, ...NOT_IN_304), '');
  } else if (representation === 'decoded' && decoded === undefined) {
    streamDecoded(exchange, stored, fields);
  } else if (head.range !== undefined && stored.status === 200) {
    answerRange(exchange, stored, fields, decoded?.bytes() ?? stored.body, representation);
  } else {
    answerWhole(exchange, stored.status, fields, decoded ?? stored, fields === prepared);
  }
};

const withCacheStatus = (fields: readonly string[], cacheStatus: string): string[] => [
  ...withoutHeaders(fields, 'cache-status'),
  'Cache-Status',
  cacheStatus,
];

/** RFC 9110 §15.4.5: a 304 carries no representation metadata besides the validators and caching fields. */
const NOT_IN_304 = ['content-length', 'content-encoding', 'content-type', 'content-disposition'] as const;

const isMet = (
  { head }: Exchange,
  stored: StoredResponse,
  representation: Representation,
  now: EpochMs,
  route: Route,
): boolean =>
  isNotModified(
    { ifNoneMatch: head.ifNoneMatch, ifModifiedSince: head.ifModifiedSince },
    {
      etag: stored.etag[representation],
      modified: route.kind === 'pass-all' ? modifiedAt(stored, now) : undefined,
    },
    now,
  );

/**
 * RFC 9111 §4.3.2. Only for an origin to be believed: Adobe's does not say when a report changed (docs/adobe.md §6).
 */
const modifiedAt = (stored: StoredResponse, now: EpochMs): EpochMs | undefined =>
  parseHttpDate(stored.upstreamLastModified ?? rawHeaders(stored.headers)('date') ?? '', now);

/** A body to send: as text where it is small enough to leave in one write with its head. */
interface Sendable {
  readonly text: string | undefined;
  bytes(): Buffer;
}

/** @param repeated whether the list of fields is the same for other hits */
const answerWhole = (
  exchange: Exchange,
  status: number,
  fields: readonly string[],
  body: Sendable,
  repeated = false,
): void => {
  const sent = exchange.isHead ? '' : (body.text ?? body.bytes());
  exchange.bytes = sent.length;
  if (repeated && status === 200) exchange.answerPrepared(fields, sent);
  else exchange.answerWith(status, fields, sent);
};

const sendable = (bytes: Buffer): Sendable => ({ text: undefined, bytes: () => bytes });

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
    answerWhole(exchange, stored.status, fields, sendable(body));
    return;
  }
  const rest = withoutHeaders(fields, 'content-length');
  if (range === 'unsatisfiable') {
    const unsatisfied = ['Content-Range', unsatisfiedContentRange(body.length), 'Content-Length', '0'];
    answerWhole(
      exchange,
      416,
      [...withoutHeaders(rest, ...NOT_IN_304), ...unsatisfied],
      sendable(Buffer.alloc(0)),
    );
    return;
  }
  const part = body.subarray(range.first, range.last + 1);
  const partial = ['Content-Range', contentRange(range, body.length), 'Content-Length', String(part.length)];
  answerWhole(exchange, 206, [...rest, ...partial], sendable(part));
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
  exchange.reply.watch({
    onClosed: () => {
      gunzip.destroy();
      exchange.closed(stored.status);
    },
  });
  gunzip.pipe(response);
  gunzip.end(stored.body);
};
