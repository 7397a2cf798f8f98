import { trimmed } from '../../http/fields.ts';

/**
 * So that a client that follows HAL links and `Location` stays on the proxy. Adobe's links are paths that start with
 * the API's canonical prefix, whatever was called (docs/adobe.md §1); other deployments answer absolute URLs.
 */
export interface LinkMapping {
  /** Origin of the report API, such as `https://mgmt.auth.adobe.com`; absolute links to it become paths. */
  readonly origin: string;
  /** Prefixes that links may start with, longest first: the canonical one and the upstream's own. */
  readonly linkPrefixes: readonly string[];
  readonly prefix: string;
}

/** Whether links that are paths need a change under this mapping; absolute ones always do. */
export const changesPaths = (mapping: LinkMapping): boolean =>
  mapping.linkPrefixes.some((linkPrefix) => linkPrefix !== mapping.prefix);

/** The link as a caller should see it; links to elsewhere, and relative ones, stay as they are. */
export const mapLink = (link: string, mapping: LinkMapping): string => {
  const path = pathWithin(link, mapping.origin);
  if (path === undefined) return link;
  for (const linkPrefix of mapping.linkPrefixes) {
    if (startsWithPath(path, linkPrefix)) return mapping.prefix + path.slice(linkPrefix.length);
  }
  return link;
};

const pathWithin = (link: string, origin: string): string | undefined => {
  if (link.startsWith('/') && !link.startsWith('//')) return link;
  const absolute = link.startsWith('//') ? origin.slice(0, origin.indexOf('//')) + link : link;
  const candidate = absolute.slice(0, origin.length).toLowerCase();
  const rest = absolute.slice(origin.length);
  return candidate === origin && rest.startsWith('/') ? rest : undefined;
};

const startsWithPath = (path: string, prefix: string): boolean => {
  if (!path.startsWith(prefix)) return false;
  const next = path.charAt(prefix.length);
  return next === '' || next === '/' || next === '?';
};

export type LinkSyntax = 'json' | 'xml';

export const linkSyntaxOf = (contentType: string | undefined): LinkSyntax | undefined => {
  if (contentType === undefined) return undefined;
  const semicolon = contentType.indexOf(';');
  const type = trimmed(semicolon === -1 ? contentType : contentType.slice(0, semicolon)).toLowerCase();
  if (type.endsWith('/json') || type.endsWith('+json')) return 'json';
  if (type.endsWith('/xml') || type.endsWith('+xml')) return 'xml';
  return undefined;
};

/** A name and its value, quotes included. In XML a name follows white space or a namespace prefix. */
const HREF: Readonly<Record<LinkSyntax, RegExp>> = {
  json: /("href"\s{0,8}:\s{0,8})("[^"]{0,8192}")/g,
  xml: /([\s:]href\s{0,8}=\s{0,8})("[^"]{0,8192}"|'[^']{0,8192}')/g,
};

/** The beginning of such a pair at the end of a text: the rest of it may be in the next piece. */
const BEGUN: Readonly<Record<LinkSyntax, RegExp>> = {
  json: /"(?:h(?:r(?:e(?:f(?:"\s{0,8}(?::\s{0,8}(?:"[^"]{0,8192})?)?)?)?)?)?)?$/,
  xml: /[\s:](?:h(?:r(?:e(?:f\s{0,8}(?:=\s{0,8}(?:"[^"]{0,8192}|'[^']{0,8192})?)?)?)?)?)?$/,
};

/** Maps every `href` in a piece of a document; held back is at most one, which the piece's end cuts in two. */
export const mapLinksIn = (text: string, syntax: LinkSyntax, mapping: LinkMapping) => {
  let mapped = '';
  let end = 0;
  for (const match of text.matchAll(HREF[syntax])) {
    const [whole, before = '', quoted = ''] = match;
    mapped += text.slice(end, match.index) + before + mapQuoted(quoted, syntax, mapping);
    end = match.index + whole.length;
  }
  const rest = text.slice(end);
  const cut = rest.search(BEGUN[syntax]);
  return cut === -1
    ? { mapped: mapped + rest, held: '' }
    : { mapped: mapped + rest.slice(0, cut), held: rest.slice(cut) };
};

const mapQuoted = (quoted: string, syntax: LinkSyntax, mapping: LinkMapping): string => {
  const link = unescaped(quoted.slice(1, -1), syntax);
  const mapped = mapLink(link, mapping);
  // What needs no mapping keeps its own spelling.
  return mapped === link ? quoted : quoted.charAt(0) + mapped + quoted.charAt(0);
};

/** JSON may escape its slashes; nothing else of a URL path is escaped in either syntax. */
const unescaped = (link: string, syntax: LinkSyntax): string =>
  syntax === 'json' && link.includes('\\') ? link.replaceAll('\\/', '/') : link;

/** Links of one document are all of one form. @returns `undefined` if there is no whole link in the text */
export const firstLinkNeedsMapping = (
  text: string,
  syntax: LinkSyntax,
  mapping: LinkMapping,
): boolean | undefined => {
  const raw = firstLink(text, syntax);
  if (raw === undefined) return undefined;
  const link = unescaped(raw, syntax);
  return mapLink(link, mapping) !== link;
};

const PLAIN_HREF = '"href":"';

/** As Adobe's JSON spells it, it is found at a third of what the expression costs. */
const firstLink = (text: string, syntax: LinkSyntax): string | undefined => {
  const name = text.indexOf('"href"');
  if (syntax === 'json' && name !== -1 && text.startsWith(PLAIN_HREF, name)) {
    const start = name + PLAIN_HREF.length;
    const end = text.indexOf('"', start);
    return end === -1 ? undefined : text.slice(start, end);
  }
  const [first] = text.matchAll(HREF[syntax]);
  return first?.[2]?.slice(1, -1);
};

/** Maps the links that are fields of an answer (RFC 9110 §8.7, §10.2.2), in place. @param headers flat */
export const mapLocations = (headers: string[], mapping: LinkMapping): void => {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (name.length !== 8 && name.length !== 16) continue;
    const lowerName = name.toLowerCase();
    if (lowerName === 'location' || lowerName === 'content-location')
      headers[i + 1] = mapLink(headers[i + 1] ?? '', mapping);
  }
};
