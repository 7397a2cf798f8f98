import fc from 'fast-check';

/**
 * Every code point that is a character, as fast-check's `binary` has them, which makes a table of all million first.
 * Words that are dangerous in JavaScript are put into strings of it too.
 */
export const anyCharacter = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map(
    (codePoint) => String.fromCodePoint(codePoint),
    (text) => {
      const codePoint = typeof text === 'string' ? text.codePointAt(0) : undefined;
      if (codePoint === undefined || String.fromCodePoint(codePoint) !== text)
        throw new TypeError('no character');
      return codePoint;
    },
  );
