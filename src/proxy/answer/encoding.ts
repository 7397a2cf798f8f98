import { trimmed } from '../../http/fields.ts';
import { eachWeighted } from '../../http/weighted-list.ts';

/**
 * Whether a caller takes `Content-Encoding: gzip` (RFC 9110 §12.5.3): it is named, or `*` is, with a weight above 0.
 * No field means that anything would do; identity is then the safe choice for simple tools.
 */
export const acceptsGzip = (acceptEncoding: string | undefined): boolean => {
  if (acceptEncoding === undefined || acceptEncoding === 'identity') return false;
  if (!acceptEncoding.includes(';')) return NAMES_GZIP.test(acceptEncoding);
  let named: boolean | undefined;
  let wildcard = false;
  eachWeighted(acceptEncoding, (coding, weight) => {
    if (coding === 'gzip' || coding === 'x-gzip') named ??= weight > 0;
    else if (coding === '*') wildcard = weight > 0;
  });
  return named ?? wildcard;
};

const NAMES_GZIP = /(?:^|[ \t,])(?:(?:x-)?gzip|\*)(?:$|[ \t,])/i;

/** Whether an answer's `Content-Encoding` is gzip and nothing else (RFC 9110 §8.4.1.3). */
export const isGzip = (contentEncoding: string | undefined): boolean => {
  const coding = contentEncoding && trimmed(contentEncoding).toLowerCase();
  return coding === 'gzip' || coding === 'x-gzip';
};

/** What is decoded in one go is held until its caller has read it: larger bodies are decoded at the caller's pace. */
export const MAX_DECODED_BYTES = 262_144;
