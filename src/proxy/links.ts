/**
 * HAL links and `Location`, mapped so that a client that follows them stays on the proxy. Adobe's links are paths that start with the
 * API's canonical prefix, whatever prefix was called (adobe/api.md §1); other deployments answer absolute URLs.
 */
export interface LinkMapping {
  /** Origin of the report API, such as `https://mgmt.auth.adobe.com`; absolute links to it become paths. */
  readonly origin: string;
  /** Prefixes that links may start with, longest first: the canonical one and the upstream's own. */
  readonly linkPrefixes: readonly string[];
  /** Our prefix, which takes their place. */
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

/** The representations whose links are mapped. */
export type LinkSyntax = 'json' | 'xml';

/** Whether a media type is one with links, by its `Content-Type`. */
export const linkSyntaxOf = (contentType: string | undefined): LinkSyntax | undefined => {
  if (contentType === undefined) return undefined;
  const semicolon = contentType.indexOf(';');
  const type = (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
  if (type.endsWith('/json') || type.endsWith('+json')) return 'json';
  if (type.endsWith('/xml') || type.endsWith('+xml')) return 'xml';
  return undefined;
};

const HREF: Readonly<Record<LinkSyntax, RegExp>> = {
  json: /("href"\s{0,8}:\s{0,8}")([^"]{0,8192})(")/g,
  xml: /(\bhref=")([^"]{0,8192})(")/g,
};

/** Every `href` of a piece of text mapped. The piece must not end within one; see {@link unfinishedHref}. */
export const mapLinksIn = (text: string, syntax: LinkSyntax, mapping: LinkMapping): string =>
  text.replace(HREF[syntax], (_whole, before: string, link: string, after: string) => {
    // JSON may escape its slashes; nothing else of a URL path is escaped in either syntax.
    const plain = syntax === 'json' ? link.replaceAll('\\/', '/') : link;
    const mapped = mapLink(plain, mapping);
    return before + (mapped === plain ? link : mapped) + after;
  });

/** Longest piece that is held back for the end of its link. */
const MAX_UNFINISHED = 8192 + 64;

/** Where in `text` an `href` starts whose end has not arrived yet; the length of `text` if none does. */
export const unfinishedHref = (text: string): number => {
  const last = text.lastIndexOf('href');
  if (
    last !== -1 &&
    text.length - last < MAX_UNFINISHED &&
    quotesAfter(text, last + 4) < 2 + quoteBefore(text, last)
  ) {
    return Math.max(0, last - 1);
  }
  // The word itself may be cut: `"hre` + `f"`.
  return Math.max(0, text.length - 5);
};

/** In JSON the name's own closing quote comes before the two of the value. */
const quoteBefore = (text: string, at: number): number => (text.charAt(at - 1) === '"' ? 1 : 0);

const quotesAfter = (text: string, from: number): number => {
  let count = 0;
  for (let i = text.indexOf('"', from); i !== -1 && count < 3; i = text.indexOf('"', i + 1)) count++;
  return count;
};

/** Whether the first link in the text is one that needs mapping; links of one document are all of one form. */
export const firstLinkNeedsMapping = (text: string, syntax: LinkSyntax, mapping: LinkMapping): boolean => {
  const match = new RegExp(HREF[syntax].source).exec(text);
  const link = match?.[2]?.replaceAll('\\/', '/');
  return link !== undefined && mapLink(link, mapping) !== link;
};
