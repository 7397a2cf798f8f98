import { StatementError } from './statement-error.ts';

/** Far above any statement (about 1 kB), far below what could hurt. In characters. */
export const MAX_STATEMENT_LENGTH = 64 * 1024;

/** `\s` knows the byte order mark; the zero-width space and the escaped line ends of `.env` files it does not. */
const IGNORED = /[\s\u200b]+|\\[nrt]/g;
const QUOTES = `"'\`“”„‘’`;
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;
/** Base64 of `{"`, with which every JOSE header starts, and the Base64 of that. */
const JOSE_START = 'eyJ';
const BASE64_OF_JOSE_START = 'ZXlK';

/**
 * Finds the JWS in compact form (RFC 7515 §3.1) in a text that may be wrapped, quoted or marked.
 * @throws {StatementError} when there is none; the message says what the text is instead.
 */
export function jwsIn(text: string): string {
  if (text.length > MAX_STATEMENT_LENGTH) {
    throw new StatementError(
      'too_large',
      `The software statement is over ${MAX_STATEMENT_LENGTH} characters long`,
    );
  }
  const bare = withoutQuotes(text.replace(IGNORED, ''));
  if (bare === '') throw new StatementError('empty', 'The software statement is empty');
  if (bare.startsWith('<')) throw new StatementError('html', 'The software statement is HTML or XML');
  if (bare.startsWith('{') || bare.startsWith('[')) throw wrappedInJson(text);
  if (bare.startsWith(BASE64_OF_JOSE_START)) {
    throw new StatementError('base64', 'The software statement is Base64 encoded once more');
  }
  if (COMPACT_JWS.test(bare)) return bare;
  const parts = bare.split('.').length;
  if (parts === 5 && bare.startsWith(JOSE_START)) {
    throw new StatementError(
      'encrypted',
      'The software statement is an encrypted JWT (five parts), not a signed one',
    );
  }
  throw new StatementError(
    'not_a_jws',
    parts === 3
      ? 'The software statement has characters that a JWS cannot have'
      : `The software statement is not a JWS: it has ${parts} part${parts === 1 ? '' : 's'}, not 3`,
  );
}

function withoutQuotes(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && QUOTES.includes(text.charAt(start))) start += 1;
  while (end > start && QUOTES.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function wrappedInJson(text: string): StatementError {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\s+/, ''));
  } catch {
    return new StatementError('json', 'The software statement looks like JSON');
  }
  const member = memberWithJws(json, '', 0);
  if (member === undefined) {
    return new StatementError(
      'json',
      'The software statement is JSON, and no member of it holds a statement',
    );
  }
  // The name comes from a file that somebody mistook for a statement, so it may be anything: show only a plain one.
  const named = /^[\w.-]{1,80}$/.test(member) ? `its member \`${member}\`` : 'one of its members';
  return new StatementError(
    'json',
    `The software statement is JSON: ${named} holds the statement, and only that text belongs in the file`,
  );
}

/** The path of the first member that looks like a signed JWT. */
function memberWithJws(json: unknown, path: string, depth: number): string | undefined {
  if (typeof json === 'string') {
    const bare = json.replace(IGNORED, '');
    return bare.startsWith(JOSE_START) && COMPACT_JWS.test(bare) ? path : undefined;
  }
  if (typeof json !== 'object' || json === null || depth > 8) return undefined;
  for (const [name, value] of Object.entries(json)) {
    const found = memberWithJws(value, path === '' ? name : `${path}.${name}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
