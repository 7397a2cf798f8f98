import { trimmed } from '../../http/field-value.ts';
import {
  type CollectedDirectives,
  collectDirective,
  NO_RESPONSE_DIRECTIVES,
  type ResponseDirectives,
} from './cache-control.ts';

/**
 * Parses a targeted field such as `CDN-Cache-Control` (RFC 9213 §2.1): a Dictionary of RFC 8941, strictly.
 * @returns `undefined` when it is absent, empty or not well-formed: then `Cache-Control` counts (RFC 9213 §2.2).
 */
export const parseTargetedDirectives = (field: string | undefined): ResponseDirectives | undefined => {
  if (field === undefined) return undefined;
  const text = trimmed(field);
  if (text.length === 0) return undefined;
  const found: CollectedDirectives = { ...NO_RESPONSE_DIRECTIVES };
  // Of a repeated key the last counts (RFC 8941 §3.2), so directives are acted on when all are known.
  const members = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const key = matchAt(KEY, text, at);
    if (key === undefined) return undefined;
    at += key.length;
    let item = '?1';
    if (text[at] === '=') {
      const value = matchAt(BARE_ITEM, text, at + 1);
      if (value === undefined) return undefined;
      item = value;
      at += 1 + value.length;
    }
    const end = endOfParameters(text, at);
    if (end === undefined) return undefined;
    members.set(key, item);
    const comma = matchAt(SEPARATOR, text, end);
    if (comma === undefined) {
      if (end < text.length) return undefined;
      break;
    }
    at = end + comma.length;
    // A comma with nothing behind it.
    if (at === text.length) return undefined;
  }
  for (const [key, item] of members) {
    if (item !== '?0') collectDirective(found, key, argumentOf(key, item));
  }
  return found;
};

const KEY = /[a-z*][a-z0-9_.*-]*/y;
/** Boolean, Decimal, Integer, String, Token or Byte Sequence. Inner lists are of no use to any directive. */
const BARE_ITEM =
  /\?[01]|-?\d{1,12}\.\d{1,3}(?![\d.])|-?\d{1,15}(?![\d.])|"(?:[ !#-[\]-~]|\\["\\])*"|[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*|:[A-Za-z0-9+/=]*:/y;
const SEPARATOR = /[ \t]*,[ \t]*/y;
const SPACES = / */y;

/**
 * What the sticky expression finds exactly at `at`. It runs over each character once: nothing in it can backtrack
 * far.
 */
const matchAt = (sticky: RegExp, text: string, at: number): string | undefined => {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0];
};

/**
 * The index after the parameters that begin at `at`, whose meaning no directive has; `undefined` if they are
 * malformed.
 */
const endOfParameters = (text: string, start: number): number | undefined => {
  let at = start;
  while (text[at] === ';') {
    at += 1 + (matchAt(SPACES, text, at + 1)?.length ?? 0);
    const key = matchAt(KEY, text, at);
    if (key === undefined) return undefined;
    at += key.length;
    if (text[at] !== '=') continue;
    const value = matchAt(BARE_ITEM, text, at + 1);
    if (value === undefined) return undefined;
    at += 1 + value.length;
  }
  return at;
};

/**
 * Only `no-cache` and `private` take Strings (of field names); the times take Integers, which are written as digits.
 */
const argumentOf = (key: string, item: string): string | null | undefined => {
  if (item === '?1') return undefined;
  if (!item.startsWith('"')) return item;
  return key === 'no-cache' || key === 'private' ? item.slice(1, -1) : null;
};
