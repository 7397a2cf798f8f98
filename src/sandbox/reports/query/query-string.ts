import { ReportError } from '../report-error.ts';

/** One `name`, `name=value` or `name!=value` of a query string, decoded. */
export interface QueryTerm {
  readonly name: string;
  /** `undefined` for a bare name: `?platform`, or `?platform=` as form encoders write it. */
  readonly value: string | undefined;
  readonly negated: boolean;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new ReportError(400, `Malformed escape in the query: "${text.slice(0, 100)}".`);
  }
}

function term(text: string): QueryTerm {
  const equals = text.indexOf('=');
  const rawName = decode(equals < 0 ? text : text.slice(0, equals));
  const value = equals < 0 ? '' : decode(text.slice(equals + 1));
  const negated = rawName.endsWith('!');
  return { name: negated ? rawName.slice(0, -1) : rawName, value: value === '' ? undefined : value, negated };
}

/**
 * Splits a query string in order. `!=` is not form encoding: the exclamation mark ends the name (docs/adobe.md §6).
 * @param query without its question mark.
 * @throws {ReportError} 400 for a malformed escape.
 */
export function parseQueryString(query: string): QueryTerm[] {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map(term);
}
