import type { EpochMs } from '../../base/units.ts';
import {
  type BodyContent,
  bytesOf,
  type Representation,
  type StoredResponse,
} from '../../cache/store/stored-response.ts';
import { decideRange } from '../../http/byte-range.ts';
import { fieldNames, rawHeaders } from '../../http/fields.ts';
import { parseHttpDate } from '../../http/http-date.ts';
import { isNotModified } from '../../http/validators.ts';
import type { RequestHead } from '../gate/request-head.ts';
import type { RouteCaching } from '../gate/route.ts';
import type { StoredAnswer } from './answer.ts';
import { acceptsGzip } from './encoding.ts';
import { withoutHeaders } from './response-headers.ts';

export interface StoredReply {
  readonly status: number;
  readonly fields: readonly string[];
  readonly body: BodyContent;
  readonly decode: boolean;
}

/** Chooses what a stored copy answers: whole, in part, not modified. Pure; for a plain hit nothing is computed. */
export const storedReply = (
  head: RequestHead,
  { stored, caching, cacheStatus }: StoredAnswer,
  now: EpochMs,
  isHead: boolean,
): StoredReply => {
  const representation = stored.representationFor(acceptsGzip(head.acceptEncoding));
  const decoded = representation === 'decoded' ? caching?.cache.decoded(stored) : undefined;
  const prepared = stored.hitHead(representation, now, decoded?.length);
  const told =
    caching?.tellsFreshness === false && saysNothing(stored)
      ? withoutHeaders(prepared, 'cache-control')
      : prepared;
  const fields =
    cacheStatus === undefined ? told : [...withoutHeaders(told, 'cache-status'), 'Cache-Status', cacheStatus];
  const { status } = stored;
  const decode = representation === 'decoded' && decoded === undefined;
  if (status === 200 && isUnmodified(head, stored, representation, caching, now)) {
    return { status: 304, fields: withoutHeaders(fields, ...NOT_IN_304), body: '', decode: false };
  }
  if (decode) return { status, fields, body: stored.body, decode };
  const body = decoded ?? stored.content;
  // RFC 9110 §14.2: ranges are for GET only.
  if (head.range !== undefined && status === 200 && !isHead) {
    const partial = rangeReply(head, stored, fields, bytesOf(body), representation);
    if (partial !== undefined) return partial;
  }
  return { status, fields, body, decode };
};

const saysNothing = ({ headers }: StoredResponse): boolean =>
  rawHeaders(headers)('cache-control') === undefined;

/** RFC 9110 §15.4.5: a 304 carries no representation metadata besides the validators and caching fields. */
export const NOT_IN_304 = [...fieldNames('content-length content-encoding content-type content-disposition')];

const isUnmodified = (
  head: RequestHead,
  stored: StoredResponse,
  representation: Representation,
  caching: RouteCaching | undefined,
  now: EpochMs,
): boolean => {
  if (head.ifNoneMatch === undefined && head.ifModifiedSince === undefined) return false;
  // Adobe's `Last-Modified` does not say when a report changed (docs/adobe.md §6).
  const modified = caching?.policy === 'http' ? modifiedAt(stored, now) : undefined;
  return isNotModified(head, stored.etag[representation], modified, now);
};

/** RFC 9111 §4.3.2. */
const modifiedAt = (stored: StoredResponse, now: EpochMs): EpochMs | undefined =>
  parseHttpDate(stored.lastModified ?? rawHeaders(stored.headers)('date') ?? '', now);

/** @returns `undefined` if the whole body is the answer */
const rangeReply = (
  head: RequestHead,
  stored: StoredResponse,
  fields: readonly string[],
  body: Buffer,
  representation: Representation,
): StoredReply | undefined => {
  const { etag, lastModified } = stored;
  const target = { size: body.length, etag: etag[representation], lastModified };
  const found = decideRange(head, target);
  if (found === 'whole') return undefined;
  if (found === 'unsatisfiable') {
    const unsatisfied = ['Content-Range', `bytes */${body.length}`, 'Content-Length', '0'];
    const left = withoutHeaders(fields, ...NOT_IN_304);
    return { status: 416, fields: [...left, ...unsatisfied], body: '', decode: false };
  }
  const part = body.subarray(found.first, found.last + 1);
  const contentRange = `bytes ${found.first}-${found.last}/${body.length}`;
  const partial = ['Content-Range', contentRange, 'Content-Length', String(part.length)];
  const left = withoutHeaders(fields, 'content-length');
  return { status: 206, fields: [...left, ...partial], body: part, decode: false };
};
