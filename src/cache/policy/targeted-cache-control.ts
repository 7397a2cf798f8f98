import { trimmed } from '../../http/fields.ts';
import { type Argument, type ResponseDirectives, responseDirectives } from './cache-control.ts';

/**
 * Parses a targeted field such as `CDN-Cache-Control` (RFC 9213 §2.1): a Dictionary of RFC 8941, strictly.
 * @returns `undefined` when it is absent, empty or not well-formed: then `Cache-Control` counts (RFC 9213 §2.2).
 */
export const parseTargetedDirectives = (field: string | undefined): ResponseDirectives | undefined => {
  if (field === undefined) return undefined;
  const text = trimmed(field);
  if (text.length === 0) return undefined;
  // Of a repeated key the last counts (RFC 8941 §3.2), so directives are acted on when all are known.
  const members = new Map<string, string>();
  for (let at = 0; ; at = SEPARATOR.lastIndex) {
    MEMBER.lastIndex = at;
    const [, key, item = '?1'] = MEMBER.exec(text) ?? [];
    if (key === undefined) return undefined;
    members.set(key, item);
    if (MEMBER.lastIndex === text.length) break;
    SEPARATOR.lastIndex = MEMBER.lastIndex;
    if (!SEPARATOR.test(text)) return undefined;
  }
  const said = [...members].filter(([, item]) => item !== '?0');
  return responseDirectives(new Map(said.map(([key, item]) => [key, [argumentOf(key, item)]])), true);
};

const KEY = '[a-z*][a-z0-9_.*-]*';
/** Boolean, Decimal, Integer, String, Token or Byte Sequence. Inner lists are of no use to any directive. */
const BARE_ITEM = [
  String.raw`\?[01]`,
  String.raw`-?\d{1,12}\.\d{1,3}(?![\d.])`,
  String.raw`-?\d{1,15}(?![\d.])`,
  String.raw`"(?:[ !#-[\]-~]|\\["\\])*"`,
  "[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*",
  ':[A-Za-z0-9+/=]*:',
].join('|');
/** With parameters, whose meaning no directive has. Nothing in it can backtrack far. */
const MEMBER = new RegExp(`(${KEY})(?:=(${BARE_ITEM}))?(?:; *${KEY}(?:=(?:${BARE_ITEM}))?)*`, 'y');
/** Nothing behind a comma is malformed: there is no member. */
const SEPARATOR = /[ \t]*,[ \t]*/y;

/** Only `no-cache` and `private` take Strings (of field names); the times take Integers, written as digits. */
const argumentOf = (key: string, item: string): Argument => {
  if (item === '?1') return undefined;
  if (!item.startsWith('"')) return item;
  return key === 'no-cache' || key === 'private' ? item.slice(1, -1) : null;
};
