import Type from 'typebox';
import { Check, Clean } from 'typebox/value';
import { parsedJson } from '../../base/json.ts';
import { after, type EpochMs, epochMs, type Milliseconds, milliseconds } from '../../base/units.ts';
import { StoredResponse } from '../store/stored-response.ts';

const atLeast0 = Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Span = Type.Unsafe<Milliseconds>(atLeast0);

/**
 * A report as replicas hand it to each other: a line of JSON, and the body as it was received, compressed or not. That
 * all of it is there, the seal tells.
 */
const Head = Type.Object({
  version: Type.Literal(2),
  status: Type.Integer({ minimum: 200, maximum: 599 }),
  headers: Type.Array(Type.String({ pattern: String.raw`^[^\r\n\0]*$` })),
  gzip: Type.Boolean(),
  upstreamEtag: Type.Optional(Type.String()),
  target: Type.String({ pattern: '^/' }),
  responseTime: Type.Unsafe<EpochMs>(atLeast0),
  initialAge: Span,
  lifetime: Span,
  basis: Type.Enum(['s-maxage', 'max-age', 'expires', 'schedule', 'heuristic', 'none']),
  mustRevalidate: Type.Boolean(),
  staleWhileRevalidate: Span,
  staleIfError: Span,
});

/** Not what a request field selects, or what may never be reused as it is. */
export const isShareable = ({ varyFields, freshness }: StoredResponse): boolean =>
  varyFields.length === 0 && !freshness.noCache;

/** @returns the report as bytes; what {@link unpackReport} reads */
export function packReport(report: StoredResponse): Buffer {
  // What is stored must not grow with what somebody adds to the type.
  const head = Clean(Head, { version: 2, ...report, ...report.freshness });
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), report.body]);
}

/**
 * Reads what {@link packReport} wrote; `undefined` for anything else.
 * @param elapsed time since its head came to the replica that fetched it, by the clock of the store
 * @param now by our own clock: the report is at least as old as either clock says (RFC 9111 §4.2.3 does the same), so
 *   that an old one cannot be passed off as new
 */
export function unpackReport(
  packed: Buffer,
  elapsed: Milliseconds,
  now: EpochMs,
): StoredResponse | undefined {
  const headEnd = packed.indexOf('\n');
  const head = parsedJson(packed.toString('utf8', 0, Math.max(0, headEnd)));
  if (!Check(Head, head) || head.headers.length % 2 !== 0) return undefined;
  const { version: _, status, headers, gzip, upstreamEtag, target, ...freshness } = head;
  const arrived = Math.min(freshness.responseTime, now, after(now, milliseconds(-Math.max(0, elapsed))));
  return new StoredResponse({
    ...{ status, headers, gzip, upstreamEtag, target },
    body: packed.subarray(headEnd + 1),
    varyFields: [],
    freshness: { ...freshness, responseTime: epochMs(arrived), noCache: false },
  });
}
