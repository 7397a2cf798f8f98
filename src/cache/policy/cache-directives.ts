import { trimmed } from '../../http/fields.ts';

const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The index after the closing quote of the quoted-string that starts at `open`, or -1 if it is never closed. */
const endOfQuoted = (text: string, open: number): number => {
  for (let i = open + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i + 1;
  }
  return -1;
};

/**
 * The index of the first quote that is never closed, or the length of the text. From there on quotes are taken as plain
 * characters, so that a stray one hides no `no-store` behind it.
 */
const endOfQuoting = (text: string): number => {
  for (let open = text.indexOf('"'); open !== -1; ) {
    const end = endOfQuoted(text, open);
    if (end === -1) return open;
    open = text.indexOf('"', end);
  }
  return text.length;
};

/** The members of a list, without the white space around them; commas in quoted strings do not separate. */
export const membersOf = (text: string): string[] => {
  const quotingEnd = endOfQuoting(text);
  const members: string[] = [];
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = text.charCodeAt(i);
    if (i === text.length || code === COMMA) {
      members.push(trimmed(text.slice(start, i)));
      start = i + 1;
    } else if (code === QUOTE && i < quotingEnd) {
      i = endOfQuoted(text, i) - 1;
    }
  }
  return members;
};

/**
 * Takes a `Cache-Control` value apart into directives (RFC 9111 §5.2), in order, in linear time. `name` is in lower
 * case; `argument` is `undefined` without `=`, has its quotes removed, and is `null` where white space around `=` or
 * text after a closing quote breaks the grammar.
 */
export const eachDirective = (
  text: string,
  visit: (name: string, argument: string | null | undefined) => void,
): void => {
  for (const member of membersOf(text)) {
    if (member.length === 0) continue;
    const equals = member.indexOf('=');
    if (equals === -1) {
      visit(member.toLowerCase(), undefined);
      continue;
    }
    const written = member.slice(0, equals);
    const name = trimmed(written);
    const argument = member.slice(equals + 1);
    visit(name.toLowerCase(), name.length === written.length ? unquoted(argument) : null);
  }
};

const unquoted = (argument: string): string | null => {
  if (argument !== trimmed(argument)) return null;
  if (argument.charCodeAt(0) !== QUOTE) return argument;
  if (endOfQuoted(argument, 0) !== argument.length) return null;
  return argument.slice(1, -1);
};
