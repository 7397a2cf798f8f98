import Type from 'typebox';
import { Check, Clean } from 'typebox/value';
import { after, type EpochMs, epochMs, type Milliseconds, milliseconds } from '../../base/units.ts';
import { StoredResponse } from '../store/stored-response.ts';

/*
 * A report as replicas hand it to each other: one byte of version, four of the head's length (big endian), the head
 * as JSON, and the body as it was received, compressed or not.
 */
const VERSION = 1;
const HEAD_AT = 5;
/** Headers are bounded where they are received; this is far more. */
const MOST_HEAD = 256 * 1024;

const atLeast0 = Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Span = Type.Unsafe<Milliseconds>(atLeast0);

const Head = Type.Object({
  status: Type.Integer({ minimum: 200, maximum: 599 }),
  headers: Type.Array(Type.String({ pattern: String.raw`^[^\r\n\0]*$` })),
  gzip: Type.Boolean(),
  upstreamEtag: Type.Optional(Type.String()),
  upstreamLastModified: Type.Optional(Type.String()),
  target: Type.String({ pattern: '^/' }),
  bodyLength: Type.Integer({ minimum: 0 }),
  responseTime: Type.Unsafe<EpochMs>(atLeast0),
  initialAge: Span,
  lifetime: Span,
  basis: Type.Union(
    (['s-maxage', 'max-age', 'expires', 'schedule', 'heuristic', 'none'] as const).map((it) =>
      Type.Literal(it),
    ),
  ),
  mustRevalidate: Type.Boolean(),
  staleWhileRevalidate: Span,
  staleIfError: Span,
});

/**
 * Whether replicas may hand it to each other: answers that a request field selects, or that may never be reused as
 * they are, they may not.
 */
export const isShareable = ({ varyFields, freshness }: StoredResponse): boolean =>
  varyFields.length === 0 && !freshness.noCache;

/** @returns the report as bytes; what {@link unpackReport} reads */
export function packReport(report: StoredResponse): Buffer {
  // What is stored must not grow with what somebody adds to the type.
  const head = Clean(Head, { ...report, ...report.freshness });
  const text = Buffer.from(JSON.stringify(head));
  const prelude = Buffer.alloc(HEAD_AT);
  prelude.writeUInt8(VERSION, 0);
  prelude.writeUInt32BE(text.length, 1);
  return Buffer.concat([prelude, text, report.body]);
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
  if (packed.length < HEAD_AT || packed[0] !== VERSION) return undefined;
  const headLength = packed.readUInt32BE(1);
  const bodyAt = HEAD_AT + headLength;
  if (headLength > MOST_HEAD || bodyAt > packed.length) return undefined;
  const head = parsed(packed.toString('utf8', HEAD_AT, bodyAt));
  if (!Check(Head, head)) return undefined;
  const { status, headers, gzip, upstreamEtag, upstreamLastModified, target, bodyLength, ...freshness } =
    head;
  const body = packed.subarray(bodyAt);
  if (body.length !== bodyLength || headers.length % 2 !== 0) return undefined;
  const arrived = Math.min(freshness.responseTime, now, after(now, milliseconds(-Math.max(0, elapsed))));
  return new StoredResponse({
    ...{ status, headers, body, gzip, upstreamEtag, upstreamLastModified, target },
    varyFields: [],
    freshness: { ...freshness, responseTime: epochMs(arrived), noCache: false },
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
