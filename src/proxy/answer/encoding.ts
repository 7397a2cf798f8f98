import { trimmed } from '../../http/field-value.ts';

/**
 * Whether a caller takes `Content-Encoding: gzip` (RFC 9110 §12.5.3): it is named, or `*` is, with a weight above 0.
 * No field means that anything would do; identity is then the safe choice for simple tools.
 */
export const acceptsGzip = (acceptEncoding: string | undefined): boolean => {
  if (acceptEncoding === undefined || acceptEncoding === 'identity') return false;
  if (!acceptEncoding.includes(';')) return namesGzip(acceptEncoding);
  let wildcard = false;
  for (const member of acceptEncoding.split(',')) {
    const [coding = '', ...parameters] = member.split(';');
    const name = trimmed(coding).toLowerCase();
    if (name !== 'gzip' && name !== 'x-gzip' && name !== '*') continue;
    const weight = parameters.map(trimmed).find((parameter) => /^q=/i.test(parameter));
    const taken = weight === undefined || Number(weight.slice(2)) > 0;
    if (name !== '*') return taken;
    wildcard = taken;
  }
  return wildcard;
};

const namesGzip = (list: string): boolean =>
  /(?:^|[ \t,])(?:x-)?gzip(?:$|[ \t,])|(?:^|[ \t,])\*(?:$|[ \t,])/i.test(list);

/** Whether an answer's `Content-Encoding` is gzip and nothing else (RFC 9110 §8.4.1.3). */
export const isGzip = (contentEncoding: string | undefined): boolean => {
  const coding = contentEncoding && trimmed(contentEncoding).toLowerCase();
  return coding === 'gzip' || coding === 'x-gzip';
};

/**
 * Bodies that are decoded in one go are held for each caller until they are read: larger ones are decoded at the
 * caller's pace.
 */
export const MAX_DECODED_BYTES = 262_144;
