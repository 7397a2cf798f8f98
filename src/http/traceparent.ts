import type { SpanContext } from '@opentelemetry/api';

/** Version 00 of `traceparent`; later versions may go on after it (W3C Trace Context §3.2, §4.3). */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** @returns `undefined` for none, and for one that is not valid: then a new trace begins */
export const parseTraceparent = (field: string | undefined): SpanContext | undefined => {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(field ?? '') ?? [];
  return traceId === undefined || spanId === undefined || flags === undefined
    ? undefined
    : { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
};

/** Whether it may go on byte for byte: valid, and nothing but hex digits, so that nothing can be smuggled in it. */
export const isForwardable = (traceparent: string): boolean =>
  traceparent.length === 55 && TRACEPARENT.test(traceparent);

export const formatTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-0${traceFlags & 1}`;
